/* room.c: see room.h. */
#include "builder/room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 512 /* what st_blocks counts, on every file system */

struct room {
    uint64_t used, max;
    unsigned entries, depth;
};

static int over(struct room *r, int at, const char *name);

/* Closes fd. */
static int over_in(struct room *r, int fd)
{
    DIR *d = fdopendir(fd);
    struct dirent *e;
    int rc = 0;

    if (d == NULL) {
        close(fd);
        return 1;
    }
    while (rc == 0 && (e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = over(r, dirfd(d), e->d_name);
    closedir(d);
    return rc;
}

static int over(struct room *r, int at, const char *name)
{
    struct stat st;
    int fd, rc;

    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno != ENOENT; /* it has gone meanwhile */
    r->used += (uint64_t)st.st_blocks * BLOCK / (st.st_nlink > 1 && !S_ISDIR(st.st_mode) ? st.st_nlink : 1);
    if (r->used > r->max || ++r->entries > HF_ROOM_MAX_ENTRIES)
        return 1;
    if (!S_ISDIR(st.st_mode))
        return 0;
    if (r->depth >= HF_ROOM_MAX_DEPTH)
        return 1;
    fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno != ENOENT && errno != ENOTDIR;
    r->depth++;
    rc = over_in(r, fd);
    r->depth--;
    return rc;
}

int hf_room_over(const char *path, uint64_t max)
{
    struct room r = {.max = max};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? 1 : over_in(&r, fd);
}
