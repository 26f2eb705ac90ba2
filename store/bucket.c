/* bucket.c: see bucket.h. */
#include "store/bucket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/s3.h"

struct hf_bucket {
    struct hf_s3 *s3;
    struct hf_aws_settings settings;
};

int hf_bucket_open(struct hf_bucket **out, const struct hf_config *c, struct hf_err *err)
{
    struct hf_bucket *w;
    void *s3 = NULL;

    *out = NULL;
    if (strncmp(c->store.url, "s3://", 5) != 0)
        return hf_fail(err, HF_E_CONFIG, "[store] url is no bucket: an edge reads a folder by itself");
    w = calloc(1, sizeof *w);
    if (w == NULL)
        return hf_nomem(err);
    if (hf_aws_settings(&w->settings, c->store.region, c->store.endpoint, c->store.profile, err) != 0 ||
        hf_s3_store_open(&s3, c, err) != 0) {
        free(w);
        return -1;
    }
    w->s3 = s3;
    *out = w;
    return 0;
}

void hf_bucket_close(struct hf_bucket *w)
{
    if (w == NULL)
        return;
    hf_s3_store_ops.close(w->s3);
    free(w);
}

/* A refusal: what the server says, in words; HF_BUCKET_HIDDEN for one that may also mean that nothing is there. */
static int judge(struct hf_bucket *w, const struct hf_s3_ask *ask, const struct hf_http_reply *reply, enum hf_bucket_found *found,
                 struct hf_err *err)
{
    struct hf_s3_error e;

    hf_s3_error_read(&e, reply);
    hf_s3_refused(w->s3, ask, reply, err);
    if (err->code == HF_E_NOTFOUND) {
        *found = HF_BUCKET_NONE;
        return 0;
    }
    if (reply->status == 403 && (e.code[0] == '\0' || strcmp(e.code, "AccessDenied") == 0)) {
        *found = HF_BUCKET_HIDDEN;
        return 0;
    }
    if (strcmp(e.code, "ExpiredToken") == 0 || strcmp(e.code, "InvalidAccessKeyId") == 0)
        hf_credentials_forget(w->s3->credentials); /* they may have been replaced meanwhile */
    return -1;
}

int hf_bucket_get(struct hf_bucket *w, const char *key, char etag[HF_ETAG_MAX], struct hf_buf *out, enum hf_bucket_found *found,
                  struct hf_err *err)
{
    const struct hf_sigv4_pair unless[] = {{"if-none-match", etag}};
    char full[HF_S3_KEY_MAX], where[HF_S3_KEY_MAX + 80];
    struct hf_s3_ask ask = {.method = "GET", .key = full, .headers = unless, .headers_n = etag[0] != '\0', .once = 1};
    struct hf_http_reply reply;
    int rc = 0;

    *err = (struct hf_err){HF_OK, ""};
    ask.max_body = out->max > HF_S3_MAX_REPLY ? out->max : HF_S3_MAX_REPLY;
    if (hf_s3_key(w->s3, full, key, err) != 0)
        return -1;
    if (hf_s3_do(w->s3, &ask, &reply, err) != 0)
        return hf_fail_in(err, "%.200s: ", hf_s3_where(where, w->s3, full));
    if (reply.status == 304 && etag[0] != '\0') {
        *found = HF_BUCKET_SAME;
    } else if (reply.status == 200) {
        *found = HF_BUCKET_NEW;
        hf_buf_add(out, reply.body.p, reply.body.n);
        snprintf(etag, HF_ETAG_MAX, "%s", reply.etag);
        rc = hf_buf_ok(out, key, err);
    } else {
        rc = judge(w, &ask, &reply, found, err);
    }
    hf_http_reply_clear(&reply);
    return rc;
}

int hf_bucket_link_keys(struct hf_bucket *w, struct hf_link_keys *out, int64_t *again, int64_t now, struct hf_err *err)
{
    const struct hf_aws_keys *keys;

    *again = 0;
    if (hf_s3_connect(w->s3, err) != 0 || hf_credentials_get(w->s3->credentials, &keys, now, err) != 0)
        return -1;
    *again = hf_credentials_next(w->s3->credentials);
    return hf_link_keys_make(out, keys, w->settings.region, w->settings.endpoint, now, err);
}
