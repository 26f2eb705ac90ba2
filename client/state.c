/* state.c: see state.h. */
#include "client/state.h"

#include <string.h>

#include "core/json.h"

/* The string member, which must be "" (where that is allowed) or have the form of `digits` hex digits. */
static int take_hex(char *out, size_t digits, json_t *o, const char *name, int may_be_empty, const char *path, struct hf_err *err)
{
    const char *s;

    if (hf_json_string(&s, o, name, digits, path, err) != 0)
        return -1;
    if (!(may_be_empty && s[0] == '\0') && !hf_is_hex(s, digits))
        return hf_fail(err, HF_E_INPUT, "%s.%s has not %zu hex digits", path, name, digits);
    memcpy(out, s, strlen(s) + 1);
    return 0;
}

static int take_string(char *out, size_t max, json_t *o, const char *name, const char *path, struct hf_err *err)
{
    const char *s;

    if (hf_json_string(&s, o, name, max, path, err) != 0)
        return -1;
    memcpy(out, s, strlen(s) + 1);
    return 0;
}

static int take_held(struct hf_held *out, json_t *doc, const char *name, struct hf_err *err)
{
    struct hf_range *range = NULL;
    json_t *o;
    int64_t confirmed;

    if (json_is_null(json_object_get(doc, name)))
        return 0;
    if (hf_json_object(&o, doc, name, "state", err) != 0 ||
        hf_json_int(&out->patch, o, "patch", 1, HF_MAX_INT, name, err) != 0 ||
        hf_json_int(&out->size, o, "size", 0, HF_FILE_MAX_BYTES, name, err) != 0 ||
        hf_json_int(&confirmed, o, "confirmed", 0, 1, name, err) != 0 ||
        take_hex(out->sha256, HF_SHA256_HEX, o, "sha256", 0, name, err) != 0 ||
        take_hex(out->md5, HF_MD5_HEX, o, "md5", 0, name, err) != 0 ||
        take_string(out->name, HF_FILE_NAME_MAX, o, "name", name, err) != 0 ||
        take_string(out->target, HF_RANGE_MAX, o, "target", name, err) != 0)
        return -1;
    out->confirmed = (int)confirmed;
    if (hf_file_name_check(out->name, err) != 0 || hf_range_parse(&range, out->target, err) != 0)
        return -1;
    hf_range_free(range);
    return 0;
}

static int take_failed(struct hf_device *out, json_t *doc, struct hf_err *err)
{
    json_t *a, *v;
    size_t i;

    if (hf_json_array(&a, doc, "failed", HF_FACTS_MAX_FAILED, "state", err) != 0)
        return -1;
    json_array_foreach(a, i, v)
    {
        if (!json_is_string(v) || !hf_is_hex(json_string_value(v), HF_SHA256_HEX))
            return hf_fail(err, HF_E_INPUT, "state.failed[%zu] is not a sha256", i);
        memcpy(out->failed[i], json_string_value(v), HF_SHA256_HEX + 1);
    }
    out->failed_count = json_array_size(a);
    return 0;
}

/* Left out when there is none, as in states of former versions. */
static int take_reports(struct hf_device *out, json_t *doc, struct hf_err *err)
{
    struct hf_report *r;
    const char *result;
    json_t *a, *v;
    size_t i;

    if (json_object_get(doc, "reports") == NULL)
        return 0;
    if (hf_json_array(&a, doc, "reports", HF_STATE_MAX_REPORTS, "state", err) != 0)
        return -1;
    json_array_foreach(a, i, v)
    {
        r = &out->reports[i];
        if (!json_is_object(v))
            return hf_fail(err, HF_E_INPUT, "state.reports[%zu] is not an object", i);
        if (take_hex(r->sha256, HF_SHA256_HEX, v, "sha256", 0, "reports", err) != 0 ||
            hf_json_string(&result, v, "result", 16, "reports", err) != 0)
            return -1;
        r->result = hf_result_of(result);
        if (r->result == HF_RESULT_NONE)
            return hf_fail(err, HF_E_INPUT, "state.reports[%zu].result is none", i);
    }
    out->report_count = json_array_size(a);
    return 0;
}

static int take_seen(struct hf_device *out, json_t *doc, struct hf_err *err)
{
    json_t *a, *v;
    struct hf_seen *s;
    size_t i;

    if (hf_json_array(&a, doc, "seen", HF_TRUST_MAX_KEYS, "state", err) != 0)
        return -1;
    json_array_foreach(a, i, v)
    {
        s = &out->seen[i];
        if (!json_is_object(v))
            return hf_fail(err, HF_E_INPUT, "state.seen[%zu] is not an object", i);
        if (take_string(s->kid, HF_KID_LEN, v, "kid", "seen", err) != 0 ||
            hf_json_int(&s->serial, v, "serial", 1, HF_MAX_INT, "seen", err) != 0 ||
            hf_json_int(&s->published, v, "published", 0, HF_MAX_INT, "seen", err) != 0 ||
            take_hex(s->sha256, HF_SHA256_HEX, v, "sha256", 0, "seen", err) != 0)
            return -1;
        if (strlen(s->kid) != HF_KID_LEN)
            return hf_fail(err, HF_E_INPUT, "state.seen[%zu].kid is not a thumbprint", i);
    }
    out->seen_count = json_array_size(a);
    return 0;
}

