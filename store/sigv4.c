/* sigv4.c: see sigv4.h. What is signed is put together in sigv4_canonical.c. */
#include "store/sigv4_in.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/digest.h"
#include "core/escape.h"
#include "core/timestamp.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define MAX_METHOD 16
#define MAX_TIME INT64_C(253402300799) /* 9999-12-31 */
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

void hf_sigv4_init(struct hf_sigv4 *s)
{
    memset(s, 0, sizeof *s);
    s->second = -1;
    hf_buf_init(&s->pieces, HF_SIGV4_MAX_TEXT);
    hf_buf_init(&s->canonical, HF_SIGV4_MAX_TEXT);
    hf_buf_init(&s->names, HF_SIGV4_MAX_TEXT);
    hf_buf_init(&s->url, HF_SIGV4_MAX_TEXT);
}

void hf_sigv4_clear(struct hf_sigv4 *s)
{
    hf_buf_wipe(&s->pieces);
    hf_buf_wipe(&s->canonical);
    hf_buf_wipe(&s->names);
    hf_buf_wipe(&s->url);
    explicit_bzero(s, sizeof *s);
}

void hf_sigv4_request_clear(struct hf_sigv4_request *r)
{
    hf_buf_wipe(&r->text);
    memset(r, 0, sizeof *r);
}

/* Empties a buffer and keeps its memory. */
static void rewind_buf(struct hf_buf *b)
{
    b->n = 0;
    b->failed = 0;
    if (b->p != NULL)
        b->p[0] = '\0';
}

/* Printable ASCII without a blank; the bytes of it. */
static int is_word(const char *s, size_t least, size_t most)
{
    size_t n;

    for (n = 0; s[n] != '\0'; n++) {
        if (s[n] <= ' ' || s[n] > '~' || n == most)
            return 0;
    }
    return n >= least;
}

int hf_aws_keys_set(struct hf_aws_keys *out, const char *id, const char *secret, const char *token, int64_t expires,
                    struct hf_err *err)
{
    static const char *const rule = "printable characters without spaces, at most";

    memset(out, 0, sizeof *out);
    if (!is_word(id, 1, HF_AWS_ID_MAX) || strchr(id, ',') != NULL)
        return hf_fail(err, HF_E_INPUT, "the access key's id is not %s %d", rule, HF_AWS_ID_MAX);
    if (!is_word(secret, 1, HF_AWS_SECRET_MAX))
        return hf_fail(err, HF_E_INPUT, "the secret access key is not %s %d", rule, HF_AWS_SECRET_MAX);
    if (token != NULL && !is_word(token, 0, HF_AWS_TOKEN_MAX))
        return hf_fail(err, HF_E_INPUT, "the session token is not %s %d", rule, HF_AWS_TOKEN_MAX);
    memcpy(out->id, id, strlen(id) + 1);
    memcpy(out->secret, secret, strlen(secret) + 1);
    if (token != NULL)
        memcpy(out->token, token, strlen(token) + 1);
    out->expires = expires;
    return 0;
}

/* "20261122T060500Z" of a time. */
static void stamp(char out[HF_TIMESTAMP_LEN + 1], int64_t t)
{
    char text[HF_TIMESTAMP_LEN + 1];
    size_t i, n = 0;

    hf_timestamp_format(text, t);
    for (i = 0; i < HF_TIMESTAMP_LEN; i++) {
        if (text[i] != '-' && text[i] != ':')
            out[n++] = text[i];
    }
    out[n] = '\0';
}

/* Kept for the second. */
static void set_stamp(struct hf_sigv4 *s, int64_t t)
{
    char text[HF_TIMESTAMP_LEN + 1];

    if (s->second == t)
        return;
    stamp(text, t);
    memcpy(s->stamp, text, sizeof s->stamp);
    memcpy(s->date, text, HF_SIGV4_DAY);
    s->date[HF_SIGV4_DAY] = '\0';
    s->second = t;
}

void hf_sigv4_day(char out[HF_SIGV4_DAY + 1], int64_t t)
{
    char text[HF_TIMESTAMP_LEN + 1];

    stamp(text, t);
    memcpy(out, text, HF_SIGV4_DAY);
    out[HF_SIGV4_DAY] = '\0';
}

