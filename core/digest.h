/* digest.h: MD5, SHA-256 and HMAC-SHA256, by OpenSSL. */
#ifndef HF_DIGEST_H
#define HF_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/hex.h"

/* What is said of a file: its size and both digests, in hex. */
struct hf_sums {
    uint64_t size;
    char md5[HF_MD5_HEX + 1];
    char sha256[HF_SHA256_HEX + 1];
};

/* Both digests in one pass. */
struct hf_digest;
int hf_digest_new(struct hf_digest **out, struct hf_err *err);
int hf_digest_update(struct hf_digest *d, const void *p, size_t n, struct hf_err *err);
int hf_digest_final(struct hf_digest *d, struct hf_sums *out, struct hf_err *err);
void hf_digest_free(struct hf_digest *d);

/* The sums of a descriptor from where it stands to its end. */
int hf_digest_fd(struct hf_sums *out, int fd, struct hf_err *err);

int hf_sha256(uint8_t out[32], const void *p, size_t n);

/* SHA-256 of a file from the place `at` to its end. */
int hf_sha256_fd(uint8_t out[32], int fd, size_t at, struct hf_err *err);

int hf_hmac_sha256(uint8_t out[32], const void *key, size_t key_n, const void *p, size_t n);

/* 1 when equal; takes the same time wherever they differ. */
int hf_same_bytes(const void *a, const void *b, size_t n);

/* Bytes from the system's generator. */
int hf_random(void *out, size_t n, struct hf_err *err);

#endif
