/* device.h: a device for tests: a folder, manifests signed with the key of RFC 8037, and a server in memory behind the
 * transport callback, which is also how an app that brings its own network does it. */
#ifndef HF_TEST_DEVICE_H
#define HF_TEST_DEVICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/session.h"
#include "core/digest.h"
#include "core/sign.h"
#include "tests/unit/keys.h"

#define NOW 1790000000
#define DAY 86400

/* What the server has, and what it does wrong. */
struct server {
    struct hf_buf manifest;
    const char *etag;
    const char *bytes; /* of whatever patch is asked for */
    size_t bytes_n;
    int64_t date; /* of its answers */
    int tls;
    int asked;   /* requests */
    int piece;   /* a download comes in pieces of so many bytes; 0: in one */
    int cut;     /* the next download breaks off after so many bytes; 0: none */
    int expired; /* so many downloads get 403 */
    int reports; /* requests that told what became of a patch; not in asked */
    int deaf;    /* the status that reports get, 0: as it should be; less than 0: none */
    char told[1024];
    char last_headers[512];
};

static inline int send_body(const char *p, size_t n, int (*on_body)(void *, const void *, size_t), void *arg)
{
    return n == 0 || on_body(arg, p, n) == 0;
}

static inline enum hf_client_sent serve_file(struct server *s, const struct hf_client_ask *ask, struct hf_client_reply *r,
                                             int (*on_body)(void *, const void *, size_t), void *arg, char *why, size_t why_max)
{
    size_t start = 0, end = s->bytes_n;
    int cut = s->cut;

    if (s->expired > 0) {
        s->expired--;
        r->status = 403;
        return send_body("Link expired", 12, on_body, arg) ? HF_CLIENT_SENT : HF_CLIENT_STOPPED;
    }
    r->status = 200;
    snprintf(r->etag, sizeof r->etag, "\"bytes\"");
    if (ask->headers[0] != NULL && sscanf(ask->headers[0], "Range: bytes=%zu-", &start) == 1) {
        r->status = 206;
        snprintf(r->content_range, sizeof r->content_range, "bytes %zu-%zu/%zu", start, end - 1, end);
    }
    s->cut = 0;
    if (cut > 0)
        end = start + (size_t)cut;
    for (; s->piece > 0 && end - start > (size_t)s->piece; start += (size_t)s->piece)
        if (!send_body(s->bytes + start, (size_t)s->piece, on_body, arg))
            return HF_CLIENT_STOPPED;
    if (!send_body(s->bytes + start, end - start, on_body, arg))
        return HF_CLIENT_STOPPED;
    if (cut == 0)
        return HF_CLIENT_SENT;
    snprintf(why, why_max, "cut off");
    return HF_CLIENT_BROKE;
}

/* Keeps "RESULT FIRST-8-OF-SHA256" of each in `told`. */
static inline enum hf_client_sent take_report(struct server *s, const struct hf_client_ask *ask, struct hf_client_reply *r,
                                              int (*on_body)(void *, const void *, size_t), void *arg, char *why, size_t why_max)
{
    static const char nothing[] = "{\"update\":false,\"message\":\"x\"}";
    struct hf_question a;
    struct hf_err err;

    s->reports++;
    if (s->deaf < 0) {
        snprintf(why, why_max, "not reached");
        return HF_CLIENT_BROKE;
    }
    r->status = s->deaf > 0 ? s->deaf : 200;
    if (hf_question_parse(&a, ask->body, ask->body_n, &err) != 0)
        fail_msg("%s", err.msg);
    assert_string_equal(a.facts.client, "device-1");
    assert_string_equal(a.app, "com.example.app");
    if (s->deaf == 0)
        snprintf(s->told + strlen(s->told), sizeof s->told - strlen(s->told), "%s %.8s\n", hf_result_name(a.result), a.reported);
    hf_question_clear(&a);
    return send_body(nothing, sizeof nothing - 1, on_body, arg) ? HF_CLIENT_SENT : HF_CLIENT_STOPPED;
}

static inline enum hf_client_sent serve(void *self, const struct hf_client_ask *ask, struct hf_client_reply *r,
                                        int (*on_body)(void *, const void *, size_t), void *arg, char *why, size_t why_max)
{
    static const char link[] = "{\"update\":true,\"url\":\"/api/patch/download/x\"}";
    struct server *s = self;
    size_t i;

    if (strcmp(ask->method, "POST") == 0 && strstr(ask->body, "\"report\"") != NULL)
        return take_report(s, ask, r, on_body, arg, why, why_max);
    s->asked++;
    s->last_headers[0] = '\0';
    for (i = 0; ask->headers[i] != NULL; i++) {
        strncat(s->last_headers, ask->headers[i], 200);
        strcat(s->last_headers, "\n");
    }
    r->date = s->date;
    r->date_trusted = s->tls;
    r->status = 200;
    if (strstr(ask->url, "/download/") != NULL)
        return serve_file(s, ask, r, on_body, arg, why, why_max);
    if (strcmp(ask->method, "POST") == 0)
        return send_body(link, sizeof link - 1, on_body, arg) ? HF_CLIENT_SENT : HF_CLIENT_STOPPED;
    snprintf(r->etag, sizeof r->etag, "%s", s->etag);
    if (s->etag[0] != '\0' && strstr(s->last_headers, s->etag) != NULL) {
        r->status = 304;
        return HF_CLIENT_SENT;
    }
    return send_body(s->manifest.p, s->manifest.n, on_body, arg) ? HF_CLIENT_SENT : HF_CLIENT_STOPPED;
}

