/* test_sigv4.c: signatures: the examples of S3's documentation, our own table, and what is refused. The public suite is in
 * test_sigv4_suite.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/seccomp.h>
#include <sys/prctl.h>

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

#define NOW 1795327500 /* 2026-11-22T06:05:00Z */

/* Each signature was computed by another signer, of 20 lines of Python. */
static void our_own_table(void **state)
{
    static const struct hf_sigv4_pair version[] = {{"versionId", "1+/="}};
    static const struct hf_sigv4_pair override[] = {{"response-content-disposition", "attachment; filename=\"a b.zip\""},
                                                    {"response-cache-control", "no-store"}};
    static const struct hf_sigv4_pair query[] = {{"b", "1"}, {"a", "2"}, {"a", "1"}, {"a-b", ""}, {"a.b", "~"}};
    static const struct hf_sigv4_pair put[] = {{"Content-Type", "text/plain"}, {"x-amz-meta-a-b", "2"}, {"x-amz-meta-a", " 1\t"}};
    struct {
        const char *endpoint, *region, *bucket, *id, *token;
        struct hf_sigv4_ask ask;
        const char *begin, *signature;
    } t[] = {
        {"http://s3.localhost:8000", "eu-west-1", "polb", ID, NULL, {.method = "GET", .key = "a b+c=d@e~f%g/\xc3\xbc.zip"},
         "http://polb.s3.localhost:8000/a%20b%2Bc%3Dd%40e~f%25g/%C3%BC.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256"
         "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261122%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20261122T060430Z"
         "&X-Amz-Expires=90&X-Amz-SignedHeaders=host",
         "f5d66a44e383ca4f374edf550311384b108feab7bcbde3a4f033a3df12cfe544"},
        {"http://127.0.0.1:9000", "us-east-1", "polb", "test:tester", NULL,
         {.method = "HEAD", .key = "p//x/../y?#z", .query = version, .query_n = 1},
         "http://127.0.0.1:9000/polb/p//x/../y%3F%23z?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%3Atester%2F",
         "28b8bfabe9b5487f31dd84a67d60759192b36b6fffda81ce48b519655eb791e5"},
        {"https://acc.r2.cloudflarestorage.com", "auto", "", ID, "IQoJ+/x==",
         {.method = "GET", .key = "polb/x", .query = override, .query_n = 2},
         "https://acc.r2.cloudflarestorage.com/polb/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261122"
         "%2Fauto%2Fs3%2Faws4_request&X-Amz-Date=20261122T060430Z&X-Amz-Expires=90&X-Amz-Security-Token=IQoJ%2B%2Fx%3D%3D"
         "&X-Amz-SignedHeaders=host&response-cache-control=no-store"
         "&response-content-disposition=attachment%3B%20filename%3D%22a%20b.zip%22&X-Amz-Signature=",
         "18935a4440da79a0e6666c310f2be0dafdd16151e40d1996c1daf8dea902347e"},
        {NULL, "eu-west-1", "polb", ID, NULL,
         {.method = "PUT", .key = "x", .query = query, .query_n = 5, .headers = put, .headers_n = 3},
         "https://polb.s3.eu-west-1.amazonaws.com/x?X-Amz-Algorithm=",
         "086763315895ac93b47c28168a8afac1bc48e593393af5cdba3d10526a086467"},
    };
    const char *url;
    size_t i;

    (void)state;
    for (i = 0; i < N(t); i++) {
        put_at(t[i].endpoint, t[i].region, t[i].bucket, 0);
        assert_int_equal(hf_aws_keys_set(&keys, t[i].id, SECRET, t[i].token, 0, &err), 0);
        url = link_to(&t[i].ask, 60, NOW);
        if (strncmp(url, t[i].begin, strlen(t[i].begin)) != 0)
            fail_msg("%s\n-- and should begin\n%s", url, t[i].begin);
        assert_string_equal(strstr(url, "&X-Amz-Signature=") + 17, t[i].signature);
    }
}

static int64_t number_behind(const char *url, const char *name)
{
    const char *p = strstr(url, name);

    assert_non_null(p);
    return strtoll(p + strlen(name), NULL, 10);
}

