/* s3_list.c: what lies below a folder of a bucket: ListObjectsV2, page after page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "store/s3.h"
#include "store/xml.h"

static int bad_list(const char *what, struct hf_err *err)
{
    return hf_fail(err, HF_E_AGAIN, "the list of the bucket cannot be read: %s", what);
}

/* "2026-11-22T11:06:00.000Z"; the fraction is optional. */
static int64_t time_of(const char *text)
{
    char whole[HF_TIMESTAMP_LEN + 1];
    int64_t t;

    if (text == NULL || strlen(text) < HF_TIMESTAMP_LEN - 1)
        return 0;
    snprintf(whole, sizeof whole, "%.19sZ", text);
    return hf_timestamp_parse(&t, whole, NULL) == 0 ? t : 0;
}

static int64_t size_of(const char *text)
{
    char *end;
    long long n;

    if (text == NULL || text[0] < '0' || text[0] > '9')
        return -1;
    n = strtoll(text, &end, 10);
    return *end == '\0' && n >= 0 ? n : -1;
}

static int one(struct hf_s3_listing *l, const struct hf_xml_node *node, struct hf_err *err)
{
    const char *key = hf_xml_text(node, "Key"), *name;
    size_t n = strlen(l->s->prefix);
    struct hf_store_entry e;

    if (key == NULL || strncmp(key, l->under, strlen(l->under)) != 0)
        return bad_list("a key that was not asked for", err);
    name = strrchr(key, '/');
    if (strcmp(name != NULL ? name + 1 : key, HF_S3_PROBE) == 0)
        return 0;
    e = (struct hf_store_entry){key + n, size_of(hf_xml_text(node, "Size")), time_of(hf_xml_text(node, "LastModified"))};
    return l->f(l->arg, &e);
}

int hf_s3_list_page(struct hf_s3_listing *l, const void *p, size_t n, struct hf_err *err)
{
    const struct hf_xml_node *root, *node;
    const char *more, *token;
    struct hf_xml *x = NULL;
    int rc = 0;

    if (hf_xml_load(&x, p, n, "the list of the bucket", err) != 0) {
        err->code = HF_E_AGAIN;
        return -1;
    }
    root = hf_xml_root(x);
    if (strcmp(hf_xml_name(root), "ListBucketResult") != 0) {
        rc = bad_list("it is something else", err);
        goto out;
    }
    for (node = hf_xml_find(root, "Contents"); node != NULL && rc == 0; node = hf_xml_next(node))
        rc = one(l, node, err);
    more = hf_xml_text(root, "IsTruncated");
    token = hf_xml_text(root, "NextContinuationToken");
    if (rc != 0)
        goto out;
    if (more == NULL || strcmp(more, "true") != 0)
        l->token[0] = '\0';
    else if (token == NULL || token[0] == '\0' || strlen(token) >= sizeof l->token || strcmp(token, l->token) == 0)
        rc = bad_list("it does not say how it goes on", err);
    else
        snprintf(l->token, sizeof l->token, "%s", token);
out:
    hf_xml_free(x);
    return rc;
}

static int ask_page(struct hf_s3_listing *l, struct hf_err *err)
{
    struct hf_sigv4_pair query[] = {{"list-type", "2"}, {"prefix", l->under}, {"continuation-token", l->token}};
    struct hf_s3_ask ask = {
        .method = "GET", .key = "", .query = query, .query_n = l->token[0] != '\0' ? 3 : 2, .max_body = HF_S3_MAX_PAGE};
    struct hf_http_reply reply;
    int rc;

    if (hf_s3_do(l->s, &ask, &reply, err) != 0)
        return -1;
    if (reply.status == 200)
        rc = hf_s3_list_page(l, reply.body.p != NULL ? reply.body.p : "", reply.body.n, err);
    else
        rc = hf_s3_refused(l->s, &ask, &reply, err);
    hf_http_reply_clear(&reply);
    return rc;
}

int hf_s3_list_prefix(struct hf_s3 *s, const char *prefix, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
                      struct hf_err *err)
{
    struct hf_s3_listing l = {.s = s, .under = prefix, .f = f, .arg = arg};
    int rc;

    do
        rc = ask_page(&l, err);
    while (rc == 0 && l.token[0] != '\0');
    return rc;
}

int hf_s3_list(struct hf_s3 *s, const char *folder, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
               struct hf_err *err)
{
    char under[HF_S3_KEY_MAX + 1];
    size_t n = strlen(folder);

    snprintf(under, sizeof under, "%s%s", folder, n > 0 && folder[n - 1] != '/' ? "/" : "");
    return hf_s3_list_prefix(s, under, f, arg, err);
}
