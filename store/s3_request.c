/* s3_request.c: one request to a bucket: signed, asked, and asked again where that may help. See s3.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/s3.h"

#define FIRST_PAUSE 100       /* milliseconds; doubled each time */
#define MIN_TOTAL 120         /* seconds that one exchange may take in all, */
#define MIN_SPEED (16 * 1024) /* and as many more as its bytes take at so many a second */

int64_t hf_s3_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void hf_s3_sleep(int64_t ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&t, &t) != 0)
        ;
}

/* Half of it is chance, so that publishers who were refused together do not come back together. */
int64_t hf_s3_pause(int attempt)
{
    int64_t whole = (int64_t)FIRST_PAUSE << attempt;
    uint16_t r = 0;

    if (hf_random(&r, sizeof r, NULL) != 0)
        r = 0x8000;
    return whole / 2 + whole * r / 0x20000;
}

int hf_s3_again(int rc, const struct hf_http_reply *reply, enum hf_code code)
{
    struct hf_s3_error e;

    if (rc != 0)
        return code == HF_E_AGAIN || code == HF_E_LIMIT; /* a reply without end is a broken server's, as a reset is */
    if (reply->status == 429 || (reply->status >= 500 && reply->status != 501))
        return 1;
    if (reply->status != 400 && reply->status != 403 && reply->status != 408)
        return 0;
    hf_s3_error_read(&e, reply);
    return strcmp(e.code, "SlowDown") == 0 || strcmp(e.code, "RequestTimeout") == 0;
}

int hf_s3_key(const struct hf_s3 *s, char out[HF_S3_KEY_MAX], const char *key, struct hf_err *err)
{
    int n = snprintf(out, HF_S3_KEY_MAX, "%s%s", s->prefix, key);

    return n >= 0 && n < HF_S3_KEY_MAX ? 0 : hf_fail(err, HF_E_CONFIG, "the prefix in [store] url is too long for a key");
}

int hf_s3_connect(struct hf_s3 *s, struct hf_err *err)
{
    if (s->http == NULL && hf_http_new(&s->http, err) != 0)
        return -1;
    return s->credentials != NULL ? 0 : hf_credentials_new(&s->credentials, s->profile, err);
}

int hf_s3_prepare(struct hf_s3 *s, const struct hf_s3_ask *ask, struct hf_sigv4_request *r, struct hf_http_ask *out,
                  struct hf_err *err)
{
    const struct hf_sigv4_ask sign = {.method = ask->method,
                                      .key = ask->key,
                                      .query = ask->query,
                                      .query_n = ask->query_n,
                                      .headers = ask->headers,
                                      .headers_n = ask->headers_n,
                                      .payload = ask->sha256};
    const size_t bytes = ask->body_n + ask->max_body;

    s->asked = time(NULL);
    if (hf_credentials_get(s->credentials, &s->keys, s->asked, err) != 0 ||
        hf_sigv4_sign(&s->signer, r, s->keys, &s->place, &sign, s->asked, err) != 0)
        return -1;
    *out = (struct hf_http_ask){.method = ask->method,
                                .url = r->url,
                                .headers = r->headers,
                                .body = ask->body,
                                .body_n = ask->body_n,
                                .file = ask->file,
                                .want = ask->want,
                                .max_body = ask->max_body,
                                .sink = ask->sink,
                                .sink_arg = ask->sink_arg,
                                /* a sink may take hours; it is watched for standing still only */
                                .total_seconds = ask->sink != NULL ? 0 : (long)(MIN_TOTAL + bytes / MIN_SPEED)};
    return 0;
}

/* A server that was given up a moment ago: the jobs behind must not each wait as long as the first. */
static int is_away(const struct hf_s3 *s, struct hf_err *err)
{
    if (s->away == 0 || hf_s3_clock() - s->away > HF_S3_AWAY * 1000)
        return 0;
    hf_fail(err, HF_E_AGAIN, "%s", s->away_words);
    return 1;
}

int hf_s3_ready(struct hf_s3 *s, struct hf_err *err)
{
    return is_away(s, err) || hf_s3_connect(s, err) != 0 ? -1 : hf_credentials_get(s->credentials, &s->keys, time(NULL), err);
}

int hf_s3_give_up(struct hf_s3 *s, const struct hf_s3_ask *ask, const struct hf_http_reply *reply, int rc, int attempts,
                  struct hf_err *err)
{
    char where[HF_S3_KEY_MAX + 80], times[32] = "";

    hf_s3_where(where, s, ask->key);
    if (attempts > 1)
        snprintf(times, sizeof times, " (asked %d times)", attempts);
    if (rc == 0)
        hf_s3_refused(s, ask, reply, err);
    else
        hf_fail_in(err, "%.200s: no answer%s: ", where, times);
    err->code = HF_E_AGAIN;
    s->away = hf_s3_clock();
    snprintf(s->away_words, sizeof s->away_words, "%s", err->msg);
    return -1;
}

/* Credentials that ended sooner than their source said, or that were drawn back. */
int hf_s3_expired(struct hf_s3 *s, const struct hf_http_reply *reply)
{
    struct hf_s3_error e;

    if (reply->status != 400 && reply->status != 403)
        return 0;
    hf_s3_error_read(&e, reply);
    if (strcmp(e.code, "ExpiredToken") == 0 || strcmp(e.code, "InvalidToken") == 0 || strcmp(e.code, "InvalidAccessKeyId") == 0)
        hf_credentials_forget(s->credentials);
    return strcmp(e.code, "ExpiredToken") == 0;
}

int hf_s3_do(struct hf_s3 *s, const struct hf_s3_ask *ask, struct hf_http_reply *reply, struct hf_err *err)
{
    int64_t start = hf_s3_clock();
    struct hf_http_ask http;
    int rc = -1, attempt;

    memset(reply, 0, sizeof *reply);
    if (hf_s3_ready(s, err) != 0)
        return -1;
    for (attempt = 1;; attempt++) {
        *err = (struct hf_err){HF_OK, ""};
        if (hf_s3_prepare(s, ask, &s->signed_now, &http, err) != 0)
            return -1;
        rc = hf_http_do(s->http, &http, reply, err);
        if (rc == 0)
            s->date = reply->date;
        if (rc == 0 && attempt == 1 && !ask->once && hf_s3_expired(s, reply)) {
            hf_http_reply_clear(reply);
            continue;
        }
        if (ask->once || !hf_s3_again(rc, reply, err->code))
            break;
        if (attempt == HF_S3_ATTEMPTS || hf_s3_clock() - start > HF_S3_PATIENCE * 1000) {
            rc = hf_s3_give_up(s, ask, reply, rc, attempt, err);
            break;
        }
        hf_http_reply_clear(reply);
        hf_s3_sleep(hf_s3_pause(attempt - 1));
    }
    if (rc == 0)
        s->away = 0;
    else
        hf_http_reply_clear(reply);
    return rc;
}
