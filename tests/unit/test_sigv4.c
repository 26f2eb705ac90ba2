/* test_sigv4.c: signatures: the examples of S3's documentation, our own table, and what is refused. The public suite is in
 * test_sigv4_suite.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/digest.h"
#include "core/timestamp.h"
#include "store/sigv4.h"

#define ID "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define N(a) (sizeof a / sizeof *a)

static struct hf_sigv4 signer;
static struct hf_sigv4_request request;
static struct hf_aws_keys keys;
static struct hf_place place;
static struct hf_err err;

static int set_up(void **state)
{
    (void)state;
    hf_sigv4_init(&signer);
    memset(&request, 0, sizeof request);
    memset(&err, 0, sizeof err);
    return hf_aws_keys_set(&keys, ID, SECRET, NULL, 0, &err);
}

static int tear_down(void **state)
{
    (void)state;
    hf_sigv4_clear(&signer);
    hf_sigv4_request_clear(&request);
    return 0;
}

static int64_t at(const char *text)
{
    int64_t t;

    assert_int_equal(hf_timestamp_parse(&t, text, NULL), 0);
    return t;
}

static void put_at(const char *endpoint, const char *region, const char *bucket, int path_style)
{
    if (hf_place_set(&place, endpoint, region, bucket, path_style, &err) != 0)
        fail_msg("%s", err.msg);
}

static const char *header(const char *name)
{
    size_t i, n = strlen(name);

    for (i = 0; request.headers[i] != NULL; i++) {
        if (strncmp(request.headers[i], name, n) == 0 && request.headers[i][n] == ':')
            return request.headers[i] + n + 2;
    }
    return NULL;
}

static void sign(const struct hf_sigv4_ask *ask, int64_t now)
{
    if (hf_sigv4_sign(&signer, &request, &keys, &place, ask, now, &err) != 0)
        fail_msg("%s", err.msg);
}

static const char *link_to(const struct hf_sigv4_ask *ask, int64_t ttl, int64_t now)
{
    const char *url;

    if (hf_sigv4_presign(&signer, &url, NULL, &keys, &place, ask, ttl, now, &err) != 0)
        fail_msg("%s", err.msg);
    return url;
}

/* "Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference. */
static void the_documented_headers(void **state)
{
    static const struct hf_sigv4_pair range[] = {{"Range", "bytes=0-9"}};
    static const struct hf_sigv4_pair put[] = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                               {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
    static const struct hf_sigv4_pair lifecycle[] = {{"lifecycle", NULL}};
    static const struct hf_sigv4_pair list[] = {{"prefix", "J"}, {"max-keys", "2"}};
    struct {
        struct hf_sigv4_ask ask;
        const char *signature, *names, *url;
    } t[] = {
        {{.method = "GET", .key = "test.txt", .headers = range, .headers_n = 1},
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", "host;range;x-amz-content-sha256;x-amz-date",
         "https://examplebucket.s3.amazonaws.com/test.txt"},
        {{.method = "PUT", .key = "test$file.text", .headers = put, .headers_n = 2,
          .payload = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
         "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "https://examplebucket.s3.amazonaws.com/test%24file.text"},
        {{.method = "GET", .key = "", .query = lifecycle, .query_n = 1},
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", "host;x-amz-content-sha256;x-amz-date",
         "https://examplebucket.s3.amazonaws.com/?lifecycle="},
        {{.method = "GET", .key = "", .query = list, .query_n = 2},
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", "host;x-amz-content-sha256;x-amz-date",
         "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"},
    };
    char right[512];
    size_t i;

    (void)state;
    put_at("https://s3.amazonaws.com", "us-east-1", "examplebucket", 0);
    for (i = 0; i < N(t); i++) {
        sign(&t[i].ask, at("2013-05-24T00:00:00Z"));
        snprintf(right, sizeof right,
                 "AWS4-HMAC-SHA256 Credential=" ID "/20130524/us-east-1/s3/aws4_request, SignedHeaders=%s, Signature=%s", t[i].names,
                 t[i].signature);
        assert_string_equal(header("Authorization"), right);
        assert_string_equal(header("x-amz-date"), "20130524T000000Z");
        assert_string_equal(request.url, t[i].url);
    }
}

/* "Authenticating Requests: Using Query Parameters". Ours is dated back, so the question is put that much later. */
static void the_documented_link(void **state)
{
    struct hf_sigv4_ask ask = {.method = "GET", .key = "test.txt"};

    (void)state;
    put_at("https://s3.amazonaws.com", "us-east-1", "examplebucket", 0);
    assert_string_equal(link_to(&ask, 86400 - HF_SIGV4_LEAD, at("2013-05-24T00:00:00Z") + HF_SIGV4_LEAD),
                        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_documented_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_documented_link, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
