/* spool.c: see spool.h. */
#include "publisher/spool_in.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/durable.h"

#define LOG_MAX_BYTES (4 * 1024 * 1024) /* then it becomes log.jsonl.1 */

int hf_spool_open(struct hf_spool **out, const char *git_dir, struct hf_err *err)
{
    struct hf_spool *s = calloc(1, sizeof *s);
    int git = -1;

    *out = NULL;
    if (s == NULL)
        return hf_nomem(err);
    s->base = s->waiting = s->failed = s->ahead = -1;
    git = open(git_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (git < 0) {
        hf_fail(err, HF_E_FAIL, "cannot open %s: %s", git_dir, strerror(errno));
        goto fail;
    }
    if ((s->base = hf_durable_mkdir(git, "hotfix", 0700, "the spool", err)) < 0 ||
        (s->waiting = hf_durable_mkdir(s->base, "spool", 0700, "the spool", err)) < 0 ||
        (s->failed = hf_durable_mkdir(s->waiting, "failed", 0700, "the spool", err)) < 0 ||
        (s->ahead = hf_durable_mkdir(s->base, "announced", 0700, "the spool", err)) < 0)
        goto fail;
    if (asprintf(&s->log, "%s/hotfix/log.jsonl", git_dir) < 0) {
        s->log = NULL;
        hf_nomem(err);
        goto fail;
    }
    close(git);
    *out = s;
    return 0;
fail:
    if (git >= 0)
        close(git);
    hf_spool_close(s);
    return -1;
}

void hf_spool_close(struct hf_spool *s)
{
    if (s == NULL)
        return;
    if (s->base >= 0)
        close(s->base);
    if (s->waiting >= 0)
        close(s->waiting);
    if (s->failed >= 0)
        close(s->failed);
    if (s->ahead >= 0)
        close(s->ahead);
    free(s->log);
    free(s);
}

int hf_spool_ready(const struct hf_spool *s, struct hf_err *err)
{
    if (faccessat(s->waiting, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return hf_fail(err, HF_E_FAIL, "no job can be written into the spool: %s", strerror(errno));
    return 0;
}

int hf_spool_write(int dir, const char *name, const struct hf_job *j, struct hf_err *err)
{
    struct hf_buf b;
    int rc = -1;

    hf_buf_init(&b, HF_JOB_MAX_BYTES);
    if (hf_job_write(&b, j, err) == 0)
        rc = hf_durable_put(dir, name, b.p, b.n, 0600, 0, NULL, "the job", err);
    hf_buf_free(&b);
    return rc;
}

int hf_spool_put(struct hf_spool *s, const struct hf_job *j, struct hf_err *err)
{
    char name[HF_SPOOL_NAME_MAX];
    struct timespec now;

    /* The order of names is the order of coming; two in one microsecond have no order that anybody could know. */
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(name, sizeof name, "%017" PRId64 "-%.32s.json", (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, j->id);
    return hf_spool_write(s->waiting, name, j, err);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* <17 digits>-<32 hex>.json */
static int is_job_name(const char *name)
{
    return strlen(name) == 55 && strspn(name, "0123456789") == 17 && name[17] == '-' &&
           strspn(name + 18, "0123456789abcdef") == HF_JOB_HEX && strcmp(name + 50, ".json") == 0;
}

int hf_spool_list(struct hf_spool *s, int failed, char ***names, size_t *count, struct hf_err *err)
{
    int fd = openat(failed ? s->failed : s->waiting, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;
    int rc = -1;

    *names = calloc(HF_SPOOL_MAX_JOBS, sizeof **names);
    *count = 0;
    if (d == NULL || *names == NULL) {
        hf_fail(err, HF_E_FAIL, "cannot read the spool: %s", strerror(errno));
        if (d == NULL && fd >= 0)
            close(fd);
        goto out;
    }
    while ((e = readdir(d)) != NULL && *count < HF_SPOOL_MAX_JOBS) {
        if (!is_job_name(e->d_name))
            continue;
        (*names)[*count] = strdup(e->d_name);
        if ((*names)[*count] == NULL) {
            hf_nomem(err);
            goto out;
        }
        (*count)++;
    }
    qsort(*names, *count, sizeof **names, compare);
    rc = 0;
out:
    if (d != NULL)
        closedir(d);
    if (rc != 0) {
        hf_spool_names_free(*names, *count);
        *names = NULL;
        *count = 0;
    }
    return rc;
}

void hf_spool_names_free(char **names, size_t count)
{
    size_t i;

    for (i = 0; names != NULL && i < count; i++)
        free(names[i]);
    free(names);
}

int hf_spool_read(int dir, const char *name, struct hf_job *out, struct hf_err *err)
{
    struct hf_buf b;
    int rc, fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    memset(out, 0, sizeof *out);
    hf_params_init(&out->params);
    if (fd < 0)
        return hf_fail(err, errno == ENOENT ? HF_E_NOTFOUND : HF_E_FAIL, "cannot read the job %s: %s", name, strerror(errno));
    hf_buf_init(&b, HF_JOB_MAX_BYTES);
    rc = hf_buf_read_fd(&b, fd, "the job", err);
    close(fd);
    if (rc == 0)
        rc = hf_job_parse(out, b.p != NULL ? b.p : "", b.n, err);
    hf_buf_free(&b);
    return rc;
}

int hf_spool_load(struct hf_spool *s, int failed, const char *name, struct hf_job *out, struct hf_err *err)
{
    return hf_spool_read(failed ? s->failed : s->waiting, name, out, err);
}

int hf_spool_each(struct hf_spool *s, int failed, int (*f)(void *arg, const struct hf_job *j), void *arg, struct hf_err *err)
{
    struct hf_job j;
    char **names;
    size_t n;
    int rc = 0;

    if (hf_spool_list(s, failed, &names, &n, err) != 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (hf_spool_load(s, failed, names[i], &j, NULL) == 0)
            rc = f(arg, &j);
        hf_job_clear(&j);
    }
    hf_spool_names_free(names, n);
    return rc;
}

int hf_spool_update(struct hf_spool *s, const char *name, const struct hf_job *j, struct hf_err *err)
{
    return hf_spool_write(s->waiting, name, j, err);
}

int hf_spool_done(struct hf_spool *s, const char *name, struct hf_err *err)
{
    return hf_durable_remove(s->waiting, name, "the job", err);
}

/* In the new place first: killed between the two steps, the job is in both, and in neither sense lost. */
int hf_spool_fail(struct hf_spool *s, const char *name, const struct hf_job *j, struct hf_err *err)
{
    return hf_spool_write(s->failed, name, j, err) != 0 ? -1 : hf_durable_remove(s->waiting, name, "the job", err);
}

int hf_spool_revive(struct hf_spool *s, const char *name, const struct hf_job *j, struct hf_err *err)
{
    return hf_spool_write(s->waiting, name, j, err) != 0 ? -1 : hf_durable_remove(s->failed, name, "the job", err);
}

int hf_spool_drop_failed(struct hf_spool *s, const char *name, struct hf_err *err)
{
    return hf_durable_remove(s->failed, name, "the job", err);
}

int hf_spool_lock(struct hf_spool *s, const char *ref, int64_t seconds, struct hf_err *err)
{
    const struct timespec pause = {0, 20 * 1000 * 1000};
    struct timespec start, now;
    uint8_t md[32];
    char name[32], hex[17];
    int fd;

    if (hf_sha256(md, ref, strlen(ref)) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot compute a digest");
    hf_hex(hex, md, 8);
    snprintf(name, sizeof name, "lock-%s", hex);
    fd = openat(s->waiting, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return hf_fail(err, HF_E_AGAIN, "cannot open the lock %s in the spool: %s", name, strerror(errno));
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((errno != EWOULDBLOCK && errno != EINTR) || now.tv_sec - start.tv_sec >= seconds) {
            close(fd);
            return hf_fail(err, HF_E_AGAIN, "another push of the same ref is being worked on");
        }
        nanosleep(&pause, NULL);
    }
    return fd;
}

/* Appends n bytes under the file's lock: all of them, or none. */
static int append(int dir, const char *name, const char *p, size_t n, off_t rotate_at, struct hf_err *err)
{
    char old[64];
    struct stat st;
    ssize_t w;
    int rc = -1, fd = openat(dir, name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0 || flock(fd, LOCK_EX) != 0 || fstat(fd, &st) != 0)
        goto out;
    w = write(fd, p, n);
    if (w >= 0 && w != (ssize_t)n) { /* a full disk: half a line would spoil the next one too */
        if (ftruncate(fd, st.st_size) == 0)
            errno = ENOSPC;
        goto out;
    }
    if (w < 0 || fdatasync(fd) != 0)
        goto out;
    rc = 0;
    if (rotate_at > 0 && st.st_size + w > rotate_at) {
        snprintf(old, sizeof old, "%s.1", name);
        if (renameat(dir, name, dir, old) != 0)
            rc = -1;
    }
out:
    if (rc != 0)
        hf_fail(err, HF_E_FAIL, "cannot write %s: %s", name, strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

void hf_spool_tip(struct hf_buf *tips, const char *commit, const char *ref)
{
    hf_buf_fmt(tips, "%s %s\n", commit, ref);
}

int hf_spool_see_first(struct hf_spool *s, const struct hf_buf *tips, int *first, struct hf_err *err)
{
    if (hf_buf_ok(tips, "the list of branches", err) != 0)
        return -1;
    return hf_durable_put(s->base, "seen", tips->p, tips->n, 0600, 1, first, "the list of branches", err);
}

int hf_spool_see(struct hf_spool *s, const struct hf_job *j, enum hf_spool_seen as, struct hf_err *err)
{
    struct hf_buf b;
    int rc;

    hf_buf_init(&b, 4096);
    hf_buf_fmt(&b, "%s %s %s%s\n", j->commit, j->ref, j->channel, as == HF_SPOOL_SAME ? " same" : "");
    rc = hf_buf_ok(&b, "a ref's name", err) != 0 ? -1 : append(s->base, "seen", b.p, b.n, 0, err);
    hf_buf_free(&b);
    return rc;
}

/* What stands behind "<commit> <ref>" in a line. */
static enum hf_spool_seen read_seen(const char *p, size_t n, const char *channel)
{
    size_t k = strlen(channel);

    if (n == 0)
        return HF_SPOOL_NOTHING; /* hotfix init found it */
    if (n <= k || p[0] != ' ' || memcmp(p + 1, channel, k) != 0)
        return HF_SPOOL_UNSEEN;
    if (n == k + 1)
        return HF_SPOOL_NOTHING;
    return n == k + 6 && memcmp(p + 1 + k, " same", 5) == 0 ? HF_SPOOL_SAME : HF_SPOOL_UNSEEN;
}

enum hf_spool_seen hf_spool_seen(struct hf_spool *s, const char *commit, const char *ref, const char *channel)
{
    enum hf_spool_seen best = HF_SPOOL_UNSEEN, is;
    struct hf_buf b, want;
    const char *p, *eol;
    int fd;

    hf_buf_init(&b, HF_SPOOL_SEEN_MAX);
    hf_buf_init(&want, 4096);
    hf_buf_fmt(&want, "%s %s", commit, ref);
    fd = openat(s->base, "seen", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && hf_buf_read_fd(&b, fd, "seen", NULL) == 0 && want.p != NULL && b.p != NULL) {
        for (p = b.p; (eol = strchr(p, '\n')) != NULL; p = eol + 1) {
            if ((size_t)(eol - p) < want.n || memcmp(p, want.p, want.n) != 0)
                continue;
            is = read_seen(p + want.n, (size_t)(eol - p) - want.n, channel);
            best = is > best ? is : best;
        }
    }
    if (fd >= 0)
        close(fd);
    hf_buf_free(&b);
    hf_buf_free(&want);
    return best;
}

int hf_spool_log(struct hf_spool *s, const char *line, size_t n, struct hf_err *err)
{
    return append(s->base, "log.jsonl", line, n, LOG_MAX_BYTES, err);
}

const char *hf_spool_log_path(const struct hf_spool *s)
{
    return s->log;
}
