/* ledger.c: see ledger.h; docs/formats.md, "Publishing", has the order and why. */
#include "publisher/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/digest.h"
#include "publisher/memory.h"

/* The publisher stops at three quarters of what a reader takes, while there is room to act. */
#define THREE_QUARTERS(n) ((n) / 4 * 3)

/* What was read: the bytes as they are in the store, and what they say. */
struct in_force {
    struct hf_buf bytes;
    char etag[HF_ETAG_MAX];
    int there;
    struct hf_manifest *manifest;
    char sha256[HF_SHA256_HEX + 1]; /* of its payload */
};

static void forget(struct in_force *f)
{
    hf_buf_free(&f->bytes);
    hf_manifest_free(f->manifest);
    f->manifest = NULL;
}

static int digest(char out[HF_SHA256_HEX + 1], const struct hf_buf *b, struct hf_err *err)
{
    uint8_t sum[HF_SHA256_HEX / 2];

    if (hf_sha256(sum, b->p, b->n) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot compute a digest");
    hf_hex(out, sum, sizeof sum);
    return 0;
}

static int read_in_force(struct in_force *f, const struct hf_ledger *l, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];
    struct hf_jws jws;
    int rc;

    memset(f, 0, sizeof *f);
    hf_buf_init(&f->bytes, HF_JWS_MAX_BYTES);
    hf_key_manifest(key, l->app, l->channel);
    if (hf_store_get(l->store, key, &f->bytes, f->etag, err) != 0)
        return -1;
    f->there = 1;
    memset(&jws, 0, sizeof jws);
    rc = hf_manifest_open(&f->manifest, &jws, f->bytes.p, f->bytes.n, l->trust, l->app, l->channel, err);
    if (rc == 0)
        rc = digest(f->sha256, &jws.payload, err);
    hf_jws_free(&jws);
    if (rc != 0) {
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

int hf_ledger_read_serial(struct hf_manifest **out, const struct hf_ledger *l, int64_t serial, struct hf_err *err)
{
    char key[HF_KEY_MAX];
    struct hf_buf bytes;
    int rc;

    *out = NULL;
    hf_buf_init(&bytes, HF_JWS_MAX_BYTES);
    hf_key_history(key, l->app, l->channel, serial);
    rc = hf_store_get(l->store, key, &bytes, NULL, err);
    if (rc == 0)
        rc = hf_manifest_open(out, NULL, bytes.p, bytes.n, l->trust, l->app, l->channel, err);
    hf_buf_free(&bytes);
    if (rc == 0 && (*out)->serial != serial) {
        hf_manifest_free(*out);
        *out = NULL;
        return hf_fail(err, HF_E_SIG, "%s has the serial of another manifest", key);
    }
    return rc;
}

/* m may be NULL: nothing to remember. */
static void remember(struct hf_remembered *r, const struct hf_manifest *m, const char *sha256)
{
    if (m == NULL)
        return;
    r->serial = m->serial;
    r->last = m->last;
    r->published = m->published;
    memcpy(r->sha256, sha256, HF_SHA256_HEX + 1);
}

int hf_ledger_look(struct hf_remembered *out, const struct hf_ledger *l, struct hf_err *err)
{
    struct in_force f;
    struct hf_err why = {HF_OK, ""};

    memset(out, 0, sizeof *out);
    if (read_in_force(&f, l, &why) == 0)
        remember(out, f.manifest, f.sha256);
    else if (why.code != HF_E_NOTFOUND) {
        *err = why;
        return -1;
    }
    forget(&f);
    return 0;
}

/* Puts a manifest into the history. One that is there must have the same bytes: a serial means one content. */
static int write_history(const struct hf_ledger *l, int64_t serial, const struct hf_buf *bytes, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];
    struct hf_buf there;
    int made = 1, rc;

    hf_key_history(key, l->app, l->channel, serial);
    if (hf_store_put_new(l->store, key, &(struct hf_store_bytes){bytes->p, bytes->n, HF_TYPE_JSON}, &made, err) != 0)
        return -1;
    if (made)
        return 0;
    hf_buf_init(&there, HF_JWS_MAX_BYTES);
    rc = hf_store_get(l->store, key, &there, NULL, err);
    if (rc == 0 && (there.n != bytes->n || memcmp(there.p, bytes->p, there.n) != 0))
        rc = hf_fail(err, HF_E_SIG,
                     "%s in %s is another manifest than the one in force, which has the same serial; nothing was signed. `hotfix "
                     "verify` says which one is damaged or foreign; move that file away",
                     key, hf_store_name(l->store));
    hf_buf_free(&there);
    return rc;
}

static int keep_highest(void *arg, const struct hf_store_entry *e)
{
    int64_t *highest = arg;
    struct hf_key key;

    hf_key_read(&key, e->key);
    if (key.serial > *highest)
        *highest = key.serial;
    return 0;
}

#define HISTORY_PROBES 8 /* serials that are looked at one by one where the store may not be listed */

int hf_ledger_highest(int64_t *out, const struct hf_ledger *l, int64_t from, struct hf_err *err)
{
    char folder[HF_STORE_KEY_MAX], key[HF_STORE_KEY_MAX];
    struct hf_err why = {HF_OK, ""};
    int64_t size;

    *out = 0;
    hf_key_history_folder(folder, l->app, l->channel);
    if (hf_store_list(l->store, folder, keep_highest, out, &why) == 0)
        return 0;
    for (int64_t i = from + 1; i <= from + HISTORY_PROBES; i++) {
        hf_key_history(key, l->app, l->channel, i);
        why = (struct hf_err){HF_OK, ""};
        if (hf_store_size(l->store, key, &size, &why) == 0) {
            *out = i;
        } else if (why.code != HF_E_NOTFOUND) {
            *err = why;
            return -1;
        }
    }
    return 0;
}

/* No manifest is the beginning of a channel, or the end of a store: numbers that devices know must not be given again. */
static int is_beginning(const struct hf_ledger *l, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};
    int64_t highest;

    if (hf_ledger_highest(&highest, l, 0, &why) != 0) {
        if (err != NULL)
            *err = why;
        return -1;
    }
    if (highest > 0)
        return hf_fail(err, HF_E_FAIL,
                       "the manifest of %s/%s is gone from %s, and its history is there: copy history/%" PRId64 ".json to "
                       "manifest.json, else devices would refuse what comes as old",
                       l->app, l->channel, hf_store_name(l->store), highest);
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

/* One attempt at a change. */
struct change {
    const struct hf_ledger *l;
    int64_t now;
    struct in_force f;
    struct hf_memory_file memory;
    enum hf_memory_verdict verdict;
    struct hf_buf sealed;           /* the new envelope */
    char sha256[HF_SHA256_HEX + 1]; /* of its payload */
};

/* Without a memory only the store itself can say that an old manifest was put back. */
static int judge_alone(const struct change *c, const struct hf_shown *s, struct hf_err *err)
{
    const struct hf_ledger *l = c->l;
    char expires[HF_TIMESTAMP_LEN + 1], then[128];

    if (c->f.manifest == NULL)
        return 0;
    if (s->history > s->manifest.serial)
        return hf_memory_refuse(HF_MEMORY_NOT_NEWEST, NULL, s, err);
    if (c->f.manifest->expires > c->now || l->accept == s->manifest.serial)
        return 0;
    hf_timestamp_format(expires, c->f.manifest->expires);
    if (l->memory != NULL)
        snprintf(then, sizeof then, "run `hotfix accept --serial %" PRId64 "`, or in CI run again with HOTFIX_ACCEPT=%" PRId64,
                 s->manifest.serial, s->manifest.serial);
    else
        snprintf(then, sizeof then, "run again with HOTFIX_ACCEPT=%" PRId64 " (--accept %" PRId64 ")", s->manifest.serial,
                 s->manifest.serial);
    return hf_fail(err, HF_E_SIG,
                   "the manifest of %s/%s in %s, serial %" PRId64 ", expired at %s, and nothing on this machine says that it is "
                   "the newest: it may be an old one that was put back; nothing was signed. Look at it with `hotfix status`; "
                   "if it is right, %s",
                   l->app, l->channel, s->store, s->manifest.serial, expires, then);
}

/* Whether this publisher may sign upon what the store shows. */
static int judge_shown(struct change *c, struct hf_err *err)
{
    const struct hf_ledger *l = c->l;
    const struct hf_memory *m = c->memory.known ? &c->memory.memory : NULL;
    struct hf_shown s = {.there = c->f.there, .now = c->now, .store = hf_store_name(l->store)};

    if (s.there)
        remember(&s.manifest, c->f.manifest, c->f.sha256);
    c->verdict = hf_memory_judge(m, &s);
    /* The history is looked at only when the memory does not vouch for what the store shows. */
    if (s.there && (l->memory == NULL || c->verdict == HF_MEMORY_FIRST || c->verdict == HF_MEMORY_HIGHER)) {
        if (hf_ledger_highest(&s.history, l, s.manifest.serial, err) != 0)
            return -1;
        c->verdict = hf_memory_judge(m, &s);
    }
    /* A memory that is empty vouches for nothing, as one that is missing: a fresh clone of a CI job has such a one. */
    if (l->memory == NULL || (s.there && c->verdict == HF_MEMORY_FIRST))
        return judge_alone(c, &s, err);
    return hf_memory_allows(c->verdict) ? 0 : hf_memory_refuse(c->verdict, m, &s, err);
}

/* What the store shows becomes what is remembered as in force. */
static void take_up(struct change *c)
{
    struct hf_memory *m = &c->memory.memory;

    snprintf(m->store, sizeof m->store, "%s", hf_store_name(c->l->store));
    if (!c->f.there)
        return;
    remember(&m->in_force, c->f.manifest, c->f.sha256);
    if (m->in_force.serial > m->serial)
        m->serial = m->in_force.serial;
    if (m->in_force.last > m->last)
        m->last = m->in_force.last;
}

/* Writes the manifest's next state as a signed envelope. Its serial is above all that were ever tried here. */
static int seal(struct change *c, int adds, struct hf_err *err)
{
    struct hf_manifest *m = c->f.manifest;
    struct hf_buf payload;
    int rc = -1;

    if (c->memory.memory.serial > m->serial)
        m->serial = c->memory.memory.serial;
    if (m->serial == HF_MAX_INT)
        return hf_fail(err, HF_E_LIMIT, "the manifest's serial cannot be increased further");
    hf_buf_init(&payload, HF_MANIFEST_MAX_BYTES);
    m->serial++;
    /* It must never run backwards for devices that saw the last one. */
    m->published = c->now > m->published ? c->now : m->published;
    m->expires = m->published + c->l->expires;
    if (hf_manifest_write(&payload, m, err) == 0 && (!adds || room_left(m, payload.n, err) == 0) &&
        digest(c->sha256, &payload, err) == 0)
        rc = hf_jws_sign(&c->sealed, payload.p, payload.n, &c->l->signer, 1, err);
    hf_buf_free(&payload);
    return rc;
}

/* Before the PUT: were we killed behind it, the next one must know these bytes as ours. */
static int note_tried(struct change *c, struct hf_err *err)
{
    struct hf_memory *m = &c->memory.memory;

    if (c->l->memory == NULL)
        return 0;
    remember(&m->tried, c->f.manifest, c->sha256);
    m->serial = m->tried.serial;
    if (m->tried.last > m->last)
        m->last = m->tried.last;
    return hf_memory_save(&c->memory, err);
}

/* Behind the PUT. What cannot be written now is found out by the next publisher. */
static void note_outcome(struct change *c, enum hf_code code)
{
    struct hf_memory *m = &c->memory.memory;

    if (c->l->memory == NULL || (code != HF_OK && code != HF_E_RACE))
        return;
    if (code == HF_OK)
        m->in_force = m->tried;
    memset(&m->tried, 0, sizeof m->tried);
    (void)hf_memory_save(&c->memory, NULL);
}

/* Nothing is to be changed: the history is completed, and what the store shows is remembered. */
static int keep_as_it_is(struct change *c, struct hf_err *err)
{
    if (c->f.there && write_history(c->l, c->f.manifest->serial, &c->f.bytes, err) != 0)
        return -1;
    if (c->l->memory != NULL && c->f.there && c->verdict != HF_MEMORY_KNOWN)
        (void)hf_memory_save(&c->memory, NULL);
    return 0;
}

static int replace(struct change *c, int adds, struct hf_err *err)
{
    const struct hf_ledger *l = c->l;
    char key[HF_STORE_KEY_MAX];
    struct hf_err why = {HF_OK, ""};

    if (seal(c, adds, err) != 0 || note_tried(c, err) != 0)
        return -1;
    hf_key_manifest(key, l->app, l->channel);
    if (hf_store_replace(l->store, key, &(struct hf_store_bytes){c->sealed.p, c->sealed.n, HF_TYPE_JSON},
                         c->f.there ? c->f.etag : NULL, &why) != 0) {
        note_outcome(c, why.code);
        *err = why;
        return -1;
    }
    /* In force from here on. If history cannot be written now, the next publisher writes it: these bytes are what it reads. */
    note_outcome(c, HF_OK);
    write_history(l, c->f.manifest->serial, &c->sealed, NULL);
    return 0;
}

static int read_or_begin(struct change *c, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};

    if (c->l->memory != NULL && hf_memory_open(&c->memory, c->l->memory, c->l->app, c->l->channel, err) != 0)
        return -1;
    if (read_in_force(&c->f, c->l, &why) != 0 && why.code != HF_E_NOTFOUND) {
        *err = why;
        return -1;
    }
    if (judge_shown(c, err) != 0)
        return -1;
    take_up(c);
    if (c->f.there)
        return 0;
    return is_beginning(c->l, err) != 0 ? -1 : hf_manifest_new(&c->f.manifest, c->l->app, c->l->channel, err);
}

