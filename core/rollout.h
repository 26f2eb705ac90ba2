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

/* 1 when a client id names one device. 0 for NULL and "", and for what programs send when they have no id: an id without any
 * letter or digit but zeros (an empty UUID), and null, nil, none, undefined, unknown in any case; blanks and punctuation around
 * these words do not count. Such an id is shared by many devices: all of them would be in a partial rollout, or none. */
int hf_client_id_real(const char *client);

/* 1 when a release with this rollout and salt goes to this client. A client id that is not real: only at 10000. */
int hf_rollout_holds(int rollout, const char *salt, const char *client);

#endif
