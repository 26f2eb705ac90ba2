/* key.h: the public half of signing: Ed25519 keys that somebody pins. */
#ifndef HF_KEY_H
#define HF_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define HF_KID_LEN 43       /* an RFC 7638 thumbprint in base64url */
#define HF_TRUST_MAX_KEYS 8 /* keys pinned at once */
#define HF_KEY_MAX_PEM (64 * 1024)
#define HF_ED25519_LEN 32
#define HF_ED25519_SIG_LEN 64

/* The keys that a reader pins. */
struct hf_trust;

/* Reads one or more PEM public keys from text. Refused: none, more than HF_TRUST_MAX_KEYS, one twice, another type than
 * Ed25519, a private key ("this is the private key; ..."). `name` stands in errors. Freed with hf_trust_free. */
int hf_trust_parse(struct hf_trust **out, const char *pem, size_t n, const char *name, struct hf_err *err);
void hf_trust_free(struct hf_trust *t);

size_t hf_trust_count(const struct hf_trust *t);
/* The thumbprint of key i, borrowed. */
const char *hf_trust_kid(const struct hf_trust *t, size_t i);
/* The index of the key with this thumbprint, or -1. */
int hf_trust_find(const struct hf_trust *t, const char *kid);

/* 1 when sig is key i's Ed25519 signature of the n bytes. */
int hf_trust_verify(const struct hf_trust *t, size_t i, const void *p, size_t n, const uint8_t sig[HF_ED25519_SIG_LEN]);

/* The RFC 7638 thumbprint of a raw Ed25519 public key. */
int hf_key_thumbprint(char out[HF_KID_LEN + 1], const uint8_t pub[HF_ED25519_LEN]);

#endif
