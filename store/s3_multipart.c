/* s3_multipart.c: a large object in parts, several at once, read from disk as they go. A part that fails is sent again by itself;
 * an upload that fails is aborted, so that its parts are not kept, and paid for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/s3.h"
#include "store/xml.h"

#define AT_ONCE 4
#define MAX_UPLOAD_ID 1024
#define MAX_PARTS 1000
#define BLOCK ((size_t)256 * 1024)
#define MARK "x-amz-meta-hotfix-sha256" /* a multipart object's ETag says nothing of its bytes */

struct part {
    int64_t at, size;
    struct hf_sums sums;
    char etag[HF_ETAG_MAX]; /* "" until the server has it */
    int hashed, tries, on;
    int64_t not_before; /* on hf_s3_clock, after a try that failed */
};

/* A place in hf_http_many: what a request in flight points at. */
struct place {
    struct part *part;
    struct hf_sigv4_request signed_now;
    struct hf_sigv4_pair query[2], headers[1];
    struct hf_http_file file;
    char number[12], md5[32];
};

struct upload {
    struct hf_s3 *s;
    const char *key, *type;
    int fd;
    char id[MAX_UPLOAD_ID];
    struct part *parts;
    size_t count;
    struct hf_digest *whole;
    int64_t sent, size;
    struct place places[AT_ONCE];
    char *block;
};

static void sent(void *arg, int64_t n)
{
    struct upload *u = arg;

    u->sent += n;
    if (u->s->progress != NULL)
        u->s->progress(u->s->progress_arg, u->sent > u->size ? u->size : u->sent, u->size);
}

/* What is there under the key: 1 when it is these bytes, by its length and our mark. */
static int is_there(struct hf_s3 *s, const char *key, const struct hf_sums *sums, struct hf_err *err)
{
    struct hf_s3_ask ask = {.method = "HEAD", .key = key, .want = MARK, .max_body = HF_S3_MAX_REPLY};
    struct hf_http_reply reply;
    int there;

    if (hf_s3_do(s, &ask, &reply, err) != 0)
        return -1;
    there = reply.status == 200 && reply.content_length == (int64_t)sums->size && strcmp(reply.wanted, sums->sha256) == 0;
    hf_http_reply_clear(&reply);
    return there;
}

static int begin(struct upload *u, const struct hf_sums *sums, struct hf_err *err)
{
    struct hf_sigv4_pair query[] = {{"uploads", ""}}, headers[HF_S3_LABELS + 1];
    struct hf_s3_ask ask = {.method = "POST",
                            .key = u->key,
                            .query = query,
                            .query_n = 1,
                            .headers = headers,
                            .headers_n = HF_S3_LABELS + 1,
                            .max_body = HF_S3_MAX_REPLY};
    struct hf_http_reply reply;
    struct hf_xml *x = NULL;
    const char *id = NULL;
    int rc = -1;

    hf_s3_labels(headers, u->key, u->type);
    headers[HF_S3_LABELS] = (struct hf_sigv4_pair){MARK, sums->sha256};
    if (hf_s3_do(u->s, &ask, &reply, err) != 0)
        return -1;
    if (reply.status != 200)
        hf_s3_refused(u->s, &ask, &reply, err);
    else if (hf_xml_load(&x, reply.body.p, reply.body.n, "the answer to the beginning of an upload", err) != 0)
        err->code = HF_E_AGAIN;
    else if ((id = hf_xml_text(hf_xml_root(x), "UploadId")) != NULL && id[0] != '\0' && strlen(id) < sizeof u->id)
        rc = snprintf(u->id, sizeof u->id, "%s", id) > 0 ? 0 : -1;
    else
        hf_fail(err, HF_E_AGAIN, "the server began an upload and did not say what it is called");
    hf_xml_free(x);
    hf_http_reply_clear(&reply);
    return rc;
}

