/* What an S3 store is made of, without a server: keys, labels, words for refusals, pauses. The server's part is in tests/e2e/s3*.bats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/s3.h"

#define CLOCK INT64_C(1795000000)

static struct hf_aws_keys keys;

static void *opened(const char *url, const char *region)
{
    static char path[] = "hotfix.ini", endpoint[] = "http://127.0.0.1:1";
    char u[200], r[40];
    struct hf_config c;
    struct hf_err err;
    void *self = NULL;

    memset(&c, 0, sizeof c);
    snprintf(u, sizeof u, "%s", url);
    snprintf(r, sizeof r, "%s", region);
    c.path = path;
    c.store.url = u;
    c.store.region = r;
    c.store.endpoint = endpoint;
    c.store.path_style = 1;
    assert_int_equal(hf_s3_store_open(&self, &c, &err), 0);
    ((struct hf_s3 *)self)->keys = &keys;
    ((struct hf_s3 *)self)->asked = CLOCK;
    return self;
}

static void prefixes(void **state)
{
    static const char *const cases[][2] = {{"s3://bucket", "app/x"},
                                           {"s3://bucket/", "app/x"},
                                           {"s3://bucket/a", "a/app/x"},
                                           {"s3://bucket/a/", "a/app/x"},
                                           {"s3://bucket/a/b", "a/b/app/x"}};
    char key[HF_S3_KEY_MAX];
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hf_s3 *s = opened(cases[i][0], "us-east-1");

        assert_int_equal(hf_s3_key(s, key, "app/x", &err), 0);
        assert_string_equal(key, cases[i][1]);
        hf_s3_store_ops.close(s);
    }
}

static void labels(void **state)
{
    static const char *const cases[][3] = {
        {"p/app/production/manifest.json", HF_TYPE_JSON, "max-age=10"},
        {"app/production/history/7.json", HF_TYPE_JSON, "max-age=31536000, immutable"},
        {"app/objects/00ff", HF_TYPE_BYTES, "max-age=31536000, immutable"},
        {"app/deltas/00ff-ff00.json", HF_TYPE_BYTES, "max-age=31536000, immutable"},
        {"app/objects/00ff", "text/html; charset=utf-8", "max-age=31536000, immutable"}};
    struct hf_sigv4_pair h[HF_S3_LABELS];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hf_s3_labels(h, cases[i][0], cases[i][1]);
        assert_string_equal(h[0].name, "content-type");
        assert_string_equal(h[0].value, cases[i][1]);
        assert_string_equal(h[1].name, "cache-control");
        assert_string_equal(h[1].value, cases[i][2]);
    }
}

static void content_md5(void **state)
{
    /* RFC 1864's form; of "" and of a digest whose base64 has both letters that base64url has otherwise */
    static const uint8_t empty[16] = {0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0x00, 0xb2, 0x04,
                                      0xe9, 0x80, 0x09, 0x98, 0xec, 0xf8, 0x42, 0x7e};
    static const uint8_t odd[16] = {0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xfe, 0xff};
    char out[32];

    (void)state;
    hf_s3_md5(out, empty);
    assert_string_equal(out, "1B2M2Y8AsgTpgAmY7PhCfg==");
    hf_s3_md5(out, odd);
    assert_string_equal(out, "+//++//++//++//++//+/w==");
}

static void reply_of(struct hf_http_reply *r, int status, const char *body)
{
    memset(r, 0, sizeof *r);
    r->status = status;
    hf_buf_init(&r->body, HF_S3_MAX_REPLY);
    hf_buf_str(&r->body, body);
}

/* Words and code for a refusal. */
static const char *method = "PUT";
static void refusal(int status, const char *body, int64_t date, enum hf_code code, const char *const *words)
{
    struct hf_s3 *s = opened("s3://shop/pre", "eu-north-1");
    const struct hf_s3_ask ask = {.method = method, .key = "pre/app/objects/00"};
    struct hf_http_reply r;
    struct hf_err err = {HF_OK, ""};

    reply_of(&r, status, body);
    r.date = date;
    assert_int_equal(hf_s3_refused(s, &ask, &r, &err), -1);
    assert_int_equal(err.code, code);
    for (; *words != NULL; words++) {
        if (strstr(err.msg, *words) == NULL)
            fail_msg("no '%s' in: %s", *words, err.msg);
    }
    assert_null(strstr(err.msg, keys.secret));
    hf_buf_free(&r.body);
    hf_s3_store_ops.close(s);
}

