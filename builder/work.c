/* work.c: the private folder that a build happens in; see build.h. A foreign tool wrote into it, so removing it trusts nothing
 * that it finds: no link is followed, no depth and no permission stands in the way. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/build.h"
#include "core/escape.h"

#define MAX_ROUNDS 1000000 /* folders that are emptied; somebody who still writes must not hold us for ever */
#define SHOWN 256

int hf_work_make(char **out, const char *parent, struct hf_err *err)
{
    char shown[SHOWN];
    char *path = NULL;

    *out = NULL;
    if (asprintf(&path, "%s/hotfix-XXXXXX", parent) < 0)
        return hf_nomem(err);
    if (mkdtemp(path) == NULL) {
        hf_fail(err, errno == ENOSPC || errno == EDQUOT ? HF_E_AGAIN : HF_E_FAIL, "cannot make a folder in '%s': %s",
                hf_escape(shown, sizeof shown, parent, strlen(parent)), strerror(errno));
        free(path);
        return -1;
    }
    *out = path;
    return 0;
}

/* Opens the folder `name` in `at`, not through a link, and gives us all rights in it. -1 when it is no folder. */
static int open_ours(int at, const char *name)
{
    char self[64];
    struct stat st;
    int fd, path = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (path < 0)
        return -1;
    if (fstat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
        close(path);
        return -1;
    }
    snprintf(self, sizeof self, "/proc/self/fd/%d", path);
    chmod(self, 0700);
    fd = open(self, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(path);
    return fd;
}

/* Calls f for each entry of a folder, and closes it. f may take entries away; what is added meanwhile may or may not come. */
static void each_entry(int fd, void (*f)(int fd, const char *name, void *arg), void *arg)
{
    DIR *d = fdopendir(fd);

    if (d == NULL) {
        close(fd);
        return;
    }
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            f(fd, e->d_name, arg);
    closedir(d);
}

struct emptying {
    int top;         /* the folder that goes away */
    unsigned rounds; /* also the name of the last folder that moved up */
    int progress;    /* something went away, or up, in this pass */
};

/* A folder in a folder of the top moves up into the top, so that no depth needs more than two descriptors. */
static void lift(int at, const char *name, void *arg)
{
    struct emptying *e = arg;
    char up[32];
    int fd;

    if (unlinkat(at, name, 0) == 0)
        return;
    fd = open_ours(at, name); /* moving a folder needs write permission in it */
    if (fd < 0)
        return;
    close(fd);
    while (e->rounds++ < MAX_ROUNDS) {
        snprintf(up, sizeof up, ".hotfix-%u", e->rounds);
        if (renameat2(at, name, e->top, up, RENAME_NOREPLACE) == 0)
            e->progress = 1;
        else if (errno == EEXIST)
            continue;
        return;
    }
}

static void empty_entry(int at, const char *name, void *arg)
{
    struct emptying *e = arg;
    int fd;

    if (unlinkat(at, name, 0) == 0 || unlinkat(at, name, AT_REMOVEDIR) == 0) {
        e->progress = 1;
        return;
    }
    if (e->rounds++ >= MAX_ROUNDS || (fd = open_ours(at, name)) < 0)
        return;
    each_entry(fd, lift, e);
    if (unlinkat(at, name, AT_REMOVEDIR) == 0)
        e->progress = 1;
}

void hf_work_remove(const char *work)
{
    struct emptying e = {.progress = 1};

    while (rmdir(work) < 0 && e.progress) {
        int entries;

        e.progress = 0;
        e.top = open_ours(AT_FDCWD, work);
        if (e.top < 0)
            return;
        entries = fcntl(e.top, F_DUPFD_CLOEXEC, 0);
        if (entries >= 0)
            each_entry(entries, empty_entry, &e);
        close(e.top);
    }
}
