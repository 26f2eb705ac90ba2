/* site_store.h: a store with signed manifests in a temporary folder, and questions to the site over it. For test_site.c. */
#ifndef HF_SITE_STORE_H
#define HF_SITE_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/digest.h"
#include "core/json.h"
#include "core/sign.h"
#include "core/token.h"
#include "edge/site.h"

#define NOW 1795327500 /* 2026-11-22T06:05:00Z */
#define APP "com.example.shop.ios"
#define OLD_BYTES "the first patch"
#define NEW_BYTES "the second patch, longer"
#define DELTA_BYTES "delta"

static char dir[256];
static char old_sha[65], new_sha[65], delta_sha[65];
static struct hf_signer *signer, *other;
static struct hf_site *site;
static struct hf_config config;
static struct hf_channel channels[3];
static struct hf_reply reply;
static char said[2048];

static const char *path_of(const char *name)
{
    static char path[600];

    assert_true(strlen(name) < 300);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void write_file(const char *name, const void *p, size_t n)
{
    char tmp[700];
    FILE *f;

    snprintf(tmp, sizeof tmp, "%s.new", path_of(name));
    f = fopen(tmp, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(rename(tmp, path_of(name)), 0);
}

static void sha_of(char out[65], const char *s)
{
    uint8_t md[32];

    assert_int_equal(hf_sha256(md, s, strlen(s)), 0);
    hf_hex(out, md, 32);
}

/* Signs and puts a manifest whose releases are given as JSON. */
static void put(const char *app, const char *channel, int serial, const char *expires, const char *releases,
                struct hf_signer *with)
{
    static char payload[16384];
    char name[256];
    struct hf_buf envelope;
    struct hf_err err;
    int n = snprintf(payload, sizeof payload,
                     "{\"format\":1,\"app\":\"%s\",\"channel\":\"%s\",\"serial\":%d,\"last\":9,"
                     "\"published\":\"2026-11-22T06:00:00Z\","
                     "\"expires\":\"%s\",\"releases\":[%s],\"revoked\":[]}",
                     app, channel, serial, expires, releases);

    hf_buf_init(&envelope, HF_JWS_MAX_BYTES);
    if (hf_jws_sign(&envelope, payload, (size_t)n, &with, 1, &err) != 0)
        fail_msg("%s", err.msg);
    snprintf(name, sizeof name, "store/%s/%s/manifest.json", app, channel);
    write_file(name, envelope.p, envelope.n);
    hf_buf_free(&envelope);
}

static const char *release(int patch, const char *target, const char *state, int rollout, const char *bytes, int with_delta)
{
    static char out[4][4096];
    static int turn;
    char *p = out[turn++ % 4], sha[65], deltas[1024] = "";
    char file[512] = "null";

    if (bytes != NULL) {
        sha_of(sha, bytes);
        snprintf(file, sizeof file, "{\"key\":\"objects/%s\",\"name\":\"patch.zip\",\"size\":%zu,\"md5\":\"%032d\","
                                    "\"sha256\":\"%s\"}",
                 sha,
                 strlen(bytes), patch, sha);
        if (with_delta)
            snprintf(deltas, sizeof deltas, "{\"from\":\"%s\",\"codec\":\"zstd\",\"key\":\"deltas/%s-%s\",\"size\":5,"
                                            "\"sha256\":\"%s\"}",
                     old_sha, old_sha, sha, delta_sha);
    }
    snprintf(p, sizeof out[0],
             "{\"patch\":%d,\"job\":\"%032d\",\"target\":\"%s\",\"state\":\"%s\",\"rollout\":%d,\"salt\":\"9f2c01d4a6b7e853\","
             "\"priority\":\"normal\",\"window\":\"02:00-05:00\",\"published\":\"2026-11-22T06:00:00Z\",\"notes\":\"\","
             "\"source\":{"
             "\"ref\":\"refs/heads/hotfix/1\",\"base\":\"%040d\",\"commit\":\"%040d\",\"files\":1,\"builder\":\"archive\"},"
             "\"file\":%s,\"deltas\":[%s],\"critical\":[]}",
             patch, patch, target, state, rollout, 1, 2, file, deltas);
    return p;
}

static void put_both(int serial)
{
    char both[8192];

    snprintf(both, sizeof both, "%s,%s", release(2, "1.0.0", "live", 10000, NEW_BYTES, 1),
             release(1, "1.0.0", "live", 10000, OLD_BYTES, 0));
    put(APP, "production", serial, "2026-12-22T06:05:00Z", both, signer);
}

static __attribute__((format(printf, 1, 2))) void say(const char *fmt, ...)
{
    size_t n = strlen(said);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(said + n, sizeof said - n, fmt, ap);
    va_end(ap);
}

static void poll_now(void)
{
    said[0] = '\0';
    hf_site_poll(site, say);
}

/* What a reply's body is, as text. */
static char body[4096];
static void call_with(struct hf_call *c)
{
    if (c->now == 0)
        c->now = NOW;
    hf_site_answer(site, c, &reply);
    body[0] = '\0';
    if (reply.blob != NULL) {
        snprintf(body, sizeof body, "%.*s", (int)reply.blob->n, reply.blob->bytes);
    } else if (reply.fd >= 0) {
        ssize_t n = pread(reply.fd, body, reply.len < sizeof body ? reply.len : sizeof body - 1, (off_t)reply.off);

        assert_true(n >= 0);
        body[n] = '\0';
    } else if (reply.body_n > 0) {
        snprintf(body, sizeof body, "%.*s", (int)reply.body_n, reply.body);
    }
    hf_reply_drop(&reply);
}

static void ask(const char *json, int status)
{
    struct hf_call c = {.method = HF_METHOD_POST, .path = HF_VERSION_PATH, .body = json, .body_n = strlen(json)};

    call_with(&c);
    print_message("# %.200s -> %.400s\n", json, body); /* cmocka cuts at 1,024 */
    assert_int_equal(reply.status, status);
    assert_string_equal(reply.cache, "no-store");
}

static void get(const char *path, int status)
{
    struct hf_call c = {.method = HF_METHOD_GET, .path = path};

    call_with(&c);
    assert_int_equal(reply.status, status);
}

static json_t *parsed(void)
{
    json_t *doc = NULL;
    struct hf_err err;

    if (hf_json_load(&doc, body, strlen(body), "answer", &err) != 0)
        fail_msg("%s: %s", body, err.msg);
    return doc;
}

static const char *member(json_t *doc, const char *name)
{
    return json_string_value(json_object_get(doc, name));
}

static void url_of(char url[1024])
{
    json_t *doc = parsed();

    snprintf(url, 1024, "%s", member(doc, "url"));
    json_decref(doc);
}

static int setup(void **state)
{
    char text[256];
    struct hf_buf pem;
    struct hf_err err;

    (void)state;
    snprintf(dir, sizeof dir, "%s/site.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(dir));
    sha_of(old_sha, OLD_BYTES);
    sha_of(new_sha, NEW_BYTES);
    sha_of(delta_sha, DELTA_BYTES);
    mkdir(path_of("store"), 0750);
    mkdir(path_of("store/" APP), 0750);
    mkdir(path_of("store/" APP "/production"), 0750);
    mkdir(path_of("store/" APP "/beta"), 0750);
    mkdir(path_of("store/" APP "/objects"), 0750);
    mkdir(path_of("store/" APP "/deltas"), 0750);
    snprintf(text, sizeof text, "store/" APP "/objects/%s", new_sha);
    write_file(text, NEW_BYTES, strlen(NEW_BYTES));
    snprintf(text, sizeof text, "store/" APP "/objects/%s", old_sha);
    assert_int_equal(symlink("/etc/hostname", path_of(text)), 0);
    snprintf(text, sizeof text, "store/" APP "/deltas/%s-%s", old_sha, new_sha);
    write_file(text, DELTA_BYTES, strlen(DELTA_BYTES));

    assert_int_equal(hf_signer_generate(&signer, &err), 0);
    assert_int_equal(hf_signer_generate(&other, &err), 0);
    hf_buf_init(&pem, HF_KEY_MAX_PEM);
    assert_int_equal(hf_signer_public_pem(&pem, signer, &err), 0);
    assert_int_equal(hf_signer_public_pem(&pem, other, &err), 0);
    write_file("trusted.pem", pem.p, pem.n);
    hf_buf_free(&pem);
    write_file("url.key", "0123456789abcdef0123456789abcdef\n", 33);

    memset(&config, 0, sizeof config);
    channels[0].app = strdup(APP);
    channels[0].name = strdup("production");
    config.channels = channels;
    config.channel_count = 1;
    config.store.url = strdup(path_of("store"));
    snprintf(text, sizeof text, "file://%s", config.store.url);
    free(config.store.url);
    config.store.url = strdup(text);
    config.trust.keys.kind = config.edge.secret.kind = HF_SECRET_FILE;
    config.trust.keys.name = strdup(path_of("trusted.pem"));
    config.edge.secret.name = strdup(path_of("url.key"));
    config.edge.public_url = strdup("");
    config.edge.tls_cert = strdup("");
    config.edge.tls_key = strdup("");
    config.edge.url_ttl = 60;
    config.edge.user = strdup("");
    return 0;
}

static int teardown(void **state)
{
    char cmd[512];

    (void)state;
    snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
    hf_signer_free(signer);
    hf_signer_free(other);
    free(channels[0].app);
    free(channels[0].name);
    free(config.store.url);
    free(config.trust.keys.name);
    free(config.edge.secret.name);
    free(config.edge.public_url);
    free(config.edge.tls_cert);
    free(config.edge.tls_key);
    free(config.edge.user);
    return system(cmd);
}

#endif
