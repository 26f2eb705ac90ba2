/* key.c: see key.h. */
#include "core/key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64url.h"
#include "core/digest.h"

struct hf_trust {
    size_t count;
    struct {
        EVP_PKEY *pkey;
        char kid[HF_KID_LEN + 1];
    } key[HF_TRUST_MAX_KEYS];
};

int hf_key_thumbprint(char out[HF_KID_LEN + 1], const uint8_t pub[HF_ED25519_LEN])
{
    char x[HF_BASE64URL_LEN(HF_ED25519_LEN) + 1];
    char jwk[128];
    uint8_t md[32];
    int n;

    hf_base64url(x, pub, HF_ED25519_LEN);
    /* RFC 7638: the required members, in the order of their names, without spaces. */
    n = snprintf(jwk, sizeof jwk, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}", x);
    if (hf_sha256(md, jwk, (size_t)n) != 0)
        return -1;
    hf_base64url(out, md, sizeof md);
    return 0;
}

static int add_key(struct hf_trust *t, EVP_PKEY *pkey, const char *name, struct hf_err *err)
{
    uint8_t raw[HF_ED25519_LEN];
    size_t n = sizeof raw;
    char kid[HF_KID_LEN + 1];

    if (EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519)
        return hf_fail(err, HF_E_CONFIG, "%s: holds a key that is not Ed25519; make one with: hotfix keygen", name);
    if (EVP_PKEY_get_raw_public_key(pkey, raw, &n) != 1 || n != sizeof raw || hf_key_thumbprint(kid, raw) != 0)
        return hf_fail(err, HF_E_CONFIG, "%s: holds a key that cannot be read", name);
    if (hf_trust_find(t, kid) >= 0)
        return hf_fail(err, HF_E_CONFIG, "%s: holds the key %s twice", name, kid);
    if (t->count == HF_TRUST_MAX_KEYS)
        return hf_fail(err, HF_E_LIMIT, "%s: holds more than %d keys", name, HF_TRUST_MAX_KEYS);
    memcpy(t->key[t->count].kid, kid, sizeof kid);
    t->key[t->count++].pkey = pkey;
    return 0;
}

/* 1 when the text holds a PEM block of a private key: somebody is about to hand out the wrong file. */
static int has_private(const char *pem, size_t n)
{
    return memmem(pem, n, "PRIVATE KEY-----", 16) != NULL;
}

/* Lines that begin like a PEM boundary. Outside of boundaries neither base64 nor a comment has a reason to begin so. */
static size_t boundary_lines(const char *pem, size_t n)
{
    size_t i, found = 0;

    for (i = 0; i + 1 < n; i++)
        if (pem[i] == '-' && pem[i + 1] == '-' && (i == 0 || pem[i - 1] == '\n'))
            found++;
    return found;
}

/* An Ed25519 key is these bytes and the 32 of the key (RFC 8410). OpenSSL's general reader, which others take and be it for the
 * words that refuse them, sets up the decoders of all kinds of keys first. */
static EVP_PKEY *read_public(const unsigned char *der, long n)
{
    static const unsigned char before[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    const unsigned char *q = der;
    EVP_PKEY *pkey;

    if (n == sizeof before + HF_ED25519_LEN && memcmp(der, before, sizeof before) == 0)
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, der + sizeof before, HF_ED25519_LEN);
    pkey = d2i_PUBKEY(NULL, &q, n);
    if (pkey != NULL && q != der + n) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    return pkey;
}

/* Reads every block; *bio stands behind the last one. */
static int read_keys(struct hf_trust *t, BIO *bio, const char *name, struct hf_err *err)
{
    char *label = NULL, *header = NULL;
    unsigned char *der = NULL;
    EVP_PKEY *pkey = NULL;
    long n;
    int rc = -1;

    while (PEM_read_bio(bio, &label, &header, &der, &n) == 1) {
        if (strcmp(label, "PUBLIC KEY") != 0 || (pkey = read_public(der, n)) == NULL) {
            hf_fail(err, HF_E_CONFIG, "%s: holds a PEM block that is not a public key", name);
            goto out;
        }
        if (add_key(t, pkey, name, err) != 0)
            goto out;
        pkey = NULL;
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(der);
        label = header = NULL;
        der = NULL;
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        hf_fail(err, HF_E_CONFIG, "%s: holds a damaged PEM block", name);
        goto out;
    }
    rc = 0;
out:
    EVP_PKEY_free(pkey);
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_free(der);
    ERR_clear_error();
    return rc;
}

int hf_trust_parse(struct hf_trust **out, const char *pem, size_t n, const char *name, struct hf_err *err)
{
    struct hf_trust *t = NULL;
    BIO *bio = NULL;
    int rc = -1;

    *out = NULL;
    if (n > HF_KEY_MAX_PEM)
        return hf_fail(err, HF_E_LIMIT, "%s: longer than %d bytes", name, HF_KEY_MAX_PEM);
    if (n == 0) /* an empty buffer has no bytes to point at */
        return hf_fail(err, HF_E_CONFIG, "%s: holds no PEM public key", name);
    if (has_private(pem, n))
        return hf_fail(err, HF_E_CONFIG, "%s: this is a private key; name the public one that lies beside it", name);
    t = calloc(1, sizeof *t);
    bio = BIO_new_mem_buf(pem, (int)n);
    if (t == NULL || bio == NULL) {
        hf_nomem(err);
        goto out;
    }
    ERR_clear_error();
    if (read_keys(t, bio, name, err) != 0)
        goto out;
    /* A block whose BEGIN line is damaged reads as a comment: its key would be gone without a word. */
    if (boundary_lines(pem, n) != 2 * t->count) {
        hf_fail(err, HF_E_CONFIG, "%s: holds a damaged PEM block", name);
        goto out;
    }
    if (t->count == 0) {
        hf_fail(err, HF_E_CONFIG, "%s: holds no PEM public key", name);
        goto out;
    }
    *out = t;
    t = NULL;
    rc = 0;
out:
    BIO_free(bio);
    hf_trust_free(t);
    return rc;
}

void hf_trust_free(struct hf_trust *t)
{
    size_t i;

    if (t == NULL)
        return;
    for (i = 0; i < t->count; i++)
        EVP_PKEY_free(t->key[i].pkey);
    free(t);
}

size_t hf_trust_count(const struct hf_trust *t)
{
    return t->count;
}

const char *hf_trust_kid(const struct hf_trust *t, size_t i)
{
    return t->key[i].kid;
}

int hf_trust_find(const struct hf_trust *t, const char *kid)
{
    size_t i;

    for (i = 0; i < t->count; i++)
        if (strcmp(t->key[i].kid, kid) == 0)
            return (int)i;
    return -1;
}

int hf_trust_verify(const struct hf_trust *t, size_t i, const void *p, size_t n, const uint8_t sig[HF_ED25519_SIG_LEN])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = 0;

    if (ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, t->key[i].pkey) == 1)
        ok = EVP_DigestVerify(ctx, sig, HF_ED25519_SIG_LEN, p, n) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}
