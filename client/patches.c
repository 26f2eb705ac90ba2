/* patches.c: see patches.h. */
#include "client/patches.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/durable.h"

/* What can be said of a file that is not there as it should be, as against a disk that fails. */
static int is_absence(int e)
{
    return e == ENOENT || e == ENOTDIR || e == ELOOP || e == EACCES || e == ENXIO;
}

/* Opens patches/<sha256>/<name> without following links. -1 with *absent = 1 when there is no such file. */
static int open_patch(struct hf_dir *d, const struct hf_held *h, int *absent, struct hf_err *err)
{
    const char *const way[] = {HF_PATCHES, h->sha256};
    int at = d->fd, next, saved;
    size_t i;

    for (i = 0; i < 2; i++) {
        next = openat(at, way[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        saved = errno;
        if (at != d->fd)
            close(at);
        at = next;
        if (at < 0) {
            errno = saved;
            goto none;
        }
    }
    next = openat(at, h->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    saved = errno;
    close(at);
    errno = saved;
    if (next >= 0)
        return next;
none:
    *absent = is_absence(errno);
    if (!*absent)
        hf_fail(err, HF_E_DISK, "cannot open the patch: %s", strerror(errno));
    return -1;
}

int hf_patches_look(int *whole, struct hf_dir *d, const struct hf_held *h, enum hf_look look, struct hf_err *err)
{
    struct hf_sums sums;
    struct stat st;
    int absent = 0, r = 0;
    int fd = open_patch(d, h, &absent, err);

    *whole = 0;
    if (fd < 0)
        return absent ? 0 : -1;
    if (fstat(fd, &st) != 0) {
        r = hf_fail(err, HF_E_DISK, "cannot look at the patch: %s", strerror(errno));
    } else if (!S_ISREG(st.st_mode) || (int64_t)st.st_size != h->size) {
        *whole = 0;
    } else if (look == HF_LOOK_SIZE) {
        *whole = 1;
    } else {
        r = hf_digest_fd(&sums, fd, err);
        *whole = r == 0 && sums.size == (uint64_t)h->size && strcmp(sums.sha256, h->sha256) == 0 && strcmp(sums.md5, h->md5) == 0;
    }
    close(fd);
    return r;
}

int hf_patches_adopt(struct hf_dir *d, const struct hf_held *h, struct hf_err *err)
{
    int partial = -1, patches = -1, own = -1, in = -1, r = -1;

    if (hf_dir_sub(d->fd, HF_PARTIAL, 0, &partial, err) != 0 || hf_dir_sub(d->fd, HF_PATCHES, 1, &patches, err) != 0 ||
        hf_dir_sub(patches, h->sha256, 1, &own, err) != 0)
        goto out;
    in = openat(partial, h->sha256, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (in < 0) {
        hf_fail(err, HF_E_DISK, "cannot put the patch in place: %s", strerror(errno));
        goto out;
    }
    r = hf_durable_move(own, h->name, partial, h->sha256, in, 0600, "the patch", err);
    if (r > 0)
        r = hf_fail(err, HF_E_DISK, "cannot put the patch in place: " HF_PARTIAL " is on another file system");
    /* Its folder may be there since a call that was killed before it was on disk. */
    if (r == 0)
        r = hf_durable_sync(patches, "the patches' folder", err);
    if (r != 0)
        hf_dir_failed(err);
out:
    if (in >= 0)
        close(in);
    if (own >= 0)
        close(own);
    if (patches >= 0)
        close(patches);
    if (partial >= 0)
        close(partial);
    return r;
}

int hf_patches_point(struct hf_dir *d, const struct hf_device *s, struct hf_err *err)
{
    char target[sizeof HF_PATCHES + 1 + HF_SHA256_HEX];

    if (s->current.sha256[0] == '\0')
        return hf_dir_link(d, HF_CURRENT, NULL, err);
    snprintf(target, sizeof target, HF_PATCHES "/%s", s->current.sha256);
    return hf_dir_link(d, HF_CURRENT, target, err);
}

int hf_patches_prune(struct hf_dir *d, const struct hf_device *s, struct hf_err *err)
{
    /* What the app was begun on may be running, whatever is in force by now: it goes after the next begin. */
    const char *keep[] = {s->current.sha256, s->previous.sha256, s->begun, NULL};
    struct hf_err none;
    int fd, r;

    memset(&none, 0, sizeof none);
    if (hf_dir_sub(d->fd, HF_PATCHES, 0, &fd, &none) != 0)
        return none.code == HF_E_NOTFOUND ? 0 : hf_fail(err, none.code, "%s", none.msg);
    r = hf_dir_prune(fd, keep, err);
    close(fd);
    return r;
}

void hf_patches_path(char out[HF_CLIENT_MAX_PATH], const struct hf_dir *d, const struct hf_held *h)
{
    out[0] = '\0';
    if (h->sha256[0] != '\0')
        snprintf(out, HF_CLIENT_MAX_PATH, "%s/" HF_PATCHES "/%s/%s", d->path, h->sha256, h->name);
}
