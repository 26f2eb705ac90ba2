/* file.c: a store that is a directory. Everything is opened beneath its root, component by component, without following links;
 * folders are 2750 and files 0640 whatever the umask, so that an edge in the same group can read and nobody else. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/durable.h"
#include "store/backend.h"

#define DIR_MODE 02750
#define FILE_MODE 0640
#define LOCK_SECONDS 20

struct file_store {
    int root;
    char *path;
};

static void fs_close(void *self)
{
    struct file_store *s = self;

    close(s->root);
    free(s->path);
    free(s);
}

int hf_file_store_open(void **self, const char *root, int make, struct hf_err *err)
{
    struct file_store *s = calloc(1, sizeof *s);
    int made;

    if (s == NULL || (s->path = strdup(root)) == NULL) {
        free(s);
        return hf_nomem(err);
    }
    made = make && mkdir(root, 0700) == 0;
    s->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root < 0 || (made && fchmod(s->root, DIR_MODE) != 0)) {
        hf_fail(err, HF_E_AGAIN, "cannot open the store %s: %s%s", root, strerror(errno),
                errno == ENOENT ? "; mount its disk, or make the folder if it is to begin anew" : "");
        if (s->root >= 0)
            close(s->root);
        free(s->path);
        free(s);
        return -1;
    }
    *self = s;
    return 0;
}

/* Opens the folder that a key lies in; *leaf is the key's last part. With make set, folders that lack are made. */
static int open_folder(const struct file_store *s, const char *key, int make, const char **leaf, struct hf_err *err)
{
    char part[HF_STORE_KEY_MAX + 1];
    const char *p = key, *slash;
    int fd, next;

    fd = fcntl(s->root, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open %s/%s: %s", s->path, key, strerror(errno));
    while ((slash = strchr(p, '/')) != NULL) {
        memcpy(part, p, (size_t)(slash - p));
        part[slash - p] = '\0';
        next = make ? hf_durable_mkdir(fd, part, DIR_MODE, key, err)
                    : openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 && !make)
            hf_fail(err, errno == ENOENT ? HF_E_NOTFOUND : HF_E_FAIL, "cannot open %s/%s: %s", s->path, key, strerror(errno));
        close(fd);
        if (next < 0)
            return -1;
        fd = next;
        p = slash + 1;
    }
    *leaf = p;
    return fd;
}

/* Opens the key's file for reading; a regular one, never through a link. */
static int open_key(const struct file_store *s, const char *key, struct stat *st, struct hf_err *err)
{
    const char *leaf;
    int fd, dir = open_folder(s, key, 0, &leaf, err);

    if (dir < 0)
        return -1;
    fd = openat(dir, leaf, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        hf_fail(err, errno == ENOENT ? HF_E_NOTFOUND : HF_E_FAIL, "cannot open %s/%s: %s", s->path, key, strerror(errno));
    close(dir);
    if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
        close(fd);
        return hf_fail(err, HF_E_FAIL, "%s/%s is not a regular file", s->path, key);
    }
    return fd;
}