static int derive(uint8_t out[HF_SIGV4_DAY_KEY], const struct hf_aws_keys *keys, const char *region, const char *service,
                  const char *day, struct hf_err *err)
{
    char first[4 + HF_AWS_SECRET_MAX + 1];
    int n = snprintf(first, sizeof first, "AWS4%s", keys->secret), rc = 0;

    if (n <= 0 || hf_hmac_sha256(out, first, (size_t)n, day, HF_SIGV4_DAY) != 0 ||
        hf_hmac_sha256(out, out, HF_SIGV4_DAY_KEY, region, strlen(region)) != 0 ||
        hf_hmac_sha256(out, out, HF_SIGV4_DAY_KEY, service, strlen(service)) != 0 ||
        hf_hmac_sha256(out, out, HF_SIGV4_DAY_KEY, "aws4_request", 12) != 0)
        rc = hf_fail(err, HF_E_FAIL, "this system's OpenSSL computes no HMAC-SHA256");
    explicit_bzero(first, sizeof first);
    return rc;
}

int hf_sigv4_day_key(uint8_t out[HF_SIGV4_DAY_KEY], const struct hf_aws_keys *keys, const char *region, const char *day,
                     struct hf_err *err)
{
    return derive(out, keys, region, HF_SIGV4_S3, day, err);
}

void hf_sigv4_take_day_key(struct hf_sigv4 *s, const char *region, const char *day, const uint8_t key[HF_SIGV4_DAY_KEY])
{
    memset(s->secret, 0, sizeof s->secret);
    snprintf(s->region, sizeof s->region, "%s", region);
    snprintf(s->service, sizeof s->service, "%s", HF_SIGV4_S3);
    snprintf(s->key_date, sizeof s->key_date, "%s", day);
    memcpy(s->key, key, sizeof s->key);
    s->ready = 1;
}

/* The day's key, from the one before if it is of the same day, region, service and secret (the id has no part in it). */
static int set_key(struct hf_sigv4_work *w)
{
    struct hf_sigv4 *s = w->s;

    if (s->ready && strcmp(s->key_date, s->date) == 0 && strcmp(s->region, w->place->region) == 0 &&
        strcmp(s->service, w->service) == 0 && hf_same_bytes(s->secret, w->keys->secret, sizeof s->secret))
        return 0;
    if (w->keys->secret[0] == '\0')
        return hf_fail(w->err, HF_E_EXPIRED, "there is no key to sign with for the day %s", s->date);
    s->ready = 0;
    if (derive(s->key, w->keys, w->place->region, w->service, s->date, w->err) != 0)
        return -1;
    memcpy(s->key_date, s->date, sizeof s->key_date);
    memcpy(s->region, w->place->region, sizeof s->region);
    memcpy(s->secret, w->keys->secret, sizeof s->secret);
    snprintf(s->service, sizeof s->service, "%s", w->service);
    s->ready = 1;
    return 0;
}

static int begin(struct hf_sigv4_work *w, int64_t t)
{
    const struct hf_sigv4_ask *a = w->ask;
    size_t n = strlen(a->method), i;

    w->service = a->service != NULL ? a->service : HF_SIGV4_S3;
    for (i = 0; i < n && a->method[i] >= 'A' && a->method[i] <= 'Z'; i++)
        ;
    if (n == 0 || n > MAX_METHOD || i < n)
        return hf_fail(w->err, HF_E_INPUT, "not a method that can be signed");
    if (strlen(a->key) > HF_PLACE_KEY_MAX)
        return hf_fail(w->err, HF_E_LIMIT, "the object's key is over the limit of %d bytes", HF_PLACE_KEY_MAX);
    if (a->query_n > HF_SIGV4_MAX_QUERY || a->headers_n > HF_SIGV4_MAX_HEADERS)
        return hf_fail(w->err, HF_E_LIMIT, "more than %d parameters or %d headers in a request", HF_SIGV4_MAX_QUERY,
                       HF_SIGV4_MAX_HEADERS);
    if (!is_word(w->service, 1, sizeof w->s->service - 1))
        return hf_fail(w->err, HF_E_INPUT, "not a service's name");
    if (a->payload != NULL && strcmp(a->payload, HF_SIGV4_UNSIGNED) != 0 && !hf_is_hex(a->payload, HF_SHA256_HEX))
        return hf_fail(w->err, HF_E_INPUT, "not the SHA-256 of a body");
    if (t < 0 || t > MAX_TIME)
        return hf_fail(w->err, HF_E_INPUT, "not a time that can be signed");
    rewind_buf(&w->s->pieces);
    rewind_buf(&w->s->canonical);
    rewind_buf(&w->s->names);
    rewind_buf(&w->s->url);
    set_stamp(w->s, t);
    snprintf(w->scope, sizeof w->scope, "%s/%s/%s/aws4_request", w->s->date, w->place->region, w->service);
    return set_key(w);
}

