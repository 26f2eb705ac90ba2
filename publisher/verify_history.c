/* verify_history.c: see verify.h: the chain of all manifests of a channel. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64url.h"
#include "publisher/clock.h"
#include "publisher/verify.h"

#define NEWER_MAX 1000 /* manifests that may be published while we look */

/* What a patch number stood for when it was seen first. */
struct meaning {
    int64_t patch;
    char sha256[HF_SHA256_HEX + 1]; /* "" for a release without a file */
};

struct chain {
    const struct hf_verify *v;
    const struct hf_manifest *m; /* in force */
    struct meaning *meanings;    /* by patch number */
    size_t count, room;
    int64_t serial, last, published;  /* of the one before */
    int64_t missing_from, missing_to; /* a gap that is not told yet; 0: none */
    int64_t strangers;                /* signed by keys that are not pinned here */
    int64_t stranger_to;
};

static void tell_gap(struct chain *c)
{
    if (c->missing_from == 0)
        return;
    if (c->missing_from == c->missing_to)
        hf_found(c->v->found, HF_FOUND_WARNING, "if it was lost, put it back from a backup; devices are not affected",
                 "%s/%s/history/%" PRId64 ".json is missing: its file was lost, or that serial was tried and never published",
                 c->m->app, c->m->channel, c->missing_from);
    else
        hf_found(c->v->found, HF_FOUND_WARNING, "if they were lost, put them back from a backup; devices are not affected",
                 "%s/%s/history/%" PRId64 ".json to %" PRId64
                 ".json are missing: the files were lost, or those serials were tried and never published",
                 c->m->app, c->m->channel, c->missing_from,
                 c->missing_to);
    c->missing_from = 0;
}

static void missing(struct chain *c, int64_t from, int64_t to)
{
    c->missing_from = c->missing_from == 0 ? from : c->missing_from;
    c->missing_to = to;
}

/* 1 when the envelope carries the header of a key that is pinned: then a wrong signature is damage, not a key of former times.
 */
static int names_known_key(const struct hf_verify *v, const struct hf_buf *bytes)
{
    char header[HF_JWS_HEADER_MAX], text[HF_BASE64URL_LEN(HF_JWS_HEADER_MAX) + 1];
    size_t i, n;

    for (i = 0; i < hf_trust_count(v->trust); i++) {
        hf_jws_header(header, hf_trust_kid(v->trust, i));
        n = hf_base64url(text, header, strlen(header));
        if (memmem(bytes->p, bytes->n, text, n) != NULL)
            return 1;
    }
    return 0;
}