/* The part's digests, and those of the whole so far: parts are hashed once, in their order. */
static int hash(struct upload *u, struct part *p, struct hf_err *err)
{
    struct hf_digest *d = NULL;
    int64_t at = p->at, end = p->at + p->size;
    ssize_t n = 0;
    int rc = hf_digest_new(&d, err);

    while (rc == 0 && at < end) {
        n = pread(u->fd, u->block, end - at < (int64_t)BLOCK ? (size_t)(end - at) : BLOCK, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            rc = hf_fail(err, HF_E_FAIL, "cannot read the patch: %s", n < 0 ? strerror(errno) : "it became shorter");
        else if (hf_digest_update(d, u->block, (size_t)n, err) != 0 || hf_digest_update(u->whole, u->block, (size_t)n, err) != 0)
            rc = -1;
        at += n;
    }
    if (rc == 0)
        rc = hf_digest_final(d, &p->sums, err);
    hf_digest_free(d);
    p->hashed = rc == 0;
    return rc;
}

static int fill_part(struct upload *u, struct part *p, struct hf_http_job *j, struct hf_err *err)
{
    struct place *at = &u->places[j->slot];
    uint8_t raw[16];
    struct hf_s3_ask ask = {.method = "PUT",
                            .key = u->key,
                            .query = at->query,
                            .query_n = 2,
                            .headers = at->headers,
                            .headers_n = 1,
                            .file = &at->file,
                            .body_n = (size_t)p->size,
                            .sha256 = p->sums.sha256,
                            .max_body = HF_S3_MAX_REPLY};

    if (hf_unhex(raw, sizeof raw, p->sums.md5) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot compute a digest");
    hf_s3_md5(at->md5, raw);
    snprintf(at->number, sizeof at->number, "%d", (int)(p - u->parts) + 1);
    at->query[0] = (struct hf_sigv4_pair){"partNumber", at->number};
    at->query[1] = (struct hf_sigv4_pair){"uploadId", u->id};
    at->headers[0] = (struct hf_sigv4_pair){"content-md5", at->md5};
    at->file = (struct hf_http_file){u->fd, p->at, sent, u};
    at->part = p;
    p->on = 1;
    return hf_s3_prepare(u->s, &ask, &at->signed_now, &j->ask, err) == 0 ? 1 : -1;
}

static int next_part(void *arg, struct hf_http_job *j, struct hf_err *err)
{
    struct upload *u = arg;
    int64_t now = hf_s3_clock();
    size_t i;

    for (i = 0; i < u->count; i++) {
        struct part *p = &u->parts[i];

        if (p->etag[0] != '\0' || p->on || p->not_before > now)
            continue;
        if (!p->hashed && hash(u, p, err) != 0)
            return -1;
        return fill_part(u, p, j, err);
    }
    return 0;
}

static int part_ended(void *arg, struct hf_http_job *j, struct hf_err *err)
{
    struct upload *u = arg;
    struct part *p = u->places[j->slot].part;
    const struct hf_s3_ask asked = {.method = "PUT", .key = u->key};

    p->on = 0;
    p->tries++;
    if (j->rc == 0 && j->reply.status == 200 && j->reply.etag[0] != '\0') {
        memcpy(p->etag, j->reply.etag, sizeof p->etag);
        return 0;
    }
    sent(u, -p->size); /* about: some of it may not have gone */
    if (u->sent < 0)
        u->sent = 0;
    if (hf_s3_again(j->rc, &j->reply, j->err.code)) {
        p->not_before = hf_s3_clock() + hf_s3_pause(p->tries - 1);
        if (p->tries < HF_S3_ATTEMPTS)
            return 0;
        *err = j->err;
        return hf_s3_give_up(u->s, &asked, &j->reply, j->rc, p->tries, err);
    }
    if (j->rc != 0) {
        *err = j->err;
        return -1;
    }
    hf_s3_refused(u->s, &asked, &j->reply, err);
    if (err->code == HF_E_NOTFOUND)
        err->code = HF_E_AGAIN; /* the upload is gone: somebody aborted it */
    return -1;
}

/* Rounds, since parts that wait for their next try leave nothing to do in between. */
static int send_parts(struct upload *u, struct hf_err *err)
{
    int64_t now, soonest;
    size_t i;

    for (;;) {
        if (hf_http_many(u->s->http, AT_ONCE, next_part, part_ended, u, err) != 0)
            return -1;
        soonest = INT64_MAX;
        for (i = 0; i < u->count; i++) {
            if (u->parts[i].etag[0] == '\0' && u->parts[i].not_before < soonest)
                soonest = u->parts[i].not_before;
        }
        if (soonest == INT64_MAX)
            return 0;
        now = hf_s3_clock();
        if (soonest > now)
            hf_s3_sleep(soonest - now);
    }
}

/* All the parts together must be what was to be published, before anything is made of them. */
static int same_bytes(struct upload *u, const struct hf_sums *sums, struct hf_err *err)
{
    struct hf_sums got;

    if (hf_digest_final(u->whole, &got, err) != 0)
        return -1;
    if (got.size != sums->size || strcmp(got.sha256, sums->sha256) != 0)
        return hf_fail(err, HF_E_SIG, "the patch changed while it was being published; nothing was published");
    return 0;
}

/* The list of parts. ETags are the server's own words: what is not plain ends it, before it is put into a document. */
static int list_parts(struct hf_buf *body, const struct upload *u, struct hf_err *err)
{
    size_t i;

    hf_buf_str(body, "<CompleteMultipartUpload>");
    for (i = 0; i < u->count; i++) {
        if (strpbrk(u->parts[i].etag, "<>&") != NULL)
            return hf_fail(err, HF_E_AGAIN, "the server gave a part a name that cannot be used");
        hf_buf_fmt(body, "<Part><PartNumber>%zu</PartNumber><ETag>%s</ETag></Part>", i + 1, u->parts[i].etag);
    }
    hf_buf_str(body, "</CompleteMultipartUpload>");
    return hf_buf_ok(body, "the list of parts", err);
}

/* 200 is said before the work is done, and an error may come behind it. */
static int judge_complete(const struct upload *u, const struct hf_s3_ask *ask, struct hf_http_reply *reply, struct hf_err *err)
{
    struct hf_s3_error e;

    hf_s3_error_read(&e, reply);
    if (reply->status == 200 && e.code[0] == '\0')
        return 0;
    if (reply->status == 200)
        return hf_fail(err, HF_E_AGAIN, "s3://%s/%.200s could not be put together from its parts: %s %.200s", u->s->place.bucket,
                       u->key, e.code, e.message);
    hf_s3_refused(u->s, ask, reply, err);
    if (err->code == HF_E_NOTFOUND)
        err->code = HF_E_AGAIN;
    return -1;
}

static int complete(struct upload *u, const struct hf_sums *sums, struct hf_err *err)
{
    struct hf_sigv4_pair query[] = {{"uploadId", u->id}};
    char sha256[HF_SHA256_HEX + 1];
    struct hf_http_reply reply;
    struct hf_err why = {HF_OK, ""};
    struct hf_buf body;
    uint8_t md[32];
    int rc = -1;
    struct hf_s3_ask ask = {.method = "POST",
                            .key = u->key,
                            .query = query,
                            .query_n = 1,
                            .sha256 = sha256,
                            .max_body = HF_S3_MAX_REPLY};

    hf_buf_init(&body, (size_t)MAX_PARTS * (HF_ETAG_MAX + 64) + 64);
    if (list_parts(&body, u, err) != 0)
        goto out;
    if (hf_sha256(md, body.p, body.n) != 0) {
        hf_fail(err, HF_E_FAIL, "cannot compute a digest");
        goto out;
    }
    hf_hex(sha256, md, sizeof md);
    ask.body = body.p;
    ask.body_n = body.n;
    if (hf_s3_do(u->s, &ask, &reply, err) == 0) {
        rc = judge_complete(u, &ask, &reply, err);
        hf_http_reply_clear(&reply);
    }
    /* Done at the first asking, whose answer did not come: then the upload is gone, and the object is there. */
    if (rc != 0 && is_there(u->s, u->key, sums, &why) == 1)
        rc = 0;
out:
    hf_buf_free(&body);
    return rc;
}

static void abort_upload(struct upload *u)
{
    struct hf_sigv4_pair query[] = {{"uploadId", u->id}};
    struct hf_s3_ask ask = {
        .method = "DELETE", .key = u->key, .query = query, .query_n = 1, .max_body = HF_S3_MAX_REPLY};
    struct hf_http_reply reply;
    struct hf_err why = {HF_OK, ""};

    if (u->id[0] != '\0' && hf_s3_do(u->s, &ask, &reply, &why) == 0)
        hf_http_reply_clear(&reply);
}

static int cut(struct upload *u, const struct hf_sums *sums, struct hf_err *err)
{
    int64_t part = HF_S3_PART, size = (int64_t)sums->size;
    size_t i;

    while (size / part >= MAX_PARTS)
        part *= 2;
    u->count = (size_t)((size + part - 1) / part);
    u->size = size;
    u->parts = calloc(u->count, sizeof *u->parts);
    u->block = malloc(BLOCK);
    if (u->parts == NULL || u->block == NULL)
        return hf_nomem(err);
    for (i = 0; i < u->count; i++) {
        u->parts[i].at = (int64_t)i * part;
        u->parts[i].size = i + 1 < u->count ? part : size - u->parts[i].at;
    }
    return hf_digest_new(&u->whole, err);
}

int hf_s3_multipart(struct hf_s3 *s, const char *key, int fd, const struct hf_sums *sums, const char *type, struct hf_err *err)
{
    struct upload u = {.s = s, .key = key, .type = type, .fd = fd};
    int rc = is_there(s, key, sums, err);
    size_t i;

    if (rc != 0)
        return rc == 1 ? 0 : -1;
    rc = -1;
    if (cut(&u, sums, err) == 0 && begin(&u, sums, err) == 0) {
        if (send_parts(&u, err) == 0 && same_bytes(&u, sums, err) == 0)
            rc = complete(&u, sums, err);
        if (rc != 0)
            abort_upload(&u);
    }
    for (i = 0; i < AT_ONCE; i++)
        hf_sigv4_request_clear(&u.places[i].signed_now);
    hf_digest_free(u.whole);
    free(u.parts);
    free(u.block);
    return rc;
}