/* The canonical request, its digest, the string to sign, the signature. Fields and query are complete, and names joined. */
static int make_signature(struct hf_sigv4_work *w, const char *payload)
{
    struct hf_sigv4 *s = w->s;
    char hex[65];
    uint8_t sum[32];
    int n;

    hf_sigv4_sort_query(w);
    if (hf_sigv4_canonical(w, payload) != 0)
        return -1;
    if (hf_sha256(sum, s->canonical.p, s->canonical.n) != 0)
        return hf_fail(w->err, HF_E_FAIL, "this system's OpenSSL computes no SHA-256");
    hf_hex(hex, sum, sizeof sum);
    n = snprintf(s->to_sign, sizeof s->to_sign, ALGORITHM "\n%s\n%s\n%s", s->stamp, w->scope, hex);
    if (n <= 0 || (size_t)n >= sizeof s->to_sign || hf_hmac_sha256(sum, s->key, sizeof s->key, s->to_sign, (size_t)n) != 0)
        return hf_fail(w->err, HF_E_FAIL, "this system's OpenSSL computes no HMAC-SHA256");
    hf_hex(s->signature, sum, sizeof sum);
    return 0;
}

/* Adds "Name: value" to out's text, behind a NUL; its place in *at. */
static void add_line(struct hf_sigv4_request *out, size_t *at, const char *name, const char *value)
{
    *at = out->text.n;
    hf_buf_str(&out->text, name);
    hf_buf_add(&out->text, ": ", 2);
    hf_buf_str(&out->text, value);
    hf_buf_add(&out->text, "", 1);
}

/* The value as it is sent: without blanks around it, which curl and servers take off anyway. */
static int write_request(struct hf_sigv4_work *w, struct hf_sigv4_request *out, const char *payload)
{
    const struct hf_sigv4_ask *a = w->ask;
    size_t at[HF_SIGV4_MAX_HEADERS + 4], n = 0, i;
    char line[sizeof ALGORITHM + HF_AWS_ID_MAX + HF_SIGV4_MAX_SCOPE + 128];

    hf_sigv4_url(w);
    hf_buf_add(&out->text, w->s->url.p, w->s->url.n);
    hf_buf_add(&out->text, "", 1);
    for (i = 0; i < a->headers_n; i++)
        add_line(out, &at[n++], a->headers[i].name, a->headers[i].value);
    if (!(a->flags & HF_SIGV4_PLAIN))
        add_line(out, &at[n++], "x-amz-content-sha256", payload);
    add_line(out, &at[n++], "x-amz-date", w->s->stamp);
    if (w->keys->token[0] != '\0')
        add_line(out, &at[n++], "x-amz-security-token", w->keys->token);
    snprintf(line, sizeof line, ALGORITHM " Credential=%s/%s, SignedHeaders=", w->keys->id, w->scope);
    add_line(out, &at[n++], "Authorization", line);
    out->text.n--;
    hf_buf_add(&out->text, w->s->names.p, w->s->names.n);
    hf_buf_fmt(&out->text, ", Signature=%s", w->s->signature);
    if (hf_buf_ok(&w->s->url, "a request to sign", w->err) != 0 || hf_buf_ok(&out->text, "a request to sign", w->err) != 0)
        return -1;
    out->url = out->text.p;
    for (i = 0; i < n; i++)
        out->headers[i] = out->text.p + at[i];
    out->headers[n] = NULL;
    return 0;
}

int hf_sigv4_sign(struct hf_sigv4 *s, struct hf_sigv4_request *out, const struct hf_aws_keys *keys, const struct hf_place *place,
                  const struct hf_sigv4_ask *ask, int64_t now, struct hf_err *err)
{
    struct hf_sigv4_work w = {.s = s, .keys = keys, .place = place, .ask = ask, .err = err};
    const char *payload = ask->payload != NULL ? ask->payload : EMPTY_SHA256;
    size_t i;

    out->url = NULL;
    out->headers[0] = NULL;
    out->text.max = HF_SIGV4_MAX_TEXT;
    rewind_buf(&out->text);
    if (begin(&w, now) != 0)
        return -1;
    for (i = 0; i < ask->query_n; i++)
        hf_sigv4_query(&w, ask->query[i].name, ask->query[i].value);
    if (hf_sigv4_field(&w, "host", place->host) != 0 || hf_sigv4_field(&w, "x-amz-date", s->stamp) != 0)
        return -1;
    if (!(ask->flags & HF_SIGV4_PLAIN) && hf_sigv4_field(&w, "x-amz-content-sha256", payload) != 0)
        return -1;
    if (keys->token[0] != '\0' && !(ask->flags & HF_SIGV4_TOKEN_UNSIGNED) &&
        hf_sigv4_field(&w, "x-amz-security-token", keys->token) != 0)
        return -1;
    if (hf_sigv4_fields(&w) != 0)
        return -1;
    hf_sigv4_names(&w);
    if (make_signature(&w, payload) != 0)
        return -1;
    return write_request(&w, out, payload);
}

