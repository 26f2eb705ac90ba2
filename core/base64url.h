/* base64url.h: RFC 4648 section 5 without padding, strictly: no other character, no trailing bits. */
#ifndef HF_BASE64URL_H
#define HF_BASE64URL_H

#include <stddef.h>

/* The characters that n bytes become. */
#define HF_BASE64URL_LEN(n) (((n)*4 + 2) / 3)

/* Writes HF_BASE64URL_LEN(n) characters and a NUL. Returns how many characters. */
size_t hf_base64url(char *out, const void *p, size_t n);

/* Decodes s[0..n) into out, which holds max bytes. Returns how many bytes, or -1 when s is not the one right
 * encoding of any bytes, or does not fit. */
long hf_unbase64url(void *out, size_t max, const char *s, size_t n);

#endif
