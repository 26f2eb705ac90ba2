/* http.h: HTTP exchanges by libcurl: bounded, no redirects, https unless the URL says http. Only http*.c and curl_load.c know
 * curl/curl.h. The client uses it as its default transport, the S3 store for everything. */
#ifndef HF_HTTP_H
#define HF_HTTP_H

#include <stdint.h>

#include "core/buf.h"

#define HF_HTTP_MAX_HEAD (32 * 1024)

struct hf_http; /* kept connections; not shared between threads */

/* A body that is read from a descriptor while it is sent: body_n bytes from `at` on. The descriptor's own place is not used. */
struct hf_http_file {
    int fd;
    int64_t at;
    void (*sent)(void *arg, int64_t n); /* n bytes more were handed on; less than 0 when they are sent anew. NULL: not told */
    void *arg;
};

struct hf_http_ask {
    const char *method; /* GET, HEAD, POST, PUT, DELETE */
    const char *url;
    const char *const *headers; /* "Name: value", NULL at the end; or NULL */
    const void *body;           /* POST and PUT */
    size_t body_n;
    const struct hf_http_file *file; /* PUT: in place of body, or NULL */
    /* Where the reply's body goes, in order; a return that is not 0 stops the exchange with that failure. status is the reply's.
     * NULL: into hf_http_reply.body. */
    int (*sink)(void *arg, int status, const void *p, size_t n);
    void *sink_arg;
    size_t max_body;      /* over it: HF_E_LIMIT */
    long connect_seconds; /* 0: 10 */
    long stall_seconds;   /* less than 100 bytes/s for so long ends it; 0: 30 */
    long total_seconds;   /* 0: none */
};

struct hf_http_reply {
    int status;
    struct hf_buf body;
    char etag[128]; /* "" when there was none, or it was longer */
    char content_range[96];
    int64_t content_length; /* -1 when not given */
    int64_t date;           /* of the Date header, 0 when absent; date_trusted when it came over TLS */
    int date_trusted;
};

int hf_http_new(struct hf_http **out, struct hf_err *err);
void hf_http_free(struct hf_http *h);

/* 0 when a reply came, whatever its status. HF_E_AGAIN when the server could not be reached or the exchange broke off,
 * with the host in the message, never a query string. reply is freed with hf_http_reply_clear, after a failure too. */
int hf_http_do(struct hf_http *h, const struct hf_http_ask *ask, struct hf_http_reply *reply, struct hf_err *err);
void hf_http_reply_clear(struct hf_http_reply *reply);

/* One of several exchanges that run at the same time. */
struct hf_http_job {
    struct hf_http_ask ask; /* set by next(); what it points at stays until ended() */
    struct hf_http_reply reply;
    struct hf_err err; /* when rc is not 0 */
    int rc;            /* as hf_http_do's */
    size_t slot;       /* which of the places, from 0 */
};

#define HF_HTTP_MANY 8

/* Runs exchanges, `most` (at most HF_HTTP_MANY) at a time. next() fills the ask of a job and returns 1, or 0 when there is
 * nothing to begin now, or -1 to stop. ended() takes the reply, which is cleared behind it; -1 stops: what still runs is broken
 * off. 0 when next() had no more and all has ended; -1 when it was stopped (err is the callback's to set) or libcurl failed. */
int hf_http_many(struct hf_http *h, size_t most, int (*next)(void *arg, struct hf_http_job *j, struct hf_err *err),
                 int (*ended)(void *arg, struct hf_http_job *j, struct hf_err *err), void *arg, struct hf_err *err);

#endif
