/* sync.c: see sync.h. What lies in the folder and what it is called: docs/formats.md. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/durable.h"
#include "core/escape.h"
#include "core/trust.h"
#include "publisher/sync_in.h"
#include "store/sync_names.h"

#define LOCK ".lock"
#define FOLDER_MODE 0700

void hf_sync_tell(struct hf_sync *s, enum hf_sync_level level, const struct line *l, const char *text)
{
    s->say->tell(s->say->arg, level, l != NULL ? l->channel : NULL, text);
}

/* What a killed process left. */
static void sweep(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct dirent *e;
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

    if (d == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((e = readdir(d)) != NULL)
        if (strncmp(e->d_name, HF_DURABLE_PREFIX, strlen(HF_DURABLE_PREFIX)) == 0)
            unlinkat(dir, e->d_name, 0);
    closedir(d);
}

int hf_sync_folder(struct hf_sync *s, struct line *l, struct hf_err *err)
{
    int app;

    if (l->dir >= 0)
        return 0;
    app = hf_durable_mkdir(s->root, l->channel->app, FOLDER_MODE, l->key, err);
    if (app < 0)
        return -1;
    l->dir = hf_durable_mkdir(app, l->channel->name, FOLDER_MODE, l->key, err);
    close(app);
    if (l->dir < 0)
        return -1;
    sweep(l->dir);
    return 0;
}

int hf_sync_judge(struct hf_follow *out, const struct hf_sync *s, const struct line *l, const struct hf_buf *b,
                  struct hf_err *err)
{
    struct hf_manifest *m = NULL;
    struct hf_jws jws;
    int rc;

    memset(&jws, 0, sizeof jws);
    rc = hf_manifest_open(&m, &jws, b->p != NULL ? b->p : "", b->n, s->trust, l->channel->app, l->channel->name, err);
    if (rc == 0)
        rc = hf_follow_note(out, &jws, m->serial, err);
    hf_jws_free(&jws);
    hf_manifest_free(m);
    return rc;
}

/* Takes up what an earlier run has put into the folder: what comes may not be older. */
static int take_up(struct hf_sync *s, struct line *l, struct hf_err *err)
{
    char text[HF_ERR_MAX_MESSAGE + 128];
    struct hf_buf b;
    int fd, rc = 0;

    if (hf_sync_folder(s, l, err) != 0)
        return -1;
    l->refused = faccessat(l->dir, HF_SYNC_REFUSED, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    fd = openat(l->dir, HF_MANIFEST_LEAF, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "[edge] sync_dir: cannot read %s: %s", l->key, strerror(errno));
    hf_buf_init(&b, HF_JWS_MAX_BYTES);
    if (hf_buf_read_fd(&b, fd, l->key, err) == 0 && hf_sync_judge(&l->follow, s, l, &b, err) == 0) {
        l->have = 1;
    } else if (err->code == HF_E_NOMEM) {
        rc = -1;
    } else {
        snprintf(text, sizeof text, "what is kept in [edge] sync_dir does not count: %s", err->msg);
        hf_sync_tell(s, HF_SYNC_ALARM, l, text);
    }
    hf_buf_free(&b);
    close(fd);
    return rc;
}

/* The folder belongs to one bucket and to one process. */
static int take_folder(struct hf_sync *s, struct hf_sync *const *others, size_t n, struct hf_err *err)
{
    const char *path = s->config->edge.sync_dir;
    struct stat mine, other;
    char shown[192];
    size_t i;

    hf_escape(shown, sizeof shown, path, strlen(path));
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST)
        return hf_fail(err, HF_E_CONFIG, "[edge] sync_dir: cannot make the folder '%s': %s", shown, strerror(errno));
    s->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root < 0 || fstat(s->root, &mine) != 0)
        return hf_fail(err, HF_E_CONFIG, "[edge] sync_dir: cannot open the folder '%s': %s", shown, strerror(errno));
    for (i = 0; i < n; i++) {
        if (fstat(others[i]->root, &other) != 0 || mine.st_ino != other.st_ino || mine.st_dev != other.st_dev)
            continue;
        if (strcmp(others[i]->config->store.url, s->config->store.url) == 0)
            return 0;
        return hf_fail(err, HF_E_CONFIG, "[edge] sync_dir '%s' is that of another file, whose [store] url is another one; name a "
                                         "folder of its own",
                       shown);
    }
    s->lock = openat(s->root, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (s->lock < 0)
        return hf_fail(err, HF_E_CONFIG, "[edge] sync_dir: cannot write in '%s': %s", shown, strerror(errno));
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0)
        return hf_fail(err, HF_E_AGAIN, "another process keeps the folder '%s' ([edge] sync_dir)", shown);
    sweep(s->root);
    return 0;
}

int hf_sync_open(struct hf_sync **out, const struct hf_config *c, struct hf_sync *const *others, size_t n,
                 const struct hf_sync_say *say, struct hf_err *err)
{
    struct hf_sync *s = calloc(1, sizeof *s);
    size_t i;

    *out = NULL;
    if (s == NULL)
        return hf_nomem(err);
    s->config = c;
    s->say = say;
    s->root = s->lock = -1;
    hf_buf_init(&s->written, HF_LINK_KEYS_MAX_BYTES);
    s->lines = calloc(c->channel_count, sizeof *s->lines);
    if (s->lines == NULL) {
        hf_nomem(err);
        goto fail;
    }
    s->count = c->channel_count;
    for (i = 0; i < s->count; i++) {
        s->lines[i].channel = &c->channels[i];
        s->lines[i].dir = -1;
        hf_key_manifest(s->lines[i].key, c->channels[i].app, c->channels[i].name);
    }
    if (hf_bucket_open(&s->bucket, c, err) != 0 || hf_trust_load(&s->trust, c, err) != 0 || take_folder(s, others, n, err) != 0)
        goto fail;
    for (i = 0; i < s->count; i++)
        if (take_up(s, &s->lines[i], err) != 0)
            goto fail;
    *out = s;
    return 0;
fail:
    hf_sync_close(s);
    return -1;
}

void hf_sync_close(struct hf_sync *s)
{
    size_t i;

    if (s == NULL)
        return;
    for (i = 0; s->lines != NULL && i < s->count; i++)
        if (s->lines[i].dir >= 0)
            close(s->lines[i].dir);
    free(s->lines);
    if (s->lock >= 0)
        close(s->lock);
    if (s->root >= 0)
        close(s->root);
    hf_bucket_close(s->bucket);
    hf_trust_free(s->trust);
    hf_buf_wipe(&s->written);
    free(s);
}