/* One attempt. HF_E_RACE when another publisher was first. On success f.manifest is what is in force. */
static int attempt(struct change *c, int (*edit)(struct hf_manifest *m, void *arg, struct hf_err *err), void *arg,
                   struct hf_err *err)
{
    struct hf_clock_facts facts = {0};
    int64_t last;
    int rc;

    if (read_or_begin(c, err) != 0)
        return -1;
    facts.in_force = c->f.manifest->published;
    facts.remembered = c->memory.memory.in_force.published;
    if (c->memory.memory.last > c->f.manifest->last)
        c->f.manifest->last = c->memory.memory.last; /* numbers that were tried are not given again */
    last = c->f.manifest->last;
    rc = edit(c->f.manifest, arg, err);
    if (rc == 1)
        return keep_as_it_is(c, err);
    if (rc != 0 || hf_clock_allow(&c->l->clock, c->l->store, facts, c->now, err) != 0)
        return -1;
    if (c->f.there && write_history(c->l, c->f.manifest->serial, &c->f.bytes, err) != 0)
        return -1;
    return replace(c, c->f.manifest->last > last, err);
}

int hf_ledger_change(struct hf_manifest **out, const struct hf_ledger *l, int64_t now,
                     int (*edit)(struct hf_manifest *m, void *arg, struct hf_err *err), void *arg, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};
    int i, rc = -1;

    *out = NULL;
    for (i = 0; i < HF_LEDGER_MAX_RACES; i++) {
        struct change c = {.l = l, .now = now, .memory = {.dir = -1, .lock = -1}};

        hf_buf_init(&c.sealed, HF_JWS_MAX_BYTES);
        rc = attempt(&c, edit, arg, &why);
        if (rc == 0) {
            *out = c.f.manifest;
            c.f.manifest = NULL;
        }
        forget(&c.f);
        hf_buf_free(&c.sealed);
        hf_memory_close(&c.memory);
        if (rc == 0 || why.code != HF_E_RACE)
            break;
    }
    if (rc != 0 && err != NULL)
        *err = why;
    if (rc != 0 && why.code == HF_E_RACE)
        return hf_fail(err, HF_E_AGAIN, "other publishers were first %d times in a row", HF_LEDGER_MAX_RACES);
    return rc;
}
