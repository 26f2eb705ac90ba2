/* sign.h: the private half. Only the publisher links it. */
#ifndef HF_SIGN_H
#define HF_SIGN_H

#include "core/buf.h"
#include "core/key.h"

struct hf_signer;

/* Reads one PEM private key, Ed25519. No message ever shows a byte of it. `name` stands in errors. */
int hf_signer_parse(struct hf_signer **out, const char *pem, size_t n, const char *name, struct hf_err *err);

/* Makes a new key. */
int hf_signer_generate(struct hf_signer **out, struct hf_err *err);

/* Cleanses and frees. */
void hf_signer_free(struct hf_signer *s);

/* The thumbprint of its public key, borrowed. */
const char *hf_signer_kid(const struct hf_signer *s);

/* PEM text: PKCS#8 private (wipe the buffer after use), SPKI public. */
int hf_signer_private_pem(struct hf_buf *out, const struct hf_signer *s, struct hf_err *err);
int hf_signer_public_pem(struct hf_buf *out, const struct hf_signer *s, struct hf_err *err);

/* Ed25519 over the n bytes. */
int hf_signer_sign(const struct hf_signer *s, uint8_t sig[HF_ED25519_SIG_LEN], const void *p, size_t n, struct hf_err *err);

/* A manifest's envelope (jws.h) around the payload, signed by each of the n signers (1 to HF_JWS_MAX_SIGNATURES, no key
 * twice). */
int hf_jws_sign(struct hf_buf *out, const void *payload, size_t payload_n, struct hf_signer *const *signers, size_t n,
                struct hf_err *err);

#endif
