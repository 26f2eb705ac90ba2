/* follow.h: whether a signed manifest may take the place of the one that was read before: one rule for the edge and for
 * `hotfix sync`. */
#ifndef HF_FOLLOW_H
#define HF_FOLLOW_H

#include <stdint.h>

#include "core/jws.h"

/* What is known of a manifest that was verified. */
struct hf_follow {
    int64_t serial;
    uint8_t payload[32]; /* SHA-256 of what was signed */
    unsigned verified;   /* as in struct hf_jws */
    unsigned signatures;
    char kid[HF_JWS_MAX_SIGNATURES][HF_KID_LEN + 1];
};

/* Takes down what hf_manifest_open has found out; the payload of jws is still there. */
int hf_follow_note(struct hf_follow *out, const struct hf_jws *jws, int64_t serial, struct hf_err *err);

/* 1 when a pinned key has signed both. */
int hf_follow_same_signer(const struct hf_follow *a, const struct hf_follow *b);

/* 0 when `next` may take the place of `now` (NULL: there is none): the serial only grows, and says one thing; but it belongs to
 * the key that signed it. Else HF_E_POLICY. */
int hf_follow_check(const struct hf_follow *now, const struct hf_follow *next, struct hf_err *err);

#endif
