/* sign.c: see sign.h. The one file that holds a private key; the client and the edge do not link it. */
#include "core/sign.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64url.h"
#include "core/jws.h"

struct hf_signer {
    EVP_PKEY *pkey;
    char kid[HF_KID_LEN + 1];
};

/* Takes pkey over, also on failure. */
static int signer_new(struct hf_signer **out, EVP_PKEY *pkey, const char *name, struct hf_err *err)
{
    struct hf_signer *s = calloc(1, sizeof *s);
    uint8_t raw[HF_ED25519_LEN];
    size_t n = sizeof raw;

    if (s == NULL) {
        EVP_PKEY_free(pkey);
        return hf_nomem(err);
    }
    s->pkey = pkey;
    if (EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519) {
        hf_signer_free(s);
        return hf_fail(err, HF_E_CONFIG, "%s: not an Ed25519 key; make one with: hotfix keygen", name);
    }
    if (EVP_PKEY_get_raw_public_key(pkey, raw, &n) != 1 || n != sizeof raw || hf_key_thumbprint(s->kid, raw) != 0) {
        hf_signer_free(s);
        return hf_fail(err, HF_E_CONFIG, "%s: its public key cannot be read", name);
    }
    *out = s;
    return 0;
}

/* An encrypted key must fail, never ask at a terminal. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)arg;
    return -1;
}

/* An Ed25519 key as `hotfix keygen` and openssl write it is these bytes and the 32 of the key (RFC 8410): read without OpenSSL's
 * general reader, which sets up the decoders of all kinds of keys first. NULL for any other. */
static EVP_PKEY *read_plain(BIO *bio)
{
    static const unsigned char before[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                           0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
    char *label = NULL, *header = NULL;
    unsigned char *der = NULL;
    EVP_PKEY *pkey = NULL;
    long n = 0;

    if (PEM_read_bio(bio, &label, &header, &der, &n) == 1 && strcmp(label, "PRIVATE KEY") == 0 &&
        n == sizeof before + HF_ED25519_LEN && memcmp(der, before, sizeof before) == 0)
        pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, der + sizeof before, HF_ED25519_LEN);
    OPENSSL_clear_free(der, (size_t)n);
    OPENSSL_free(label);
    OPENSSL_free(header);
    return pkey;
}

int hf_signer_parse(struct hf_signer **out, const char *pem, size_t n, const char *name, struct hf_err *err)
{
    BIO *bio;
    EVP_PKEY *pkey;

    *out = NULL;
    if (n > HF_KEY_MAX_PEM)
        return hf_fail(err, HF_E_LIMIT, "%s: longer than %d bytes", name, HF_KEY_MAX_PEM);
    if (n == 0) /* an empty buffer has no bytes to point at */
        return hf_fail(err, HF_E_CONFIG, "%s: is empty", name);
    bio = BIO_new_mem_buf(pem, (int)n);
    if (bio == NULL)
        return hf_nomem(err);
    pkey = read_plain(bio);
    if (pkey == NULL && BIO_reset(bio) == 1)
        pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
    if (pkey == NULL && memmem(pem, n, "PUBLIC KEY-----", 15) != NULL)
        return hf_fail(err, HF_E_CONFIG, "%s: this is a public key; signing needs the private one", name);
    if (pkey == NULL && n > 14 && memcmp(pem, "LS0tLS1CRUdJTi", 14) == 0) /* "-----BEGIN" */
        return hf_fail(err, HF_E_CONFIG,
                       "%s: this is a PEM text in base64; give the text itself, from -----BEGIN to END-----", name);
    if (pkey == NULL)
        return hf_fail(err, HF_E_CONFIG, "%s: holds no PEM private key that can be read without a passphrase", name);
    return signer_new(out, pkey, name, err);
}

int hf_signer_generate(struct hf_signer **out, struct hf_err *err)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    *out = NULL;
    if (pkey == NULL)
        return hf_fail(err, HF_E_FAIL, "OpenSSL cannot make an Ed25519 key");
    return signer_new(out, pkey, "the new key", err);
}

void hf_signer_free(struct hf_signer *s)
{
    if (s == NULL)
        return;
    EVP_PKEY_free(s->pkey);
    free(s);
}

const char *hf_signer_kid(const struct hf_signer *s)
{
    return s->kid;
}

