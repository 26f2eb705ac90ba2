/* beside.c: what is done with a patch while its builder judges it; see make.h. */
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
    struct hf_beside *b = arg;

    b->failed = hf_make_sums(b->built, &b->err) != 0;
    return NULL;
}

static void *sweep(void *arg)
{
    const struct hf_beside *b = arg;

    hf_work_remove(b->files);
    return NULL;
}

void hf_beside_begin(struct hf_beside *b, struct hf_built *built, const char *files)
{
    void *(*const jobs[])(void *) = {sum, sweep};
    sigset_t all, before;

    memset(b, 0, sizeof *b);
    b->built = built;
    b->files = files;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals stay with the thread that expects them */
    for (int i = 0; i < 2; i++)
        b->started[i] = pthread_create(&b->threads[i], NULL, jobs[i], b) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int hf_beside_end(struct hf_beside *b, struct hf_err *err)
{
    for (int i = 0; i < 2; i++)
        if (b->started[i])
            pthread_join(b->threads[i], NULL);
    if (!b->started[0])
        return hf_make_sums(b->built, err);
    if (b->failed && err != NULL)
        *err = b->err;
    return b->failed ? -1 : 0;
}
