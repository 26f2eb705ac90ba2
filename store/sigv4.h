/* sigv4.h: AWS Signature Version 4 by the rules of S3 (keys encoded once and never normalised), in headers or in a link.
 * Pure: no clock, no network, no environment. After the first calls nothing is allocated, and while the day's key is kept a
 * signature costs one SHA-256 and one HMAC. */
#ifndef HF_SIGV4_H
#define HF_SIGV4_H

#include <stdint.h>

#include "store/place.h"

#define HF_AWS_ID_MAX 128
#define HF_AWS_SECRET_MAX 256
#define HF_AWS_TOKEN_MAX 8192 /* S3 takes no more than that in all headers together */

#define HF_SIGV4_MAX_QUERY 24   /* parameters of a request, besides our own */
#define HF_SIGV4_MAX_HEADERS 24 /* headers of a request, besides our own */
#define HF_SIGV4_MAX_TTL 604800 /* seconds: what S3 takes */
#define HF_SIGV4_LEAD 30        /* seconds that a link is dated back, for clocks that are behind ours */
#define HF_SIGV4_MAX_TEXT (128 * 1024)

#define HF_SIGV4_UNSIGNED "UNSIGNED-PAYLOAD"
#define HF_SIGV4_S3 "s3" /* the service, in what is signed */

/* Credentials. Cleansed by their owner (explicit_bzero). */
struct hf_aws_keys {
    char id[HF_AWS_ID_MAX + 1];
    char secret[HF_AWS_SECRET_MAX + 1];
    char token[HF_AWS_TOKEN_MAX + 1]; /* "": none */
    int64_t expires;                  /* seconds since 1970; 0: never */
};

/* Checks and copies; token may be NULL. HF_E_INPUT; a message never shows any of it. */
int hf_aws_keys_set(struct hf_aws_keys *out, const char *id, const char *secret, const char *token, int64_t expires,
                    struct hf_err *err);

struct hf_sigv4_pair {
    const char *name, *value; /* as they are, not encoded; a value of NULL is an empty one */
};

enum {
    HF_SIGV4_TOKEN_UNSIGNED = 1, /* the session token is sent, not signed (other services than S3) */
    HF_SIGV4_PLAIN = 2,          /* no x-amz-content-sha256 of our own, and a link is not dated back (other services) */
};

struct hf_sigv4_ask {
    const char *method;                /* "GET" */
    const char *key;                   /* of the object, not encoded; "" for the bucket itself */
    const struct hf_sigv4_pair *query; /* in any order */
    size_t query_n;
    const struct hf_sigv4_pair *headers; /* all that are sent besides Host and what curl adds itself; all are signed */
    size_t headers_n;
    const char *payload; /* SHA-256 of the body in hex, or HF_SIGV4_UNSIGNED; NULL: the latter in a link, of "" in headers */
    const char *service; /* NULL: "s3" */
    unsigned flags;
};

/* The signer: the day's key, and room to work in. One for each thread; initialise, use, clear. */
struct hf_sigv4 {
    char date[9], stamp[17]; /* of `second` */
    int64_t second;
    int ready; /* key is of these: */
    char key_date[9], region[HF_PLACE_REGION_MAX + 1], service[32], secret[HF_AWS_SECRET_MAX + 1];
    uint8_t key[32];
    struct hf_buf pieces, canonical, names, url;
    char to_sign[256]; /* the last string to sign; canonical has the last canonical request */
    char signature[65];
};

void hf_sigv4_init(struct hf_sigv4 *s);
void hf_sigv4_clear(struct hf_sigv4 *s); /* cleanses */

/* A day's key: HMAC by HMAC from the secret, for one day (UTC, "20261122") and one region of S3. Who holds it can sign what is
 * dated that day, and does not know the secret. */
#define HF_SIGV4_DAY 8
#define HF_SIGV4_DAY_KEY 32
void hf_sigv4_day(char out[HF_SIGV4_DAY + 1], int64_t t);
int hf_sigv4_day_key(uint8_t out[HF_SIGV4_DAY_KEY], const struct hf_aws_keys *keys, const char *region, const char *day,
                     struct hf_err *err);

/* Gives a signer the key of one day in place of a secret: keys->secret is "" in what it signs then, and what belongs to another
 * day or region is HF_E_EXPIRED. */
void hf_sigv4_take_day_key(struct hf_sigv4 *s, const char *region, const char *day, const uint8_t key[HF_SIGV4_DAY_KEY]);

/* What is to be sent, exactly so. */
struct hf_sigv4_request {
    const char *url;
    const char *headers[HF_SIGV4_MAX_HEADERS + 5]; /* "Name: value", NULL at the end: the caller's and ours, without Host */
    struct hf_buf text;                            /* what they point into */
};

/* Signs a request in its headers. out is freed with hf_sigv4_request_clear, after a failure too; it may be zeroed or a former
 * one. HF_E_INPUT for what cannot be signed, HF_E_LIMIT. */
int hf_sigv4_sign(struct hf_sigv4 *s, struct hf_sigv4_request *out, const struct hf_aws_keys *keys, const struct hf_place *place,
                  const struct hf_sigv4_ask *ask, int64_t now, struct hf_err *err);
void hf_sigv4_request_clear(struct hf_sigv4_request *r);

/* Makes a link that is good for ttl seconds from now (1 to HF_SIGV4_MAX_TTL, else HF_E_INPUT), or for as long as the keys are, if
 * that is shorter; HF_E_EXPIRED when they are good no longer. *url is borrowed until the next call, and is a secret: never in a
 * log. good_until may be NULL. Headers of the ask must be sent as they are by whoever uses the link. */
int hf_sigv4_presign(struct hf_sigv4 *s, const char **url, int64_t *good_until, const struct hf_aws_keys *keys,
                     const struct hf_place *place, const struct hf_sigv4_ask *ask, int64_t ttl, int64_t now, struct hf_err *err);

#endif
