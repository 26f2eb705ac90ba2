/* hex.h: bytes as lower-case hex, and the two forms that names of objects are made of. */
#ifndef HF_HEX_H
#define HF_HEX_H

#include <stddef.h>
#include <stdint.h>

#define HF_MD5_HEX 32
#define HF_SHA256_HEX 64

/* Writes 2*n digits and a NUL. */
void hf_hex(char *out, const uint8_t *p, size_t n);

/* 1 when s is exactly len lower-case hex digits and then its end. */
int hf_is_hex(const char *s, size_t len);

/* Reads exactly n bytes from 2*n lower-case digits; -1 if s has another form (it may go on behind them). */
int hf_unhex(uint8_t *out, size_t n, const char *s);

#endif