static int take_names(struct hf_device *out, json_t *doc, struct hf_err *err)
{
    struct hf_version v;

    if (take_string(out->app, HF_APP_MAX, doc, "app", "state", err) != 0 ||
        take_string(out->channel, HF_CHANNEL_MAX, doc, "channel", "state", err) != 0 ||
        take_string(out->version, HF_VERSION_MAX, doc, "version", "state", err) != 0)
        return -1;
    if ((out->app[0] != '\0' && hf_app_check(out->app, err) != 0) ||
        (out->channel[0] != '\0' && hf_channel_check(out->channel, err) != 0) ||
        (out->version[0] != '\0' && hf_version_parse(&v, out->version, strlen(out->version), err) != 0))
        return -1;
    return 0;
}

static int take(struct hf_device *out, json_t *doc, struct hf_err *err)
{
    int64_t format, starts;

    if (hf_json_int(&format, doc, "format", 0, HF_MAX_INT, "state", err) != 0)
        return -1;
    if (format != HF_STATE_FORMAT)
        return hf_fail(err, HF_E_INPUT, "state.format is %lld, this program reads %d", (long long)format, HF_STATE_FORMAT);
    if (take_names(out, doc, err) != 0 || take_held(&out->current, doc, "current", err) != 0 ||
        take_held(&out->previous, doc, "previous", err) != 0 ||
        hf_json_int(&starts, doc, "starts", 0, HF_STATE_MAX_STARTS, "state", err) != 0 ||
        take_hex(out->begun, HF_SHA256_HEX, doc, "begun", 1, "state", err) != 0 || take_failed(out, doc, err) != 0 ||
        take_reports(out, doc, err) != 0 || take_seen(out, doc, err) != 0 ||
        take_string(out->etag, HF_ETAG_LEN, doc, "etag", "state", err) != 0 ||
        take_hex(out->kept, HF_SHA256_HEX, doc, "kept", 1, "state", err) != 0)
        return -1;
    out->starts = (int)starts;
    for (const char *c = out->etag; *c != '\0'; c++) {
        if (*c < 0x20 || *c > 0x7e)
            return hf_fail(err, HF_E_INPUT, "state.etag has a byte that no header may have");
    }
    return 0;
}

int hf_state_parse(struct hf_device *out, const void *p, size_t n, struct hf_err *err)
{
    json_t *doc;
    int r;

    memset(out, 0, sizeof *out);
    if (n > HF_STATE_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "the state is over the limit of %d bytes", HF_STATE_MAX_BYTES);
    if (hf_json_load(&doc, p, n, "the state", err) != 0)
        return -1;
    r = take(out, doc, err);
    json_decref(doc);
    if (r != 0)
        memset(out, 0, sizeof *out);
    return r;
}

/* NULL when there is no memory; json_object_set_new passes that on. */
static json_t *held_json(const struct hf_held *h)
{
    if (h->sha256[0] == '\0')
        return json_null();
    return json_pack("{s:I,s:s,s:s,s:I,s:s,s:s,s:i}", "patch", (json_int_t)h->patch, "sha256", h->sha256, "md5", h->md5,
                     "size", (json_int_t)h->size, "name", h->name, "target", h->target, "confirmed", h->confirmed);
}

static json_t *failed_json(const struct hf_device *s)
{
    json_t *a = json_array();
    size_t i;
    int bad = a == NULL;

    for (i = 0; i < s->failed_count; i++)
        bad |= json_array_append_new(a, json_string(s->failed[i]));
    if (!bad)
        return a;
    json_decref(a);
    return NULL;
}

static json_t *reports_json(const struct hf_device *s)
{
    json_t *a = json_array();
    size_t i;
    int bad = a == NULL;

    for (i = 0; i < s->report_count; i++)
        bad |= json_array_append_new(a, json_pack("{s:s,s:s}", "sha256", s->reports[i].sha256, "result",
                                                  hf_result_name(s->reports[i].result)));
    if (!bad)
        return a;
    json_decref(a);
    return NULL;
}

static json_t *seen_json(const struct hf_device *s)
{
    const struct hf_seen *e;
    json_t *a = json_array();
    size_t i;
    int bad = a == NULL;

    for (i = 0; i < s->seen_count; i++) {
        e = &s->seen[i];
        bad |= json_array_append_new(a, json_pack("{s:s,s:I,s:I,s:s}", "kid", e->kid, "serial", (json_int_t)e->serial,
                                                  "published", (json_int_t)e->published, "sha256", e->sha256));
    }
    if (!bad)
        return a;
    json_decref(a);
    return NULL;
}

