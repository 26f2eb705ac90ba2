/* token.h: the short-lived signed link of a file store:
 * base64url(0x01 | key id | expiry u64 BE | len | app | len | object key) "."
 * base64url(HMAC-SHA256("hotfix-url\0" | those bytes)). */
#ifndef HF_TOKEN_H
#define HF_TOKEN_H

#include <stdint.h>

#include "core/err.h"
#include "core/layout.h"

#define HF_URL_KEY_MIN 32
#define HF_URL_KEY_MAX 256
#define HF_URL_MAX_KEYS 8
#define HF_URL_KEY_ID 4 /* bytes: the first of SHA-256("hotfix-url-id\0" | key) */
/* 1 + 4 + 8 + 1 + 64 + 1 + 136 = 215 bytes and 32 of MAC */
#define HF_TOKEN_MAX 352

struct hf_url_keys;

/* One key a line, 32 bytes or more; the first signs, all verify. Blank lines are skipped. Cleansed by free. */
int hf_url_keys_parse(struct hf_url_keys **out, const char *p, size_t n, const char *name, struct hf_err *err);
void hf_url_keys_free(struct hf_url_keys *k);

/* A token that is good until `expiry` (seconds since 1970). */
int hf_token_mint(char out[HF_TOKEN_MAX], const struct hf_url_keys *k, int64_t expiry, const char *app, const char *object_key,
                  struct hf_err *err);

/* The MAC first, in constant time; then the expiry (HF_E_EXPIRED "Link expired"); then the grammar of app and key.
 * Everything else is HF_E_NOTFOUND "Invalid or expired link". */
int hf_token_open(char app[HF_APP_MAX + 1], char object_key[HF_OBJECT_KEY_MAX + 1], const struct hf_url_keys *k, const char *s,
                  size_t n, int64_t now, struct hf_err *err);

#endif
