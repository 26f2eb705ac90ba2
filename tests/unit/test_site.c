/* test_site.c: the edge's pages over a real store in a temporary folder, without a server. */
#include "tests/unit/site_store.h"

static int open_site(void **state)
{
    struct hf_err err;

    (void)state;
    put_both(42);
    if (hf_site_open(&site, &config, &err) != 0)
        fail_msg("%s", err.msg);
    poll_now();
    assert_string_equal(said, "");
    return 0;
}

static int close_site(void **state)
{
    (void)state;
    hf_site_close(site);
    site = NULL;
    return 0;
}

static void an_update(void **state)
{
    char want[2048], json[256];
    json_t *doc, *delta;

    (void)state;
    ask("{\"version\":\"1.0.0\"}", 200);
    doc = parsed();
    assert_true(json_is_true(json_object_get(doc, "update")));
    assert_string_equal(member(doc, "version"), "1.0.0");
    assert_memory_equal(member(doc, "url"), HF_DOWNLOAD_PATH, strlen(HF_DOWNLOAD_PATH));
    assert_int_equal(json_integer_value(json_object_get(doc, "patch")), 2);
    assert_string_equal(member(doc, "target"), "1.0.0");
    assert_string_equal(member(doc, "name"), "patch.zip");
    snprintf(want, sizeof want, "%032d", 2);
    assert_string_equal(member(doc, "md5"), want);
    assert_string_equal(member(doc, "sha256"), new_sha);
    assert_int_equal(json_integer_value(json_object_get(doc, "size")), strlen(NEW_BYTES));
    assert_string_equal(member(doc, "window"), "02:00-05:00");
    assert_string_equal(member(doc, "priority"), "normal");
    assert_int_equal(json_integer_value(json_object_get(doc, "serial")), 42);
    assert_true(json_is_null(json_object_get(doc, "delta")));
    assert_int_equal(json_integer_value(json_object_get(doc, "check_after")), 4500);
    json_decref(doc);

    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"sha256\":\"%s\"}", old_sha);
    ask(json, 200);
    doc = parsed();
    delta = json_object_get(doc, "delta");
    assert_string_equal(member(delta, "from"), old_sha);
    assert_string_equal(member(delta, "codec"), "zstd");
    assert_string_equal(member(delta, "sha256"), delta_sha);
    assert_int_equal(json_integer_value(json_object_get(delta, "size")), 5);
    assert_string_not_equal(member(delta, "url"), member(doc, "url"));
    json_decref(doc);
}

static void nothing_for_the_device(void **state)
{
    char json[256];

    (void)state;
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"sha256\":\"%s\",\"client\":\"x\"}", new_sha);
    ask(json, 200);
    assert_non_null(strstr(body, "{\"update\":false,\"message\":\"Already up-to-date patch\",\"serial\":42,\"check_after\":"));
    ask("{\"version\":\"2.0.0\"}", 200);
    assert_string_equal(body, "{\"update\":false,\"message\":\"No patch for this version\",\"serial\":42,\"check_after\":4500}");
}

static void removal(void **state)
{
    char json[256];

    (void)state;
    put(APP, "production", 43, "2026-12-22T06:05:00Z", release(1, "1.0.0", "withdrawn", 10000, OLD_BYTES, 0), signer);
    poll_now();
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"sha256\":\"%s\"}", old_sha);
    ask(json, 200);
    assert_non_null(strstr(body, "{\"update\":false,\"remove\":true,"));
    put(APP, "production", 44, "2026-12-22T06:05:00Z", release(3, "1.0.0", "live", 10000, NULL, 0), signer);
    poll_now();
    ask("{\"version\":\"1.0.0\",\"md5\":\"00000000000000000000000000000001\"}", 200);
    assert_non_null(strstr(body, "\"remove\":true"));
    assert_non_null(strstr(body, "\"patch\":3"));
    ask("{\"version\":\"1.0.0\"}", 200);
    assert_non_null(strstr(body, "Already up-to-date patch"));
}