/* 1 for a parameter that a link has of its own. */
static int is_own(const char *name)
{
    static const char *const own[] = {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
                                      "X-Amz-Security-Token", "X-Amz-Signature", "X-Amz-SignedHeaders"};
    size_t i;

    for (i = 0; i < sizeof own / sizeof *own; i++) {
        if (strcasecmp(name, own[i]) == 0)
            return 1;
    }
    return 0;
}

static int add_link_query(struct hf_sigv4_work *w, int64_t seconds)
{
    char credential[HF_AWS_ID_MAX + 1 + HF_SIGV4_MAX_SCOPE], number[24];
    size_t i;

    for (i = 0; i < w->ask->query_n; i++) {
        if (is_own(w->ask->query[i].name))
            return hf_fail(w->err, HF_E_INPUT, "a parameter of the request belongs to the signature");
        hf_sigv4_query(w, w->ask->query[i].name, w->ask->query[i].value);
    }
    snprintf(credential, sizeof credential, "%s/%s", w->keys->id, w->scope);
    snprintf(number, sizeof number, "%lld", (long long)seconds);
    hf_sigv4_query(w, "X-Amz-Algorithm", ALGORITHM);
    hf_sigv4_query(w, "X-Amz-Credential", credential);
    hf_sigv4_query(w, "X-Amz-Date", w->s->stamp);
    hf_sigv4_query(w, "X-Amz-Expires", number);
    if (w->keys->token[0] != '\0' && !(w->ask->flags & HF_SIGV4_TOKEN_UNSIGNED))
        hf_sigv4_query(w, "X-Amz-Security-Token", w->keys->token);
    hf_sigv4_query(w, "X-Amz-SignedHeaders", w->s->names.p != NULL ? w->s->names.p : "");
    return 0;
}

int hf_sigv4_presign(struct hf_sigv4 *s, const char **url, int64_t *good_until, const struct hf_aws_keys *keys,
                     const struct hf_place *place, const struct hf_sigv4_ask *ask, int64_t ttl, int64_t now, struct hf_err *err)
{
    struct hf_sigv4_work w = {.s = s, .keys = keys, .place = place, .ask = ask, .err = err};
    const char *payload = ask->payload != NULL ? ask->payload : HF_SIGV4_UNSIGNED;
    int64_t lead;

    *url = NULL;
    if (ttl < 1 || ttl > HF_SIGV4_MAX_TTL)
        return hf_fail(err, HF_E_INPUT, "a link is good for 1 to %d seconds, not for %lld", HF_SIGV4_MAX_TTL, (long long)ttl);
    if (keys->expires != 0 && keys->expires <= now)
        return hf_fail(err, HF_E_EXPIRED, "the store's credentials have expired");
    if (keys->expires != 0 && keys->expires - now < ttl)
        ttl = keys->expires - now;
    /* Dated back as far as the longest time allows, and never before 1970. */
    lead = ask->flags & HF_SIGV4_PLAIN ? 0 : HF_SIGV4_LEAD;
    if (lead > HF_SIGV4_MAX_TTL - ttl)
        lead = HF_SIGV4_MAX_TTL - ttl;
    if (begin(&w, now - lead) != 0 || hf_sigv4_field(&w, "host", place->host) != 0)
        return -1;
    if (hf_sigv4_fields(&w) != 0)
        return -1;
    hf_sigv4_names(&w);
    if (add_link_query(&w, ttl + lead) != 0 || make_signature(&w, payload) != 0)
        return -1;
    hf_sigv4_url(&w);
    if (keys->token[0] != '\0' && (ask->flags & HF_SIGV4_TOKEN_UNSIGNED)) {
        hf_buf_str(&s->url, "&X-Amz-Security-Token=");
        hf_uri_encode(&s->url, keys->token, strlen(keys->token), 0);
    }
    hf_buf_str(&s->url, "&X-Amz-Signature=");
    hf_buf_str(&s->url, s->signature);
    if (hf_buf_ok(&s->url, "a link", err) != 0)
        return -1;
    *url = s->url.p;
    if (good_until != NULL)
        *good_until = now + ttl;
    return 0;
}
