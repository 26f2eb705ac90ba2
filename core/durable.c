/* durable.c: see durable.h. */
#include "core/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/step.h"

/* Nothing is retried here but an interrupted write: what fails on a disk is for a person to see. */
static int fail(struct hf_err *err, const char *what, const char *shown)
{
    int e = errno;

    /* A full disk or quota may be emptied: the caller may try again later. */
    return hf_fail(err, e == ENOSPC || e == EDQUOT ? HF_E_AGAIN : HF_E_FAIL, "cannot %s %s: %s", what, shown, strerror(e));
}

int hf_durable_begin(struct hf_durable *d, int dirfd, const char *shown, struct hf_err *err)
{
    uint8_t r[12];
    char hex[sizeof r * 2 + 1];

    d->dirfd = dirfd;
    d->fd = -1;
    d->shown = shown;
    if (hf_random(r, sizeof r, err) != 0)
        return -1;
    hf_hex(hex, r, sizeof r);
    snprintf(d->tmp, sizeof d->tmp, HF_DURABLE_PREFIX "%s", hex);
    hf_step("before create");
    d->fd = openat(dirfd, d->tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    hf_step("after create");
    return d->fd >= 0 ? 0 : fail(err, "write", shown);
}

int hf_durable_write(struct hf_durable *d, const void *p, size_t n, struct hf_err *err)
{
    const char *c = p;
    ssize_t w;

    hf_step("before write");
    while (n > 0) {
        w = write(d->fd, c, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return fail(err, "write", d->shown);
        c += w;
        n -= (size_t)w;
    }
    hf_step("after write");
    return 0;
}

int hf_durable_copy(struct hf_durable *d, int in, struct hf_err *err)
{
    char block[64 * 1024];
    ssize_t n;

    for (;;) {
        n = read(in, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(err, "read what becomes", d->shown);
        if (n == 0)
            return 0;
        if (hf_durable_write(d, block, (size_t)n, err) != 0)
            return -1;
    }
}

int hf_durable_sync(int fd, const char *shown, struct hf_err *err)
{
    int rc;

    hf_step("before fsync");
    rc = fsync(fd) == 0 ? 0 : fail(err, "put on disk", shown);
    hf_step("after fsync");
    return rc;
}

static int give_name(struct hf_durable *d, const char *name, int keep, int *made, struct hf_err *err)
{
    int there = 0;

    hf_step(keep ? "before link" : "before rename");
    if (!keep) {
        if (renameat(d->dirfd, d->tmp, d->dirfd, name) != 0)
            return fail(err, "replace", d->shown);
    } else {
        if (linkat(d->dirfd, d->tmp, d->dirfd, name, 0) != 0) {
            if (errno != EEXIST)
                return fail(err, "create", d->shown);
            there = 1;
        }
        hf_step("after link");
        if (unlinkat(d->dirfd, d->tmp, 0) != 0)
            return fail(err, "remove a temporary file of", d->shown);
    }
    hf_step(keep ? "after unlink" : "after rename");
    d->tmp[0] = '\0';
    if (made != NULL)
        *made = !there;
    return hf_durable_sync(d->dirfd, d->shown, err);
}

int hf_durable_commit(struct hf_durable *d, const char *name, mode_t mode, int keep, int *made, struct hf_err *err)
{
    int rc = -1;

    if (fchmod(d->fd, mode) != 0) {
        fail(err, "set the mode of", d->shown);
        goto out;
    }
    if (hf_durable_sync(d->fd, d->shown, err) != 0)
        goto out;
    rc = close(d->fd);
    d->fd = -1;
    if (rc != 0) {
        fail(err, "write", d->shown);
        goto out;
    }
    rc = give_name(d, name, keep, made, err);
out:
    hf_durable_abort(d);
    return rc;
}

void hf_durable_abort(struct hf_durable *d)
{
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
    if (d->tmp[0] != '\0')
        unlinkat(d->dirfd, d->tmp, 0);
    d->tmp[0] = '\0';
}

int hf_durable_put(int dirfd, const char *name, const void *p, size_t n, mode_t mode, int keep, int *made, const char *shown,
                   struct hf_err *err)
{
    struct hf_durable d;

    if (hf_durable_begin(&d, dirfd, shown, err) != 0)
        return -1;
    if (hf_durable_write(&d, p, n, err) != 0) {
        hf_durable_abort(&d);
        return -1;
    }
    return hf_durable_commit(&d, name, mode, keep, made, err);
}

int hf_durable_move(int dirfd, const char *name, const char *path, int in, mode_t mode, const char *shown, struct hf_err *err)
{
    struct stat there, here;

    if (fstat(in, &here) != 0 || fstat(dirfd, &there) != 0)
        return fail(err, "look at", shown);
    if (here.st_dev != there.st_dev)
        return 1;
    if (fchmod(in, mode) != 0)
        return fail(err, "set the mode of", shown);
    if (hf_durable_sync(in, shown, err) != 0)
        return -1;
    hf_step("before rename");
    if (renameat(AT_FDCWD, path, dirfd, name) != 0)
        return errno == EXDEV ? 1 : fail(err, "replace", shown);
    hf_step("after rename");
    return hf_durable_sync(dirfd, shown, err);
}

int hf_durable_remove(int dirfd, const char *name, const char *shown, struct hf_err *err)
{
    hf_step("before unlink");
    if (unlinkat(dirfd, name, 0) != 0)
        return errno == ENOENT ? 0 : fail(err, "remove", shown);
    hf_step("after unlink");
    return hf_durable_sync(dirfd, shown, err);
}

int hf_durable_mkdir(int dirfd, const char *name, mode_t mode, const char *shown, struct hf_err *err)
{
    struct stat st;
    int fd, made = 0;

    if (mkdirat(dirfd, name, 0700) == 0)
        made = 1;
    else if (errno != EEXIST)
        return fail(err, "make the folder of", shown);
    fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(err, "open the folder of", shown);
    /* Somebody who was killed between making it and giving it its mode: nobody but us could enter. */
    if (!made && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0700 && (mode & 0777) != 0700)
        made = 1;
    if (made && (fchmod(fd, mode) != 0 || fsync(fd) != 0 || fsync(dirfd) != 0)) {
        fail(err, "make the folder of", shown);
        close(fd);
        return -1;
    }
    return fd;
}
