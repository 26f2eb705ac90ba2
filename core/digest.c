/* digest.c: see digest.h. MD5 is here because the devices' formats ask for it; nothing trusts it. */
#include "core/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define BLOCK ((size_t)256 * 1024) /* what is read at once: it stays in the processor's cache */

struct hf_digest {
    EVP_MD_CTX *md5;
    EVP_MD_CTX *sha256;
    uint64_t size;
};

int hf_digest_new(struct hf_digest **out, struct hf_err *err)
{
    struct hf_digest *d = calloc(1, sizeof *d);

    *out = NULL;
    if (d == NULL)
        return hf_nomem(err);
    d->md5 = EVP_MD_CTX_new();
    d->sha256 = EVP_MD_CTX_new();
    if (d->md5 == NULL || d->sha256 == NULL) {
        hf_digest_free(d);
        return hf_nomem(err);
    }
    if (EVP_DigestInit_ex(d->md5, EVP_md5(), NULL) != 1) {
        hf_digest_free(d);
        return hf_fail(err, HF_E_FAIL, "this system's OpenSSL offers no MD5 (a FIPS-only provider?); manifests need it");
    }
    if (EVP_DigestInit_ex(d->sha256, EVP_sha256(), NULL) != 1) {
        hf_digest_free(d);
        return hf_fail(err, HF_E_FAIL, "this system's OpenSSL offers no SHA-256");
    }
    *out = d;
    return 0;
}

int hf_digest_update(struct hf_digest *d, const void *p, size_t n, struct hf_err *err)
{
    if (EVP_DigestUpdate(d->md5, p, n) != 1 || EVP_DigestUpdate(d->sha256, p, n) != 1)
        return hf_fail(err, HF_E_FAIL, "cannot compute a digest");
    d->size += n;
    return 0;
}

int hf_digest_final(struct hf_digest *d, struct hf_sums *out, struct hf_err *err)
{
    uint8_t md[EVP_MAX_MD_SIZE];

    if (EVP_DigestFinal_ex(d->md5, md, NULL) != 1)
        return hf_fail(err, HF_E_FAIL, "cannot compute a digest");
    hf_hex(out->md5, md, HF_MD5_HEX / 2);
    if (EVP_DigestFinal_ex(d->sha256, md, NULL) != 1)
        return hf_fail(err, HF_E_FAIL, "cannot compute a digest");
    hf_hex(out->sha256, md, HF_SHA256_HEX / 2);
    out->size = d->size;
    return 0;
}

void hf_digest_free(struct hf_digest *d)
{
    if (d == NULL)
        return;
    EVP_MD_CTX_free(d->md5);
    EVP_MD_CTX_free(d->sha256);
    free(d);
}

int hf_digest_fd(struct hf_sums *out, int fd, struct hf_err *err)
{
    struct hf_digest *d = NULL;
    uint8_t *p = malloc(BLOCK);
    int rc = -1;
    ssize_t n;

    if (p == NULL) {
        hf_nomem(err);
        goto out;
    }
    if (hf_digest_new(&d, err) != 0)
        goto out;
    for (;;) {
        n = read(fd, p, BLOCK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            hf_fail(err, HF_E_DISK, "cannot read: %s", strerror(errno));
            goto out;
        }
        if (n == 0)
            break;
        if (hf_digest_update(d, p, (size_t)n, err) != 0)
            goto out;
    }
    rc = hf_digest_final(d, out, err);
out:
    hf_digest_free(d);
    free(p);
    return rc;
}

int hf_sha256(uint8_t out[32], const void *p, size_t n)
{
    return SHA256(p, n, out) == NULL ? -1 : 0;
}

int hf_sha256_fd(uint8_t out[32], int fd, size_t at, struct hf_err *err)
{
    EVP_MD_CTX *sha256 = EVP_MD_CTX_new();
    uint8_t *p = malloc(BLOCK);
    int rc = -1;
    ssize_t n;

    if (sha256 == NULL || p == NULL) {
        hf_nomem(err);
        goto out;
    }
    rc = EVP_DigestInit_ex(sha256, EVP_sha256(), NULL) == 1 ? 0 : -1;
    while (rc == 0 && (n = pread(fd, p, BLOCK, (off_t)at)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            rc = hf_fail(err, HF_E_DISK, "cannot read: %s", strerror(errno));
            goto out;
        }
        rc = EVP_DigestUpdate(sha256, p, (size_t)n) == 1 ? 0 : -1;
        at += (size_t)n;
    }
    if (rc != 0 || EVP_DigestFinal_ex(sha256, out, NULL) != 1)
        rc = hf_fail(err, HF_E_FAIL, "cannot compute SHA-256");
out:
    EVP_MD_CTX_free(sha256);
    free(p);
    return rc;
}

int hf_hmac_sha256(uint8_t out[32], const void *key, size_t key_n, const void *p, size_t n)
{
    unsigned len = 0;

    if (key_n > INT32_MAX || HMAC(EVP_sha256(), key, (int)key_n, p, n, out, &len) == NULL || len != 32)
        return -1;
    return 0;
}

int hf_same_bytes(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

/* The kernel's generator: OpenSSL's would be seeded from it, which takes longer than what a push to a file store does with it. */
int hf_random(void *out, size_t n, struct hf_err *err)
{
    const size_t most = 256; /* what one call gives */
    unsigned char *p = out;
    size_t part;

    for (; n > 0; n -= part, p += part) {
        part = n < most ? n : most;
        if (getentropy(p, part) != 0)
            return hf_fail(err, HF_E_FAIL, "the system's random generator gives no bytes");
    }
    return 0;
}
