/* manifest_parse.c: a manifest's payload, read: every member's type, grammar and limit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "core/json.h"
#include "core/manifest.h"

/* Members that readers of this format know; a name in "critical" that is not here makes a release no candidate. */
static const char *const known[] = {"patch", "job", "target", "state", "rollout", "salt", "priority", "window",
                                    "published", "notes", "reason", "source", "file", "deltas", "over", "instead", "critical"};

#define PATH_MAX_TEXT 64

/* A string member copied into a fixed place. */
static int copy(char *out, size_t max, json_t *obj, const char *name, const char *path, struct hf_err *err)
{
    const char *s;

    if (hf_json_string(&s, obj, name, max, path, err) != 0)
        return -1;
    memcpy(out, s, strlen(s) + 1);
    return 0;
}

static int bad(const char *path, const char *name, const char *rule, struct hf_err *err)
{
    return hf_fail(err, HF_E_INPUT, "%s.%s %s", path, name, rule);
}

static int copy_hex(char *out, size_t digits, json_t *obj, const char *name, const char *path, struct hf_err *err)
{
    if (copy(out, digits, obj, name, path, err) != 0)
        return -1;
    return hf_is_hex(out, digits)
               ? 0
               : hf_fail(err, HF_E_INPUT, "%s.%s is not %zu lower-case hex digits", path, name, digits);
}

static int no_controls(const char *s, int allow_lines)
{
    for (; *s != '\0'; s++)
        if (((unsigned char)*s < 0x20 && !(allow_lines && (*s == '\n' || *s == '\t'))) || *s == 0x7f)
            return 0;
    return 1;
}

static int copy_text(char *out, size_t max, json_t *obj, const char *name, const char *path, struct hf_err *err)
{
    if (copy(out, max, obj, name, path, err) != 0)
        return -1;
    return no_controls(out, 0) ? 0 : bad(path, name, "holds a control character", err);
}

static int read_time(int64_t *out, json_t *obj, const char *name, const char *path, struct hf_err *err)
{
    char s[HF_TIMESTAMP_LEN + 1];

    if (copy(s, HF_TIMESTAMP_LEN, obj, name, path, err) != 0)
        return -1;
    return hf_timestamp_parse(out, s, NULL) == 0 ? 0 : bad(path, name, "is not a time like 2026-11-22T06:05:00Z", err);
}

static int read_oid(char out[HF_OID_MAX + 1], json_t *obj, const char *name, const char *path, struct hf_err *err)
{
    if (copy(out, HF_OID_MAX, obj, name, path, err) != 0)
        return -1;
    if (out[0] != '\0' && !hf_is_hex(out, 40) && !hf_is_hex(out, 64))
        return bad(path, name, "is not a git object id", err);
    return 0;
}

static int read_source(struct hf_source *s, json_t *rel, const char *path, struct hf_err *err)
{
    char at[PATH_MAX_TEXT];
    json_t *o;

    if (hf_json_object(&o, rel, "source", path, err) != 0)
        return -1;
    snprintf(at, sizeof at, "%s.source", path);
    if (copy_text(s->ref, HF_MANIFEST_MAX_REF, o, "ref", at, err) != 0 || read_oid(s->base, o, "base", at, err) != 0 ||
        read_oid(s->commit, o, "commit", at, err) != 0 ||
        hf_json_int(&s->files, o, "files", 0, HF_MAX_INT, at, err) != 0 ||
        copy_text(s->builder, HF_MANIFEST_MAX_BUILDER, o, "builder", at, err) != 0)
        return -1;
    return s->commit[0] != '\0' ? 0 : bad(at, "commit", "is empty", err);
}

