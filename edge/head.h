/* head.h: the head of an HTTP/1 request, judged strictly before the server's own parser sees a byte of it (RFC 9110, 9112).
 * What comes out is a shorter head with only the fields that the edge uses, each once and in one plain form, so that no two
 * readers can disagree about where a request ends. Pure: bytes in, a verdict out. */
#ifndef HF_HEAD_H
#define HF_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "edge/proxy.h"

#define HF_HEAD_MAX_BYTES 8192  /* a head, with what arrives together with it */
#define HF_HEAD_MAX_FIELDS 64   /* far more than proxies and CDNs add */
#define HF_HEAD_MAX_TARGET 1990 /* bytes of the request target; kore takes less than 1,999 */
#define HF_HEAD_MAX_HOST 250    /* kore takes less than 254 */
#define HF_HEAD_MAX_BODY 4096

enum hf_verdict {
    HF_HEAD_MORE, /* no blank line yet */
    HF_HEAD_GOOD,
    HF_HEAD_BAD /* answer `status` with `why`, and close */
};

struct hf_head {
    int status;                           /* for HF_HEAD_BAD: 400, 411, 413, 414, 417, 431, 501, 505 */
    const char *why;                      /* for HF_HEAD_BAD: words, static storage */
    size_t body;                          /* for HF_HEAD_GOOD: the announced length of the body */
    int expects_100;                      /* the client waits for "100 Continue" before it sends the body */
    char forwarded[HF_FORWARDED_MAX + 1]; /* the end of X-Forwarded-For, several joined by commas; "": none */
    size_t forwarded_n;
};

/* Looks at p[*seen..n), bytes of one request as they arrive, and moves *seen on, so that each byte is looked at once.
 * HF_HEAD_GOOD: the head ends, with its blank line, at *seen. A bare LF or CR, NUL or another control byte is bad at once;
 * n == HF_HEAD_MAX_BYTES without a blank line is bad too. */
enum hf_verdict hf_head_scan(struct hf_head *out, const char *p, size_t n, size_t *seen);

/* Judges p[0..*n): a head that hf_head_scan found to end at `end`, and the bytes of the body behind it. When it is good, p
 * holds the rewritten head with the same bytes behind it, and *n is the new, never larger, length. */
enum hf_verdict hf_head_judge(struct hf_head *out, char *p, size_t *n, size_t end);

#endif
