/* manifest_write.c: a manifest's payload, written. What a newer hotfix put into a manifest survives a rewrite by this one. */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/manifest.h"

/* A copy of the object that something was read from, or a new one. */
static json_t *from_raw(void *raw)
{
    return raw != NULL ? json_copy(raw) : json_object();
}

/* A member that could not be set (no memory, or text that is not UTF-8) sticks in *bad. */
static void set(json_t *o, const char *name, json_t *v, int *bad)
{
    if (json_object_set_new(o, name, v) != 0)
        *bad = 1;
}

static void append(json_t *a, json_t *v, int *bad)
{
    if (json_array_append_new(a, v) != 0)
        *bad = 1;
}

static void set_string(json_t *o, const char *name, const char *s, int *bad)
{
    set(o, name, json_string(s), bad);
}

static void set_int(json_t *o, const char *name, int64_t v, int *bad)
{
    set(o, name, json_integer(v), bad);
}

static void set_time(json_t *o, const char *name, int64_t t, int *bad)
{
    char s[HF_TIMESTAMP_LEN + 1];

    hf_timestamp_format(s, t);
    set_string(o, name, s, bad);
}

static json_t *source(const struct hf_source *s, int *bad)
{
    json_t *o = json_object();

    set_string(o, "ref", s->ref, bad);
    set_string(o, "base", s->base, bad);
    set_string(o, "commit", s->commit, bad);
    set_int(o, "files", s->files, bad);
    set_string(o, "builder", s->builder, bad);
    return o;
}

static json_t *file(const struct hf_release *r, int *bad)
{
    json_t *o;

    if (!r->has_file)
        return json_null();
    o = json_object();
    set_string(o, "key", r->file.key, bad);
    set_string(o, "name", r->file.name, bad);
    set_int(o, "size", r->file.size, bad);
    set_string(o, "md5", r->file.sums.md5, bad);
    set_string(o, "sha256", r->file.sums.sha256, bad);
    return o;
}

static json_t *deltas(const struct hf_release *r, int *bad)
{
    json_t *a = json_array(), *o;
    size_t i;

    for (i = 0; i < r->delta_count; i++) {
        o = json_object();
        set_string(o, "from", r->deltas[i].from, bad);
        set_string(o, "codec", r->deltas[i].codec, bad);
        set_string(o, "key", r->deltas[i].key, bad);
        set_int(o, "size", r->deltas[i].size, bad);
        set_string(o, "sha256", r->deltas[i].sha256, bad);
        append(a, o, bad);
    }
    return a;
}

/* source, file, deltas, over, instead and critical never change once published: they stay as they were read. */
static json_t *release(const struct hf_release *r, int *bad)
{
    json_t *o = from_raw(r->raw);

    set_int(o, "patch", r->patch, bad);
    set_string(o, "job", r->job, bad);
    set_string(o, "target", r->target, bad);
    set_string(o, "state", hf_state_name(r->state), bad);
    set_int(o, "rollout", r->rollout, bad);
    set_string(o, "salt", r->salt, bad);
    set_string(o, "priority", hf_priority_name(r->priority), bad);
    if (r->window[0] != '\0')
        set_string(o, "window", r->window, bad);
    else
        json_object_del(o, "window");
    set_time(o, "published", r->published, bad);
    set_string(o, "notes", r->notes != NULL ? r->notes : "", bad);
    if (r->reason != NULL)
        set_string(o, "reason", r->reason, bad);
    else
        json_object_del(o, "reason");
    if (r->raw == NULL) {
        set(o, "source", source(&r->source, bad), bad);
        set(o, "file", file(r, bad), bad);
        set(o, "deltas", deltas(r, bad), bad);
        if (r->over > 0)
            set_int(o, "over", r->over, bad);
        if (r->instead > 0)
            set_int(o, "instead", r->instead, bad);
        set(o, "critical", json_array(), bad);
    }
    return o;
}

static json_t *document(const struct hf_manifest *m, int *bad)
{
    json_t *o = from_raw(m->raw), *a;
    size_t i;

    set_int(o, "format", HF_MANIFEST_FORMAT, bad);
    set_string(o, "app", m->app, bad);
    set_string(o, "channel", m->channel, bad);
    set_int(o, "serial", m->serial, bad);
    set_int(o, "last", m->last, bad);
    set_time(o, "published", m->published, bad);
    set_time(o, "expires", m->expires, bad);
    a = json_array();
    for (i = 0; i < m->release_count; i++)
        append(a, release(&m->releases[i], bad), bad);
    set(o, "releases", a, bad);
    a = json_array();
    for (i = 0; i < m->revoked_count; i++)
        append(a, json_string(m->revoked[i]), bad);
    set(o, "revoked", a, bad);
    return o;
}

int hf_manifest_write(struct hf_buf *out, const struct hf_manifest *m, struct hf_err *err)
{
    struct hf_manifest *back = NULL;
    size_t start = out->n;
    int bad = 0, rc = -1;
    json_t *o = document(m, &bad);

    if (bad) {
        hf_fail(err, HF_E_INPUT, "refusing to write a manifest that holds text which is not UTF-8 (or memory is short)");
        goto out;
    }
    if (hf_json_write(out, o, err) != 0)
        goto out;
    /* What could not be read again must never be signed. */
    if (hf_manifest_parse(&back, out->p + start, out->n - start, err) != 0) {
        hf_fail_in(err, "refusing to write what could not be read: ");
        goto out;
    }
    rc = 0;
out:
    hf_manifest_free(back);
    json_decref(o);
    return rc;
}
