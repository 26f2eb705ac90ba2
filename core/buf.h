/* buf.h: bytes that grow, up to a limit that the owner names. */
#ifndef HF_BUF_H
#define HF_BUF_H

#include <stddef.h>
#include <string.h>

#include "core/err.h"

/* p holds n bytes and, behind them, always a NUL (p is NULL before the first byte).
 * `failed` sticks: once an addition did not fit, all later ones are ignored and hf_buf_ok() says so. */
struct hf_buf {
    char *p;
    size_t n;
    size_t cap;
    size_t max; /* the most bytes it may hold */
    int failed; /* 0, or 1: over max, 2: no memory */
};

/* An empty buffer that may hold at most max bytes. Never fails. */
void hf_buf_init(struct hf_buf *b, size_t max);

/* Frees the bytes; b is empty again, with the same max. Fine on a zeroed one. */
void hf_buf_free(struct hf_buf *b);

/* The same, and overwrites the bytes first: for secrets. */
void hf_buf_wipe(struct hf_buf *b);

/* Adds bytes, a string, formatted text. */
void hf_buf_add(struct hf_buf *b, const void *p, size_t n);
static inline void hf_buf_str(struct hf_buf *b, const char *s) /* here, so that a literal's length is known */
{
    hf_buf_add(b, s, strlen(s));
}
void hf_buf_fmt(struct hf_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* 0 if all additions fitted, else -1 with HF_E_LIMIT ("WHAT is over the limit of N bytes") or HF_E_NOMEM. */
int hf_buf_ok(const struct hf_buf *b, const char *what, struct hf_err *err);

/* Reads a descriptor to its end, at most b->max bytes: -1 and HF_E_LIMIT over it. Names `what` in errors. */
int hf_buf_read_fd(struct hf_buf *b, int fd, const char *what, struct hf_err *err);

/* Reads a regular file (not through a symbolic link in its last component when nofollow is set). */
int hf_buf_read_file(struct hf_buf *b, const char *path, int nofollow, struct hf_err *err);

#endif
