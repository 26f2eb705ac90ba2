/* http.h: one HTTP exchange by libcurl: bounded, no redirects, https unless the URL says http. http.c is the one file that
 * includes curl/curl.h. The client uses it as its default transport; the S3 store will. */
#ifndef HF_HTTP_H
#define HF_HTTP_H

#include <stdint.h>

#include "core/buf.h"

#define HF_HTTP_MAX_HEAD (32 * 1024)

struct hf_http; /* a kept connection; not shared between threads */

struct hf_http_ask {
    const char *method; /* GET, HEAD, POST, PUT, DELETE */
    const char *url;
    const char *const *headers; /* "Name: value", NULL at the end; or NULL */
    const void *body;           /* POST and PUT */
    size_t body_n;
    /* Where the reply's body goes, in order; a return that is not 0 stops the exchange with that failure. status is the reply's.
     * NULL: into hf_http_reply.body. */
    int (*sink)(void *arg, int status, const void *p, size_t n);
    void *sink_arg;
    size_t max_body;      /* over it: HF_E_LIMIT */
    long connect_seconds; /* 0: 10 */
    long stall_seconds;   /* less than 100 bytes/s for so long ends it; 0: 30 */
    long total_seconds;   /* 0: none */
    int direct;           /* by no proxy: for hosts that are this machine's own */
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

#endif