static int read_file(struct hf_release *r, json_t *rel, const char *path, struct hf_err *err)
{
    char right[HF_OBJECT_KEY_MAX + 1];
    struct hf_file *f = &r->file;
    json_t *o = json_object_get(rel, "file");
    char at[PATH_MAX_TEXT];

    if (json_is_null(o))
        return 0;
    if (hf_json_object(&o, rel, "file", path, err) != 0)
        return -1;
    snprintf(at, sizeof at, "%s.file", path);
    if (copy(f->key, HF_OBJECT_KEY_MAX, o, "key", at, err) != 0 || copy(f->name, HF_FILE_NAME_MAX, o, "name", at, err) != 0 ||
        hf_json_int(&f->size, o, "size", 1, HF_FILE_MAX_BYTES, at, err) != 0 ||
        copy_hex(f->sums.md5, HF_MD5_HEX, o, "md5", at, err) != 0 ||
        copy_hex(f->sums.sha256, HF_SHA256_HEX, o, "sha256", at, err) != 0)
        return -1;
    if (!hf_name_ok(f->name, HF_FILE_NAME_MAX))
        return bad(at, "name", "is not a plain file name", err);
    hf_object_key(right, f->sums.sha256);
    if (strcmp(f->key, right) != 0)
        return bad(at, "key", "is not objects/ and the file's sha256", err);
    r->has_file = 1;
    return 0;
}

static int read_delta(struct hf_delta *d, const struct hf_release *r, json_t *o, const char *at, struct hf_err *err)
{
    char right[HF_OBJECT_KEY_MAX + 1];

    if (!json_is_object(o))
        return hf_fail(err, HF_E_INPUT, "%s is not an object", at);
    if (copy_hex(d->from, HF_SHA256_HEX, o, "from", at, err) != 0 ||
        copy_text(d->codec, sizeof d->codec - 1, o, "codec", at, err) != 0 ||
        copy(d->key, HF_OBJECT_KEY_MAX, o, "key", at, err) != 0 ||
        hf_json_int(&d->size, o, "size", 1, HF_FILE_MAX_BYTES, at, err) != 0 ||
        copy_hex(d->sha256, HF_SHA256_HEX, o, "sha256", at, err) != 0)
        return -1;
    hf_delta_key(right, d->from, r->file.sums.sha256);
    return strcmp(d->key, right) == 0 ? 0 : bad(at, "key", "is not deltas/ and the two sha256", err);
}

static int read_deltas(struct hf_release *r, json_t *rel, const char *path, struct hf_err *err)
{
    json_t *a, *o;
    char at[PATH_MAX_TEXT];
    size_t i;

    if (json_object_get(rel, "deltas") == NULL)
        return 0;
    if (hf_json_array(&a, rel, "deltas", HF_MANIFEST_MAX_DELTAS, path, err) != 0)
        return -1;
    if (json_array_size(a) == 0)
        return 0;
    if (!r->has_file)
        return bad(path, "deltas", "belong to a release without a file", err);
    r->deltas = calloc(json_array_size(a), sizeof *r->deltas);
    if (r->deltas == NULL)
        return hf_nomem(err);
    json_array_foreach(a, i, o)
    {
        snprintf(at, sizeof at, "%s.deltas[%zu]", path, i);
        if (read_delta(&r->deltas[i], r, o, at, err) != 0)
            return -1;
        r->delta_count++;
    }
    return 0;
}

static int read_critical(struct hf_release *r, json_t *rel, const char *path, struct hf_err *err)
{
    json_t *a, *v;
    size_t i, k;

    if (json_object_get(rel, "critical") == NULL)
        return 0;
    if (hf_json_array(&a, rel, "critical", HF_MANIFEST_MAX_CRITICAL, path, err) != 0)
        return -1;
    json_array_foreach(a, i, v)
    {
        if (!json_is_string(v) || json_string_length(v) > HF_MANIFEST_MAX_CRITICAL_NAME)
            return bad(path, "critical", "holds something that is not a member's name", err);
        for (k = 0; k < sizeof known / sizeof known[0]; k++)
            if (strcmp(known[k], json_string_value(v)) == 0)
                break;
        if (k == sizeof known / sizeof known[0])
            r->unknown_critical = 1;
    }
    return 0;
}

/* state, priority: a word from a short list. */
static int read_words(struct hf_release *r, json_t *rel, const char *path, struct hf_err *err)
{
    const char *s;
    int i;

    if (hf_json_string(&s, rel, "state", 16, path, err) != 0)
        return -1;
    for (i = HF_LIVE; i <= HF_REVOKED; i++)
        if (strcmp(s, hf_state_name((enum hf_state)i)) == 0)
            break;
    if (i > HF_REVOKED)
        return bad(path, "state", "is not live, paused, withdrawn or revoked", err);
    r->state = (enum hf_state)i;
    if (hf_json_string(&s, rel, "priority", 16, path, err) != 0)
        return -1;
    if (hf_priority_parse(&r->priority, s, NULL) != 0)
        return bad(path, "priority", "is not mandatory, normal or idle", err);
    return 0;
}

