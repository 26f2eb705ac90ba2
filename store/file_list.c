/* file_list.c: what lies in a file store, object or not: see store.h, hf_store_list. Links are named, never followed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backend.h"

#define DEPTH_MAX 8 /* folders in folders; a store of ours has three */

struct walk {
    int (*f)(void *arg, const struct hf_store_entry *e);
    void *arg;
    struct hf_err *err;
};

static int list_folder(const struct walk *w, int dir, const char *folder, int depth);

/* One name in an open folder. A file that goes while we look (a writer's temporary one) is no failure. */
static int entry(const struct walk *w, int dir, const char *folder, const char *name, int depth)
{
    struct hf_store_entry e;
    struct stat st;
    char *key = NULL;
    int rc, fd;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, HF_FILE_LOCK) == 0)
        return 0;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : hf_fail(w->err, HF_E_FAIL, "cannot look into %.200s: %s", folder, strerror(errno));
    if (asprintf(&key, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name) < 0)
        return hf_nomem(w->err);
    if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
        fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        rc = fd >= 0 ? list_folder(w, fd, key, depth + 1)
                     : hf_fail(w->err, HF_E_FAIL, "cannot open the folder of a store: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
    } else {
        e = (struct hf_store_entry){key, S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1, (int64_t)st.st_mtime};
        rc = w->f(w->arg, &e);
    }
    free(key);
    return rc;
}

static int list_folder(const struct walk *w, int dir, const char *folder, int depth)
{
    int rc = 0, copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *de;

    if (d == NULL) {
        rc = hf_fail(w->err, HF_E_FAIL, "cannot list the folder of a store: %s", strerror(errno));
        if (copy >= 0)
            close(copy);
        return rc;
    }
    while (rc == 0 && (errno = 0, de = readdir(d)) != NULL)
        rc = entry(w, dir, folder, de->d_name, depth);
    if (rc == 0 && errno != 0)
        rc = hf_fail(w->err, HF_E_FAIL, "cannot list the folder of a store: %s", strerror(errno));
    closedir(d);
    return rc;
}

int hf_file_list(int dir, const char *folder, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
                 struct hf_err *err)
{
    const struct walk w = {f, arg, err};

    return list_folder(&w, dir, folder, 0);
}