int hf_state_write(struct hf_buf *out, const struct hf_device *s, struct hf_err *err)
{
    json_t *o = json_object();
    int r = -1, bad = o == NULL;

    bad = bad || json_object_set_new(o, "format", json_integer(HF_STATE_FORMAT));
    bad = bad || json_object_set_new(o, "app", json_string(s->app));
    bad = bad || json_object_set_new(o, "channel", json_string(s->channel));
    bad = bad || json_object_set_new(o, "version", json_string(s->version));
    bad = bad || json_object_set_new(o, "current", held_json(&s->current));
    bad = bad || json_object_set_new(o, "previous", held_json(&s->previous));
    bad = bad || json_object_set_new(o, "starts", json_integer(s->starts));
    bad = bad || json_object_set_new(o, "begun", json_string(s->begun));
    bad = bad || json_object_set_new(o, "failed", failed_json(s));
    if (s->report_count > 0)
        bad = bad || json_object_set_new(o, "reports", reports_json(s));
    bad = bad || json_object_set_new(o, "seen", seen_json(s));
    bad = bad || json_object_set_new(o, "etag", json_string(s->etag));
    bad = bad || json_object_set_new(o, "kept", json_string(s->kept));
    if (bad)
        hf_nomem(err);
    else
        r = hf_json_write(out, o, err);
    json_decref(o);
    return r;
}

int hf_state_load(struct hf_device *out, const struct hf_dir *d, int *fresh, struct hf_err *why, struct hf_err *err)
{
    struct hf_buf b;
    int r;

    memset(out, 0, sizeof *out);
    memset(why, 0, sizeof *why);
    *fresh = 0;
    hf_buf_init(&b, HF_STATE_MAX_BYTES);
    r = hf_dir_read(d, HF_STATE_FILE, &b, why);
    if (r == 0)
        r = hf_state_parse(out, b.p == NULL ? "" : b.p, b.n, why);
    hf_buf_free(&b);
    if (r == 0)
        return 0;
    *fresh = 1;
    if (why->code == HF_E_INPUT || why->code == HF_E_LIMIT)
        return 0;
    if (why->code == HF_E_NOTFOUND) {
        memset(why, 0, sizeof *why);
        return 0;
    }
    return hf_fail(err, why->code, "%s", why->msg);
}

int hf_state_save(struct hf_dir *d, const struct hf_device *s, const struct hf_device *loaded, struct hf_err *err)
{
    struct hf_buf b, there;
    int r;

    hf_buf_init(&b, HF_STATE_MAX_BYTES);
    hf_buf_init(&there, HF_STATE_MAX_BYTES);
    r = hf_state_write(&b, s, err);
    if (r == 0 && loaded != NULL)
        r = hf_state_write(&there, loaded, err);
    if (r == 0 && (b.n != there.n || memcmp(b.p, there.p, b.n) != 0))
        r = hf_dir_write(d, HF_STATE_FILE, b.p, b.n, err);
    hf_buf_free(&there);
    hf_buf_free(&b);
    return r;
}

int hf_state_failed(const struct hf_device *s, const char *sha256)
{
    size_t i;

    for (i = 0; i < s->failed_count; i++) {
        if (strcmp(s->failed[i], sha256) == 0)
            return 1;
    }
    return 0;
}

void hf_state_fail(struct hf_device *s, const char *sha256)
{
    if (hf_state_failed(s, sha256))
        return;
    if (s->failed_count == HF_FACTS_MAX_FAILED) {
        memmove(s->failed[0], s->failed[1], sizeof s->failed - sizeof s->failed[0]);
        s->failed_count--;
    }
    memcpy(s->failed[s->failed_count++], sha256, HF_SHA256_HEX + 1);
}

static size_t report_at(const struct hf_device *s, const char *sha256, enum hf_result result)
{
    size_t i;

    for (i = 0; i < s->report_count; i++)
        if (s->reports[i].result == result && strcmp(s->reports[i].sha256, sha256) == 0)
            break;
    return i;
}

static void forget_report(struct hf_device *s, size_t i)
{
    s->report_count--;
    memmove(&s->reports[i], &s->reports[i + 1], (s->report_count - i) * sizeof s->reports[0]);
    memset(&s->reports[s->report_count], 0, sizeof s->reports[0]);
}

void hf_state_report(struct hf_device *s, const char *sha256, enum hf_result result)
{
    if (sha256[0] == '\0' || report_at(s, sha256, result) < s->report_count)
        return;
    if (s->report_count == HF_STATE_MAX_REPORTS)
        forget_report(s, 0);
    memcpy(s->reports[s->report_count].sha256, sha256, HF_SHA256_HEX + 1);
    s->reports[s->report_count++].result = result;
}

void hf_state_reported(struct hf_device *s, const struct hf_report *r)
{
    size_t i = report_at(s, r->sha256, r->result);

    if (i < s->report_count)
        forget_report(s, i);
}
