/* peek.c: see peek.h. */
#include "publisher/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/jws.h"
#include "store/store.h"

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void write_all(int fd, const void *p, size_t n)
{
    const char *at = p;
    ssize_t wrote;

    for (; n > 0; n -= (size_t)wrote, at += wrote) {
        wrote = write(fd, at, n);
        if (wrote < 0 && errno == EINTR)
            wrote = 0;
        else if (wrote <= 0)
            return;
    }
}

/* The child: what it found, as a struct hf_err, and then the manifest's bytes. */
static void read_store(int fd, const struct hf_config *config, const struct hf_channel *c)
{
    char key[HF_STORE_KEY_MAX];
    struct hf_store *store = NULL;
    struct hf_err err = {HF_OK, ""};
    struct hf_buf bytes;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    hf_buf_init(&bytes, HF_JWS_MAX_BYTES);
    hf_key_manifest(key, c->app, c->name);
    if (hf_store_open(&store, config, &err) == 0)
        (void)hf_store_get(store, key, &bytes, NULL, &err);
    write_all(fd, &err, sizeof err);
    if (err.code == HF_OK)
        write_all(fd, bytes.p, bytes.n);
    _exit(0);
}

/* Reads what the child writes until it is done. 1: the time was over. */
static int collect(struct hf_buf *all, int fd, int64_t until)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char chunk[16 * 1024];
    ssize_t n;

    for (;;) {
        int64_t left = until - now_ms();
        int rc = left > 0 ? poll(&p, 1, (int)left) : 0;

        if (rc == 0)
            return 1;
        if (rc < 0 && errno == EINTR)
            continue;
        n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        hf_buf_add(all, chunk, (size_t)n);
    }
}

static int open_collected(struct hf_manifest **out, const struct hf_buf *all, const struct hf_trust *trust,
                          const struct hf_channel *c, struct hf_err *err)
{
    struct hf_err why;

    if (all->failed || all->n < sizeof why)
        return hf_fail(err, HF_E_FAIL, "the process that read the manifest of %s/%s died", c->app, c->name);
    memcpy(&why, all->p, sizeof why);
    if (why.code == HF_OK)
        return hf_manifest_open(out, NULL, all->p + sizeof why, all->n - sizeof why, trust, c->app, c->name, err);
    *err = why;
    return -1;
}

int hf_peek(struct hf_manifest **out, const struct hf_config *config, const struct hf_trust *trust, const struct hf_channel *c,
            int64_t *ms, struct hf_err *err)
{
    int64_t until = now_ms() + *ms;
    int ends[2], late, rc;
    struct hf_buf all;
    pid_t child;

    *out = NULL;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL);
    child = fork();
    if (child == 0)
        read_store(ends[1], config, c);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return hf_fail(err, HF_E_FAIL, "cannot start a process: %s", strerror(errno));
    }
    hf_buf_init(&all, sizeof(struct hf_err) + HF_JWS_MAX_BYTES);
    late = collect(&all, ends[0], until);
    close(ends[0]);
    if (late)
        kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    rc = late ? hf_fail(err, HF_E_AGAIN, "the store %s did not answer within the time that a push waits for it",
                        config->store.url)
              : open_collected(out, &all, trust, c, err);
    hf_buf_free(&all);
    *ms = until > now_ms() ? until - now_ms() : 0;
    return rc;
}