/* One release of `bytes` under number `patch` for 1.0.0; bytes NULL: "file":null. */
static inline void add_release(struct hf_manifest *m, int64_t patch, const char *bytes, enum hf_state state)
{
    struct hf_release r;
    struct hf_digest *d;
    struct hf_sums sums;

    memset(&r, 0, sizeof r);
    r.patch = patch;
    r.state = state;
    r.rollout = HF_ROLLOUT_ALL;
    r.priority = HF_MANDATORY;
    r.published = m->published;
    r.notes = strdup("");
    snprintf(r.job, sizeof r.job, "%032llx", (unsigned long long)patch);
    snprintf(r.target, sizeof r.target, "1.0.0");
    snprintf(r.salt, sizeof r.salt, "00");
    snprintf(r.window, sizeof r.window, "02:00-05:00");
    snprintf(r.source.ref, sizeof r.source.ref, "refs/heads/hotfix/1.0.0");
    snprintf(r.source.builder, sizeof r.source.builder, "archive");
    memset(r.source.base, 'b', 40);
    memset(r.source.commit, 'c', 40);
    assert_int_equal(hf_range_parse(&r.range, r.target, NULL), 0);
    if (bytes != NULL) {
        assert_int_equal(hf_digest_new(&d, NULL), 0);
        assert_int_equal(hf_digest_update(d, bytes, strlen(bytes), NULL), 0);
        assert_int_equal(hf_digest_final(d, &sums, NULL), 0);
        hf_digest_free(d);
        r.has_file = 1;
        r.file.size = (int64_t)sums.size;
        memcpy(r.file.sums.md5, sums.md5, sizeof sums.md5);
        memcpy(r.file.sums.sha256, sums.sha256, sizeof sums.sha256);
        snprintf(r.file.key, sizeof r.file.key, "objects/%s", sums.sha256);
        snprintf(r.file.name, sizeof r.file.name, "fix.zip");
    }
    if (m->last < patch)
        m->last = patch;
    assert_int_equal(hf_manifest_add(m, &r, NULL), 0);
}

static inline struct hf_manifest *new_manifest(int64_t serial)
{
    struct hf_manifest *m;

    assert_int_equal(hf_manifest_new(&m, "com.example.app", "production", NULL), 0);
    m->serial = serial;
    m->published = NOW - DAY;
    m->expires = NOW + 30 * DAY;
    return m;
}

/* Signs m with the private keys and frees it. */
static inline void sign_manifest(struct hf_buf *out, struct hf_manifest *m, const char *const *pems, size_t n)
{
    struct hf_signer *signers[HF_JWS_MAX_SIGNATURES];
    struct hf_buf payload;
    struct hf_err err;
    size_t i;

    hf_buf_init(&payload, HF_MANIFEST_MAX_BYTES);
    hf_buf_free(out);
    hf_buf_init(out, HF_JWS_MAX_BYTES);
    for (i = 0; i < n; i++)
        assert_int_equal(hf_signer_parse(&signers[i], pems[i], strlen(pems[i]), "key", &err), 0);
    if (hf_manifest_write(&payload, m, &err) != 0)
        fail_msg("%s", err.msg);
    assert_int_equal(hf_jws_sign(out, payload.p, payload.n, signers, n, &err), 0);
    for (i = 0; i < n; i++)
        hf_signer_free(signers[i]);
    hf_buf_free(&payload);
    hf_manifest_free(m);
}

/* The server's manifest: serial, and one live release (patch, bytes). */
static inline void offer(struct server *s, int64_t serial, int64_t patch, const char *bytes)
{
    static const char *const pems[] = {RFC_PRIVATE_PEM};
    struct hf_manifest *m = new_manifest(serial);

    add_release(m, patch, bytes, HF_LIVE);
    sign_manifest(&s->manifest, m, pems, 1);
    s->etag = "";
    s->bytes = bytes;
    s->bytes_n = bytes == NULL ? 0 : strlen(bytes);
}

static inline int64_t test_clock(void *arg)
{
    (void)arg;
    return NOW;
}

static inline struct hf_client *device(const char *dir, struct server *s, const char *pem)
{
    const struct hf_client_transport transport = {serve, s};
    const struct hf_client_options o = {.size = sizeof o, .dir = dir, .keys = pem, .keys_n = strlen(pem), .app = "com.example.app",
                                        .channel = "production", .version = "1.0.0", .client_id = "device-1",
                                        .edge = "https://edge.example", .transport = &transport, .clock = test_clock};
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;

    if (hf_client_open(&c, &o, &a) != HF_CLIENT_OK)
        fail_msg("%s", a.message);
    return c;
}

/* A folder of its own, below TMPDIR; nftw'ed away by forget_folder. */
static inline void new_folder(char out[512])
{
    const char *t = getenv("TMPDIR");

    snprintf(out, 500, "%s/hotfix-device.XXXXXX", t == NULL ? "/tmp" : t);
    assert_non_null(mkdtemp(out));
    strcat(out, "/dir");
}

static inline void forget_folder(char *dir)
{
    char command[600];

    *strrchr(dir, '/') = '\0';
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

#endif
