/* link_keys.c: see link_keys.h. */
#include "store/link_keys.h"

#include <string.h>

#include "core/hex.h"
#include "core/json.h"

#define DAY_SECONDS 86400
#define FORMAT 1

int hf_link_keys_make(struct hf_link_keys *out, const struct hf_aws_keys *keys, const char *region, const char *endpoint,
                      int64_t now, struct hf_err *err)
{
    size_t i, region_n = strlen(region), endpoint_n = strlen(endpoint);

    memset(out, 0, sizeof *out);
    if (region_n > HF_PLACE_REGION_MAX || endpoint_n > HF_LINK_KEYS_ENDPOINT_MAX)
        return hf_fail(err, HF_E_CONFIG, "the endpoint is longer than %d bytes, or the region than %d", HF_LINK_KEYS_ENDPOINT_MAX,
                       HF_PLACE_REGION_MAX);
    memcpy(out->who.id, keys->id, sizeof out->who.id);
    memcpy(out->who.token, keys->token, sizeof out->who.token);
    out->who.expires = keys->expires;
    memcpy(out->region, region, region_n);
    memcpy(out->endpoint, endpoint, endpoint_n);
    for (i = 0; i < HF_LINK_KEYS_DAYS; i++) {
        hf_sigv4_day(out->days[i].day, now - HF_LINK_KEYS_BEHIND + (int64_t)i * DAY_SECONDS);
        if (hf_sigv4_day_key(out->days[i].key, keys, region, out->days[i].day, err) != 0)
            return -1;
    }
    return 0;
}

int hf_link_keys_write(struct hf_buf *out, const struct hf_link_keys *k, struct hf_err *err)
{
    json_t *o = json_object(), *days = json_array(), *day;
    char hex[2 * HF_SIGV4_DAY_KEY + 1];
    int bad = o == NULL || days == NULL, rc = -1;
    size_t i;

    bad = bad || json_object_set_new(o, "format", json_integer(FORMAT)) != 0;
    bad = bad || json_object_set_new(o, "id", json_string(k->who.id)) != 0;
    bad = bad || json_object_set_new(o, "token", json_string(k->who.token)) != 0;
    bad = bad || json_object_set_new(o, "expires", json_integer(k->who.expires)) != 0;
    bad = bad || json_object_set_new(o, "region", json_string(k->region)) != 0;
    bad = bad || json_object_set_new(o, "endpoint", json_string(k->endpoint)) != 0;
    for (i = 0; i < HF_LINK_KEYS_DAYS && !bad; i++) {
        hf_hex(hex, k->days[i].key, sizeof k->days[i].key);
        day = json_object();
        bad = day == NULL || json_object_set_new(day, "day", json_string(k->days[i].day)) != 0 ||
              json_object_set_new(day, "key", json_string(hex)) != 0;
        bad = json_array_append_new(days, day) != 0 || bad;
    }
    bad = bad || json_object_set(o, "days", days) != 0;
    rc = bad ? hf_nomem(err) : hf_json_write(out, o, err);
    explicit_bzero(hex, sizeof hex);
    json_decref(days);
    json_decref(o);
    return rc;
}

static int read_day(struct hf_link_keys *out, size_t i, json_t *day, struct hf_err *err)
{
    const char *text;

    if (!json_is_object(day))
        return hf_fail(err, HF_E_INPUT, "days[%d] is not an object", (int)i);
    if (hf_json_string(&text, day, "day", HF_SIGV4_DAY, "days[]", err) != 0)
        return -1;
    if (strlen(text) != HF_SIGV4_DAY || strspn(text, "0123456789") != HF_SIGV4_DAY)
        return hf_fail(err, HF_E_INPUT, "days[%d].day is not a day", (int)i);
    memcpy(out->days[i].day, text, HF_SIGV4_DAY + 1);
    if (hf_json_string(&text, day, "key", 2 * HF_SIGV4_DAY_KEY, "days[]", err) != 0)
        return -1;
    if (!hf_is_hex(text, 2 * HF_SIGV4_DAY_KEY) || hf_unhex(out->days[i].key, HF_SIGV4_DAY_KEY, text) != 0)
        return hf_fail(err, HF_E_INPUT, "days[%d].key is not a key", (int)i);
    return 0;
}

/* A place made of these is sound, or they are refused here and not in each answer. */
static int read_place(struct hf_link_keys *out, json_t *doc, struct hf_err *err)
{
    const char *region, *endpoint;
    struct hf_place place;

    if (hf_json_string(&region, doc, "region", HF_PLACE_REGION_MAX, "", err) != 0 ||
        hf_json_string(&endpoint, doc, "endpoint", HF_LINK_KEYS_ENDPOINT_MAX, "", err) != 0)
        return -1;
    if (hf_place_set(&place, endpoint, region, "bucket", 0, err) != 0)
        return hf_fail(err, HF_E_INPUT, "its endpoint or region is none");
    memcpy(out->region, region, strlen(region) + 1);
    memcpy(out->endpoint, endpoint, strlen(endpoint) + 1);
    return 0;
}

/* hf_aws_keys_set judges them; it wants a secret, of which there is none. */
static int read_who(struct hf_link_keys *out, json_t *doc, struct hf_err *err)
{
    const char *id, *token;
    int64_t expires;

    if (hf_json_string(&id, doc, "id", HF_AWS_ID_MAX, "", err) != 0 ||
        hf_json_string(&token, doc, "token", HF_AWS_TOKEN_MAX, "", err) != 0 ||
        hf_json_int(&expires, doc, "expires", 0, INT64_C(253402300799), "", err) != 0 ||
        hf_aws_keys_set(&out->who, id, "-", token, expires, err) != 0)
        return -1;
    memset(out->who.secret, 0, sizeof out->who.secret);
    return 0;
}

int hf_link_keys_parse(struct hf_link_keys *out, const void *p, size_t n, struct hf_err *err)
{
    json_t *doc = NULL, *days;
    int64_t format;
    int rc = -1;
    size_t i;

    memset(out, 0, sizeof *out);
    if (n > HF_LINK_KEYS_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "it is over the limit of %d bytes", HF_LINK_KEYS_MAX_BYTES);
    if (hf_json_load(&doc, p, n, "", err) != 0)
        return hf_fail(err, HF_E_INPUT, "it is not JSON"); /* the reader's own words may show a piece of it */
    if (hf_json_int(&format, doc, "format", FORMAT, FORMAT, "", err) != 0 || read_who(out, doc, err) != 0 ||
        read_place(out, doc, err) != 0 || hf_json_array(&days, doc, "days", HF_LINK_KEYS_DAYS, "", err) != 0)
        goto out;
    if (json_array_size(days) != HF_LINK_KEYS_DAYS) {
        hf_fail(err, HF_E_INPUT, "it has not the keys of %d days", HF_LINK_KEYS_DAYS);
        goto out;
    }
    for (i = 0; i < HF_LINK_KEYS_DAYS; i++)
        if (read_day(out, i, json_array_get(days, i), err) != 0)
            goto out;
    rc = 0;
out:
    json_decref(doc);
    if (rc != 0)
        explicit_bzero(out, sizeof *out);
    return rc;
}