static int read_notes(struct hf_release *r, json_t *rel, const char *path, struct hf_err *err)
{
    const char *s = "";

    if (json_object_get(rel, "notes") != NULL && hf_json_string(&s, rel, "notes", HF_MANIFEST_MAX_NOTES, path, err) != 0)
        return -1;
    if (!no_controls(s, 1))
        return bad(path, "notes", "hold a control character", err);
    r->notes = strdup(s);
    if (r->notes == NULL)
        return hf_nomem(err);
    if (json_object_get(rel, "reason") == NULL)
        return 0;
    if (hf_json_string(&s, rel, "reason", HF_MANIFEST_MAX_NOTES, path, err) != 0)
        return -1;
    if (!no_controls(s, 1))
        return bad(path, "reason", "holds a control character", err);
    r->reason = strdup(s);
    return r->reason != NULL ? 0 : hf_nomem(err);
}

static int read_window(struct hf_release *r, json_t *rel, const char *path, struct hf_err *err)
{
    if (json_object_get(rel, "window") == NULL)
        return 0;
    if (copy(r->window, sizeof r->window - 1, rel, "window", path, err) != 0)
        return -1;
    if (r->window[0] == '\0' || hf_window_check(r->window, NULL) == 0)
        return 0;
    return bad(path, "window", "is not like 02:00-05:00", err);
}

/* The number of an earlier patch; 0 when the member is missing. */
static int read_earlier(int64_t *out, const struct hf_release *r, json_t *rel, const char *name, const char *path,
                        struct hf_err *err)
{
    if (json_object_get(rel, name) == NULL)
        return 0;
    if (hf_json_int(out, rel, name, 1, HF_MAX_INT, path, err) != 0)
        return -1;
    return *out < r->patch ? 0 : bad(path, name, "is not the number of an earlier patch", err);
}

static int salt_ok(const char *s)
{
    size_t n = strlen(s);

    return n >= 2 && n % 2 == 0 && hf_is_hex(s, n);
}

static int read_release(struct hf_release *r, json_t *o, const char *path, struct hf_err *err)
{
    int64_t rollout;
    struct hf_err why;

    if (!json_is_object(o))
        return hf_fail(err, HF_E_INPUT, "%s is not an object", path);
    r->raw = json_incref(o);
    if (hf_json_int(&r->patch, o, "patch", 1, HF_MAX_INT, path, err) != 0 ||
        copy_hex(r->job, HF_JOB_HEX, o, "job", path, err) != 0 ||
        copy_text(r->target, HF_RANGE_MAX, o, "target", path, err) != 0 ||
        hf_json_int(&rollout, o, "rollout", 0, HF_ROLLOUT_ALL, path, err) != 0 ||
        copy(r->salt, HF_SALT_HEX_MAX, o, "salt", path, err) != 0 || read_time(&r->published, o, "published", path, err) != 0 ||
        read_words(r, o, path, err) != 0 || read_window(r, o, path, err) != 0 || read_notes(r, o, path, err) != 0 ||
        read_source(&r->source, o, path, err) != 0 || read_file(r, o, path, err) != 0 || read_deltas(r, o, path, err) != 0 ||
        read_earlier(&r->over, r, o, "over", path, err) != 0 || read_earlier(&r->instead, r, o, "instead", path, err) != 0 ||
        read_critical(r, o, path, err) != 0)
        return -1;
    r->rollout = (int)rollout;
    if (!salt_ok(r->salt))
        return bad(path, "salt", "is not 2 to 32 lower-case hex digits", err);
    if (hf_range_parse(&r->range, r->target, &why) != 0)
        return hf_fail(err, HF_E_INPUT, "%s.target: %.200s", path, why.msg);
    return 0;
}