#define REFUSAL(status, body, date, code, ...) refusal(status, body, date, code, (const char *const[]){__VA_ARGS__, NULL})
#define XML(code, more) "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" code "</Code>" more "</Error>"

static void refusals(void **state)
{
    (void)state;
    REFUSAL(403, XML("SignatureDoesNotMatch", "<Message></Message>"), 0, HF_E_CONFIG, "s3://shop/pre/app/objects/00: ",
            "the secret does not belong to the access key 'ID1'", "(PUT: 403 SignatureDoesNotMatch)");
    REFUSAL(403, XML("InvalidAccessKeyId", "<Message>no</Message>"), 0, HF_E_CONFIG, "does not know the access key 'ID1'", ", no)");
    REFUSAL(403, XML("AccessDenied", ""), 0, HF_E_CONFIG, "no permission for the access key 'ID1'");
    REFUSAL(403, "", 0, HF_E_CONFIG, "no permission for the access key 'ID1'", "(PUT: 403)");
    REFUSAL(404, XML("NoSuchBucket", ""), 0, HF_E_CONFIG, "there is no bucket 'shop' on this server");
    REFUSAL(404, XML("NoSuchKey", ""), 0, HF_E_NOTFOUND, "is not there");
    REFUSAL(404, "", 0, HF_E_NOTFOUND, "is not there");
    REFUSAL(403, XML("RequestTimeTooSkewed", ""), CLOCK - 1200, HF_E_CONFIG, "the clock of this machine is 20 min fast");
    REFUSAL(403, XML("RequestTimeTooSkewed", ""), CLOCK + 1260, HF_E_CONFIG, "the clock of this machine is 21 min slow");
    REFUSAL(403, XML("RequestTimeTooSkewed", ""), 0, HF_E_CONFIG, "the clock of this machine and the server's differ");
    REFUSAL(400, XML("AuthorizationHeaderMalformed", "<Region>us-west-2</Region>"), 0, HF_E_CONFIG,
            "the bucket is in the region 'us-west-2', not 'eu-north-1'");
    REFUSAL(301, "", 0, HF_E_CONFIG, "not the bucket's region or server ('eu-north-1' was asked)");
    REFUSAL(400, XML("BadDigest", ""), 0, HF_E_SIG, "what arrived is not what was to be published");
    REFUSAL(503, "<html>", 0, HF_E_AGAIN, "the server cannot answer now", "503");
    REFUSAL(418, XML("Teapot", "<Message>short\nand \x1b[31mred</Message>"), 0, HF_E_FAIL, "refused (PUT: 418)"); /* no XML */
    REFUSAL(400, XML("Teapot", "<Message>a&#10;b</Message>"), 0, HF_E_FAIL, "a\\x0ab");
}

/* To a publisher that removes something, "no permission" does not say what to change in the policy. */
static void refused_removals(void **state)
{
    (void)state;
    method = "DELETE";
    REFUSAL(403, XML("AccessDenied", ""), 0, HF_E_CONFIG, "no permission for the access key 'ID1' to remove objects",
            "it needs s3:DeleteObject", "(DELETE: 403 AccessDenied)");
    REFUSAL(403, "", 0, HF_E_CONFIG, "it needs s3:DeleteObject", "(DELETE: 403)");
    REFUSAL(403, XML("InvalidAccessKeyId", ""), 0, HF_E_CONFIG, "does not know the access key 'ID1'");
    method = "PUT";
}

/* What a server says can be long, and is no document: it is bounded, and the message keeps its form. */
static void hostile_words(void **state)
{
    char body[4000];
    int n;

    (void)state;
    n = snprintf(body, sizeof body, "<Error><Code>");
    memset(body + n, 'A', 1500);
    snprintf(body + n + 1500, sizeof body - (size_t)n - 1500, "</Code><Message>%01500d</Message></Error>", 0);
    REFUSAL(400, body, 0, HF_E_FAIL, "refused (PUT: 400 AAAA");
    REFUSAL(400, "<!DOCTYPE x [<!ENTITY a 'b'>]><Error><Code>&a;</Code></Error>", 0, HF_E_FAIL, "refused (PUT: 400)");
    REFUSAL(400, "<Other><Code>AccessDenied</Code></Other>", 0, HF_E_FAIL, "refused (PUT: 400)");
    REFUSAL(400, "<Error><Code>", 0, HF_E_FAIL, "refused (PUT: 400)");
}

