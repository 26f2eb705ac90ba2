/* test_links.c: links to a bucket made from the file that `hotfix sync` writes: they are those that the secret itself would give, for
 * two days, never longer than the credentials; and the site over such a store. */
#include "tests/unit/site_store.h"

#include "store/link_keys.h"
#include "store/sync_names.h"

#define ID "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define OBJECT "objects/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DAY 86400

static struct hf_config bucket;
static struct hf_links *links;

static void text_of(char **at, const char *text)
{
    free(*at);
    *at = strdup(text);
    assert_non_null(*at);
}

static int open_links(void **state)
{
    struct hf_err err;

    (void)state;
    text_of(&bucket.store.url, "s3://examplebucket/pre/fix/");
    text_of(&bucket.store.public_endpoint, "");
    text_of(&bucket.store.region, "");
    if (hf_links_new(&links, &bucket, &err) != 0)
        fail_msg("%s", err.msg);
    return 0;
}

static int close_links(void **state)
{
    (void)state;
    hf_links_free(links);
    links = NULL;
    free(bucket.store.url);
    free(bucket.store.public_endpoint);
    free(bucket.store.region);
    memset(&bucket, 0, sizeof bucket);
    return 0;
}

/* The file as it is written at this time. */
static void write_keys(struct hf_buf *b, const char *token, int64_t expires, const char *endpoint, int64_t now)
{
    struct hf_aws_keys keys;
    struct hf_link_keys k;
    struct hf_err err;

    assert_int_equal(hf_aws_keys_set(&keys, ID, SECRET, token, expires, &err), 0);
    assert_int_equal(hf_link_keys_make(&k, &keys, "us-east-1", endpoint, now, &err), 0);
    hf_buf_init(b, HF_LINK_KEYS_MAX_BYTES);
    if (hf_link_keys_write(b, &k, &err) != 0)
        fail_msg("%s", err.msg);
    assert_null(strstr(b->p, SECRET));
    assert_null(strstr(b->p, "MDENG"));
}

static void hand_over(const char *token, int64_t expires, const char *endpoint, int64_t now)
{
    struct hf_buf b;
    struct hf_err err;

    write_keys(&b, token, expires, endpoint, now);
    if (hf_links_take(links, b.p, b.n, &err) != 0)
        fail_msg("%s", err.msg);
    hf_buf_wipe(&b);
}

/* What the signer says with the secret itself. */
static const char *expected(const char *endpoint, const char *token, int64_t expires, int64_t ttl, int64_t now)
{
    static char out[HF_URL_MAX];
    const struct hf_sigv4_pair query[] = {{"response-content-disposition", "attachment; filename=\"patch.zip\""}};
    const struct hf_sigv4_ask ask = {.method = "GET", .key = "pre/fix/" APP "/" OBJECT, .query = query, .query_n = 1};
    struct hf_aws_keys keys;
    struct hf_place place;
    struct hf_sigv4 s;
    struct hf_err err;
    const char *url;

    hf_sigv4_init(&s);
    assert_int_equal(hf_aws_keys_set(&keys, ID, SECRET, token, expires, &err), 0);
    assert_int_equal(hf_place_set(&place, endpoint, "us-east-1", "examplebucket", 0, &err), 0);
    assert_int_equal(hf_sigv4_presign(&s, &url, NULL, &keys, &place, &ask, ttl, now, &err), 0);
    snprintf(out, sizeof out, "%s", url);
    hf_sigv4_clear(&s);
    return out;
}

static const char *made(int64_t ttl, int64_t now)
{
    struct hf_err err;
    const char *url;

    if (hf_links_make(links, &url, APP, OBJECT, "patch.zip", ttl, now, &err) != 0)
        fail_msg("%s", err.msg);
    return url;
}

static int why_not(int64_t now)
{
    struct hf_err err = {HF_OK, ""};
    const char *url;

    assert_int_equal(hf_links_make(links, &url, APP, OBJECT, "patch.zip", 60, now, &err), -1);
    return (int)err.code;
}

static void as_with_the_secret(void **state)
{
    (void)state;
    assert_int_equal(why_not(NOW), HF_E_AGAIN); /* nothing was handed over yet */
    hand_over("", 0, "", NOW);
    assert_string_equal(made(60, NOW), expected("", NULL, 0, 60, NOW));
    assert_non_null(strstr(made(60, NOW), "https://examplebucket.s3.us-east-1.amazonaws.com/pre/fix/" APP "/" OBJECT "?"));
    hand_over("session+token/==", NOW + 3600, "https://s3.example.com:8443", NOW);
    assert_string_equal(made(60, NOW), expected("https://s3.example.com:8443", "session+token/==", NOW + 3600, 60, NOW));
}

static void two_days(void **state)
{
    int64_t midnight = NOW / DAY * DAY + DAY;

    (void)state;
    hand_over("", 0, "", NOW);
    assert_string_equal(made(60, midnight - 1), expected("", NULL, 0, 60, midnight - 1));
    assert_string_equal(made(60, midnight + 10), expected("", NULL, 0, 60, midnight + 10)); /* dated back, to the day before */
    assert_string_equal(made(60, midnight + 40), expected("", NULL, 0, 60, midnight + 40));
    assert_string_equal(made(60, midnight + DAY + 10), expected("", NULL, 0, 60, midnight + DAY + 10));
    assert_int_equal(why_not(midnight + DAY + 40), HF_E_AGAIN);
    assert_int_equal(why_not(midnight - DAY - 7200), HF_E_AGAIN);
    hand_over("", 0, "", midnight + 60); /* a clock that is an hour behind the writer's may still need yesterday's */
    assert_string_equal(made(60, midnight - 3000), expected("", NULL, 0, 60, midnight - 3000));
}