/* The etag of a file store: what the bytes are. */
static int etag_of(char etag[HF_ETAG_MAX], const void *p, size_t n, struct hf_err *err)
{
    uint8_t md[32];

    if (hf_sha256(md, p, n) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot compute a digest");
    hf_hex(etag, md, sizeof md);
    return 0;
}

static int fs_get(void *self, const char *key, struct hf_buf *out, char etag[HF_ETAG_MAX], struct hf_err *err)
{
    struct stat st;
    int rc, fd = open_key(self, key, &st, err);

    if (fd < 0)
        return -1;
    rc = hf_buf_read_fd(out, fd, key, err);
    close(fd);
    if (rc == 0 && etag != NULL)
        rc = etag_of(etag, out->p, out->n, err);
    return rc;
}

static int fs_size(void *self, const char *key, int64_t *size, struct hf_err *err)
{
    struct stat st;
    int fd = open_key(self, key, &st, err);

    if (fd < 0)
        return -1;
    close(fd);
    *size = st.st_size;
    return 0;
}

static int fs_sums(void *self, const char *key, struct hf_sums *out, struct hf_err *err)
{
    struct stat st;
    int rc, fd = open_key(self, key, &st, err);

    if (fd < 0)
        return -1;
    rc = hf_digest_fd(out, fd, err);
    close(fd);
    return rc;
}

static int fs_fetch(void *self, const char *key, int fd, int64_t max, struct hf_sums *out, struct hf_err *err)
{
    struct stat st;
    int rc, in = open_key(self, key, &st, err);

    if (in < 0)
        return -1;
    rc = hf_fetch_fd(in, key, fd, max, out, err);
    close(in);
    return rc;
}

/* 1 when the key has exactly these bytes already. */
static int has_object(const struct file_store *s, const char *key, const struct hf_sums *sums)
{
    struct hf_sums there;
    struct stat st;
    int same, fd = open_key(s, key, &st, NULL);

    if (fd < 0)
        return 0;
    same = (uint64_t)st.st_size == sums->size && hf_digest_fd(&there, fd, NULL) == 0 && strcmp(there.sha256, sums->sha256) == 0;
    close(fd);
    return same;
}

/* Copies fd into d and checks the bytes on the way. */
static int copy_object(struct hf_durable *d, int fd, const struct hf_sums *sums, struct hf_err *err)
{
    struct hf_digest *dg = NULL;
    struct hf_sums got;
    const size_t block = (size_t)256 * 1024;
    char *p = malloc(block);
    ssize_t n;
    int rc = -1;

    if (p == NULL) {
        hf_nomem(err);
        goto out;
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        hf_fail(err, HF_E_FAIL, "cannot read the patch from its start: %s", strerror(errno));
        goto out;
    }
    if (hf_digest_new(&dg, err) != 0)
        goto out;
    while ((n = read(fd, p, block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            hf_fail(err, HF_E_FAIL, "cannot read the patch: %s", strerror(errno));
            goto out;
        }
        if (hf_digest_update(dg, p, (size_t)n, err) != 0 || hf_durable_write(d, p, (size_t)n, err) != 0)
            goto out;
    }
    if (hf_digest_final(dg, &got, err) != 0)
        goto out;
    if (got.size != sums->size || strcmp(got.sha256, sums->sha256) != 0) {
        hf_fail(err, HF_E_SIG, "the patch changed while it was being published; nothing was published");
        goto out;
    }
    rc = 0;
out:
    hf_digest_free(dg);
    free(p);
    return rc;
}

static int fs_put_object(void *self, const char *key, int fd, const struct hf_sums *sums, const char *type, struct hf_err *err)
{
    struct file_store *s = self;
    struct hf_durable d;
    const char *leaf;
    int rc = -1, dir;

    (void)type;
    dir = open_folder(s, key, 1, &leaf, err);
    if (dir < 0)
        return -1;
    if (has_object(s, key, sums)) {
        /* Whoever put it there may have been killed before its name was on disk. */
        rc = hf_durable_sync(dir, key, err);
        goto out;
    }
    if (hf_durable_begin(&d, dir, key, err) != 0)
        goto out;
    if (copy_object(&d, fd, sums, err) != 0)
        hf_durable_abort(&d);
    else
        rc = hf_durable_commit(&d, leaf, FILE_MODE, 0, NULL, err);
out:
    close(dir);
    return rc;
}

static int fs_put_new(void *self, const char *key, const struct hf_store_bytes *b, int *made, struct hf_err *err)
{
    const char *leaf;
    int rc, dir = open_folder(self, key, 1, &leaf, err);

    if (dir < 0)
        return -1;
    rc = hf_durable_put(dir, leaf, b->p, b->n, FILE_MODE, 1, made, key, err);
    close(dir);
    return rc;
}

/* Takes the lock of a folder, waiting for it up to LOCK_SECONDS. The lock goes with the descriptor. */
static int take_lock(int dir, const char *key, struct hf_err *err)
{
    const struct timespec pause = {0, 10 * 1000 * 1000};
    struct timespec start, now;
    int fd = openat(dir, HF_FILE_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open the lock of %s: %s", key, strerror(errno));
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((errno != EWOULDBLOCK && errno != EINTR) || now.tv_sec - start.tv_sec >= LOCK_SECONDS) {
            close(fd);
            return hf_fail(err, HF_E_AGAIN, "another publisher has held the lock of %s for %d s", key, LOCK_SECONDS);
        }
        nanosleep(&pause, NULL);
    }
    return fd;
}

/* Under the lock: 0 when the key still has this etag (NULL: still is not there), HF_E_RACE when not. */
static int unchanged(struct file_store *s, const char *key, const char *etag, struct hf_err *err)
{
    struct hf_buf there;
    struct hf_err why = {HF_OK, ""};
    char tag[HF_ETAG_MAX] = "";
    int rc;

    hf_buf_init(&there, HF_JWS_MAX_BYTES);
    rc = fs_get(s, key, &there, tag, &why);
    hf_buf_free(&there);
    if (rc != 0 && why.code != HF_E_NOTFOUND) {
        if (err != NULL)
            *err = why;
        return -1;
    }
    if (etag == NULL ? rc == 0 : (rc != 0 || strcmp(tag, etag) != 0))
        return hf_fail(err, HF_E_RACE, "another publisher was first");
    return 0;
}

static int fs_replace(void *self, const char *key, const struct hf_store_bytes *b, const char *etag, struct hf_err *err)
{
    const char *leaf;
    int rc = -1, lock, dir = open_folder(self, key, 1, &leaf, err);

    if (dir < 0)
        return -1;
    lock = take_lock(dir, key, err);
    if (lock >= 0 && unchanged(self, key, etag, err) == 0)
        rc = hf_durable_put(dir, leaf, b->p, b->n, FILE_MODE, 0, NULL, key, err);
    if (lock >= 0)
        close(lock);
    close(dir);
    return rc;
}

static int fs_remove(void *self, const char *key, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};
    const char *leaf;
    struct stat st;
    int rc, dir = open_folder(self, key, 0, &leaf, &why);

    if (dir < 0 && why.code == HF_E_NOTFOUND)
        return 0;
    if (dir < 0) {
        if (err != NULL)
            *err = why;
        return -1;
    }
    rc = fstatat(dir, leaf, &st, AT_SYMLINK_NOFOLLOW);
    if (rc != 0 && errno != ENOENT)
        hf_fail(err, HF_E_FAIL, "cannot look at %s: %s", key, strerror(errno));
    else if (rc != 0) /* Whoever removed it may have been killed before that was on disk. */
        rc = hf_durable_sync(dir, key, err);
    else if (!S_ISREG(st.st_mode))
        rc = hf_fail(err, HF_E_FAIL, "%s is not a regular file, so it is not an object of the store; it was not removed", key);
    else
        rc = hf_durable_remove(dir, leaf, key, err);
    close(dir);
    return rc;
}

/* Opens a folder for reading what is in it; "" is the root. */
static int open_to_look(const struct file_store *s, const char *folder, struct hf_err *err)
{
    char inside[HF_STORE_KEY_MAX + 2];
    const char *leaf;

    snprintf(inside, sizeof inside, "%s%s.", folder, folder[0] != '\0' ? "/" : "");
    return open_folder(s, inside, 0, &leaf, err);
}

static int fs_list(void *self, const char *folder, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
                   struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};
    int rc, dir = open_to_look(self, folder, &why);

    if (dir < 0 && why.code == HF_E_NOTFOUND)
        return 0;
    if (dir < 0) {
        if (err != NULL)
            *err = why;
        return -1;
    }
    rc = hf_file_list(dir, folder, f, arg, err);
    close(dir);
    return rc;
}

/* As a publisher writes: a temporary file on disk; it only never gets a name. */
static int fs_probe(void *self, const char *folder, struct hf_store_facts *facts, struct hf_err *err)
{
    struct hf_durable d;
    struct stat st;
    int rc = -1, dir = open_to_look(self, folder, err);

    if (dir < 0)
        return -1;
    if (fstat(dir, &st) != 0) {
        hf_fail(err, HF_E_FAIL, "cannot look at the folder %s: %s", folder, strerror(errno));
    } else if (hf_durable_begin(&d, dir, folder[0] != '\0' ? folder : "a file", err) == 0) {
        facts->world = (st.st_mode & (S_IROTH | S_IXOTH)) != 0;
        rc = hf_durable_write(&d, "probe\n", 6, err);
        hf_durable_abort(&d);
    }
    close(dir);
    return rc;
}

const struct hf_store_ops hf_file_store_ops = {fs_close, fs_get, fs_size, fs_put_object, fs_put_new,
                                               fs_replace, fs_sums, fs_list, fs_probe, fs_remove, fs_fetch, NULL, NULL};
