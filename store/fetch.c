/* fetch.c: the descriptor that an object is copied into, for each kind of store; and the copy from a file: see hf_store_fetch. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backend.h"

#define BLOCK ((size_t)256 * 1024)

int hf_fetch_write(int fd, const void *p, size_t n, int64_t at, struct hf_err *err)
{
    const char *c = p;
    ssize_t w;

    while (n > 0) {
        w = pwrite(fd, c, n, (off_t)at);
        if (w < 0 && errno == EINTR)
            continue;
        /* A full disk or quota may be emptied: the caller may try again later. */
        if (w < 0)
            return hf_fail(err, errno == ENOSPC || errno == EDQUOT ? HF_E_AGAIN : HF_E_FAIL,
                           "cannot write what is fetched from the store: %s", strerror(errno));
        c += w;
        at += w;
        n -= (size_t)w;
    }
    return 0;
}

int hf_fetch_too_large(const char *key, int64_t size, int64_t max, struct hf_err *err)
{
    return hf_fail(err, HF_E_LIMIT, "%.300s has %" PRId64 " bytes; at most %" PRId64 " are allowed", key, size, max);
}

/* Copies to the end of the file. *have: the bytes that were copied. */
static int copy(int in, const char *key, int fd, int64_t max, int64_t *have, struct hf_digest *d, struct hf_err *err)
{
    char *p = malloc(BLOCK);
    int rc = 0;
    ssize_t n;

    if (p == NULL)
        return hf_nomem(err);
    *have = 0;
    while (rc == 0 && (n = read(in, p, BLOCK)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = hf_fail(err, HF_E_FAIL, "cannot read %.300s: %s", key, strerror(errno));
        else if (n > max - *have)
            rc = hf_fetch_too_large(key, *have + n, max, err);
        else if (hf_digest_update(d, p, (size_t)n, err) != 0 || hf_fetch_write(fd, p, (size_t)n, *have, err) != 0)
            rc = -1;
        else
            *have += n;
    }
    free(p);
    return rc;
}

int hf_fetch_fd(int in, const char *key, int fd, int64_t max, struct hf_sums *out, struct hf_err *err)
{
    struct hf_digest *d = NULL;
    struct stat before, after;
    int64_t have = 0;
    int rc = -1;

    if (fstat(in, &before) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot look at %.300s: %s", key, strerror(errno));
    if (before.st_size > max)
        return hf_fetch_too_large(key, before.st_size, max, err);
    if (hf_digest_new(&d, err) != 0)
        return -1;
    if (copy(in, key, fd, max, &have, d, err) == 0)
        rc = hf_digest_final(d, out, err);
    hf_digest_free(d);
    if (rc != 0)
        return -1;
    /* Writers of a store give new bytes a new file; somebody else may not. */
    if (fstat(in, &after) != 0 || after.st_size != have || after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
        after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)
        return hf_fail(err, HF_E_AGAIN, "%.300s was changed while it was being read", key);
    return 0;
}