static void never_longer_than_the_credentials(void **state)
{
    (void)state;
    hand_over("t", NOW + 20, "", NOW);
    assert_non_null(strstr(made(60, NOW), "X-Amz-Expires=50&")); /* 20 s, and 30 s dated back */
    assert_int_equal(hf_links_ready(links, NOW + 19), 1);
    assert_int_equal(hf_links_ready(links, NOW + 20), 0);
    assert_int_equal(why_not(NOW + 20), HF_E_AGAIN);
}

static void the_public_endpoint(void **state)
{
    struct hf_err err;

    hf_links_free(links);
    text_of(&bucket.store.public_endpoint, "https://cdn.example.com");
    assert_int_equal(hf_links_new(&links, &bucket, &err), 0);
    hand_over("", 0, "http://10.0.0.1:7480", NOW);
    assert_string_equal(made(60, NOW), expected("https://cdn.example.com", NULL, 0, 60, NOW));
    hf_links_free(links);
    links = NULL;
    text_of(&bucket.store.public_endpoint, "cdn.example.com");
    assert_int_equal(hf_links_new(&links, &bucket, &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
    assert_non_null(strstr(err.msg, "public_endpoint"));
    (void)state;
}

static void a_bad_file_changes_nothing(void **state)
{
    static const char *const bad[] = {"", "{}", "{\"format\":2}", "[]", "{\"format\":1,\"id\":\"" SECRET "\""};
    char long_token[HF_AWS_TOKEN_MAX + 2];
    struct hf_buf b;
    struct hf_err err;
    size_t i;

    (void)state;
    hand_over("", 0, "", NOW);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(hf_links_take(links, bad[i], strlen(bad[i]), &err), -1);
        assert_null(strstr(err.msg, SECRET));
    }
    memset(long_token, 't', 5000); /* what no answer has room for is refused here, once, and not in each answer */
    long_token[5000] = '\0';
    write_keys(&b, long_token, 0, "", NOW);
    assert_int_equal(hf_links_take(links, b.p, b.n, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_buf_wipe(&b);
    assert_string_equal(made(60, NOW), expected("", NULL, 0, 60, NOW));
}

static void put_keys(int64_t expires)
{
    struct hf_buf b;

    write_keys(&b, "", expires, "", NOW);
    write_file("store/" HF_LINK_KEYS_FILE, b.p, b.n);
    hf_buf_wipe(&b);
}

static void site_on_a_bucket(void **state)
{
    char *url = config.store.url, s3[] = "s3://examplebucket/pre/fix", none[] = "", json[256];
    struct hf_secret secret = config.edge.secret;
    char kept[600], link[1024];
    struct hf_err err;

    (void)state;
    put_both(42);
    snprintf(kept, sizeof kept, "%s", path_of("store"));
    config.store.url = s3;
    config.store.public_endpoint = config.store.region = none;
    config.edge.sync_dir = kept;
    config.edge.secret.kind = HF_SECRET_NONE; /* no token is ever made */
    if (hf_site_open(&site, &config, &err) != 0)
        fail_msg("%s", err.msg);
    poll_now();
    ask("{\"version\":\"1.0.0\"}", 503); /* there is a manifest, and nothing to sign with */
    assert_non_null(strstr(body, "No link can be made now"));
    get("/health", 200);
    assert_non_null(strstr(body, "\"bucket\":{\"age\":-1,\"refused\":0,\"links\":false}"));
    put_keys(NOW + 3600);
    write_file("store/" APP "/production/" HF_SYNC_SEEN, "", 0);
    write_file("store/" APP "/production/" HF_SYNC_REFUSED, "", 0);
    poll_now();
    assert_string_equal(said, "");
    ask("{\"version\":\"1.0.0\"}", 200);
    url_of(link);
    assert_non_null(strstr(link, "https://examplebucket.s3.us-east-1.amazonaws.com/pre/fix/" APP "/objects/"));
    assert_non_null(strstr(body, "response-content-disposition=attachment%3B%20filename%3D%22patch.zip%22"));
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"sha256\":\"%s\"}", old_sha);
    ask(json, 200);
    assert_non_null(strstr(body, "filename%3D%22patch.zip.delta%22"));
    get("/health", 200);
    assert_non_null(strstr(body, "\"refused\":1,\"links\":true}"));
    get(HF_DOWNLOAD_PATH "x.y", 404);
    write_file("store/" HF_LINK_KEYS_FILE, "{", 1);
    poll_now();
    assert_non_null(strstr(said, "links are signed as before"));
    ask("{\"version\":\"1.0.0\"}", 200);
    hf_site_close(site);
    config.store.url = url;
    config.edge.secret = secret;
}

int main(void)
{
#define LINKS(f) cmocka_unit_test_setup_teardown(f, open_links, close_links)
    const struct CMUnitTest tests[] = {
        LINKS(as_with_the_secret), LINKS(two_days), LINKS(never_longer_than_the_credentials), LINKS(the_public_endpoint),
        LINKS(a_bad_file_changes_nothing), cmocka_unit_test(site_on_a_bucket),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
