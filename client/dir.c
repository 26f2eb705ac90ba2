/* dir.c: see dir.h. POSIX.1-2008 and flock(2), so that it compiles for macOS, iOS and Android as it stands. */
#include "client/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/durable.h"
#include "core/escape.h"
#include "core/step.h"

#define LOCK_STEP_MS 10

int hf_dir_failed(struct hf_err *err)
{
    if (err != NULL && (err->code == HF_E_FAIL || err->code == HF_E_AGAIN))
        err->code = HF_E_DISK;
    return -1;
}

/* 1 when the folder has something in it, and nothing says that it is one of ours: somebody named the wrong one. */
static int is_foreign(int fd)
{
    int copy, entries = 0;
    DIR *dir;

    if (faccessat(fd, "lock", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (dir == NULL) {
        if (copy >= 0)
            close(copy);
        return 1;
    }
    while (readdir(dir) != NULL)
        entries++;
    closedir(dir);
    return entries > 2; /* . and .. */
}

int hf_dir_open(struct hf_dir *d, const char *path, struct hf_err *err)
{
    char shown[512];
    struct stat st;
    size_t n = strlen(path);

    memset(d, 0, sizeof *d);
    d->fd = -1;
    hf_escape(shown, sizeof shown, path, n);
    while (n > 1 && path[n - 1] == '/')
        n--;
    if (n == 0 || n > HF_CLIENT_MAX_DIR)
        return hf_fail(err, HF_E_USAGE, "the folder's name must have 1 to %d bytes", HF_CLIENT_MAX_DIR);
    memcpy(d->path, path, n);
    d->path[n] = '\0';
    if (mkdir(d->path, 0700) != 0 && errno != EEXIST)
        return hf_fail(err, HF_E_DISK, "cannot make the folder '%s': %s%s", shown, strerror(errno),
                       errno == ENOENT ? "; make the one above it first" : "");
    d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0)
        return hf_fail(err, HF_E_DISK, "cannot open the folder '%s': %s", shown, strerror(errno));
    if (fstat(d->fd, &st) != 0) {
        hf_fail(err, HF_E_DISK, "cannot look at the folder '%s': %s", shown, strerror(errno));
        goto bad;
    }
    if (st.st_uid != geteuid()) {
        hf_fail(err, HF_E_FOLDER, "the folder '%s' belongs to another user (uid %ld)", shown, (long)st.st_uid);
        goto bad;
    }
    if ((st.st_mode & 07777) != 0700 && is_foreign(d->fd)) {
        hf_fail(err, HF_E_FOLDER, "the folder '%s' holds other things already, and would be closed to others; name an empty one",
                shown);
        goto bad;
    }
    if ((st.st_mode & 07777) != 0700 && fchmod(d->fd, 0700) != 0) {
        hf_fail(err, HF_E_DISK, "cannot close the folder '%s' to others: %s", shown, strerror(errno));
        goto bad;
    }
    return 0;
bad:
    hf_dir_close(d);
    return -1;
}

void hf_dir_close(struct hf_dir *d)
{
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
}

int hf_dir_lock(struct hf_dir *d, const char *name, long wait_ms, int *lock, struct hf_err *err)
{
    const struct timespec pause = {0, LOCK_STEP_MS * 1000000L};
    int fd = openat(d->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return hf_fail(err, HF_E_DISK, "cannot open %s: %s", name, strerror(errno));
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK) {
            hf_fail(err, HF_E_DISK, "cannot lock %s: %s", name, strerror(errno));
            close(fd);
            return -1;
        }
        if (wait_ms <= 0) {
            close(fd);
            return hf_fail(err, HF_E_BUSY, "another process holds the folder (%s)", name);
        }
        nanosleep(&pause, NULL);
        wait_ms -= LOCK_STEP_MS;
    }
    *lock = fd;
    return 0;
}

void hf_dir_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

int hf_dir_read(const struct hf_dir *d, const char *name, struct hf_buf *out, struct hf_err *err)
{
    struct stat st;
    int fd = openat(d->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    int r;

    if (fd < 0 && errno == ENOENT)
        return hf_fail(err, HF_E_NOTFOUND, "there is no %s", name);
    if (fd < 0 && errno == ELOOP)
        return hf_fail(err, HF_E_INPUT, "%s is a symbolic link", name);
    if (fd < 0)
        return hf_fail(err, HF_E_DISK, "cannot open %s: %s", name, strerror(errno));
    if (fstat(fd, &st) != 0)
        r = hf_fail(err, HF_E_DISK, "cannot look at %s: %s", name, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        r = hf_fail(err, HF_E_INPUT, "%s is not a regular file", name);
    else
        r = hf_buf_read_fd(out, fd, name, err) == 0 ? 0 : hf_dir_failed(err);
    close(fd);
    return r;
}

int hf_dir_write(struct hf_dir *d, const char *name, const void *p, size_t n, struct hf_err *err)
{
    return hf_durable_put_locked(d->fd, name, p, n, 0600, err) == 0 ? 0 : hf_dir_failed(err);
}

int hf_dir_sub(int at, const char *name, int make, int *fd, struct hf_err *err)
{
    if (make) {
        *fd = hf_durable_mkdir(at, name, 0700, name, err);
        return *fd >= 0 ? 0 : hf_dir_failed(err);
    }
    *fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0 && errno == ENOENT)
        return hf_fail(err, HF_E_NOTFOUND, "there is no folder %s", name);
    if (*fd < 0)
        return hf_fail(err, HF_E_DISK, "cannot open the folder %s: %s", name, strerror(errno));
    return 0;
}

static int kept(const char *name, const char *const *keep)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 1;
    for (; keep != NULL && *keep != NULL; keep++) {
        if (strcmp(name, *keep) == 0)
            return 1;
    }
    return 0;
}

static int prune(int at, const char *const *keep, int depth, struct hf_err *err)
{
    struct dirent *e;
    DIR *list;
    int fd, inner, r = 0;

    fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    list = fd < 0 ? NULL : fdopendir(fd);
    if (list == NULL) {
        hf_fail(err, HF_E_DISK, "cannot list a folder: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    while (r == 0 && (e = readdir(list)) != NULL) {
        if (kept(e->d_name, keep) || unlinkat(at, e->d_name, 0) == 0 || errno == ENOENT)
            continue;
        if (depth > 0 && (inner = openat(at, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0) {
            r = prune(inner, NULL, depth - 1, err);
            close(inner);
        }
        if (r == 0 && unlinkat(at, e->d_name, AT_REMOVEDIR) != 0)
            r = hf_fail(err, HF_E_DISK, "cannot remove what is no longer needed: %s", strerror(errno));
    }
    closedir(list);
    return r;
}

int hf_dir_prune(int at, const char *const *keep, struct hf_err *err)
{
    int r = prune(at, keep, 2, err);

    hf_step("after prune", "");
    return r;
}

int hf_dir_link(struct hf_dir *d, const char *name, const char *target, struct hf_err *err)
{
    char now[256];
    ssize_t n = readlinkat(d->fd, name, now, sizeof now);
    int r;

    if (target != NULL && n >= 0 && (size_t)n == strlen(target) && memcmp(now, target, (size_t)n) == 0)
        return 0;
    r = target == NULL ? hf_durable_remove(d->fd, name, name, err) : hf_durable_symlink_locked(d->fd, name, target, err);
    return r == 0 ? 0 : hf_dir_failed(err);
}
