/* jws.h: the envelope of a manifest: JWS (RFC 7515) in JSON general serialization, EdDSA with Ed25519 (RFC 8037).
 * Bytes are verified first and parsed after; the algorithm is never chosen by the message; the kid only selects. */
#ifndef HF_JWS_H
#define HF_JWS_H

#include "core/buf.h"
#include "core/key.h"

#define HF_JWS_MAX_SIGNATURES 4
#define HF_JWS_MAX_BYTES (4u * 1024 * 1024) /* a whole envelope */
#define HF_JWS_TYP "hotfix-manifest+json"

struct hf_jws {
    struct hf_buf payload;                           /* the signed bytes, decoded */
    unsigned signatures;                             /* how many the envelope has */
    char kid[HF_JWS_MAX_SIGNATURES][HF_KID_LEN + 1]; /* whose they say they are */
    unsigned verified;                               /* bit i: signature i is by a pinned key and right */
};

/* Room for a protected header with its NUL. */
#define HF_JWS_HEADER_MAX 128

/* The protected header, byte for byte, of a signature by the key with this thumbprint. */
void hf_jws_header(char out[HF_JWS_HEADER_MAX], const char *kid);

/* Reads an envelope. HF_E_INPUT when it has not exactly the form of docs/formats.md, HF_E_SIG when no pinned key signed
 * it (out is empty then). out is freed with hf_jws_free, after a failure too. */
int hf_jws_verify(struct hf_jws *out, const void *p, size_t n, const struct hf_trust *trust, struct hf_err *err);
void hf_jws_free(struct hf_jws *j);

#endif
