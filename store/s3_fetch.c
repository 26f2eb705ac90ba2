/* s3_fetch.c: a long download, into a descriptor or only into digests. It resumes where it broke off, as long as the object is
 * still the same version (ETag), and otherwise starts over: the bytes of two versions are never mixed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/s3.h"

#define PROGRESS ((int64_t)64 * 1024) /* new bytes after which the attempts are counted from zero */

struct fetch {
    struct hf_s3 *s;
    const char *key; /* in the bucket */
    int fd;          /* -1: only the digests are wanted */
    int64_t max;
    struct hf_digest *digest;   /* of the first `have` bytes */
    struct hf_buf words;        /* of a refusal */
    struct hf_http_reply reply; /* of the attempt */
    char etag[HF_ETAG_MAX];     /* of the version that is copied; "" when there is none to compare */
    int64_t have, size;         /* of it; size is -1 until a reply has named it */
    int judged;                 /* the head of this attempt's reply was looked at */
    int replaced;               /* times that the server had another version */
    int renewed;                /* credentials that had expired were asked for anew */
    struct hf_err err;          /* why this attempt stopped, when it was our decision */
};

enum outcome {
    DONE,
    STOP,    /* another attempt does not help */
    BROKEN,  /* no answer, or not all of it */
    REFUSED, /* the server cannot answer now; f->reply has its words */
    ODD      /* another version, or a reply that does not fit */
};

static int start_over(struct fetch *f)
{
    hf_digest_free(f->digest);
    f->digest = NULL;
    f->have = 0;
    f->size = -1;
    f->etag[0] = '\0';
    if (f->fd >= 0 && ftruncate(f->fd, 0) != 0)
        return hf_fail(&f->err, HF_E_FAIL, "cannot empty the file that an object is fetched into");
    return hf_digest_new(&f->digest, &f->err);
}

/* 1 when the reply to a Range is the rest of the version that we have the beginning of. */
static int is_the_rest(const struct fetch *f)
{
    const struct hf_http_reply *r = &f->reply;
    char want[sizeof r->content_range];

    snprintf(want, sizeof want, "bytes %" PRId64 "-%" PRId64 "/%" PRId64, f->have, f->size - 1, f->size);
    return f->have > 0 && f->etag[0] != '\0' && strcmp(r->etag, f->etag) == 0 && strcmp(r->content_range, want) == 0;
}

/* The head of a reply that brings bytes. -1 with f->err when none of them may be taken. */
static int judge_head(struct fetch *f, int status)
{
    const struct hf_http_reply *r = &f->reply;

    f->judged = 1;
    if (status == 206 && is_the_rest(f))
        return 0;
    if (start_over(f) != 0)
        return -1;
    if (status == 206)
        return hf_fail(&f->err, HF_E_RACE, "the server sent a part of %.300s that does not continue what came before", f->key);
    if (r->content_length < 0)
        return hf_fail(&f->err, HF_E_RACE, "the server does not say how long %.300s is", f->key);
    if (r->content_length > f->max)
        return hf_fetch_too_large(f->key, r->content_length, f->max, &f->err);
    f->size = r->content_length;
    if (strncmp(r->etag, "W/", 2) != 0) /* a weak one does not promise the same bytes */
        snprintf(f->etag, sizeof f->etag, "%s", r->etag);
    return 0;
}

static int take(void *arg, int status, const void *p, size_t n)
{
    struct fetch *f = arg;

    if (status != 200 && status != 206) {
        hf_buf_add(&f->words, p, n);
        return f->words.failed ? HF_E_LIMIT : 0;
    }
    if (!f->judged && judge_head(f, status) != 0)
        return (int)f->err.code;
    if ((int64_t)n > f->size - f->have) {
        if (start_over(f) == 0)
            hf_fail(&f->err, HF_E_RACE, "the server sent more bytes of %.300s than it announced", f->key);
        return (int)f->err.code;
    }
    if (hf_digest_update(f->digest, p, n, &f->err) != 0 ||
        (f->fd >= 0 && hf_fetch_write(f->fd, p, n, f->have, &f->err) != 0))
        return (int)f->err.code;
    f->have += (int64_t)n;
    if (f->s->progress != NULL)
        f->s->progress(f->s->progress_arg, f->have, f->size);
    return 0;
}

/* A reply that brings no bytes of the object. */
static enum outcome refused(struct fetch *f, const struct hf_s3_ask *ask, struct hf_err *err)
{
    int status = f->reply.status;

