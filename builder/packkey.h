/* packkey.h: the RSA key that signs a JSPatch pack, for the Loader's own check. It is no signature scheme of ours: devices of
 * hotfix believe the manifest. */
#ifndef HF_PACKKEY_H
#define HF_PACKKEY_H

#include "core/buf.h"

#define HF_PACKKEY_MIN_BITS 2048
#define HF_PACKKEY_MAX_BYTES 1024 /* of a signature: 8192 bits */

/* Judges a PEM key (private, or public): HF_E_CONFIG when it is not RSA, has under 2048 bits (unless short_ok), or is the one
 * whose private half JSPatch's packer.php publishes. */
int hf_packkey_judge(const void *pem, size_t n, int short_ok, struct hf_err *err);

/* Judges, and adds to out what the Loader expects in the member `key`: the raw private-key operation over text (32 characters of
 * an MD5) in a PKCS#1 v1.5 block of type 1, as long as the modulus. */
int hf_packkey_sign(struct hf_buf *out, const void *pem, size_t n, int short_ok, const char *text, struct hf_err *err);

#endif
