/* table.c: see table.h. */
#include "edge/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "edge/answer.h"
#include "edge/beneath.h"
#include "store/sync_names.h"

#define TEXT_MAX 8192 /* of one piece; far over what the manifest's own limits allow */

static int add_line(struct hf_table *t, const struct hf_channel *ch, const struct hf_feed *from, struct hf_err *err)
{
    struct hf_served *l;
    size_t i;

    if (hf_app_check(ch->app, err) != 0 || hf_channel_check(ch->name, err) != 0)
        return -1;
    for (i = 0; i < t->count; i++) {
        l = &t->served[i];
        if (strcmp(l->app, ch->app) != 0)
            continue;
        if (strcmp(l->from->store, from->store) != 0) /* a link names an app, and so a store */
            return hf_fail(err, HF_E_CONFIG, "the app '%s' stands in another file with another [store] url", ch->app);
        if (strcmp(l->channel, ch->name) == 0) /* two labels, or files, may feed one channel */
            return 0;
    }
    l = &t->served[t->count++];
    l->from = from;
    strcpy(l->app, ch->app);
    strcpy(l->channel, ch->name);
    return 0;
}

int hf_table_new(struct hf_table **out, struct hf_err *err)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? 0 : hf_nomem(err);
}

int hf_table_add(struct hf_table *t, const struct hf_config *c, const struct hf_feed *from, struct hf_err *err)
{
    struct hf_served *more = realloc(t->served, (t->count + c->channel_count) * sizeof *more);
    size_t i;

    if (more == NULL)
        return hf_nomem(err);
    memset(more + t->count, 0, c->channel_count * sizeof *more);
    t->served = more;
    for (i = 0; i < c->channel_count; i++)
        if (add_line(t, &c->channels[i], from, err) != 0)
            return -1;
    return 0;
}

void hf_table_free(struct hf_table *t)
{
    size_t i;

    if (t == NULL)
        return;
    for (i = 0; i < t->count; i++)
        hf_loaded_free(t->served[i].now);
    free(t->served);
    free(t);
}

struct hf_served *hf_table_find(struct hf_table *t, const char *app, const char *channel, struct hf_err *err)
{
    struct hf_served *l, *found = NULL;
    struct hf_served *end = t->served + t->count;
    int known = 0;

    for (l = t->served; l < end; l++) {
        if (app[0] != '\0' && strcmp(l->app, app) != 0)
            continue;
        known = 1;
        if (channel[0] != '\0' && strcmp(l->channel, channel) != 0)
            continue;
        if (found != NULL) {
            /* a channel's name alone says enough when one app has it; two apps without a name do not */
            hf_fail(err, HF_E_INPUT, strcmp(found->app, l->app) != 0 ? "app required" : "channel required");
            return NULL;
        }
        found = l;
    }
    if (found == NULL)
        hf_fail(err, HF_E_NOTFOUND, known ? "Unknown channel" : "Unknown app");
    return found;
}

static void clear_piece(struct hf_piece *p)
{
    free(p->text);
    free(p->link.url);
}

void hf_loaded_free(struct hf_loaded *l)
{
    size_t i, k;

    if (l == NULL)
        return;
    for (i = 0; l->m != NULL && i < l->m->release_count; i++) {
        if (l->releases != NULL)
            clear_piece(&l->releases[i]);
        for (k = 0; l->deltas != NULL && l->deltas[i] != NULL && k < l->m->releases[i].delta_count; k++)
            clear_piece(&l->deltas[i][k]);
        if (l->deltas != NULL)
            free(l->deltas[i]);
    }
    free(l->releases);
    free(l->deltas);
    hf_manifest_free(l->m);
    hf_blob_drop(l->raw);
    free(l);
}

/* Takes the text out of b. */
static int keep(struct hf_piece *p, struct hf_buf *b, struct hf_err *err)
{
    if (hf_buf_ok(b, "an answer's text", err) != 0)
        return -1;
    p->text = strdup(b->p);
    p->link.second = INT64_MIN;
    b->n = 0;
    return p->text != NULL ? 0 : hf_nomem(err);
}

/* Writes what the answers will say of each file. */
static int prepare(struct hf_loaded *l, struct hf_err *err)
{
    size_t i, k, n = l->m->release_count;
    struct hf_buf b;
    int rc = -1;

    hf_buf_init(&b, TEXT_MAX);
    l->releases = calloc(n + 1, sizeof *l->releases);
    l->deltas = calloc(n + 1, sizeof *l->deltas);
    if (l->releases == NULL || l->deltas == NULL) {
        hf_nomem(err);
        goto out;
    }
    for (i = 0; i < n; i++) {
        const struct hf_release *r = &l->m->releases[i];

        hf_answer_release(&b, r);
        if (keep(&l->releases[i], &b, err) != 0)
            goto out;
        l->deltas[i] = calloc(r->delta_count + 1, sizeof *l->deltas[i]);
        if (l->deltas[i] == NULL) {
            hf_nomem(err);
            goto out;
        }
        for (k = 0; k < r->delta_count; k++) {
            hf_answer_delta(&b, &r->deltas[k]);
            if (keep(&l->deltas[i][k], &b, err) != 0)
                goto out;
        }
    }
    rc = 0;
out:
    hf_buf_free(&b);
    return rc;
}

