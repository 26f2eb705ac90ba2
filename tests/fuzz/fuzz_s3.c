/* fuzz_s3.c: what a bucket's server says, as a refusal and as a page of a list. A refusal has words of one line; a key of a list is one
 * that was asked for, and its size is a size. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/s3.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int entry(void *arg, const struct hf_store_entry *e)
{
    size_t *seen = arg;

    if (e->size < -1 || e->changed < 0 || strlen(e->key) < strlen("app/") || strncmp(e->key, "app/", 4) != 0)
        abort();
    ++*seen;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hf_aws_keys keys = {.id = "ID", .secret = "SECRET-SECRET"};
    char prefix[] = "pre/";
    struct hf_s3 s = {.prefix = prefix, .keys = &keys, .place = {.bucket = "shop", .region = "us-east-1"}};
    const struct hf_s3_ask ask = {.method = "PUT", .key = "pre/app/x"};
    struct hf_http_reply reply = {.status = size > 0 ? 300 + data[0] : 400};
    struct hf_err err = {HF_OK, ""};
    struct hf_s3_listing *l = calloc(1, sizeof *l);
    size_t seen = 0;

    if (l == NULL)
        abort();
    hf_buf_init(&reply.body, (size_t)1024 * 1024);
    if (size > 1)
        hf_buf_add(&reply.body, data + 1, size - 1);
    if (hf_s3_refused(&s, &ask, &reply, &err) != -1 || err.code == HF_OK || err.msg[0] == '\0' || strchr(err.msg, '\n') != NULL ||
        strchr(err.msg, '\r') != NULL)
        abort();
    hf_s3_again(0, &reply, HF_OK);
    *l = (struct hf_s3_listing){.s = &s, .under = "pre/app/", .f = entry, .arg = &seen};
    err = (struct hf_err){HF_OK, ""};
    if (hf_s3_list_page(l, reply.body.p != NULL ? reply.body.p : "", reply.body.n, &err) != 0 && err.code != HF_E_AGAIN)
        abort();
    free(l);
    hf_buf_free(&reply.body);
    return 0;
}