/* Dated back 30 s, and good for as long as was asked all the same; at the longest time there is no room for it. */
static void a_link_is_good_for_its_time(void **state)
{
    static const struct {
        int64_t ttl, expires; /* of the keys */
        const char *date;
        int64_t seconds, until;
    } t[] = {
        {1, 0, "20261122T060430Z", 31, NOW + 1},
        {60, 0, "20261122T060430Z", 90, NOW + 60},
        {604770, 0, "20261122T060430Z", 604800, NOW + 604770},
        {604790, 0, "20261122T060450Z", 604800, NOW + 604790},
        {604800, 0, "20261122T060500Z", 604800, NOW + 604800},
        {60, NOW + 61, "20261122T060430Z", 90, NOW + 60},
        {60, NOW + 59, "20261122T060430Z", 89, NOW + 59},
        {604800, NOW + 1, "20261122T060430Z", 31, NOW + 1},
    };
    struct hf_sigv4_ask ask = {.method = "GET", .key = "x"};
    const char *url;
    int64_t until;
    size_t i;

    (void)state;
    put_at(NULL, "us-east-1", "polb", 0);
    for (i = 0; i < N(t); i++) {
        keys.expires = t[i].expires;
        assert_int_equal(hf_sigv4_presign(&signer, &url, &until, &keys, &place, &ask, t[i].ttl, NOW, &err), 0);
        assert_memory_equal(strstr(url, "X-Amz-Date=") + 11, t[i].date, 16);
        assert_int_equal(number_behind(url, "X-Amz-Expires="), t[i].seconds);
        assert_int_equal(until, t[i].until);
    }
}