int hf_loaded_new(struct hf_loaded **out, const struct hf_buf *envelope, const struct hf_trust *trust, const char *app,
                  const char *channel, struct hf_err *err)
{
    struct hf_loaded *l = calloc(1, sizeof *l);
    struct hf_jws jws;
    uint8_t sha[32];
    int rc;

    *out = NULL;
    memset(&jws, 0, sizeof jws);
    if (l == NULL)
        return hf_nomem(err);
    rc = hf_manifest_open(&l->m, &jws, envelope->p, envelope->n, trust, app, channel, err);
    if (rc == 0)
        rc = hf_follow_note(&l->follow, &jws, l->m->serial, err);
    hf_jws_free(&jws);
    if (rc != 0)
        goto fail;
    if (hf_sha256(sha, envelope->p, envelope->n) != 0) {
        hf_fail(err, HF_E_FAIL, "cannot compute SHA-256");
        goto fail;
    }
    l->etag[0] = '"';
    hf_hex(l->etag + 1, sha, sizeof sha);
    strcat(l->etag, "\"");
    l->raw = malloc(sizeof *l->raw + envelope->n);
    if (l->raw == NULL) {
        hf_nomem(err);
        goto fail;
    }
    l->raw->refs = 1;
    l->raw->n = envelope->n;
    memcpy(l->raw->bytes, envelope->p, envelope->n);
    if (prepare(l, err) != 0)
        goto fail;
    *out = l;
    return 0;
fail:
    hf_loaded_free(l);
    return -1;
}

/* Opens the channel's file. A descriptor when it is another one than last time; -1 when there is nothing to do. */
static int changed(struct hf_served *l, int root, const char *path, hf_log_fn *say)
{
    struct hf_err err;
    struct stat st;
    int fd = hf_beneath_open(root, path, &err);

    if (fd < 0) {
        if (l->inode != 0 || (err.code != HF_E_NOTFOUND && l->size != -1))
            say("%s: %s", err.msg, l->now != NULL ? "the last good one stays in force" : "no manifest is in force");
        l->inode = 0;
        l->refused = 1;
        l->size = err.code != HF_E_NOTFOUND ? -1 : 0; /* -1: said already */
        return -1;
    }
    if (fstat(fd, &st) != 0 || (st.st_ino == l->inode && st.st_size == l->size && st.st_mtim.tv_sec == l->mtime.tv_sec &&
                                st.st_mtim.tv_nsec == l->mtime.tv_nsec)) {
        close(fd);
        return -1;
    }
    l->inode = st.st_ino;
    l->size = st.st_size;
    l->mtime = st.st_mtim;
    return fd;
}

static void poll_one(struct hf_served *l, hf_log_fn *say)
{
    char path[HF_KEY_MAX];
    struct hf_loaded *next = NULL;
    struct hf_buf b;
    struct hf_err err;
    int fd;

    hf_key_manifest(path, l->app, l->channel);
    fd = changed(l, l->from->root, path, say);
    if (fd < 0)
        return;
    hf_buf_init(&b, HF_JWS_MAX_BYTES);
    if (hf_buf_read_fd(&b, fd, path, &err) == 0 && hf_loaded_new(&next, &b, l->from->trust, l->app, l->channel, &err) == 0 &&
        hf_follow_check(l->now != NULL ? &l->now->follow : NULL, &next->follow, &err) == 0) {
        if (l->now != NULL && !hf_follow_same_signer(&l->now->follow, &next->follow))
            say("%s: signed by another pinned key than the one before", path);
        hf_loaded_free(l->now);
        l->now = next;
        l->refused = 0;
        next = NULL;
    } else {
        l->refused = 1;
        say("%s: %s; %s", path, err.msg, l->now != NULL ? "the last good one stays in force" : "no manifest is in force");
    }
    hf_loaded_free(next);
    hf_buf_free(&b);
    close(fd);
}

/* When a file of the channel's folder was changed; 0 when there is none. */
static int64_t changed_at(const struct hf_served *l, const char *name)
{
    char path[HF_APP_MAX + HF_CHANNEL_MAX + 32];
    struct stat st;
    int64_t at = 0;
    int fd;

    snprintf(path, sizeof path, "%s/%s/%s", l->app, l->channel, name);
    fd = hf_beneath_open(l->from->root, path, NULL);
    if (fd < 0)
        return 0;
    if (fstat(fd, &st) == 0)
        at = st.st_mtim.tv_sec;
    close(fd);
    return at;
}

void hf_table_poll(struct hf_table *t, hf_log_fn *say)
{
    struct hf_served *l;

    for (l = t->served; l < t->served + t->count; l++) {
        poll_one(l, say);
        if (l->from->links != NULL) {
            l->seen = changed_at(l, HF_SYNC_SEEN);
            l->bucket_refused = changed_at(l, HF_SYNC_REFUSED) != 0;
        }
    }
}
