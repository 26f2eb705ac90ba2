/* s3.c: a store that is a bucket of any S3-compatible server; what each key of the store is there, and how it is read. */
#include "store/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void s3_close(void *self)
{
    struct hf_s3 *s = self;

    hf_http_free(s->http);
    hf_sigv4_request_clear(&s->signed_now);
    hf_sigv4_clear(&s->signer);
    hf_credentials_free(s->credentials);
    free(s->prefix);
    free(s->lock_path);
    free(s->profile);
    free(s);
}

int hf_s3_store_open(void **self, const struct hf_config *c, struct hf_err *err)
{
    struct hf_s3 *s = calloc(1, sizeof *s);
    struct hf_aws_settings set;
    char bucket[HF_PLACE_BUCKET_MAX + 1], prefix[HF_PLACE_KEY_MAX + 1];

    if (s == NULL)
        return hf_nomem(err);
    hf_sigv4_init(&s->signer);
    if (hf_place_bucket(bucket, prefix, c->store.url, err) != 0)
        goto bad;
    s->prefix = strdup(prefix);
    s->lock_path = strdup(c->path != NULL ? c->path : "");
    s->profile = strdup(c->store.profile != NULL ? c->store.profile : "");
    if (s->prefix == NULL || s->lock_path == NULL || s->profile == NULL) {
        hf_nomem(err);
        goto bad;
    }
    if (hf_aws_settings(&set, c->store.region, c->store.endpoint, c->store.profile, err) != 0 ||
        hf_place_set(&s->place, set.endpoint, set.region, bucket, c->store.path_style, err) != 0)
        goto bad;
    *self = s;
    return 0;
bad:
    s3_close(s);
    return -1;
}

struct sought {
    const char *name;
    int there;
};

static int see(void *arg, const struct hf_store_entry *e)
{
    struct sought *k = arg;

    k->there = strcmp(e->key, k->name) == 0;
    return 1; /* a name comes before all that begin with it */
}

int hf_s3_denied(struct hf_s3 *s, const struct hf_s3_ask *ask, const struct hf_http_reply *reply, struct hf_err *err)
{
    struct sought k = {ask->key + strlen(s->prefix), 0};
    struct hf_err why = {HF_OK, ""};
    struct hf_s3_error e;

    hf_s3_error_read(&e, reply);
    if (reply->status == 403 && strcmp(e.code, "AccessDenied") == 0 && hf_s3_list_prefix(s, ask->key, see, &k, &why) >= 0 &&
        !k.there)
        return hf_fail(err, HF_E_NOTFOUND, "s3://%s/%.300s is not there", s->place.bucket, ask->key);
    return hf_s3_refused(s, ask, reply, err);
}

int hf_s3_get(struct hf_s3 *s, const char *key, struct hf_buf *out, char etag[HF_ETAG_MAX], struct hf_err *err)
{
    struct hf_s3_ask ask = {.method = "GET", .key = key, .max_body = out->max > HF_S3_MAX_REPLY ? out->max : HF_S3_MAX_REPLY};
    struct hf_http_reply reply;
    int rc = -1;

    if (hf_s3_do(s, &ask, &reply, err) != 0)
        return -1;
    if (reply.status != 200) {
        hf_s3_denied(s, &ask, &reply, err);
    } else if (etag != NULL && reply.etag[0] == '\0') {
        hf_fail(err, HF_E_AGAIN, "the server sent no ETag with %.300s; without one, publishers cannot be kept apart", key);
    } else {
        out->n = 0;
        hf_buf_add(out, reply.body.p, reply.body.n);
        rc = hf_buf_ok(out, key, err);
        if (rc != 0)
            err->code = HF_E_AGAIN; /* the store's fault, not of what was pushed */
        if (etag != NULL)
            snprintf(etag, HF_ETAG_MAX, "%s", reply.etag);
    }
    hf_http_reply_clear(&reply);
    return rc;
}

/* A HEAD that is refused has no words: the same question as a GET of one byte has them. */
static int head_refused(struct hf_s3 *s, const char *key, struct hf_err *err)
{
    const struct hf_sigv4_pair range[] = {{"range", "bytes=0-0"}};
    struct hf_s3_ask ask = {.method = "GET", .key = key, .headers = range, .headers_n = 1, .max_body = HF_S3_MAX_REPLY};
    struct hf_http_reply reply;

    if (hf_s3_do(s, &ask, &reply, err) != 0)
        return -1;
    if (reply.status < 300)
        hf_fail(err, HF_E_AGAIN, "the server gives %.300s and refuses to say how long it is", key);
    else
        hf_s3_denied(s, &ask, &reply, err);
    hf_http_reply_clear(&reply);
    return -1;
}

