/* packkey.c: see packkey.h. The one file of this room that includes OpenSSL. */
#include "builder/packkey.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "core/digest.h"

/* SHA-256 of the modulus, big-endian, of the key in Loader/tools/packer.php and Loader/JPLoader.h of bang590/JSPatch. */
static const char published[] = "a53ae0bafbc027adf34cd943587cb6c8e1345c5aa44a6ea18a5ae2cb3ffde3d3";

/* A key with a passphrase is not asked for one. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)arg;
    return -1;
}

static EVP_PKEY *read_pem(const void *pem, size_t n, int public_too)
{
    EVP_PKEY *key = NULL;
    BIO *bio = n <= INT_MAX ? BIO_new_mem_buf(pem, (int)n) : NULL;

    if (bio != NULL)
        key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    if (key == NULL && public_too && bio != NULL && BIO_reset(bio) == 1)
        key = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
    return key;
}

/* 1 when the key is the published one, 0 when not, -1 when that cannot be told. */
static int is_published(const EVP_PKEY *key)
{
    unsigned char bytes[2 * HF_PACKKEY_MAX_BYTES];
    char hex[HF_SHA256_HEX + 1];
    uint8_t sum[32];
    BIGNUM *n = NULL;
    int rc = -1;

    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 && BN_num_bytes(n) <= (int)sizeof bytes) {
        int len = BN_bn2bin(n, bytes);

        if (len > 0 && hf_sha256(sum, bytes, (size_t)len) == 0) {
            hf_hex(hex, sum, sizeof sum);
            rc = strcmp(hex, published) == 0;
        }
    }
    BN_free(n);
    return rc;
}

static int judge(const EVP_PKEY *key, int short_ok, struct hf_err *err)
{
    int bits;

    if (key == NULL)
        return hf_fail(err, HF_E_CONFIG, "[jspatch] key: it is not a PEM key without a passphrase");
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
        return hf_fail(err, HF_E_CONFIG, "[jspatch] key: it is not an RSA key, and the Loader knows no other");
    bits = EVP_PKEY_get_bits(key);
    if (bits > HF_PACKKEY_MAX_BYTES * 8)
        return hf_fail(err, HF_E_CONFIG, "[jspatch] key: it has %d bits, and at most %d are allowed", bits,
                       HF_PACKKEY_MAX_BYTES * 8);
    switch (is_published(key)) {
    case 0:
        break;
    case 1:
        return hf_fail(err, HF_E_CONFIG,
                       "[jspatch] key: this is the key that JSPatch's packer.php publishes: everybody can sign with it; make one "
                       "of your own and compile its public half into the app");
    default:
        return hf_fail(err, HF_E_CONFIG, "[jspatch] key: it cannot be read");
    }
    if (bits < HF_PACKKEY_MIN_BITS && !short_ok)
        return hf_fail(err, HF_E_CONFIG,
                       "[jspatch] key: it has %d bits, and %d are the least; short_key = yes takes it, for apps that have it "
                       "compiled in",
                       bits, HF_PACKKEY_MIN_BITS);
    return 0;
}

int hf_packkey_judge(const void *pem, size_t n, int short_ok, struct hf_err *err)
{
    EVP_PKEY *key = read_pem(pem, n, 1);
    int rc = judge(key, short_ok, err);

    EVP_PKEY_free(key);
    return rc;
}

int hf_packkey_sign(struct hf_buf *out, const void *pem, size_t n, int short_ok, const char *text, struct hf_err *err)
{
    EVP_PKEY *key = read_pem(pem, n, 0);
    EVP_PKEY_CTX *ctx = NULL;
    unsigned char sig[HF_PACKKEY_MAX_BYTES];
    size_t len = sizeof sig;
    int rc = -1;

    if (judge(key, short_ok, err) != 0)
        goto out;
    ctx = EVP_PKEY_CTX_new(key, NULL);
    /* Without a digest set, the text itself goes into the block: what the Loader compares with. */
    if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_sign(ctx, sig, &len, (const unsigned char *)text, strlen(text)) != 1) {
        hf_fail(err, HF_E_CONFIG, "[jspatch] key: it cannot sign (%s)", ERR_reason_error_string(ERR_peek_last_error()));
        goto out;
    }
    hf_buf_add(out, sig, len);
    rc = hf_buf_ok(out, "the signature of a pack", err);
out:
    ERR_clear_error();
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return rc;
}
