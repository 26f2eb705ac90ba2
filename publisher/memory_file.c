/* memory_file.c: see memory.h: the memory on disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/durable.h"
#include "core/hex.h"
#include "core/json.h"
#include "publisher/memory.h"

static json_t *remembered(const struct hf_remembered *r)
{
    return json_pack("{s:I,s:I,s:I,s:s}", "serial", (json_int_t)r->serial, "last", (json_int_t)r->last, "published",
                     (json_int_t)r->published, "sha256", r->sha256);
}

int hf_memory_write(struct hf_buf *out, const struct hf_memory *m, struct hf_err *err)
{
    json_t *o = json_pack("{s:i,s:s,s:s,s:s,s:o,s:o,s:I,s:I}", "format", HF_MEMORY_FORMAT, "app", m->app, "channel", m->channel,
                          "store", m->store, "in_force", remembered(&m->in_force), "tried", remembered(&m->tried), "serial",
                          (json_int_t)m->serial, "last", (json_int_t)m->last);
    int rc;

    if (o == NULL)
        return hf_fail(err, HF_E_INPUT, "the publisher's memory cannot be written as JSON");
    rc = hf_json_write(out, o, err);
    json_decref(o);
    if (rc == 0)
        hf_buf_str(out, "\n");
    return rc == 0 ? hf_buf_ok(out, "the publisher's memory", err) : rc;
}

static int copy(char *out, size_t max, json_t *o, const char *name, const char *path, struct hf_err *err)
{
    const char *s;

    if (hf_json_string(&s, o, name, max, path, err) != 0)
        return -1;
    memcpy(out, s, strlen(s) + 1);
    return 0;
}

static int read_remembered(struct hf_remembered *r, json_t *doc, const char *name, struct hf_err *err)
{
    json_t *o;

    if (hf_json_object(&o, doc, name, "memory", err) != 0 ||
        hf_json_int(&r->serial, o, "serial", 0, HF_MAX_INT, name, err) != 0 ||
        hf_json_int(&r->last, o, "last", 0, HF_MAX_INT, name, err) != 0 ||
        hf_json_int(&r->published, o, "published", 0, HF_MAX_INT, name, err) != 0 ||
        copy(r->sha256, HF_SHA256_HEX, o, "sha256", name, err) != 0)
        return -1;
    if (r->serial == 0 ? r->sha256[0] != '\0' : !hf_is_hex(r->sha256, HF_SHA256_HEX))
        return hf_fail(err, HF_E_INPUT, "memory.%s.sha256 is not 64 hex digits", name);
    return 0;
}

static int read_memory(struct hf_memory *m, json_t *doc, struct hf_err *err)
{
    int64_t format;

    if (hf_json_int(&format, doc, "format", HF_MEMORY_FORMAT, HF_MEMORY_FORMAT, "memory", err) != 0 ||
        copy(m->app, HF_APP_MAX, doc, "app", "memory", err) != 0 ||
        copy(m->channel, HF_CHANNEL_MAX, doc, "channel", "memory", err) != 0 ||
        copy(m->store, HF_MEMORY_MAX_STORE, doc, "store", "memory", err) != 0 ||
        read_remembered(&m->in_force, doc, "in_force", err) != 0 || read_remembered(&m->tried, doc, "tried", err) != 0 ||
        hf_json_int(&m->serial, doc, "serial", 0, HF_MAX_INT, "memory", err) != 0 ||
        hf_json_int(&m->last, doc, "last", 0, HF_MAX_INT, "memory", err) != 0)
        return -1;
    if (m->serial < m->in_force.serial || m->serial < m->tried.serial || m->last < m->in_force.last || m->last < m->tried.last)
        return hf_fail(err, HF_E_INPUT, "memory.serial or memory.last is lower than a number that was used");
    return 0;
}

int hf_memory_parse(struct hf_memory *out, const void *p, size_t n, struct hf_err *err)
{
    json_t *doc;
    int rc;

    memset(out, 0, sizeof *out);
    if (n > HF_MEMORY_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "a memory of more than %d bytes", HF_MEMORY_MAX_BYTES);
    if (hf_json_load(&doc, p, n, "memory", err) != 0)
        return -1;
    rc = read_memory(out, doc, err);
    json_decref(doc);
    return rc;
}

/* What cannot be read is never taken for nothing: an attacker, or a bad disk, must not make the publisher forget. */
static int load(struct hf_memory *out, int dir, const char *app, const char *channel, struct hf_err *err)
{
    char name[HF_CHANNEL_MAX + 8];
    struct hf_buf text;
    int rc = -1, fd;

    snprintf(name, sizeof name, "%s.json", channel);
    fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return hf_fail(err, HF_E_NOTFOUND, "nothing is remembered of %s/%s", app, channel);
    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot read hotfix/signed/%s/%s: %s", app, name, strerror(errno));
    hf_buf_init(&text, HF_MEMORY_MAX_BYTES);
    if (hf_buf_read_fd(&text, fd, name, err) == 0 && hf_memory_parse(out, text.p != NULL ? text.p : "", text.n, err) == 0)
        rc = strcmp(out->app, app) == 0 && strcmp(out->channel, channel) == 0
                 ? 0
                 : hf_fail(err, HF_E_INPUT, "it is the memory of %s/%s", out->app, out->channel);
    close(fd);
    hf_buf_free(&text);
    if (rc == 0)
        return 0;
    if (err != NULL && (err->code == HF_E_INPUT || err->code == HF_E_LIMIT))
        err->code = HF_E_SIG; /* a job waits */
    return hf_fail_in(err,
                      "hotfix/signed/%s/%s, what this publisher remembers of its own manifests, cannot be used; put it back "
                      "from a backup, or look at the store and run `hotfix accept --serial N`: ",
                      app, name);
}