static int size_of(struct hf_s3 *s, const char *key, int64_t *size, struct hf_err *err)
{
    struct hf_s3_ask ask = {.method = "HEAD", .key = key, .max_body = HF_S3_MAX_REPLY};
    struct hf_http_reply reply;
    int status;

    if (hf_s3_do(s, &ask, &reply, err) != 0)
        return -1;
    status = reply.status;
    *size = reply.content_length;
    hf_http_reply_clear(&reply);
    if (status == 404)
        return hf_fail(err, HF_E_NOTFOUND, "%.300s is not there", key);
    if (status != 200)
        return head_refused(s, key, err);
    return *size >= 0 ? 0 : hf_fail(err, HF_E_AGAIN, "the server does not say how long %.300s is", key);
}

/* The operations: the key with its prefix, and an error that can be read by whoever goes on. -------------------------------- */

static int enter(const struct hf_s3 *s, char full[HF_S3_KEY_MAX], const char *key, struct hf_err **err, struct hf_err *own)
{
    *own = (struct hf_err){HF_OK, ""};
    if (*err == NULL)
        *err = own;
    **err = *own;
    return hf_s3_key(s, full, key, *err);
}

static int op_get(void *self, const char *key, struct hf_buf *out, char etag[HF_ETAG_MAX], struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];

    return enter(s, full, key, &err, &own) != 0 ? -1 : hf_s3_get(s, full, out, etag, err);
}

static int op_size(void *self, const char *key, int64_t *size, struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];

    return enter(s, full, key, &err, &own) != 0 ? -1 : size_of(s, full, size, err);
}

static int op_put_object(void *self, const char *key, int fd, const struct hf_sums *sums, const char *type, struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];

    return enter(s, full, key, &err, &own) != 0 ? -1 : hf_s3_put_object(s, full, fd, sums, type, err);
}

static int op_put_new(void *self, const char *key, const struct hf_store_bytes *b, int *made, struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];

    return enter(s, full, key, &err, &own) != 0 ? -1 : hf_s3_put_new(s, full, b, made, err);
}

static int op_replace(void *self, const char *key, const struct hf_store_bytes *b, const char *etag, struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];

    return enter(s, full, key, &err, &own) != 0 ? -1 : hf_s3_replace(s, full, b, etag, err);
}

static int op_sums(void *self, const char *key, struct hf_sums *out, struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];

    return enter(s, full, key, &err, &own) != 0 ? -1 : hf_s3_sums(s, full, out, err);
}

static int op_fetch(void *self, const char *key, int fd, int64_t max, struct hf_sums *out, struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];

    return enter(s, full, key, &err, &own) != 0 ? -1 : hf_s3_fetch(s, full, fd, max, out, err);
}

/* 204 from most servers, whether it was there or not; 404 from some when it was not. */
static int op_remove(void *self, const char *key, struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];
    struct hf_s3_ask ask = {.method = "DELETE", .key = full, .max_body = HF_S3_MAX_REPLY};
    struct hf_http_reply reply;
    int rc = 0;

    if (enter(s, full, key, &err, &own) != 0 || hf_s3_do(s, &ask, &reply, err) != 0)
        return -1;
    if (reply.status < 200 || reply.status >= 300)
        rc = hf_s3_refused(s, &ask, &reply, err);
    if (rc != 0 && err->code == HF_E_NOTFOUND)
        rc = 0;
    hf_http_reply_clear(&reply);
    return rc;
}

static int op_list(void *self, const char *folder, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
                   struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];

    return enter(s, full, folder, &err, &own) != 0 ? -1 : hf_s3_list(s, full, f, arg, err);
}

static int op_probe(void *self, const char *folder, struct hf_store_facts *facts, struct hf_err *err)
{
    struct hf_s3 *s = self;
    struct hf_err own;
    char full[HF_S3_KEY_MAX];

    return enter(s, full, folder, &err, &own) != 0 ? -1 : hf_s3_probe(s, full, facts, err);
}

static void op_watch(void *self, hf_store_progress *f, void *arg)
{
    struct hf_s3 *s = self;

    s->progress = f;
    s->progress_arg = arg;
}

static int64_t op_time(void *self)
{
    return ((const struct hf_s3 *)self)->date;
}

const struct hf_store_ops hf_s3_store_ops = {s3_close, op_get, op_size, op_put_object, op_put_new,
                                             op_replace, op_sums, op_list, op_probe, op_remove, op_fetch, op_watch, op_time};