static void errors(void **state)
{
    static const struct {
        const char *json, *error;
        int status;
    } t[] = {
        {"", NULL, 400},
        {"{}", "version required", 400},
        {"{\"md5\":\"\"}", "version required", 400},
        {"{\"version\":\"\"}", "version required", 400},
        {"{\"version\":\"one\"}", "Invalid version", 400},
        {"{\"version\":\"1.0.0\",\"version\":\"1.0.0\"}", NULL, 400},
        {"{\"version\":\"1.0.0\"} x", NULL, 400},
        {"[]", NULL, 400},
        {"{\"version\":\"1.0.0\",\"app\":\"com.example.other\"}", "Unknown app", 404},
        {"{\"version\":\"1.0.0\",\"app\":\"" APP "\",\"channel\":\"beta\"}", "Unknown channel", 404},
        {"{\"version\":\"1.0.0\",\"app\":\"\\\"\\u0007\"}", NULL, 404},
        {"{\"version\":\"1.0.0\",\"sha256\":\"\\\"\\\\\\u0007\xc3\xa9\"}", NULL, 400},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof t[0]; i++) {
        json_t *doc;

        ask(t[i].json, t[i].status);
        doc = parsed(); /* well formed, whatever was sent */
        if (t[i].error != NULL)
            assert_string_equal(member(doc, "error"), t[i].error);
        assert_true(json_integer_value(json_object_get(doc, "check_after")) >= 3600);
        json_decref(doc);
    }
}

static void object_links(void **state)
{
    char json[512], url[1024];

    (void)state;
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"object\":\"%s\"}", new_sha);
    ask(json, 200);
    assert_non_null(strstr(body, "{\"update\":true,\"object\":\""));
    url_of(url);
    get(url, 200);
    assert_string_equal(body, NEW_BYTES);
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"sha256\":\"%s\",\"object\":\"%s\"}", old_sha, delta_sha);
    ask(json, 200);
    url_of(url);
    get(url, 200);
    assert_string_equal(body, DELTA_BYTES);
    assert_string_equal(reply.name, "patch.zip.delta");
    /* a delta from something it does not have, an old release, another version's: no link */
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"object\":\"%s\"}", delta_sha);
    ask(json, 200);
    assert_non_null(strstr(body, "{\"update\":false,\"message\":\"Not the file for this device now\""));
    snprintf(json, sizeof json, "{\"version\":\"1.0.0\",\"object\":\"%s\"}", old_sha);
    ask(json, 200);
    assert_null(strstr(body, "\"url\""));
    snprintf(json, sizeof json, "{\"version\":\"2.0.0\",\"object\":\"%s\"}", new_sha);
    ask(json, 200);
    assert_null(strstr(body, "\"url\""));
}

static void downloads(void **state)
{
    char url[1024], etag[HF_ETAG_TEXT_MAX];
    struct hf_call c = {.method = HF_METHOD_GET, .path = url};

    (void)state;
    ask("{\"version\":\"1.0.0\"}", 200);
    url_of(url);
    call_with(&c);
    assert_int_equal(reply.status, 200);
    assert_string_equal(body, NEW_BYTES);
    assert_string_equal(reply.name, "patch.zip");
    assert_string_equal(reply.type, "application/octet-stream");
    snprintf(etag, sizeof etag, "\"%s\"", new_sha);
    assert_string_equal(reply.etag, etag);

    c.range = "bytes=4-9";
    call_with(&c);
    assert_int_equal(reply.status, 206);
    assert_string_equal(body, "second");
    assert_string_equal(reply.content_range, "bytes 4-9/24");
    c.if_range = etag;
    call_with(&c);
    assert_int_equal(reply.status, 206);
    c.if_range = "\"other\"";
    call_with(&c);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.len, 24);
    c.if_range = NULL;
    c.range = "bytes=24-";
    call_with(&c);
    assert_int_equal(reply.status, 416);
    assert_string_equal(reply.content_range, "bytes */24");
    assert_int_equal(reply.fd, -1);
    c.method = HF_METHOD_HEAD; /* for which ranges mean nothing */
    call_with(&c);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.len, 24);
    c.method = HF_METHOD_GET;
    c.range = NULL;
    c.if_none_match = etag;
    call_with(&c);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.fd, -1);
}

