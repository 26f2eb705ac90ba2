/* cache.c: see cache.h. An entry is 64 hex digits, a newline, and the patch; the digits are SHA-256 of the key, a newline and the
 * patch, so that neither a damaged entry nor one under another's name is taken. */
#include "builder/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "builder/git.h"
#include "core/buf.h"
#include "core/durable.h"

#define HEAD (HF_SHA256_HEX + 1)
#define MAX_ENTRIES 100000
#define TEMPORARY_SECONDS 3600 /* no writer takes longer for one entry */

int hf_cache_key(char key[HF_SHA256_HEX + 1], const struct hf_buf *facts, struct hf_err *err)
{
    uint8_t sum[32];

    if (hf_buf_ok(facts, "what a build is made from", err) != 0)
        return -1;
    if (hf_sha256(sum, facts->p, facts->n) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot compute SHA-256");
    hf_hex(key, sum, sizeof sum);
    return 0;
}

/* The cache's folder; -1 when there is none. It is made only where the repository was set up for hotfix, and it must be ours
 * alone: what lies in it becomes a patch. */
static int open_folder(const struct hf_build_ask *ask)
{
    struct stat st;
    char *home = NULL;
    int top = -1, fd = -1;

    if (ask->config->build.cache <= 0 || asprintf(&home, "%s/hotfix", hf_repo_dir(ask->repo)) < 0)
        return -1;
    top = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top >= 0 && fstat(top, &st) == 0 && st.st_uid == geteuid())
        fd = hf_durable_mkdir(top, "cache", 0700, "hotfix/cache", NULL);
    if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0)) {
        close(fd);
        fd = -1;
    }
    if (top >= 0)
        close(top);
    free(home);
    return fd;
}

static int seal(char out[HEAD + 1], const char *key, const void *p, size_t n)
{
    struct hf_digest *d = NULL;
    struct hf_sums sums;
    int rc = -1;

    if (hf_digest_new(&d, NULL) == 0 && hf_digest_update(d, key, HF_SHA256_HEX, NULL) == 0 &&
        hf_digest_update(d, "\n", 1, NULL) == 0 && hf_digest_update(d, p, n, NULL) == 0 && hf_digest_final(d, &sums, NULL) == 0) {
        snprintf(out, HEAD + 1, "%s\n", sums.sha256);
        rc = 0;
    }
    hf_digest_free(d);
    return rc;
}

static int write_new(const char *path, const char *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return -1;
    while (n > 0) {
        ssize_t w = write(fd, p, n);

        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0) {
            close(fd);
            unlink(path);
            return -1;
        }
        p += w;
        n -= (size_t)w;
    }
    return close(fd);
}

int hf_cache_get(const struct hf_build_ask *ask, const char *key, const char *path)
{
    char head[HEAD + 1];
    struct hf_buf b;
    int folder = open_folder(ask), fd = -1, found = 0;

    if (folder < 0)
        return 0;
    hf_buf_init(&b, HF_CACHE_MAX_ENTRY + HEAD);
    fd = openat(folder, key, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) {
        found = hf_buf_read_fd(&b, fd, "hotfix/cache", NULL) == 0 && b.n > HEAD && seal(head, key, b.p + HEAD, b.n - HEAD) == 0 &&
                memcmp(head, b.p, HEAD) == 0;
        if (!found)
            unlinkat(folder, key, 0); /* damaged: it is built again */
        else
            futimens(fd, NULL);
        found = found && write_new(path, b.p + HEAD, b.n - HEAD) == 0;
        close(fd);
    }
    hf_buf_free(&b);
    close(folder);
    return found;
}

struct entry {
    char name[HF_SHA256_HEX + 1];
    struct timespec used;
    off_t size;
};

static int by_use(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    return x->used.tv_nsec < y->used.tv_nsec ? -1 : x->used.tv_nsec > y->used.tv_nsec;
}

/* Reads the entries; removes what a writer left that died. */
static size_t list_entries(struct entry **out, int folder, off_t *total)
{
    int fd = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct timespec now;
    struct stat st;
    size_t n = 0;

    *out = NULL;
    *total = 0;
    if (d == NULL) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    rewinddir(d);
    clock_gettime(CLOCK_REALTIME, &now);
    for (struct dirent *e; (e = readdir(d)) != NULL && n < MAX_ENTRIES;) {
        struct entry *more;

        if (fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        if (!hf_is_hex(e->d_name, HF_SHA256_HEX)) {
            if (now.tv_sec - st.st_mtim.tv_sec > TEMPORARY_SECONDS)
                unlinkat(folder, e->d_name, 0);
            continue;
        }
        more = reallocarray(*out, n + 1, sizeof **out);
        if (more == NULL)
            break;
        *out = more;
        strcpy(more[n].name, e->d_name);
        more[n].used = st.st_mtim;
        more[n].size = st.st_size;
        *total += st.st_size;
        n++;
    }
    closedir(d);
    return n;
}

/* Makes room for `size` bytes. */
static void make_room(int folder, off_t size, off_t limit)
{
    struct entry *entries;
    off_t total;
    size_t n = list_entries(&entries, folder, &total);

    if (n > 0)
        qsort(entries, n, sizeof *entries, by_use);
    for (size_t i = 0; i < n && total + size > limit; i++)
        if (unlinkat(folder, entries[i].name, 0) == 0)
            total -= entries[i].size;
    free(entries);
}

void hf_cache_put(const struct hf_build_ask *ask, const char *key, const char *path)
{
    char head[HEAD + 1];
    off_t limit = (off_t)ask->config->build.cache * 1024 * 1024;
    struct hf_durable d;
    struct hf_buf b;
    int folder = open_folder(ask);

    if (folder < 0)
        return;
    hf_buf_init(&b, HF_CACHE_MAX_ENTRY);
    if (hf_buf_read_file(&b, path, 1, NULL) == 0 && b.n > 0 && (off_t)(b.n + HEAD) <= limit / 4 &&
        seal(head, key, b.p, b.n) == 0) {
        make_room(folder, (off_t)(b.n + HEAD), limit);
        if (hf_durable_begin(&d, folder, "hotfix/cache", NULL) == 0) {
            if (hf_durable_write(&d, head, HEAD, NULL) != 0 || hf_durable_write(&d, b.p, b.n, NULL) != 0)
                hf_durable_abort(&d);
            else
                hf_durable_commit(&d, key, 0600, 0, NULL, NULL);
        }
    }
    hf_buf_free(&b);
    close(folder);
}