static void no_link(const struct hf_sigv4_ask *ask, int64_t ttl, int64_t now, enum hf_code code, const char *words)
{
    const char *url = "";

    memset(&err, 0, sizeof err);
    assert_int_equal(hf_sigv4_presign(&signer, &url, NULL, &keys, &place, ask, ttl, now, &err), -1);
    assert_null(url);
    assert_int_equal(err.code, code);
    if (strstr(err.msg, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, err.msg);
}

static void no_request(const struct hf_sigv4_ask *ask, enum hf_code code, const char *words)
{
    memset(&err, 0, sizeof err);
    assert_int_equal(hf_sigv4_sign(&signer, &request, &keys, &place, ask, NOW, &err), -1);
    assert_null(request.url);
    assert_int_equal(err.code, code);
    if (strstr(err.msg, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, err.msg);
}

static void what_cannot_be_signed_is_refused(void **state)
{
    static const struct hf_sigv4_pair own[] = {{"x-amz-expires", "604800"}}, signature[] = {{"X-Amz-Signature", "0"}};
    static const struct hf_sigv4_pair headers[] = {{"Host", "h"}, {"AUTHORIZATION", "a"}, {"X-Amz-Date", "d"},
                                                   {"x-amz-security-token", "t"}, {"X-Amz-Content-Sha256", "s"}};
    static const struct hf_sigv4_pair bad[] = {{"a b", "c"}, {"", "c"}, {"a:", "c"}, {"a\nb", "c"}, {"\xc3\xbc", "c"},
                                               {"a", "b\r\nc: d"}, {"a", "b\x7f"}, {"a", ""}, {"a", NULL}, {"a", " \t"}};
    static struct hf_sigv4_pair many[HF_SIGV4_MAX_QUERY + 1];
    static char long_key[HF_PLACE_KEY_MAX + 2], long_value[HF_SIGV4_MAX_TEXT];
    struct hf_sigv4_pair huge[] = {{"a", long_value}};
    struct hf_sigv4_ask ask = {.method = "GET", .key = "x"};
    size_t i;

    (void)state;
    put_at(NULL, "us-east-1", "polb", 0);
    no_link(&ask, 0, NOW, HF_E_INPUT, "1 to 604800 seconds, not for 0");
    no_link(&ask, -1, NOW, HF_E_INPUT, "not for -1");
    no_link(&ask, 604801, NOW, HF_E_INPUT, "not for 604801");
    no_link(&ask, 60, 29, HF_E_INPUT, "not a time"); /* dated back it would lie before 1970 */
    no_link(&ask, 60, INT64_C(253402300800) + 30, HF_E_INPUT, "not a time");
    keys.expires = NOW;
    no_link(&ask, 60, NOW, HF_E_EXPIRED, "credentials have expired");
    keys.expires = 0;
    for (i = 0; i < N(headers); i++) {
        ask.headers = &headers[i];
        ask.headers_n = 1;
        no_link(&ask, 60, NOW, HF_E_INPUT, "not the caller's");
        no_request(&ask, HF_E_INPUT, "not the caller's");
    }
    for (i = 0; i < N(bad); i++) {
        ask.headers = &bad[i];
        no_link(&ask, 60, NOW, HF_E_INPUT, "header");
        no_request(&ask, HF_E_INPUT, "header");
    }
    ask.headers_n = 0;
    ask.query_n = 1;
    ask.query = own;
    no_link(&ask, 60, NOW, HF_E_INPUT, "belongs to the signature");
    ask.query = signature;
    no_link(&ask, 60, NOW, HF_E_INPUT, "belongs to the signature");
    for (i = 0; i < N(many); i++)
        many[i].name = "a";
    ask.query = many;
    ask.query_n = N(many) - 1;
    link_to(&ask, 60, NOW);
    ask.query_n = N(many);
    no_link(&ask, 60, NOW, HF_E_LIMIT, "more than");
    memset(long_value, '+', sizeof long_value - 1);
    ask.query = huge;
    ask.query_n = 1;
    no_link(&ask, 60, NOW, HF_E_LIMIT, "over the limit");
    no_request(&ask, HF_E_LIMIT, "over the limit");
    ask.query_n = 0;
    memset(long_key, 'k', HF_PLACE_KEY_MAX);
    ask.key = long_key;
    link_to(&ask, 60, NOW);
    long_key[HF_PLACE_KEY_MAX] = 'k';
    no_link(&ask, 60, NOW, HF_E_LIMIT, "1024 bytes");
    ask.key = "x";
    ask.method = "get";
    no_request(&ask, HF_E_INPUT, "method");
    ask.method = "GET\nx";
    no_request(&ask, HF_E_INPUT, "method");
    ask.method = "PUT";
    ask.payload = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
    no_request(&ask, HF_E_INPUT, "SHA-256");
}

static void keys_are_checked_and_never_shown(void **state)
{
    static const struct {
        const char *id, *secret, *token, *words;
    } t[] = {
        {"", "s", NULL, "id"}, {"SECRET-ID x", "s", NULL, "id"}, {"SECRET-ID,", "s", NULL, "id"}, {"a\n", "s", NULL, "id"},
        {"a", "", NULL, "secret access key"}, {"a", "SECRET \x01", NULL, "secret access key"},
        {"a", "s", "SECRET token", "session token"}, {"a", "s", "SECRET\r", "session token"},
    };
    static char text[HF_AWS_TOKEN_MAX + 2];
    size_t i;

    (void)state;
    for (i = 0; i < N(t); i++) {
        memset(&err, 0, sizeof err);
        assert_int_equal(hf_aws_keys_set(&keys, t[i].id, t[i].secret, t[i].token, 0, &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
        assert_non_null(strstr(err.msg, t[i].words));
        assert_null(strstr(err.msg, "SECRET"));
    }
    memset(text, 't', HF_AWS_TOKEN_MAX);
    assert_int_equal(hf_aws_keys_set(&keys, "a", "s", text, 5, &err), 0);
    assert_int_equal(keys.expires, 5);
    assert_string_equal(keys.token, text);
    text[HF_AWS_TOKEN_MAX] = 't';
    assert_int_equal(hf_aws_keys_set(&keys, "a", "s", text, 0, &err), -1);
    assert_int_equal(hf_aws_keys_set(&keys, "a", text, NULL, 0, &err), -1);
    assert_int_equal(hf_aws_keys_set(&keys, text, "s", NULL, 0, &err), -1);
}

/* A signer that is used again gives what a new one gives: the day's key belongs to day, region, service and secret. */
static void the_days_key_is_for_what_it_is(void **state)
{
    static const struct {
        const char *id, *secret, *region, *service;
        int64_t now;
    } t[] = {
        {"a", "s", "r", NULL, NOW}, {"a", "s", "r", NULL, NOW + 1}, {"b", "s", "r", NULL, NOW}, {"b", "t", "r", NULL, NOW},
        {"b", "t", "q", NULL, NOW}, {"b", "t", "q", "sts", NOW}, {"b", "t", "q", "sts", NOW + 86400}, {"b", "t", "q", NULL, NOW},
        {"b", "t", "q", NULL, 1795305629}, {"b", "t", "q", NULL, 1795305630}, {"b", "tt", "q", NULL, 1795305630},
    };
    struct hf_sigv4_ask ask = {.method = "GET", .key = "x"};
    struct hf_sigv4 fresh;
    const char *url, *right;
    size_t i;

    (void)state;
    for (i = 0; i < N(t); i++) {
        put_at(NULL, t[i].region, "polb", 0);
        assert_int_equal(hf_aws_keys_set(&keys, t[i].id, t[i].secret, NULL, 0, &err), 0);
        ask.service = t[i].service;
        url = link_to(&ask, 60, t[i].now);
        hf_sigv4_init(&fresh);
        assert_int_equal(hf_sigv4_presign(&fresh, &right, NULL, &keys, &place, &ask, 60, t[i].now, &err), 0);
        assert_string_equal(url, right);
        hf_sigv4_clear(&fresh);
    }
}

/* Once warm, a signer stays where it is in memory. */
static void a_warm_signer_takes_no_memory(void **state)
{
    struct hf_sigv4_ask ask = {.method = "GET", .key = "a/longer/key/than/those/that/follow"};
    const void *rooms[4];
    char key[8];
    int i;

    (void)state;
    put_at(NULL, "us-east-1", "polb", 0);
    link_to(&ask, 60, NOW);
    rooms[0] = signer.pieces.p, rooms[1] = signer.canonical.p, rooms[2] = signer.names.p, rooms[3] = signer.url.p;
    for (i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "k%d", i);
        ask.key = key;
        link_to(&ask, 60, NOW + i);
    }
    assert_ptr_equal(signer.pieces.p, rooms[0]);
    assert_ptr_equal(signer.canonical.p, rooms[1]);
    assert_ptr_equal(signer.names.p, rooms[2]);
    assert_ptr_equal(signer.url.p, rooms[3]);
}

/* Where the kernel kills whoever does more than read, write and end, a warm signer goes on signing: the edge's workers are caged. */
static void a_warm_signer_makes_no_system_call(void **state)
{
    struct hf_sigv4_ask ask = {.method = "GET", .key = "objects/warm"};
    const char *url;
    pid_t pid;
    int i, status;

    (void)state;
    put_at(NULL, "us-east-1", "polb", 0);
    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        for (i = 0; i < 100; i++)
            link_to(&ask, 60, NOW);
#ifndef HF_SANITIZED /* a sanitizer calls the kernel by itself */
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
            _exit(3);
#endif
        for (i = 0; i < 1000; i++) {
            if (hf_sigv4_presign(&signer, &url, NULL, &keys, &place, &ask, 60, NOW + i * 1000, &err) != 0)
                break;
        }
        syscall(SYS_exit, i == 1000 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void a_request_is_sent_as_it_was_signed(void **state)
{
    static const struct hf_sigv4_pair put[] = {{"If-None-Match", "*"}, {"Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="}};
    struct hf_sigv4_ask ask = {.method = "PUT", .key = "a/b", .headers = put, .headers_n = 2, .payload = HF_SIGV4_UNSIGNED};

    (void)state;
    put_at("http://localhost:8000", "us-east-1", "polb", 1);
    assert_int_equal(hf_aws_keys_set(&keys, ID, SECRET, "to+ken", 0, &err), 0);
    sign(&ask, NOW);
    assert_string_equal(request.url, "http://localhost:8000/polb/a/b");
    assert_string_equal(request.headers[0], "If-None-Match: *");
    assert_string_equal(request.headers[1], "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==");
    assert_string_equal(header("x-amz-content-sha256"), HF_SIGV4_UNSIGNED);
    assert_string_equal(header("x-amz-date"), "20261122T060500Z"); /* never dated back */
    assert_string_equal(header("x-amz-security-token"), "to+ken");
    assert_non_null(strstr(header("Authorization"),
                           "SignedHeaders=content-md5;host;if-none-match;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
    assert_null(header("Host"));
    ask.key = "";
    ask.headers_n = 0;
    sign(&ask, NOW);
    assert_string_equal(request.url, "http://localhost:8000/polb");
    assert_null(header("If-None-Match"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_documented_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_documented_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(our_own_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_is_good_for_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_signed_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_are_checked_and_never_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_days_key_is_for_what_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_warm_signer_takes_no_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_warm_signer_makes_no_system_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_is_sent_as_it_was_signed, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