static void bad_links(void **state)
{
    char url[1024];
    struct hf_call c = {.method = HF_METHOD_GET, .path = url};

    (void)state;
    ask("{\"version\":\"1.0.0\"}", 200);
    url_of(url);
    c.now = NOW + 59;
    call_with(&c);
    assert_int_equal(reply.status, 200);
    c.now = NOW + 61;
    call_with(&c);
    assert_int_equal(reply.status, 403);
    assert_string_equal(body, "{\"error\":\"Link expired\"}");
    c.now = NOW;
    url[strlen(url) - 1] ^= 4;
    call_with(&c);
    assert_int_equal(reply.status, 404);
    assert_string_equal(body, "{\"error\":\"Invalid or expired link\"}");
    get(HF_DOWNLOAD_PATH, 404);
    get(HF_DOWNLOAD_PATH "../../etc/passwd", 404);
    get(HF_DOWNLOAD_PATH "a.b", 404);
}

/* As many downloads as may be: who asks for one more is told when to come again; everything else is as ever. */
static void no_more_downloads(void **state)
{
    char url[1024];
    struct hf_call c = {.method = HF_METHOD_GET, .path = url, .now = NOW, .busy = 1};

    (void)state;
    ask("{\"version\":\"1.0.0\"}", 200);
    url_of(url);
    call_with(&c);
    assert_int_equal(reply.status, 503);
    assert_true(reply.retry_after > 0);
    assert_int_equal(reply.fd, -1);
    c.method = HF_METHOD_HEAD;
    call_with(&c);
    assert_int_equal(reply.status, 200);
    c.method = HF_METHOD_GET;
    c.path = "/health";
    call_with(&c);
    assert_int_equal(reply.status, 200);
    c.path = HF_DOWNLOAD_PATH "a.b"; /* strangers learn nothing */
    call_with(&c);
    assert_int_equal(reply.status, 404);
}

/* A well-signed link to something that is a symbolic link in the store. */
static void links_in_the_store_are_not_followed(void **state)
{
    char url[1024], key[128], token[HF_TOKEN_MAX];
    struct hf_url_keys *keys;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_url_keys_parse(&keys, "0123456789abcdef0123456789abcdef\n", 33, "key", &err), 0);
    snprintf(key, sizeof key, "objects/%s", old_sha);
    assert_int_equal(hf_token_mint(token, keys, NOW + 60, APP, key, &err), 0);
    snprintf(url, sizeof url, HF_DOWNLOAD_PATH "%s", token);
    get(url, 404);
    snprintf(key, sizeof key, "objects/%s", delta_sha); /* not there at all */
    assert_int_equal(hf_token_mint(token, keys, NOW + 60, APP, key, &err), 0);
    snprintf(url, sizeof url, HF_DOWNLOAD_PATH "%s", token);
    get(url, 404);
    hf_url_keys_free(keys);
}

static void the_manifest(void **state)
{
    struct hf_call c = {.method = HF_METHOD_GET, .path = "/manifest/" APP "/production"};
    char etag[HF_ETAG_TEXT_MAX];

    (void)state;
    call_with(&c);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.type, "application/jose+json");
    assert_non_null(strstr(body, "\"signatures\""));
    strcpy(etag, reply.etag);
    c.if_none_match = etag;
    call_with(&c);
    assert_int_equal(reply.status, 304);
    put_both(43);
    poll_now();
    call_with(&c);
    assert_int_equal(reply.status, 200);
    assert_string_not_equal(reply.etag, etag);
    get("/manifest/" APP, 404);
    get("/manifest/" APP "/", 404);
    get("/manifest//production", 404);
    get("/manifest/" APP "/beta", 404);
    get("/manifest/" APP "/production/x", 404);
}

/* The address that JSPatch's Loader has compiled in leads to packs alone: what is named otherwise is none. The way of a real pack
 * is in tests/e2e/jspatch.bats. */
static void not_a_pack(void **state)
{
    static const char *const none[] = {"", "/", "/1.0.0/v2.zip", "/1.0.0/patch.zip", "/2.0.0", "/1.0.0/x/v2.zip"};
    char path[256];

    (void)state;
    get("/jspatch/" APP "/production/1.0.0", 404);
    assert_string_equal(body, "{\"error\":\"No patch for this version\"}");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        snprintf(path, sizeof path, "/jspatch/" APP "/production%s", none[i]);
        get(path, 404);
    }
    get("/jspatch/" APP "/beta/1.0.0", 404);
    get("/jspatch/com.example.other/production/1.0.0", 404);
    get("/jspatch/" APP "/production/one", 400);
    assert_string_equal(body, "{\"error\":\"Invalid version\"}");
}