static void what_is_asked_again(void **state)
{
    static const struct {
        int status;
        const char *body;
        int again;
    } cases[] = {{200, "", 0}, {301, "", 0}, {400, "", 0}, {400, XML("RequestTimeout", ""), 1},
                 {403, "", 0}, {404, "", 0}, {408, "", 0}, {409, "", 0}, {412, "", 0}, {429, "", 1},
                 {500, "", 1}, {501, "", 0}, {502, "", 1}, {503, "", 1}, {503, XML("SlowDown", ""), 1}, {504, "", 1},
                 {400, XML("SlowDown", ""), 1}, {403, XML("AccessDenied", ""), 0}};
    struct hf_http_reply r;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        reply_of(&r, cases[i].status, cases[i].body);
        if (hf_s3_again(0, &r, HF_OK) != cases[i].again)
            fail_msg("%d %s", cases[i].status, cases[i].body);
        hf_buf_free(&r.body);
    }
    assert_int_equal(hf_s3_again(-1, &r, HF_E_AGAIN), 1);
    assert_int_equal(hf_s3_again(-1, &r, HF_E_LIMIT), 1);
    assert_int_equal(hf_s3_again(-1, &r, HF_E_SIG), 0); /* a certificate that is not trusted stays so */
    assert_int_equal(hf_s3_again(-1, &r, HF_E_NOMEM), 0);
}

static void pauses_grow_and_differ(void **state)
{
    int64_t p, first = hf_s3_pause(6), whole;
    int i, k, differ = 0;

    (void)state;
    for (i = 0, whole = 100; i < 6; i++, whole *= 2) {
        for (k = 0; k < 50; k++) {
            p = hf_s3_pause(i);
            assert_true(p >= whole / 2 && p <= whole);
        }
    }
    for (k = 0; k < 50; k++)
        differ |= hf_s3_pause(6) != first;
    assert_true(differ);
}

/* Nothing listens there: given up after the attempts, and at once for whoever asks next. */
static void given_up_once(void **state)
{
    struct hf_s3 *s;
    struct hf_err err = {HF_OK, ""}, second = {HF_OK, ""};
    struct hf_buf out;
    const struct hf_store_bytes x = {"x", 1, HF_TYPE_BYTES};
    int64_t start;

    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "ID1", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "not-to-be-seen", 1);
    s = opened("s3://shop/pre", "eu-north-1");
    hf_buf_init(&out, 100);
    assert_int_equal(hf_s3_store_ops.get(s, "app/x", &out, NULL, &err), -1);
    assert_int_equal(err.code, HF_E_AGAIN);
    assert_non_null(strstr(err.msg, "s3://shop/pre/app/x: no answer (asked 7 times): 127.0.0.1:1: "));
    start = hf_s3_clock();
    assert_int_equal(hf_s3_store_ops.get(s, "app/y", &out, NULL, &second), -1);
    assert_int_equal(second.code, HF_E_AGAIN);
    assert_string_equal(second.msg, err.msg);
    assert_true(hf_s3_clock() - start < 1500); /* seven attempts take longer */
    assert_int_equal(hf_s3_store_ops.put_new(s, "app/y", &x, NULL, NULL), -1); /* an error that nobody wants */
    assert_int_equal(hf_s3_store_ops.remove(s, "app/y", NULL), -1);
    hf_s3_store_ops.close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes),
        cmocka_unit_test(labels),
        cmocka_unit_test(content_md5),
        cmocka_unit_test(refusals),
        cmocka_unit_test(refused_removals),
        cmocka_unit_test(hostile_words),
        cmocka_unit_test(what_is_asked_again),
        cmocka_unit_test(pauses_grow_and_differ),
        cmocka_unit_test(given_up_once),
    };

    unsetenv("http_proxy");
    snprintf(keys.id, sizeof keys.id, "ID1");
    snprintf(keys.secret, sizeof keys.secret, "not-to-be-seen");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
