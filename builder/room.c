/* room.c: see room.h. */
#include "builder/room.h"

#include <dirent.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

struct hidden {
    uint64_t used;
    size_t n;
    struct {
        dev_t device;
        ino_t inode;
    } seen[HF_ROOM_MAX_HIDDEN]; /* processes share what they have inherited */
};

/* The process group of a process, by its line in /proc; -1: it has gone. Its name may hold anything, parentheses too. */
static pid_t group_of(int proc, const char *pid)
{
    char path[32], line[512];
    const char *behind;
    char *parent;
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "%.16s/stat", pid);
    fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    n = read(fd, line, sizeof line - 1);
    close(fd);
    if (n <= 0)
        return -1;
    line[n] = '\0';
    behind = strrchr(line, ')'); /* ") S <parent> <group> ..." */
    if (behind == NULL || strlen(behind) < sizeof ") S " - 1)
        return -1;
    strtol(behind + sizeof ") S " - 1, &parent, 10);
    return (pid_t)strtol(parent, NULL, 10);
}

/* 1: there are too many. */
static int count_file(struct hidden *h, const struct stat *st)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->seen[i].device == st->st_dev && h->seen[i].inode == st->st_ino)
            return 0;
    if (h->n == HF_ROOM_MAX_HIDDEN)
        return 1;
    h->seen[h->n].device = st->st_dev;
    h->seen[h->n++].inode = st->st_ino;
    h->used += (uint64_t)st->st_blocks * BLOCK;
    return 0;
}

static int count_process(struct hidden *h, int proc, const char *pid)
{
    char path[32];
    struct dirent *e;
    struct stat st;
    int fd, many = 0;
    DIR *d;

    snprintf(path, sizeof path, "%.16s/fd", pid);
    fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    d = fd < 0 ? NULL : fdopendir(fd);
    if (d == NULL) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    while (!many && (e = readdir(d)) != NULL)
        if (isdigit((unsigned char)e->d_name[0]) && fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
            st.st_nlink == 0)
            many = count_file(h, &st);
    closedir(d);
    return many;
}

int hf_room_hidden(pid_t group, uint64_t max)
{
    struct hidden h = {.used = 0};
    DIR *d = opendir("/proc");
    struct dirent *e;
    int many = 0;

    while (d != NULL && !many && (e = readdir(d)) != NULL)
        if (isdigit((unsigned char)e->d_name[0]) && group_of(dirfd(d), e->d_name) == group)
            many = count_process(&h, dirfd(d), e->d_name);
    if (d != NULL)
        closedir(d);
    return many || h.used > max;
}
