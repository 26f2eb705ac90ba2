/* export.c: the changed files, out of the object database into a private folder; see changes.h. The paths were judged when they
 * were collected, and yet nothing here follows a link or writes over what is there. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/changes.h"
#include "core/escape.h"

#define SHOWN 320
#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int fail_file(struct hf_err *err, const char *path)
{
    char shown[SHOWN];
    int number = errno;

    return hf_fail(err, number == ENOSPC || number == EDQUOT ? HF_E_AGAIN : HF_E_FAIL, "cannot write '%s': %s",
                   hf_escape(shown, sizeof shown, path, strlen(path)), strerror(number));
}

/* Opens the folder that a path's file goes into, making what is missing. *name is the last component. -1: see errno. */
static int open_folder_of(int top, const char *path, const char **name)
{
    char part[HF_CHANGES_MAX_PATH + 1];
    int fd = fcntl(top, F_DUPFD_CLOEXEC, 0);

    for (const char *slash; fd >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        size_t n = (size_t)(slash - path);
        int next;

        if (n >= sizeof part) {
            errno = ENAMETOOLONG;
            next = -1;
        } else {
            memcpy(part, path, n);
            part[n] = '\0';
            next = mkdirat(fd, part, 0700) < 0 && errno != EEXIST ? -1 : openat(fd, part, FOLDER_FLAGS);
        }
        if (next < 0) {
            int number = errno;

            close(fd);
            errno = number;
            return -1;
        }
        close(fd);
        fd = next;
    }
    *name = path;
    return fd;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);

        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -1;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

static int export_file(int top, const struct hf_change *c, const void *bytes, struct hf_err *err)
{
    const char *name = NULL;
    int folder = open_folder_of(top, c->path, &name), fd = -1, rc = -1;

    if (folder < 0)
        return fail_file(err, c->path);
    fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || write_all(fd, bytes, (size_t)c->size) < 0 || fchmod(fd, c->executable ? 0700 : 0600) < 0) {
        fail_file(err, c->path);
        goto out;
    }
    rc = close(fd);
    fd = -1;
    if (rc < 0)
        fail_file(err, c->path);
out:
    if (fd >= 0)
        close(fd);
    close(folder);
    return rc;
}

int hf_changes_export(const struct hf_repo *r, const struct hf_changes *c, const char *folder, struct hf_err *err)
{
    int top = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), rc = 0;

    if (top < 0)
        return fail_file(err, folder);
    for (size_t i = 0; i < c->file_count && rc == 0; i++) {
        struct hf_buf bytes;

        hf_buf_init(&bytes, (size_t)c->files[i].size);
        rc = hf_repo_blob(r, &bytes, c->files[i].oid, err);
        if (rc == 0 && bytes.n != (size_t)c->files[i].size)
            rc = hf_fail(err, HF_E_INPUT, "an object in the repository has changed its size");
        if (rc == 0)
            rc = export_file(top, &c->files[i], bytes.p, err);
        hf_buf_free(&bytes);
    }
    close(top);
    return rc;
}