/* The folder <folder>/signed/<app>; made when make is set. */
static int open_dir(const char *folder, const char *app, int make, struct hf_err *err)
{
    int top, signed_dir = -1, dir = -1;

    if (make && mkdir(folder, 0750) != 0 && errno != EEXIST)
        return hf_fail(err, HF_E_FAIL, "cannot make the folder of the publisher's memory %s: %s", folder, strerror(errno));
    top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0 && make)
        return hf_fail(err, HF_E_FAIL, "cannot open the folder of the publisher's memory %s: %s", folder, strerror(errno));
    if (top >= 0)
        signed_dir = make ? hf_durable_mkdir(top, "signed", 0700, "the folder signed", err)
                          : openat(top, "signed", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (signed_dir >= 0)
        dir = make ? hf_durable_mkdir(signed_dir, app, 0700, "the folder of the publisher's memory", err)
                   : openat(signed_dir, app, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 && !make)
        hf_fail(err, HF_E_NOTFOUND, "nothing is remembered of %s", app);
    if (signed_dir >= 0)
        close(signed_dir);
    if (top >= 0)
        close(top);
    return dir;
}

static int take_lock(int dir, const char *channel, struct hf_err *err)
{
    const struct timespec pause = {0, 10 * 1000 * 1000};
    char name[HF_CHANNEL_MAX + 8];
    struct timespec start, now;
    int fd;

    snprintf(name, sizeof name, "%s.lock", channel);
    fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open the lock of the publisher's memory: %s", strerror(errno));
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((errno != EWOULDBLOCK && errno != EINTR) || now.tv_sec - start.tv_sec >= HF_MEMORY_LOCK_SECONDS) {
            close(fd);
            return hf_fail(err, HF_E_AGAIN, "another publisher of this repository has been at work on the channel for %d s",
                           HF_MEMORY_LOCK_SECONDS);
        }
        nanosleep(&pause, NULL);
    }
    return fd;
}

int hf_memory_open(struct hf_memory_file *f, const char *folder, const char *app, const char *channel, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};

    memset(f, 0, sizeof *f);
    f->lock = -1;
    f->dir = open_dir(folder, app, 1, err);
    if (f->dir < 0 || (f->lock = take_lock(f->dir, channel, err)) < 0)
        return -1;
    if (load(&f->memory, f->dir, app, channel, &why) == 0) {
        f->known = 1;
        return 0;
    }
    memset(&f->memory, 0, sizeof f->memory);
    snprintf(f->memory.app, sizeof f->memory.app, "%s", app);
    snprintf(f->memory.channel, sizeof f->memory.channel, "%s", channel);
    if (why.code == HF_E_NOTFOUND)
        return 0;
    *err = why;
    return -1;
}

void hf_memory_close(struct hf_memory_file *f)
{
    if (f->lock >= 0)
        close(f->lock);
    if (f->dir >= 0)
        close(f->dir);
    f->lock = f->dir = -1;
}

int hf_memory_save(struct hf_memory_file *f, struct hf_err *err)
{
    char name[HF_CHANNEL_MAX + 8];
    struct hf_buf text;
    int rc = -1;

    snprintf(name, sizeof name, "%s.json", f->memory.channel);
    hf_buf_init(&text, HF_MEMORY_MAX_BYTES);
    if (hf_memory_write(&text, &f->memory, err) == 0)
        rc = hf_durable_put(f->dir, name, text.p, text.n, 0600, 0, NULL, "the publisher's memory", err);
    hf_buf_free(&text);
    if (rc == 0)
        f->known = 1;
    return rc;
}

int hf_memory_peek(struct hf_memory *out, const char *folder, const char *app, const char *channel, struct hf_err *err)
{
    int dir = open_dir(folder, app, 0, err), rc;

    if (dir < 0)
        return -1;
    rc = load(out, dir, app, channel, err);
    close(dir);
    return rc;
}
