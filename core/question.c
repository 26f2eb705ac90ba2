/* question.c: see question.h. */
#include "core/question.h"

#include <string.h>

static const char *const results[HF_RESULTS] = {"", "installed", "confirmed", "failed", "removed"};

const char *hf_result_name(enum hf_result r)
{
    return results[r];
}

enum hf_result hf_result_of(const char *name)
{
    enum hf_result r;

    for (r = HF_RESULT_INSTALLED; r < HF_RESULTS; r++)
        if (strcmp(results[r], name) == 0)
            return r;
    return HF_RESULT_NONE;
}

/* A member that may be left out, null or "". Anything else than a string up to max bytes is refused. */
static int optional(const char **out, json_t *doc, const char *name, size_t max, struct hf_err *err)
{
    json_t *v = json_object_get(doc, name);

    *out = "";
    if (v == NULL || json_is_null(v))
        return 0;
    return hf_json_string(out, doc, name, max, "", err);
}

static int optional_hash(const char **out, json_t *doc, const char *name, size_t digits, struct hf_err *err)
{
    if (optional(out, doc, name, digits, err) != 0)
        return -1;
    if ((*out)[0] != '\0' && !hf_is_hex(*out, digits))
        return hf_fail(err, HF_E_INPUT, "%s is not %zu lower-case hex digits", name, digits);
    return 0;
}

/* MD5s come from clients that are older than this server, in either case. */
static int optional_md5(const char **out, json_t *doc, struct hf_err *err)
{
    if (optional(out, doc, "md5", HF_MD5_HEX, err) != 0)
        return -1;
    if ((*out)[0] != '\0' && (strlen(*out) != HF_MD5_HEX || strspn(*out, "0123456789abcdefABCDEF") != HF_MD5_HEX))
        return hf_fail(err, HF_E_INPUT, "md5 is not %d hex digits", HF_MD5_HEX);
    return 0;
}

static int read_failed(struct hf_facts *r, json_t *doc, struct hf_err *err)
{
    json_t *a = json_object_get(doc, "failed"), *v;
    size_t i;

    if (a == NULL || json_is_null(a))
        return 0;
    if (hf_json_array(&a, doc, "failed", HF_FACTS_MAX_FAILED, "", err) != 0)
        return -1;
    json_array_foreach(a, i, v)
    {
        if (!json_is_string(v) || json_string_length(v) != HF_SHA256_HEX || !hf_is_hex(json_string_value(v), HF_SHA256_HEX))
            return hf_fail(err, HF_E_INPUT, "failed[%zu] is not %d lower-case hex digits", i, HF_SHA256_HEX);
        r->failed[i] = json_string_value(v);
    }
    r->failed_count = json_array_size(a);
    return 0;
}

/* {"sha256":…,"result":…}, both, and with their own forms only. */
static int read_report(struct hf_question *out, struct hf_err *err)
{
    json_t *o = json_object_get(out->doc, "report"), *sha, *result;

    out->reported = "";
    if (o == NULL || json_is_null(o))
        return 0;
    if (!json_is_object(o))
        return hf_fail(err, HF_E_INPUT, "report is not an object");
    sha = json_object_get(o, "sha256");
    result = json_object_get(o, "result");
    if (!json_is_string(sha) || json_string_length(sha) != HF_SHA256_HEX || !hf_is_hex(json_string_value(sha), HF_SHA256_HEX))
        return hf_fail(err, HF_E_INPUT, "report.sha256 is not %d lower-case hex digits", HF_SHA256_HEX);
    if (json_is_string(result))
        out->result = hf_result_of(json_string_value(result));
    if (out->result == HF_RESULT_NONE)
        return hf_fail(err, HF_E_INPUT, "report.result is not installed, confirmed, failed or removed");
    out->reported = json_string_value(sha);
    return 0;
}

static int read_members(struct hf_question *out, struct hf_err *err)
{
    json_t *version = json_object_get(out->doc, "version");
    struct hf_facts *r = &out->facts;

    if (version == NULL || json_is_null(version) || (json_is_string(version) && json_string_length(version) == 0))
        return hf_fail(err, HF_E_INPUT, "version required");
    if (!json_is_string(version) || json_string_length(version) > HF_VERSION_MAX)
        return hf_fail(err, HF_E_INPUT, "Invalid version");
    r->version = json_string_value(version);
    if (optional(&out->app, out->doc, "app", HF_APP_MAX, err) != 0 ||
        optional(&out->channel, out->doc, "channel", HF_CHANNEL_MAX, err) != 0 ||
        optional(&r->client, out->doc, "client", HF_CLIENT_ID_MAX, err) != 0 ||
        optional_hash(&out->object, out->doc, "object", HF_SHA256_HEX, err) != 0 ||
        optional_hash(&r->sha256, out->doc, "sha256", HF_SHA256_HEX, err) != 0 ||
        optional_md5(&r->md5, out->doc, err) != 0 || read_report(out, err) != 0)
        return -1;
    if (!hf_client_id_real(r->client))
        r->client = "";
    return read_failed(r, out->doc, err);
}

int hf_question_parse(struct hf_question *out, const void *p, size_t n, struct hf_err *err)
{
    memset(out, 0, sizeof *out);
    if (n > HF_QUESTION_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "the request is longer than %d bytes", HF_QUESTION_MAX_BYTES);
    if (hf_json_load(&out->doc, p, n, "request", err) != 0)
        return -1;
    if (read_members(out, err) != 0) {
        hf_question_clear(out);
        return -1;
    }
    return 0;
}

void hf_question_clear(struct hf_question *a)
{
    json_decref(a->doc);
    memset(a, 0, sizeof *a);
}