static void routes(void **state)
{
    static const char *const unknown[] = {"/", "/api", "/api/patch/version/", "/api/patch/versions", "/Health", "/health/",
                                          "//health", "/manifest"};
    struct hf_call c = {.method = HF_METHOD_GET, .path = HF_VERSION_PATH};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        get(unknown[i], 404);
        assert_string_equal(body, "{\"error\":\"Not found\"}");
    }
    call_with(&c);
    assert_int_equal(reply.status, 405);
    assert_string_equal(reply.allow, "POST");
    c.method = HF_METHOD_POST;
    c.path = "/health";
    call_with(&c);
    assert_int_equal(reply.status, 405);
    assert_string_equal(reply.allow, "GET, HEAD");
    c.method = HF_METHOD_OTHER;
    c.path = HF_DOWNLOAD_PATH "x";
    call_with(&c);
    assert_int_equal(reply.status, 405);
    get("/health", 200);
    assert_non_null(strstr(body, "{\"status\":\"ok\",\"channels\":1,\"in_force\":1"));
}

static void expiry(void **state)
{
    struct hf_call c = {.method = HF_METHOD_GET, .path = "/health", .now = NOW + 31 * 86400};

    (void)state;
    call_with(&c);
    assert_non_null(strstr(body, "\"waiting\""));
    c.method = HF_METHOD_POST;
    c.path = HF_VERSION_PATH;
    c.body = "{\"version\":\"1.0.0\"}";
    c.body_n = strlen(c.body);
    call_with(&c);
    assert_int_equal(reply.status, 503);
    assert_non_null(strstr(body, "{\"error\":\"No valid manifest\""));
}

/* The last good manifest stays in force, and each bad one is spoken of once. */
static void bad_manifests(void **state)
{
    (void)state;
    write_file("store/" APP "/production/manifest.json", "{}", 2);
    poll_now();
    assert_non_null(strstr(said, "the last good one stays in force"));
    poll_now();
    assert_string_equal(said, "");
    ask("{\"version\":\"1.0.0\"}", 200);

    put_both(41); /* goes back */
    poll_now();
    assert_non_null(strstr(said, "lower than 42"));
    ask("{\"version\":\"1.0.0\"}", 200);
    assert_non_null(strstr(body, "\"serial\":42"));

    put(APP, "production", 42, "2026-12-22T06:05:00Z", "", signer); /* says two things */
    poll_now();
    assert_non_null(strstr(said, "with other content"));
}

static void another_channels_manifest_is_not_taken(void **state)
{
    char from[512];

    (void)state;
    put(APP, "beta", 50, "2026-12-22T06:05:00Z", "", signer);
    strcpy(from, path_of("store/" APP "/beta/manifest.json"));
    assert_int_equal(rename(from, path_of("store/" APP "/production/manifest.json")), 0);
    poll_now();
    assert_non_null(strstr(said, "channel beta"));
    ask("{\"version\":\"1.0.0\"}", 200);
}

static void a_manifest_that_goes_away_stays_in_force(void **state)
{
    (void)state;
    assert_int_equal(unlink(path_of("store/" APP "/production/manifest.json")), 0);
    poll_now();
    assert_non_null(strstr(said, "the last good one stays in force"));
    poll_now();
    assert_string_equal(said, "");
    ask("{\"version\":\"1.0.0\"}", 200);
    put_both(43);
    poll_now();
    ask("{\"version\":\"1.0.0\"}", 200);
    assert_non_null(strstr(body, "\"serial\":43"));
}

/* The serial belongs to the key that signed it. */
static void a_rotated_key_may_begin_anew(void **state)
{
    (void)state;
    put(APP, "production", 1, "2026-12-22T06:05:00Z", "", other);
    poll_now();
    assert_non_null(strstr(said, "another pinned key"));
    ask("{\"version\":\"1.0.0\"}", 200);
    assert_non_null(strstr(body, "\"serial\":1,"));
}

static void a_manifest_link_is_not_followed(void **state)
{
    char to[512];

    (void)state;
    strcpy(to, path_of("real.json"));
    assert_int_equal(unlink(path_of("store/" APP "/production/manifest.json")), 0);
    assert_int_equal(symlink(to, path_of("store/" APP "/production/manifest.json")), 0);
    poll_now();
    assert_non_null(strstr(said, "stays in force"));
    assert_int_equal(unlink(path_of("store/" APP "/production/manifest.json")), 0);
}