    if ((status == 412 || status == 416) && f->have > 0) {
        /* 412 also from a server that compares the quotes of an ETag. */
        f->replaced += status == 412;
        if (start_over(f) != 0) {
            *err = f->err;
            return STOP;
        }
        hf_fail(err, HF_E_AGAIN, "the server has no bytes of it from there on");
        return ODD;
    }
    if (!f->renewed && hf_s3_expired(f->s, &f->reply)) {
        f->renewed = 1;
        hf_s3_refused(f->s, ask, &f->reply, err);
        return ODD;
    }
    if (hf_s3_again(0, &f->reply, HF_OK))
        return REFUSED;
    hf_s3_denied(f->s, ask, &f->reply, err);
    return STOP;
}

/* One request, for what lacks. */
static enum outcome attempt(struct fetch *f, struct hf_err *err)
{
    char range[64];
    struct hf_sigv4_pair headers[] = {{"if-match", f->etag}, {"range", range}};
    struct hf_s3_ask ask = {.method = "GET",
                            .key = f->key,
                            .headers = headers,
                            .headers_n = f->have > 0 && f->etag[0] != '\0' ? 2 : 0,
                            .max_body = SIZE_MAX / 2,
                            .sink = take,
                            .sink_arg = f,
                            .once = 1};
    int rc;

    snprintf(range, sizeof range, "bytes=%" PRId64 "-", f->have);
    hf_buf_free(&f->words);
    f->judged = 0;
    f->err = (struct hf_err){HF_OK, ""};
    rc = hf_s3_do(f->s, &ask, &f->reply, err);
    hf_http_reply_clear(&f->reply);
    f->reply.body = f->words; /* lent, for who reads the refusal */
    if (rc == 0 && (f->reply.status == 200 || f->reply.status == 206) && !f->judged)
        rc = judge_head(f, f->reply.status); /* it has no bytes */
    if (f->err.code != HF_OK) {
        *err = f->err;
        if (err->code != HF_E_RACE)
            return STOP;
        err->code = HF_E_AGAIN;
        return ODD;
    }
    if (rc != 0)
        return err->code == HF_E_AGAIN || err->code == HF_E_LIMIT ? BROKEN : STOP;
    if (f->reply.status != 200 && f->reply.status != 206)
        return refused(f, &ask, err);
    if (f->have == f->size)
        return DONE;
    hf_fail(err, HF_E_AGAIN, "the reply ended early");
    return BROKEN;
}

static int give_up(struct fetch *f, enum outcome o, int tries, struct hf_err *err)
{
    const struct hf_s3_ask ask = {.method = "GET", .key = f->key};
    char where[HF_S3_KEY_MAX + 80];

    if (o == REFUSED || (o == BROKEN && f->size < 0))
        return hf_s3_give_up(f->s, &ask, &f->reply, o == BROKEN ? -1 : 0, tries, err);
    err->code = HF_E_AGAIN;
    hf_s3_where(where, f->s, f->key);
    if (f->replaced > 0)
        return hf_fail(err, HF_E_AGAIN, "%.200s was replaced again and again while it was being fetched (asked %d times)", where,
                       tries);
    if (o == BROKEN)
        return hf_fail_in(err, "%.200s: the download broke off at %" PRId64 " of %" PRId64 " bytes (asked %d times): ", where,
                          f->have, f->size, tries);
    return hf_fail_in(err, "%.200s (asked %d times): ", where, tries);
}

static int pull(struct fetch *f, struct hf_err *err)
{
    int64_t most = 0, start = hf_s3_clock();
    enum outcome o;
    int tries = 0;

    for (;;) {
        *err = (struct hf_err){HF_OK, ""};
        o = attempt(f, err);
        if (o == DONE || o == STOP)
            return o == DONE ? 0 : -1;
        if (f->have >= most + PROGRESS) {
            most = f->have;
            tries = 0;
            start = hf_s3_clock();
        }
        tries++;
        if (tries == HF_S3_ATTEMPTS || hf_s3_clock() - start > HF_S3_PATIENCE * 1000)
            return give_up(f, o, tries, err);
        hf_s3_sleep(hf_s3_pause(tries - 1));
    }
}

int hf_s3_fetch(struct hf_s3 *s, const char *key, int fd, int64_t max, struct hf_sums *out, struct hf_err *err)
{
    struct fetch f = {.s = s, .key = key, .fd = fd, .max = max, .size = -1};
    int rc;

    if (hf_s3_ready(s, err) != 0)
        return -1;
    hf_buf_init(&f.words, HF_S3_MAX_REPLY);
    rc = pull(&f, err);
    if (rc == 0)
        rc = hf_digest_final(f.digest, out, err);
    hf_digest_free(f.digest);
    hf_buf_free(&f.words);
    return rc;
}

int hf_s3_sums(struct hf_s3 *s, const char *key, struct hf_sums *out, struct hf_err *err)
{
    return hf_s3_fetch(s, key, -1, INT64_MAX, out, err);
}
