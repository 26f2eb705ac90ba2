/* keyfile.h: new keys, written to files that were not there. */
#ifndef HF_KEYFILE_H
#define HF_KEYFILE_H

#include <stddef.h>
#include <sys/types.h>

#include "core/key.h"

/* Makes an Ed25519 key: `path` (0600, PKCS#8 PEM), and its public half (0644) at the same path with ".pub.pem" for ".pem", which
 * is written to pub. Neither may exist. kid gets the thumbprint. */
int hf_keyfile_make(const char *path, char *pub, size_t pub_max, char kid[HF_KID_LEN + 1], struct hf_err *err);

/* Writes the public half of the key at `path` beside it, named as above, unless it is there already (*made is 0 then). */
int hf_keyfile_public(const char *path, char *pub, size_t pub_max, int *made, struct hf_err *err);

/* Puts bytes into a new file with this mode, by a path whose folder exists; HF_E_POLICY when the file is there already. */
int hf_keyfile_put(const char *path, const void *p, size_t n, mode_t mode, struct hf_err *err);

#endif