static int read_releases(struct hf_manifest *m, json_t *doc, struct hf_err *err)
{
    json_t *a, *o;
    char at[32];
    size_t i;

    if (hf_json_array(&a, doc, "releases", HF_MANIFEST_MAX_RELEASES, "", err) != 0)
        return -1;
    if (json_array_size(a) == 0)
        return 0;
    m->releases = calloc(json_array_size(a), sizeof *m->releases);
    if (m->releases == NULL)
        return hf_nomem(err);
    json_array_foreach(a, i, o)
    {
        snprintf(at, sizeof at, "releases[%zu]", i);
        m->release_count = i + 1;
        if (read_release(&m->releases[i], o, at, err) != 0)
            return -1;
        if (m->releases[i].patch > (i == 0 ? m->last : m->releases[i - 1].patch - 1))
            return bad(at, "patch", i == 0 ? "is higher than last" : "is not lower than the one before", err);
    }
    return 0;
}

static int read_revoked(struct hf_manifest *m, json_t *doc, struct hf_err *err)
{
    json_t *a, *v;
    size_t i;

    if (hf_json_array(&a, doc, "revoked", HF_MANIFEST_MAX_REVOKED, "", err) != 0)
        return -1;
    if (json_array_size(a) == 0)
        return 0;
    m->revoked = calloc(json_array_size(a), sizeof *m->revoked);
    if (m->revoked == NULL)
        return hf_nomem(err);
    json_array_foreach(a, i, v)
    {
        if (!json_is_string(v) || !hf_is_hex(json_string_value(v), HF_SHA256_HEX))
            return hf_fail(err, HF_E_INPUT, "revoked[%zu] is not a sha256", i);
        memcpy(m->revoked[i], json_string_value(v), HF_SHA256_HEX + 1);
        m->revoked_count = i + 1;
    }
    return 0;
}

/* A revoked release whose bytes are not in `revoked` would let them come back under another number. */
static int revoked_agree(const struct hf_manifest *m, struct hf_err *err)
{
    size_t i;

    for (i = 0; i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if (r->state == HF_REVOKED && r->has_file && !hf_manifest_revoked(m, r->file.sums.sha256))
            return hf_fail(err, HF_E_INPUT, "releases[%zu] is revoked, but its sha256 is not in revoked", i);
    }
    return 0;
}

static int read_all(struct hf_manifest *m, json_t *doc, struct hf_err *err)
{
    int64_t format;

    if (hf_json_int(&format, doc, "format", 1, HF_MAX_INT, "", err) != 0)
        return -1;
    if (format > HF_MANIFEST_FORMAT)
        return hf_fail(err, HF_E_POLICY, "its format is %lld, and this hotfix reads formats up to %d: update hotfix",
                       (long long)format, HF_MANIFEST_FORMAT);
    if (copy(m->app, HF_APP_MAX, doc, "app", "", err) != 0 || hf_app_check(m->app, err) != 0 ||
        copy(m->channel, HF_CHANNEL_MAX, doc, "channel", "", err) != 0 || hf_channel_check(m->channel, err) != 0 ||
        hf_json_int(&m->serial, doc, "serial", 1, HF_MAX_INT, "", err) != 0 ||
        hf_json_int(&m->last, doc, "last", 0, HF_MAX_INT, "", err) != 0 ||
        read_time(&m->published, doc, "published", "", err) != 0 || read_time(&m->expires, doc, "expires", "", err) != 0)
        return -1;
    if (m->expires <= m->published)
        return hf_fail(err, HF_E_INPUT, "expires is not later than published");
    if (read_releases(m, doc, err) != 0 || read_revoked(m, doc, err) != 0)
        return -1;
    return revoked_agree(m, err);
}

int hf_manifest_parse(struct hf_manifest **out, const void *p, size_t n, struct hf_err *err)
{
    struct hf_manifest *m;
    json_t *doc;

    *out = NULL;
    if (n > HF_MANIFEST_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "manifest: longer than %u bytes", HF_MANIFEST_MAX_BYTES);
    if (hf_json_load(&doc, p, n, "manifest", err) != 0)
        return -1;
    m = calloc(1, sizeof *m);
    if (m == NULL) {
        json_decref(doc);
        return hf_nomem(err);
    }
    m->raw = doc;
    if (read_all(m, doc, err) != 0) {
        hf_manifest_free(m);
        return hf_fail_in(err, "manifest: ");
    }
    *out = m;
    return 0;
}