static void no_manifest_yet(void **state)
{
    struct hf_err err;

    (void)state;
    unlink(path_of("store/" APP "/production/manifest.json"));
    assert_int_equal(hf_site_open(&site, &config, &err), 0);
    poll_now();
    assert_string_equal(said, "");
    ask("{\"version\":\"1.0.0\"}", 503);
    get("/manifest/" APP "/production", 503);
    get("/jspatch/" APP "/production/1.0.0", 503);
    get("/health", 200);
    put_both(1);
    poll_now();
    ask("{\"version\":\"1.0.0\"}", 200);
    hf_site_close(site);
}

static void which_app_and_channel(void **state)
{
    struct hf_err err;

    (void)state;
    channels[1].app = channels[0].app;
    channels[1].name = strdup("beta");
    channels[2] = channels[0]; /* two labels for one channel */
    config.channel_count = 3;
    assert_int_equal(hf_site_open(&site, &config, &err), 0);
    poll_now();
    ask("{\"version\":\"1.0.0\"}", 400);
    assert_non_null(strstr(body, "channel required"));
    ask("{\"version\":\"1.0.0\",\"channel\":\"production\"}", 200);
    ask("{\"version\":\"1.0.0\",\"channel\":\"beta\"}", 503);
    hf_site_close(site);

    channels[1].app = strdup("com.example.shop.android");
    assert_int_equal(hf_site_open(&site, &config, &err), 0);
    ask("{\"version\":\"1.0.0\"}", 400);
    assert_non_null(strstr(body, "app required"));
    ask("{\"version\":\"1.0.0\",\"app\":\"com.example.shop.android\"}", 503);
    ask("{\"version\":\"1.0.0\",\"app\":\"com.example.shop.android\",\"channel\":\"production\"}", 404);
    hf_site_close(site);
    free(channels[1].app);
    free(channels[1].name);
    config.channel_count = 1;
}

static void public_urls(void **state)
{
    char url[1024];
    char *saved = config.edge.public_url;
    struct hf_err err;

    (void)state;
    config.edge.public_url = strdup("https://updates.example.com/x/");
    put_both(60);
    assert_int_equal(hf_site_open(&site, &config, &err), 0);
    poll_now();
    ask("{\"version\":\"1.0.0\"}", 200);
    url_of(url);
    assert_memory_equal(url, "https://updates.example.com/x/api/patch/download/", 49);
    hf_site_close(site);
    free(config.edge.public_url);
    config.edge.public_url = strdup("updates.example.com");
    assert_int_equal(hf_site_open(&site, &config, &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
    free(config.edge.public_url);
    config.edge.public_url = saved;
}

static void refuses_to_start(void **state)
{
    char *url = config.store.url, elsewhere[] = "ftp://host/x";
    struct hf_err err;

    (void)state;
    config.store.url = elsewhere;
    assert_int_equal(hf_site_open(&site, &config, &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
    config.store.url = url;
    config.channel_count = 0;
    assert_int_equal(hf_site_open(&site, &config, &err), -1);
    config.channel_count = 1;
}

#define PAGE(f) cmocka_unit_test_setup_teardown(f, open_site, close_site)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGE(an_update),
        PAGE(nothing_for_the_device),
        PAGE(removal),
        PAGE(errors),
        PAGE(object_links),
        PAGE(downloads),
        PAGE(bad_links),
        PAGE(no_more_downloads),
        PAGE(links_in_the_store_are_not_followed),
        PAGE(the_manifest),
        PAGE(not_a_pack),
        PAGE(routes),
        PAGE(expiry),
        PAGE(bad_manifests),
        PAGE(another_channels_manifest_is_not_taken),
        PAGE(a_manifest_that_goes_away_stays_in_force),
        PAGE(a_rotated_key_may_begin_anew),
        PAGE(a_manifest_link_is_not_followed),
        cmocka_unit_test(no_manifest_yet),
        cmocka_unit_test(which_app_and_channel),
        cmocka_unit_test(public_urls),
        cmocka_unit_test(refuses_to_start),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