static int bio_to_buf(struct hf_buf *out, BIO *bio, struct hf_err *err)
{
    char *p;
    long n = BIO_get_mem_data(bio, &p);

    if (n <= 0)
        return hf_fail(err, HF_E_FAIL, "cannot write a key as PEM");
    hf_buf_add(out, p, (size_t)n);
    OPENSSL_cleanse(p, (size_t)n);
    return hf_buf_ok(out, "the PEM text", err);
}

int hf_signer_private_pem(struct hf_buf *out, const struct hf_signer *s, struct hf_err *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int rc = -1;

    if (bio == NULL)
        return hf_nomem(err);
    if (PEM_write_bio_PKCS8PrivateKey(bio, s->pkey, NULL, NULL, 0, NULL, NULL) != 1)
        hf_fail(err, HF_E_FAIL, "cannot write a key as PEM");
    else
        rc = bio_to_buf(out, bio, err);
    BIO_free(bio);
    return rc;
}

int hf_signer_public_pem(struct hf_buf *out, const struct hf_signer *s, struct hf_err *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int rc = -1;

    if (bio == NULL)
        return hf_nomem(err);
    if (PEM_write_bio_PUBKEY(bio, s->pkey) != 1)
        hf_fail(err, HF_E_FAIL, "cannot write a key as PEM");
    else
        rc = bio_to_buf(out, bio, err);
    BIO_free(bio);
    return rc;
}

int hf_signer_sign(const struct hf_signer *s, uint8_t sig[HF_ED25519_SIG_LEN], const void *p, size_t n, struct hf_err *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = HF_ED25519_SIG_LEN;
    int ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, s->pkey) == 1 &&
             EVP_DigestSign(ctx, sig, &len, p, n) == 1 && len == HF_ED25519_SIG_LEN;

    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ok ? 0 : hf_fail(err, HF_E_FAIL, "OpenSSL cannot sign with the key %s", s->kid);
}

/* Adds base64url of p behind what b has. */
static void add_base64url(struct hf_buf *b, const void *p, size_t n, char *room)
{
    hf_base64url(room, p, n);
    hf_buf_str(b, room);
}

int hf_jws_sign(struct hf_buf *out, const void *payload, size_t payload_n, struct hf_signer *const *signers, size_t n,
                struct hf_err *err)
{
    struct hf_buf input;
    char header[HF_JWS_HEADER_MAX];
    char *room = NULL;
    uint8_t sig[HF_ED25519_SIG_LEN];
    size_t i, k;
    int rc = -1;

    hf_buf_init(&input, HF_JWS_MAX_BYTES);
    if (n < 1 || n > HF_JWS_MAX_SIGNATURES)
        return hf_fail(err, HF_E_LIMIT, "a manifest carries 1 to %d signatures, not %zu", HF_JWS_MAX_SIGNATURES, n);
    for (i = 0; i < n; i++) /* readers refuse it */
        for (k = 0; k < i; k++)
            if (strcmp(signers[i]->kid, signers[k]->kid) == 0)
                return hf_fail(err, HF_E_CONFIG, "the signing key %s is given twice", signers[i]->kid);
    room = malloc(HF_BASE64URL_LEN(payload_n) + HF_JWS_HEADER_MAX * 2);
    if (room == NULL)
        return hf_nomem(err);
    hf_buf_str(out, "{\"payload\":\"");
    add_base64url(out, payload, payload_n, room);
    hf_buf_str(out, "\",\"signatures\":[");
    for (i = 0; i < n; i++) {
        hf_jws_header(header, signers[i]->kid);
        input.n = 0;
        add_base64url(&input, header, strlen(header), room);
        hf_buf_fmt(out, "%s{\"protected\":\"%s\",\"signature\":\"", i == 0 ? "" : ",", room);
        hf_buf_str(&input, ".");
        add_base64url(&input, payload, payload_n, room);
        if (hf_buf_ok(&input, "a manifest", err) != 0 ||
            hf_signer_sign(signers[i], sig, input.p, input.n, err) != 0)
            goto out;
        add_base64url(out, sig, sizeof sig, room);
        hf_buf_str(out, "\"}");
    }
    hf_buf_str(out, "]}");
    rc = hf_buf_ok(out, "a signed manifest", err);
out:
    hf_buf_free(&input);
    free(room);
    return rc;
}
