/* s3.h: the parts of the S3 store; private to s3*.c. Which requests a publish makes, and why they are safe: docs/s3.md. */
#ifndef HF_S3_H
#define HF_S3_H

#include "store/backend.h"
#include "store/credentials.h"
#include "store/http.h"

#define HF_S3_ONE_PUT_MAX ((int64_t)64 * 1024 * 1024) /* larger objects go up in parts */
#define HF_S3_PART ((int64_t)16 * 1024 * 1024)
#define HF_S3_MAX_REPLY ((size_t)64 * 1024)      /* of what is no object: errors, what an upload is called */
#define HF_S3_MAX_PAGE ((size_t)8 * 1024 * 1024) /* of a list: 1,000 keys of 1,024 bytes, escaped */
#define HF_S3_MAX_TOKEN 4096
#define HF_S3_ATTEMPTS 7            /* of one request, with pauses of 0.1 s, 0.2 s, … between */
#define HF_S3_PATIENCE 60           /* seconds after which no attempt is begun any more */
#define HF_S3_PROBE ".hotfix-probe" /* what hf_store_probe writes; no name of a key begins so */
#define HF_S3_AWAY 10               /* seconds for which a server that was away is not asked again */

/* The object of ours that a key of the store is, in its bucket. */
#define HF_S3_KEY_MAX (HF_PLACE_KEY_MAX + 1)

struct hf_s3 {
    struct hf_http *http; /* NULL until the first request */
    struct hf_place place;
    struct hf_sigv4 signer;
    struct hf_credentials *credentials; /* NULL until the first request */
    const struct hf_aws_keys *keys;     /* of the newest request; borrowed from credentials */
    struct hf_sigv4_request signed_now;
    char *prefix;      /* "" or "a/b/" */
    char *profile;     /* [store] profile, or "" */
    char *lock_path;   /* hotfix.ini: whose lock orders the publishers of one machine where the server cannot */
    int unconditional; /* the server answered 501 to a precondition */
    int bare_etag;     /* the server compares If-Match with the quotes, so they must be left out */
    int64_t asked;     /* the time that the newest request says */
    int64_t date;      /* of the server's newest answer; 0: none, or it had none */
    int64_t away;      /* monotonic milliseconds at which it was given up; 0: never */
    char away_words[HF_ERR_MAX_MESSAGE];
    hf_store_progress *progress; /* or NULL */
    void *progress_arg;
};

struct hf_s3_ask {
    const char *method;
    const char *key; /* in the bucket, with the prefix; "" for the bucket itself */
    const struct hf_sigv4_pair *query;
    size_t query_n;
    const struct hf_sigv4_pair *headers;
    size_t headers_n;
    const void *body;
    size_t body_n;
    const struct hf_http_file *file;
    const char *sha256; /* of the body, in hex; NULL: of "" */
    size_t max_body;    /* of the reply */
    const char *want;   /* as hf_http_ask's */
    int (*sink)(void *arg, int status, const void *p, size_t n);
    void *sink_arg;
    int once; /* the caller repeats by itself: any failure of the exchange, and any status, is its to judge */
};

/* s3_request.c ---------------------------------------------------------------------------------------------------------- */

/* Signs and asks, and asks again after pauses that grow where that may help: no answer, 5xx but 501, 429, SlowDown. 0 when there
 * is an answer, whatever its status; the reply is the caller's to clear then. -1: HF_E_AGAIN, or what keeps us from asking.
 * err is not NULL here and below: it is read too. */
int hf_s3_do(struct hf_s3 *s, const struct hf_s3_ask *ask, struct hf_http_reply *reply, struct hf_err *err);

/* Before requests that the caller repeats by itself: -1 when the server was given up a moment ago, or credentials lack. */
int hf_s3_ready(struct hf_s3 *s, struct hf_err *err);

/* 1 when a refusal says that the credentials have expired; others are asked for with the next request. */
int hf_s3_expired(struct hf_s3 *s, const struct hf_http_reply *reply);

/* After the last attempt: the words, HF_E_AGAIN, and the server counts as away for HF_S3_AWAY seconds. Returns -1. */
int hf_s3_give_up(struct hf_s3 *s, const struct hf_s3_ask *ask, const struct hf_http_reply *reply, int rc, int attempts,
                  struct hf_err *err);

/* Fills in what hf_http needs for an ask; *r is the caller's, to be cleared when the exchange is over. */
int hf_s3_prepare(struct hf_s3 *s, const struct hf_s3_ask *ask, struct hf_sigv4_request *r, struct hf_http_ask *out,
                  struct hf_err *err);
