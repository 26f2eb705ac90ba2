/* sums.c: the sums of a patch; see make.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/make.h"
#include "core/escape.h"

#define SHOWN 160

int hf_make_sums(struct hf_built *out, struct hf_err *err)
{
    char a[SHOWN];
    struct stat st;
    int fd = open(out->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc = -1;

    if (fd < 0 || fstat(fd, &st) < 0)
        hf_fail(err, HF_E_FAIL, "cannot open '%s': %s", hf_escape(a, sizeof a, out->path, strlen(out->path)), strerror(errno));
    else if (!S_ISREG(st.st_mode))
        hf_fail(err, HF_E_INPUT, "the builder made something that is not a file");
    else if (st.st_size == 0)
        hf_fail(err, HF_E_INPUT, "the builder made an empty file");
    else if (st.st_size > HF_FILE_MAX_BYTES)
        hf_fail(err, HF_E_LIMIT, "the patch has %lld bytes, and at most %lld are allowed", (long long)st.st_size,
                (long long)HF_FILE_MAX_BYTES);
    else
        rc = hf_digest_fd(&out->sums, fd, err);
    if (fd >= 0)
        close(fd);
    return rc;
}

static void *sum(void *arg)
{
    struct hf_summing *s = arg;

    s->rc = hf_make_sums(s->built, &s->err);
    return NULL;
}

void hf_make_sums_begin(struct hf_summing *s, struct hf_built *built)
{
    sigset_t all, before;

    memset(s, 0, sizeof *s);
    s->built = built;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals stay with the thread that expects them */
    s->started = pthread_create(&s->thread, NULL, sum, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int hf_make_sums_end(struct hf_summing *s, struct hf_err *err)
{
    if (!s->started)
        return hf_make_sums(s->built, err);
    pthread_join(s->thread, NULL);
    if (s->rc != 0 && err != NULL)
        *err = s->err;
    return s->rc;
}
