/* reply.h: an answer, and the head that it gets on the wire. Pure. */
#ifndef HF_REPLY_H
#define HF_REPLY_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/name.h"

#define HF_REPLY_MAX_HEAD 6144 /* with a Location of HF_URL_MAX */
#define HF_URL_MAX 4096        /* a link to a bucket carries a session token */
#define HF_ETAG_TEXT_MAX 144   /* two sha256 in hex, a dash, the quotes */
#define HF_HTTP_DATE_LEN 29

/* Bytes that several sends may share. Never changed after they were made. */
struct hf_blob {
    size_t refs;
    size_t n;
    char bytes[];
};

struct hf_reply {
    int status;
    const char *type;                /* Content-Type, or NULL when there is no body */
    const char *cache;               /* Cache-Control, or NULL */
    const char *allow;               /* Allow, or NULL */
    const char *location;            /* Location, or NULL; borrowed like body */
    int retry_after;                 /* Retry-After in seconds, or 0 */
    int ranges;                      /* Accept-Ranges: bytes */
    int no_body;                     /* 304: neither a body nor Content-Length */
    char etag[HF_ETAG_TEXT_MAX];     /* with its quotes, or "" */
    char name[HF_FILE_NAME_MAX + 8]; /* for Content-Disposition, or "" */
    char content_range[64];          /* or "" */
    /* The body is one of these three. */
    const char *body; /* borrowed, good until the next reply */
    size_t body_n;
    struct hf_blob *blob; /* one reference that the sender drops */
    int fd;               /* `len` bytes of a file from `off`; the sender closes it. -1: none */
    uint64_t off, len;
};

/* An empty reply with this status. */
void hf_reply_init(struct hf_reply *r, int status);

/* How many bytes its body has. */
uint64_t hf_reply_length(const struct hf_reply *r);

/* Gives back the blob and the file of a reply that is not sent. */
void hf_reply_drop(struct hf_reply *r);

/* Writes status line and fields, with the blank line. date: HF_HTTP_DATE_LEN characters. close: the connection ends with this
 * answer. Returns how many bytes. */
size_t hf_reply_head(char out[HF_REPLY_MAX_HEAD], const struct hf_reply *r, const char *date, int close);

/* An answer {"error":"why"} whose text goes into buf (why has no character that JSON escapes). */
void hf_reply_error(struct hf_reply *r, int status, const char *why, char *buf, size_t max);

/* A number in decimal, somewhere in out; some pages do this often, and printf's ways are long. */
#define HF_DIGITS 21
const char *hf_digits(char out[HF_DIGITS], uint64_t value);

/* IMF-fixdate (RFC 9110 section 5.6.7), in GMT. */
void hf_http_date(char out[HF_HTTP_DATE_LEN + 1], time_t t);

/* One more reference; one less. NULL is fine for drop. */
struct hf_blob *hf_blob_take(struct hf_blob *b);
void hf_blob_drop(struct hf_blob *b);

#endif