int hf_s3_connect(struct hf_s3 *s, struct hf_err *err); /* s->http and s->credentials are there from then on */

/* 1 when another attempt may help. rc is hf_http_do's. */
int hf_s3_again(int rc, const struct hf_http_reply *reply, enum hf_code code);
int64_t hf_s3_pause(int attempt); /* milliseconds, jittered */
void hf_s3_sleep(int64_t ms);
int64_t hf_s3_clock(void); /* monotonic milliseconds */

/* "prefix/key". -1 when that is longer than S3 takes. */
int hf_s3_key(const struct hf_s3 *s, char out[HF_S3_KEY_MAX], const char *key, struct hf_err *err);

/* s3_words.c ------------------------------------------------------------------------------------------------------------ */

struct hf_s3_error {
    char code[64];     /* "NoSuchKey", or "" */
    char message[256]; /* fit to be shown; often "" */
    char region[HF_PLACE_REGION_MAX + 1];
};

/* What the body of a refusal says; all empty when it says nothing that can be read. */
void hf_s3_error_read(struct hf_s3_error *e, const struct hf_http_reply *reply);

/* A refusal in words: what was asked of which object, what is wrong and what to do, and the server's own words. Returns -1. */
int hf_s3_refused(const struct hf_s3 *s, const struct hf_s3_ask *ask, const struct hf_http_reply *reply, struct hf_err *err);

/* "s3://bucket/key", fit to be shown. */
const char *hf_s3_where(char out[HF_S3_KEY_MAX + 80], const struct hf_s3 *s, const char *key);

/* s3.c, s3_put.c, s3_multipart.c, s3_replace.c, s3_fetch.c, s3_list.c --------------------------------------------------- */

/* What every object says of itself: its type, and how long caches may keep it, by its key. Two headers. */
#define HF_S3_LABELS 2
void hf_s3_labels(struct hf_sigv4_pair out[HF_S3_LABELS], const char *key, const char *type);
void hf_s3_md5(char out[32], const uint8_t md5[16]); /* as Content-MD5 has it */

int hf_s3_put_object(struct hf_s3 *s, const char *key, int fd, const struct hf_sums *sums, const char *type, struct hf_err *err);
int hf_s3_multipart(struct hf_s3 *s, const char *key, int fd, const struct hf_sums *sums, const char *type, struct hf_err *err);

/* A PUT of bytes with one precondition (name and value, or both NULL). 0 when there is an answer. */
int hf_s3_put_bytes(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, const char *name, const char *value,
                    int once, struct hf_http_reply *reply, struct hf_err *err);
int hf_s3_put_new(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, int *made, struct hf_err *err);
int hf_s3_replace(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, const char *etag, struct hf_err *err);
int hf_s3_get(struct hf_s3 *s, const char *key, struct hf_buf *out, char etag[HF_ETAG_MAX], struct hf_err *err);
/* A GET that is refused: the words, and -1. Without the right to list, S3 says of what is not there that it is forbidden; and a
 * right to list that holds for a prefix may not count for a GET. So the list is asked, where it may be. */
int hf_s3_denied(struct hf_s3 *s, const struct hf_s3_ask *ask, const struct hf_http_reply *reply, struct hf_err *err);
int hf_s3_fetch(struct hf_s3 *s, const char *key, int fd, int64_t max, struct hf_sums *out, struct hf_err *err);
int hf_s3_sums(struct hf_s3 *s, const char *key, struct hf_sums *out, struct hf_err *err);
int hf_s3_list(struct hf_s3 *s, const char *folder, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
               struct hf_err *err);
/* A list on its way. */
struct hf_s3_listing {
    struct hf_s3 *s;
    const char *under; /* what every key begins with */
    int (*f)(void *arg, const struct hf_store_entry *e);
    void *arg;
    char token[HF_S3_MAX_TOKEN]; /* of the next page; "" at the end */
};

/* Takes one page: calls f for its keys, and keeps the token. As hf_store_list; HF_E_AGAIN for what is no page. */
int hf_s3_list_page(struct hf_s3_listing *l, const void *p, size_t n, struct hf_err *err);

/* The same for all that begins so, "/" or not. */
int hf_s3_list_prefix(struct hf_s3 *s, const char *prefix, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
                      struct hf_err *err);
int hf_s3_probe(struct hf_s3 *s, const char *folder, struct hf_store_facts *facts, struct hf_err *err);

#endif
