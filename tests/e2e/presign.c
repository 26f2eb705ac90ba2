/* presign.c: links by our signer. Each line of stdin is an object {endpoint, region, bucket, path_style, id, secret, token,
 * method, key, query: [{name, value}, ...], ttl, now}; each line of stdout its link. For tests/interop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "store/sigv4.h"

#define MAX_LINE 65536

static int one(struct hf_sigv4 *s, json_t *o, struct hf_err *err)
{
    const char *endpoint, *region, *bucket, *id, *secret, *token, *url;
    struct hf_sigv4_pair query[HF_SIGV4_MAX_QUERY];
    struct hf_sigv4_ask ask = {.query = query};
    struct hf_aws_keys keys;
    struct hf_place place;
    int64_t style, ttl, now;
    json_t *list, *pair;
    size_t i;

    if (hf_json_string(&endpoint, o, "endpoint", 300, "", err) != 0 || hf_json_string(&region, o, "region", 64, "", err) != 0 ||
        hf_json_string(&bucket, o, "bucket", 64, "", err) != 0 || hf_json_string(&id, o, "id", 128, "", err) != 0 ||
        hf_json_string(&secret, o, "secret", 256, "", err) != 0 || hf_json_string(&token, o, "token", 8192, "", err) != 0 ||
        hf_json_string(&ask.method, o, "method", 16, "", err) != 0 || hf_json_string(&ask.key, o, "key", 2048, "", err) != 0 ||
        hf_json_int(&style, o, "path_style", 0, 1, "", err) != 0 || hf_json_int(&ttl, o, "ttl", 1, INT32_MAX, "", err) != 0 ||
        hf_json_int(&now, o, "now", 0, INT64_MAX, "", err) != 0 || hf_json_array(&list, o, "query", HF_SIGV4_MAX_QUERY, "", err) != 0)
        return -1;
    json_array_foreach(list, i, pair)
    {
        if (hf_json_string(&query[i].name, pair, "name", 256, "query", err) != 0 ||
            hf_json_string(&query[i].value, pair, "value", 4096, "query", err) != 0)
            return -1;
        ask.query_n++;
    }
    if (hf_place_set(&place, endpoint, region, bucket, (int)style, err) != 0 ||
        hf_aws_keys_set(&keys, id, secret, token, 0, err) != 0 ||
        hf_sigv4_presign(s, &url, NULL, &keys, &place, &ask, ttl, now, err) != 0)
        return -1;
    puts(url);
    return 0;
}

int main(void)
{
    static char line[MAX_LINE];
    struct hf_sigv4 signer;
    struct hf_err err;
    int rc = 0;
    json_t *o;

    hf_sigv4_init(&signer);
    while (rc == 0 && fgets(line, sizeof line, stdin) != NULL) {
        rc = hf_json_load(&o, line, strlen(line), "a line", &err);
        if (rc == 0) {
            rc = one(&signer, o, &err);
            json_decref(o);
        }
    }
    if (rc != 0)
        fprintf(stderr, "%s\n", err.msg);
    hf_sigv4_clear(&signer);
    return rc == 0 ? 0 : 1;
}