/* The place of a patch number, or where it would be. */
static size_t place_of(const struct chain *c, int64_t patch)
{
    size_t low = 0, high = c->count, mid;

    while (low < high) {
        mid = low + (high - low) / 2;
        if (c->meanings[mid].patch < patch)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static int judge_number(struct chain *c, const struct hf_release *r, int64_t serial, struct hf_err *err)
{
    size_t at = place_of(c, r->patch);
    struct meaning *more;

    if (at < c->count && c->meanings[at].patch == r->patch) {
        if (strcmp(c->meanings[at].sha256, r->file.sums.sha256) != 0)
            hf_found(c->v->found, HF_FOUND_ERROR, "find out who signed it; publish the right fix again, with a new number",
                     "patch %" PRId64 " of %s/%s has other bytes in serial %" PRId64
                     " than it had before: a number must mean one file",
                     r->patch, c->m->app, c->m->channel, serial);
        return 0;
    }
    if (c->count == c->room) {
        more = reallocarray(c->meanings, c->room * 2 + 64, sizeof *more);
        if (more == NULL)
            return hf_nomem(err);
        c->meanings = more;
        c->room = c->room * 2 + 64;
    }
    memmove(&c->meanings[at + 1], &c->meanings[at], (c->count - at) * sizeof *c->meanings);
    c->count++;
    c->meanings[at].patch = r->patch;
    memcpy(c->meanings[at].sha256, r->file.sums.sha256, sizeof c->meanings[at].sha256);
    return 0;
}

/* What a good manifest says, held against those before it. */
static int judge_link(struct chain *c, const struct hf_manifest *m, const char *key, int64_t serial, struct hf_err *err)
{
    size_t i;

    if (m->serial != serial)
        hf_found(c->v->found, HF_FOUND_ERROR, "put the right file back from a backup", "%s says that its serial is %" PRId64,
                 key, m->serial);
    if (m->last < c->last)
        hf_found(c->v->found, HF_FOUND_ERROR, "publish no more before it is known who signed it",
                 "%s: the highest patch number goes down, from %" PRId64 " to %" PRId64, key, c->last, m->last);
    if (m->published < c->published && hf_clock_future(c->published, c->v->now)) /* hotfix refresh --reset-time */
        hf_found(c->v->found, HF_FOUND_OK, NULL,
                 "%s took the time back to the present: the one before it was published in the future", key);
    else if (m->published < c->published)
        hf_found(c->v->found, HF_FOUND_ERROR, "set the publisher's clock right", "%s was published before the one before it",
                 key);
    c->last = m->last;
    c->published = m->published;
    for (i = 0; i < m->release_count; i++)
        if (judge_number(c, &m->releases[i], serial, err) != 0)
            return -1;
    return 0;
}

static int judge_bytes(struct chain *c, const struct hf_buf *bytes, const char *key, int64_t serial, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};
    struct hf_manifest *m = NULL;
    int rc = 0;

    if (hf_manifest_open(&m, NULL, bytes->p, bytes->n, c->v->trust, c->m->app, c->m->channel, &why) == 0) {
        rc = judge_link(c, m, key, serial, err);
    } else if (why.code == HF_E_SIG && !names_known_key(c->v, bytes)) {
        c->strangers++;
        c->stranger_to = serial;
    } else {
        hf_found(c->v->found, HF_FOUND_ERROR, "put it back from a backup; devices are not affected", "%s: %s", key, why.msg);
    }
    hf_manifest_free(m);
    return rc;
}

/* History's copy of the one in force: the bytes must be the same. A publisher that was stopped behind its commit has not
 * written it. */
static void judge_copy(const struct chain *c, const struct hf_buf *bytes, int rc, const struct hf_buf *in_force,
                       const char *key)
{
    if (rc != 0)
        hf_found(c->v->found, HF_FOUND_WARNING, "nothing: the next publish, or 'hotfix refresh --force', writes it",
                 "%s, of the manifest in force, is missing", key);
    else if (bytes->n != in_force->n || memcmp(bytes->p, in_force->p, bytes->n) != 0)
        hf_found(c->v->found, HF_FOUND_ERROR, "find out which one devices have seen; both are signed, or one was changed",
                 "%s is not the same as manifest.json, which has that serial", key);
}

static int judge_serial(struct chain *c, int64_t serial, const struct hf_buf *in_force, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};
    char key[HF_STORE_KEY_MAX];
    struct hf_buf bytes;
    int rc, got;

    hf_buf_init(&bytes, HF_JWS_MAX_BYTES);
    hf_key_history(key, c->m->app, c->m->channel, serial);
    got = hf_store_get(c->v->store, key, &bytes, NULL, &why);
    if (got == 0 || why.code != HF_E_NOTFOUND || serial == c->m->serial)
        tell_gap(c);
    if (got != 0 && why.code != HF_E_NOTFOUND) {
        hf_found(c->v->found, HF_FOUND_ERROR, "see that this user may read it", "%s", why.msg);
        rc = 0;
    } else if (serial == c->m->serial) {
        judge_copy(c, &bytes, got, in_force, key);
        rc = judge_bytes(c, in_force, HF_MANIFEST_LEAF, serial, err);
    } else if (got != 0) {
        missing(c, serial, serial);
        rc = 0;
    } else {
        rc = judge_bytes(c, &bytes, key, serial, err);
    }
    hf_buf_free(&bytes);
    return rc;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The serials that the inventory has of this channel, in order. Freed by the caller. */
static int serials_of(int64_t **out, size_t *n, const struct hf_verify *v, const struct hf_manifest *m, struct hf_err *err)
{
    size_t i;

    *n = 0;
    *out = calloc(v->inventory.count + 1, sizeof **out);
    if (*out == NULL)
        return hf_nomem(err);
    for (i = 0; i < v->inventory.count; i++) {
        const struct hf_item *it = &v->inventory.items[i];

        if (it->is.kind == HF_KIND_HISTORY && strcmp(it->is.app, m->app) == 0 && strcmp(it->is.channel, m->channel) == 0)
            (*out)[(*n)++] = it->is.serial;
    }
    if (*n > 0)
        qsort(*out, *n, sizeof **out, by_number);
    return 0;
}

/* A serial may be any number that somebody signed, so gaps are jumped over; what is newer than the inventory is looked for. */
int hf_verify_history(const struct hf_verify *v, const struct hf_manifest *m, const struct hf_buf *in_force, struct hf_err *err)
{
    struct chain c = {.v = v, .m = m};
    int64_t *serials = NULL, serial, at;
    size_t n, i = 0;
    int rc = serials_of(&serials, &n, v, m, err);

    for (serial = 1; serial <= m->serial && rc == 0; serial = at + 1) {
        while (i < n && serials[i] < serial)
            i++;
        at = i < n ? serials[i] : m->serial - serial > NEWER_MAX ? m->serial
                                                                 : serial;
        at = at > m->serial ? m->serial : at;
        if (at > serial)
            missing(&c, serial, at - 1);
        rc = judge_serial(&c, at, in_force, err);
    }
    tell_gap(&c);
    if (c.strangers > 0)
        hf_found(v->found, HF_FOUND_WARNING, "after a change of keys, give the old public keys too, with --keys",
                 "%" PRId64 " of %s/%s/history, up to serial %" PRId64 ", %s signed by keys that are not trusted here",
                 c.strangers, m->app, m->channel, c.stranger_to, c.strangers == 1 ? "is" : "are");
    free(serials);
    free(c.meanings);
    return rc;
}
