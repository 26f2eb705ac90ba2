/* ledger.c: see ledger.h; docs/formats.md, "Publishing", has the order and why. */
#include "publisher/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The publisher stops at three quarters of what a reader takes, while there is room to act. */
#define THREE_QUARTERS(n) ((n) / 4 * 3)

/* What was read: the bytes as they are in the store, and what they say. */
struct in_force {
    struct hf_buf bytes;
    char etag[HF_ETAG_MAX];
    int there;
    struct hf_manifest *manifest;
};

static void forget(struct in_force *f)
{
    hf_buf_free(&f->bytes);
    hf_manifest_free(f->manifest);
    f->manifest = NULL;
}

static void manifest_key(char key[HF_STORE_KEY_MAX], const struct hf_ledger *l)
{
    snprintf(key, HF_STORE_KEY_MAX, "%s/%s/manifest.json", l->app, l->channel);
}

static int read_in_force(struct in_force *f, const struct hf_ledger *l, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];

    memset(f, 0, sizeof *f);
    hf_buf_init(&f->bytes, HF_JWS_MAX_BYTES);
    manifest_key(key, l);
    if (hf_store_get(l->store, key, &f->bytes, f->etag, err) != 0)
        return -1;
    f->there = 1;
    if (hf_manifest_open(&f->manifest, NULL, f->bytes.p, f->bytes.n, l->trust, l->app, l->channel, err) != 0) {
        forget(f);
        /* Whatever is wrong with it, the store is at fault and not who publishes: a job must wait until it is mended. */
        if (err != NULL && err->code != HF_E_NOMEM)
            err->code = HF_E_SIG;
        return hf_fail_in(err, "the manifest in %s cannot be trusted, nothing was changed: ", hf_store_name(l->store));
    }
    return 0;
}

int hf_ledger_read(struct hf_manifest **out, const struct hf_ledger *l, struct hf_err *err)
{
    struct in_force f;

    *out = NULL;
    if (read_in_force(&f, l, err) != 0)
        return -1;
    *out = f.manifest;
    f.manifest = NULL;
    forget(&f);
    return 0;
}

static int write_history(const struct hf_ledger *l, int64_t serial, const struct hf_buf *bytes, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];

    snprintf(key, sizeof key, "%s/%s/history/%" PRId64 ".json", l->app, l->channel, serial);
    return hf_store_put_new(l->store, key, bytes->p, bytes->n, NULL, err);
}

/* No manifest is the beginning of a channel, or the end of a store: numbers that devices know must not be given again. */
static int is_beginning(const struct hf_ledger *l, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};
    char key[HF_STORE_KEY_MAX];
    int64_t size;

    snprintf(key, sizeof key, "%s/%s/history/1.json", l->app, l->channel);
    if (hf_store_size(l->store, key, &size, &why) == 0)
        return hf_fail(
            err, HF_E_FAIL,
            "the manifest of %s/%s is gone from %s, and its history is there: copy the newest history/<serial>.json to "
            "manifest.json, else devices would refuse what comes as old",
            l->app, l->channel, hf_store_name(l->store));
    if (why.code != HF_E_NOTFOUND) {
        if (err != NULL)
            *err = why;
        return -1;
    }
    return 0;
}

/* Only for who adds a release: pausing, rolling back, revoking and refreshing must work up to the limit itself. */
static int room_left(const struct hf_manifest *m, size_t bytes, struct hf_err *err)
{
    if (m->release_count > THREE_QUARTERS(HF_MANIFEST_MAX_RELEASES) || bytes > THREE_QUARTERS(HF_MANIFEST_MAX_BYTES) ||
        m->revoked_count > THREE_QUARTERS(HF_MANIFEST_MAX_REVOKED))
        return hf_fail(err, HF_E_AGAIN, /* an operator makes room; the job waits */
                       "the manifest of %s/%s is near its limit (%zu releases, %zu bytes); withdraw targets that no device runs, "
                       "or lower [release] keep",
                       m->app, m->channel, m->release_count, bytes);
    return 0;
}

/* Writes m's next state as a signed envelope. */
static int seal(struct hf_buf *out, struct hf_manifest *m, const struct hf_ledger *l, int64_t now, int adds, struct hf_err *err)
{
    struct hf_buf payload;
    int rc = -1;

    hf_buf_init(&payload, HF_MANIFEST_MAX_BYTES);
    if (m->serial == HF_MAX_INT)
        return hf_fail(err, HF_E_LIMIT, "the manifest's serial has come to its end");
    m->serial++;
    m->published = now > m->published ? now : m->published; /* it must never run backwards for devices that saw the last one */
    m->expires = m->published + l->expires;
    if (hf_manifest_write(&payload, m, err) == 0 && (!adds || room_left(m, payload.n, err) == 0))
        rc = hf_jws_sign(out, payload.p, payload.n, &l->signer, 1, err);
    hf_buf_free(&payload);
    return rc;
}

/* One attempt. HF_E_RACE when another publisher was first. On success f->manifest is what is in force. */
static int attempt(struct in_force *f, const struct hf_ledger *l, int64_t now,
                   int (*edit)(struct hf_manifest *m, void *arg, struct hf_err *err), void *arg, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];
    struct hf_buf sealed;
    struct hf_err why = {HF_OK, ""};
    struct hf_clock_facts facts = {0};
    int64_t last;
    int rc;

    hf_buf_init(&sealed, HF_JWS_MAX_BYTES);
    if (read_in_force(f, l, &why) != 0) {
        if (why.code != HF_E_NOTFOUND) {
            *err = why;
            return -1;
        }
        if (is_beginning(l, err) != 0 || hf_manifest_new(&f->manifest, l->app, l->channel, err) != 0)
            return -1;
    }
    last = f->manifest->last;
    facts.in_force = f->manifest->published;
    rc = edit(f->manifest, arg, err);
    if (rc == 1)
        return f->there ? write_history(l, f->manifest->serial, &f->bytes, err) : 0;
    if (rc != 0 || hf_clock_allow(&l->clock, l->store, facts, now, err) != 0)
        return -1;
    rc = -1;
    if (f->there && write_history(l, f->manifest->serial, &f->bytes, err) != 0)
        goto out;
    if (seal(&sealed, f->manifest, l, now, f->manifest->last > last, err) != 0)
        goto out;
    manifest_key(key, l);
    if (hf_store_replace(l->store, key, sealed.p, sealed.n, f->there ? f->etag : NULL, err) != 0)
        goto out;
    /* In force from here on. If history cannot be written now, the next publisher writes it: these bytes are what it reads. */
    write_history(l, f->manifest->serial, &sealed, NULL);
    rc = 0;
out:
    hf_buf_free(&sealed);
    return rc;
}

int hf_ledger_change(struct hf_manifest **out, const struct hf_ledger *l, int64_t now,
                     int (*edit)(struct hf_manifest *m, void *arg, struct hf_err *err), void *arg, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};
    struct in_force f;
    int i, rc = -1;

    *out = NULL;
    for (i = 0; i < HF_LEDGER_MAX_RACES; i++) {
        rc = attempt(&f, l, now, edit, arg, &why);
        if (rc == 0) {
            *out = f.manifest;
            f.manifest = NULL;
        }
        forget(&f);
        if (rc == 0 || why.code != HF_E_RACE)
            break;
    }
    if (rc != 0 && err != NULL)
        *err = why;
    if (rc != 0 && why.code == HF_E_RACE)
        return hf_fail(err, HF_E_AGAIN, "other publishers were first %d times in a row", HF_LEDGER_MAX_RACES);
    return rc;
}
