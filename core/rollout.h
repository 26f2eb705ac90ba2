/* rollout.h: how many of 10,000 devices get a release, and whether this one does. */
#ifndef HF_ROLLOUT_H
#define HF_ROLLOUT_H

#include "core/err.h"

#define HF_ROLLOUT_ALL 10000
#define HF_CLIENT_ID_MAX 128 /* bytes, UTF-8 */
#define HF_SALT_HEX_MAX 32   /* hex digits of a salt, 2 to 32 */

/* "25%", "0.5%", "12.34%" → 2500, 50, 1234. From 0% to 100%, at most two decimals. A bare number is refused with the
 * right form. */
int hf_percent_parse(int *out, const char *s, struct hf_err *err);

/* 2500 → "25%", 50 → "0.5%". Writes at most 8 bytes with the NUL. */
void hf_percent_format(char out[8], int rollout);

/* The first 8 bytes, big-endian, of SHA-256(salt ":" client), mod 10000. -1 if the digest cannot be made. */
int hf_rollout_bucket(const char *salt, const char *client);

/* 1 when a release with this rollout and salt goes to this client. client NULL or "": only at 10000. */
int hf_rollout_holds(int rollout, const char *salt, const char *client);

#endif
