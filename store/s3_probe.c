/* s3_probe.c: what a publisher's credentials may do in a bucket, and what the server keeps of its word: see hf_store_probe. */
#include <stdio.h>
#include <string.h>

#include "store/s3.h"

#define NOBODYS "\"00000000000000000000000000000000\""

static const char first[] = "hotfix was here\n", second[] = "hotfix was here again\n";
static const struct hf_store_bytes bytes = {first, sizeof first - 1, HF_TYPE_BYTES};
static const struct hf_store_bytes others = {second, sizeof second - 1, HF_TYPE_BYTES};

/* A conditional PUT that must be refused: 0 with its verdict in *facts. */
static int must_refuse(struct hf_s3 *s, const char *key, const char *name, const char *value, struct hf_store_facts *facts,
                       struct hf_err *err)
{
    const struct hf_s3_ask asked = {.method = "PUT", .key = key};
    struct hf_http_reply reply;
    int rc = 0;

    if (hf_s3_put_bytes(s, key, &others, name, value, 0, &reply, err) != 0)
        return -1;
    if (reply.status == 200)
        facts->order = HF_STORE_IGNORES;
    else if (reply.status == 501)
        facts->order = HF_STORE_UNORDERED;
    else if (reply.status != 412 && reply.status != 409)
        rc = hf_s3_refused(s, &asked, &reply, err);
    hf_http_reply_clear(&reply);
    return rc;
}

static int stop(void *arg, const struct hf_store_entry *e)
{
    (void)arg;
    (void)e;
    return 1;
}

static int remove_it(struct hf_s3 *s, const char *key, int *removed, struct hf_err *err)
{
    struct hf_s3_ask ask = {.method = "DELETE", .key = key, .max_body = HF_S3_MAX_REPLY};
    struct hf_http_reply reply;

    if (hf_s3_do(s, &ask, &reply, err) != 0)
        return -1;
    *removed = reply.status >= 200 && reply.status < 300;
    hf_http_reply_clear(&reply);
    return 0;
}

int hf_s3_probe(struct hf_s3 *s, const char *folder, struct hf_store_facts *facts, struct hf_err *err)
{
    char key[HF_S3_KEY_MAX], etag[HF_ETAG_MAX];
    struct hf_err why = {HF_OK, ""};
    size_t n = strlen(folder);
    struct hf_buf there;
    int rc = -1;

    if ((size_t)snprintf(key, sizeof key, "%s%s%s", folder, n > 0 && folder[n - 1] != '/' ? "/" : "", HF_S3_PROBE) >= sizeof key)
        return hf_fail(err, HF_E_CONFIG, "the prefix in [store] url is too long for a key");
    hf_buf_init(&there, HF_S3_MAX_REPLY);
    if (hf_s3_put_new(s, key, &bytes, NULL, err) != 0 || hf_s3_get(s, key, &there, etag, err) != 0)
        goto out;
    snprintf(facts->keys, sizeof facts->keys, "%s", hf_credentials_source(s->credentials));
    facts->order = s->unconditional ? HF_STORE_UNORDERED : HF_STORE_ORDERED;
    if (!s->unconditional && (must_refuse(s, key, "if-none-match", "*", facts, err) != 0 ||
                              (facts->order == HF_STORE_ORDERED && must_refuse(s, key, "if-match", NOBODYS, facts, err) != 0)))
        goto out;
    if (facts->order == HF_STORE_ORDERED && hf_s3_replace(s, key, &others, etag, err) != 0)
        goto out;
    facts->list = hf_s3_list(s, folder, stop, NULL, &why) >= 0;
    rc = remove_it(s, key, &facts->remove, err);
out:
    hf_buf_free(&there);
    return rc;
}
