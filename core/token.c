/* token.c: see token.h. */
#include "core/token.h"

#include <stdlib.h>
#include <string.h>

#include "core/base64url.h"
#include "core/digest.h"

#define TOKEN_VERSION 0x01
#define MAC_LEN 32
#define MAC_LABEL "hotfix-url"   /* its NUL is part of what is signed */
#define ID_LABEL "hotfix-url-id" /* the same */
/* version, key id, expiry, two lengths, app, key */
#define BODY_MAX (1 + HF_URL_KEY_ID + 8 + 1 + HF_APP_MAX + 1 + HF_OBJECT_KEY_MAX)
#define BODY_MIN (1 + HF_URL_KEY_ID + 8 + 1 + 1)

struct hf_url_keys {
    size_t count;
    struct {
        uint8_t id[HF_URL_KEY_ID];
        uint8_t bytes[HF_URL_KEY_MAX];
        size_t n;
    } key[HF_URL_MAX_KEYS];
};

static int add_key(struct hf_url_keys *k, const char *p, size_t n, const char *name, struct hf_err *err)
{
    uint8_t md[32], labelled[sizeof ID_LABEL + HF_URL_KEY_MAX];

    if (n < HF_URL_KEY_MIN)
        return hf_fail(err, HF_E_CONFIG, "%s: a key is shorter than %d bytes; make one with: openssl rand -hex 32", name,
                       HF_URL_KEY_MIN);
    if (n > HF_URL_KEY_MAX)
        return hf_fail(err, HF_E_LIMIT, "%s: a key is longer than %d bytes", name, HF_URL_KEY_MAX);
    if (k->count == HF_URL_MAX_KEYS)
        return hf_fail(err, HF_E_LIMIT, "%s: holds more than %d keys", name, HF_URL_MAX_KEYS);
    memcpy(labelled, ID_LABEL, sizeof ID_LABEL);
    memcpy(labelled + sizeof ID_LABEL, p, n);
    if (hf_sha256(md, labelled, sizeof ID_LABEL + n) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot compute a digest");
    memcpy(k->key[k->count].id, md, HF_URL_KEY_ID);
    memcpy(k->key[k->count].bytes, p, n);
    k->key[k->count++].n = n;
    explicit_bzero(labelled, sizeof labelled);
    return 0;
}

int hf_url_keys_parse(struct hf_url_keys **out, const char *p, size_t n, const char *name, struct hf_err *err)
{
    struct hf_url_keys *k = calloc(1, sizeof *k);
    const char *end, *eol;
    size_t len;

    *out = NULL;
    if (k == NULL)
        return hf_nomem(err);
    if (n == 0) /* an empty buffer has no bytes to point at */
        p = "";
    for (end = p + n; p < end; p = eol + 1) {
        eol = memchr(p, '\n', (size_t)(end - p));
        if (eol == NULL)
            eol = end;
        len = (size_t)(eol - p);
        while (len > 0 && (p[len - 1] == '\r' || p[len - 1] == ' '))
            len--;
        if (len > 0 && add_key(k, p, len, name, err) != 0)
            goto fail;
    }
    if (k->count == 0) {
        hf_fail(err, HF_E_CONFIG, "%s: holds no key; make one with: openssl rand -hex 32", name);
        goto fail;
    }
    *out = k;
    return 0;
fail:
    hf_url_keys_free(k);
    return -1;
}

void hf_url_keys_free(struct hf_url_keys *k)
{
    if (k == NULL)
        return;
    explicit_bzero(k, sizeof *k);
    free(k);
}

static int mac(uint8_t out[MAC_LEN], const struct hf_url_keys *k, size_t i, const uint8_t *body, size_t n)
{
    uint8_t labelled[sizeof MAC_LABEL + BODY_MAX];

    memcpy(labelled, MAC_LABEL, sizeof MAC_LABEL);
    memcpy(labelled + sizeof MAC_LABEL, body, n);
    return hf_hmac_sha256(out, k->key[i].bytes, k->key[i].n, labelled, sizeof MAC_LABEL + n);
}

int hf_token_mint(char out[HF_TOKEN_MAX], const struct hf_url_keys *k, int64_t expiry, const char *app, const char *object_key,
                  struct hf_err *err)
{
    uint8_t body[BODY_MAX], tag[MAC_LEN];
    size_t app_n = strlen(app), key_n = strlen(object_key), n = 0, at;
    int shift;

    if (!hf_name_ok(app, HF_APP_MAX) || !hf_object_key_ok(object_key) || expiry < 0)
        return hf_fail(err, HF_E_INPUT, "no link can be made for this app and key");
    body[n++] = TOKEN_VERSION;
    memcpy(body + n, k->key[0].id, HF_URL_KEY_ID);
    n += HF_URL_KEY_ID;
    for (shift = 56; shift >= 0; shift -= 8)
        body[n++] = (uint8_t)((uint64_t)expiry >> shift);
    body[n++] = (uint8_t)app_n;
    memcpy(body + n, app, app_n);
    n += app_n;
    body[n++] = (uint8_t)key_n;
    memcpy(body + n, object_key, key_n);
    n += key_n;
    if (mac(tag, k, 0, body, n) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot compute a MAC");
    at = hf_base64url(out, body, n);
    out[at++] = '.';
    hf_base64url(out + at, tag, sizeof tag);
    return 0;
}

static int invalid(struct hf_err *err)
{
    return hf_fail(err, HF_E_NOTFOUND, "Invalid or expired link");
}

/* Takes a length byte and so many bytes from body into out; 0 when they are not there. */
static int take(char *out, size_t max, const uint8_t **p, const uint8_t *end)
{
    size_t n;

    if (*p == end)
        return 0;
    n = *(*p)++;
    if (n > max || n > (size_t)(end - *p) || memchr(*p, 0, n) != NULL)
        return 0;
    memcpy(out, *p, n);
    out[n] = '\0';
    *p += n;
    return 1;
}

/* 1 when a key with the id in the body made the tag. */
static int tag_ok(const struct hf_url_keys *k, const uint8_t *body, size_t n, const uint8_t *tag)
{
    uint8_t right[MAC_LEN];
    size_t i;
    int ok = 0;

    for (i = 0; i < k->count; i++)
        if (memcmp(body + 1, k->key[i].id, HF_URL_KEY_ID) == 0 && mac(right, k, i, body, n) == 0)
            ok |= hf_same_bytes(right, tag, MAC_LEN);
    return ok;
}

int hf_token_open(char app[HF_APP_MAX + 1], char object_key[HF_OBJECT_KEY_MAX + 1], const struct hf_url_keys *k, const char *s,
                  size_t n, int64_t now, struct hf_err *err)
{
    uint8_t body[BODY_MAX], tag[MAC_LEN];
    const uint8_t *p, *end;
    const char *dot;
    long body_n, tag_n;
    uint64_t expiry = 0;
    int i;

    dot = n < HF_TOKEN_MAX ? memchr(s, '.', n) : NULL;
    if (dot == NULL)
        return invalid(err);
    body_n = hf_unbase64url(body, sizeof body, s, (size_t)(dot - s));
    tag_n = hf_unbase64url(tag, sizeof tag, dot + 1, n - (size_t)(dot - s) - 1);
    if (body_n < BODY_MIN || tag_n != MAC_LEN || body[0] != TOKEN_VERSION || !tag_ok(k, body, (size_t)body_n, tag))
        return invalid(err);
    p = body + 1 + HF_URL_KEY_ID;
    end = body + body_n;
    for (i = 0; i < 8; i++)
        expiry = expiry << 8 | *p++;
    if (expiry > INT64_MAX) /* never minted */
        return invalid(err);
    if (now < 0 || expiry <= (uint64_t)now)
        return hf_fail(err, HF_E_EXPIRED, "Link expired");
    if (!take(app, HF_APP_MAX, &p, end) || !take(object_key, HF_OBJECT_KEY_MAX, &p, end) || p != end)
        return invalid(err);
    if (!hf_name_ok(app, HF_APP_MAX) || !hf_object_key_ok(object_key))
        return invalid(err);
    return 0;
}
