/* test_update.c: the library as an app embeds it: its own network, and starts while an update is at work. */
#include "tests/unit/device.h"

#define ONE "patch one"
#define TWO "patch two, which is a little longer"

static void an_install_answers_what_and_how_urgent(void **state)
{
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    struct server s;
    char dir[512];

    (void)state;
    memset(&s, 0, sizeof s);
    new_folder(dir);
    offer(&s, 3, 7, ONE);
    s.etag = "\"m\"";
    c = device(dir, &s, RFC_PUBLIC_PEM);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    assert_int_equal(a.event, HF_CLIENT_INSTALLED);
    assert_int_equal(a.patch.number, 7);
    assert_string_equal(a.patch.name, "fix.zip");
    assert_string_equal(a.priority, "mandatory");
    assert_string_equal(a.window, "02:00-05:00");
    assert_int_equal(a.serial, 3);
    assert_non_null(strstr(a.path, "/fix.zip"));
    assert_int_equal(s.asked, 3);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK); /* 304 */
    assert_int_equal(a.event, HF_CLIENT_NOTHING);
    assert_non_null(strstr(s.last_headers, "If-None-Match: \"m\""));
    assert_int_equal(s.asked, 4);
    assert_string_equal(a.priority, "");
    hf_client_close(c);
    hf_buf_free(&s.manifest);
    forget_folder(dir);
}

static void cut_off_and_expired_it_goes_on_where_it_stopped(void **state)
{
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    struct server s;
    char dir[512];

    (void)state;
    memset(&s, 0, sizeof s);
    new_folder(dir);
    offer(&s, 1, 1, TWO);
    s.cut = 5;
    c = device(dir, &s, RFC_PUBLIC_PEM);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    assert_int_equal(a.event, HF_CLIENT_INSTALLED);
    assert_non_null(strstr(s.last_headers, "Range: bytes=5-\nIf-Range: \"bytes\""));
    hf_client_close(c);
    hf_buf_free(&s.manifest);
    forget_folder(dir);
}

static void the_bytes_must_be_those_that_were_signed(void **state)
{
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    struct server s;
    char dir[512];

    (void)state;
    memset(&s, 0, sizeof s);
    new_folder(dir);
    offer(&s, 1, 1, ONE);
    c = device(dir, &s, RFC_PUBLIC_PEM);
    s.bytes = "patch 0ne";
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_REFUSED);
    s.bytes_n = strlen(ONE) - 1; /* fewer: the rest never comes */
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_AGAIN);
    s.bytes = "patch one and more";
    s.bytes_n = strlen(s.bytes);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_REFUSED);
    assert_string_equal(a.path, "");
    assert_int_equal(hf_client_begin(c, &a), HF_CLIENT_OK);
    assert_string_equal(a.path, "");
    hf_client_close(c);
    hf_buf_free(&s.manifest);
    forget_folder(dir);
}

/* A transport that does something to the folder while a download runs. */
struct meddler {
    struct server *server;
    struct hf_client *other;
    enum hf_client_result (*what)(struct hf_client *c, struct hf_client_answer *a);
    enum hf_client_result got;
    struct hf_client_answer answer;
};

static enum hf_client_sent meddle(void *self, const struct hf_client_ask *ask, struct hf_client_reply *r,
                                  int (*on_body)(void *, const void *, size_t), void *arg, char *why, size_t why_max)
{
    struct meddler *m = self;

    if (strstr(ask->url, "/download/") != NULL)
        m->got = m->what(m->other, &m->answer);
    return serve(m->server, ask, r, on_body, arg, why, why_max);
}

static void a_start_is_not_held_up_by_a_download(void **state)
{
    struct hf_client_answer a = {.size = sizeof a};
    struct meddler m;
    struct server s;
    struct hf_client *c;
    char dir[512];

    (void)state;
    memset(&s, 0, sizeof s);
    memset(&m, 0, sizeof m);
    m.answer.size = sizeof m.answer;
    new_folder(dir);
    offer(&s, 1, 1, ONE);
    c = device(dir, &s, RFC_PUBLIC_PEM);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    m.server = &s;
    m.other = device(dir, &s, RFC_PUBLIC_PEM);
    m.what = hf_client_begin;
    c->transport.perform = meddle;
    c->transport.self = &m;
    offer(&s, 2, 2, TWO);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    assert_int_equal(a.patch.number, 2);
    assert_int_equal(m.got, HF_CLIENT_OK);
    assert_int_equal(m.answer.patch.number, 1); /* it started what was in force then, */
    assert_int_equal(hf_client_confirm(c, &a), HF_CLIENT_OK);
    assert_non_null(strstr(a.message, "patch 1 is confirmed")); /* and that is what it confirms */
    m.what = hf_client_update;
    offer(&s, 3, 3, ONE "!");
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    assert_int_equal(m.got, HF_CLIENT_AGAIN); /* one update at a time */
    hf_client_close(m.other);
    hf_client_close(c);
    hf_buf_free(&s.manifest);
    forget_folder(dir);
}

/* Another process gives up just what is being fetched. */
static enum hf_client_result give_up_two(struct hf_client *c, struct hf_client_answer *a)
{
    char sha256[HF_SHA256_HEX + 1];
    struct hf_device s;
    struct hf_err why;
    uint8_t raw[32];
    int fresh;

    (void)a;
    assert_int_equal(hf_sha256(raw, TWO, strlen(TWO)), 0);
    hf_hex(sha256, raw, sizeof raw);
    assert_int_equal(hf_state_load(&s, &c->dir, &fresh, &why, NULL), 0);
    hf_state_fail(&s, sha256);
    assert_int_equal(hf_state_save(&c->dir, &s, NULL, NULL), 0);
    return HF_CLIENT_OK;
}

static void what_was_decided_is_decided_again_behind_a_download(void **state)
{
    struct hf_client_answer a = {.size = sizeof a};
    struct meddler m;
    struct server s;
    struct hf_client *c;
    char dir[512];

    (void)state;
    memset(&s, 0, sizeof s);
    memset(&m, 0, sizeof m);
    m.answer.size = sizeof m.answer;
    new_folder(dir);
    offer(&s, 1, 1, ONE);
    c = device(dir, &s, RFC_PUBLIC_PEM);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    m.server = &s;
    m.other = c;
    m.what = give_up_two;
    c->transport.perform = meddle;
    c->transport.self = &m;
    offer(&s, 2, 2, TWO);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_AGAIN);
    assert_int_equal(hf_client_begin(c, &a), HF_CLIENT_OK);
    assert_int_equal(a.patch.number, 1);
    hf_client_close(c);
    hf_buf_free(&s.manifest);
    forget_folder(dir);
}

static void a_server_of_tls_knows_the_time(void **state)
{
    struct hf_manifest *m = new_manifest(1);
    static const char *const pems[] = {RFC_PRIVATE_PEM};
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    struct server s;
    char dir[512];

    (void)state;
    memset(&s, 0, sizeof s);
    new_folder(dir);
    m->published = NOW - 40 * DAY;
    m->expires = NOW + 1;
    add_release(m, 1, ONE, HF_LIVE);
    sign_manifest(&s.manifest, m, pems, 1);
    s.etag = "";
    s.bytes = ONE;
    s.bytes_n = strlen(ONE);
    s.date = NOW + 3 * DAY;
    s.tls = 1;
    c = device(dir, &s, RFC_PUBLIC_PEM);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_EXPIRED);
    hf_client_close(c);
    s.tls = 0; /* without TLS, anybody could say so */
    c = device(dir, &s, RFC_PUBLIC_PEM);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    hf_client_close(c);
    hf_buf_free(&s.manifest);
    forget_folder(dir);
}

/* Dates the server's manifest `published`, with one release. */
static void offer_dated(struct server *s, int64_t serial, int64_t published, const char *bytes, const char *etag)
{
    static const char *const pems[] = {RFC_PRIVATE_PEM};
    struct hf_manifest *m = new_manifest(serial);

    m->published = published;
    m->expires = published + 30 * DAY;
    add_release(m, serial, bytes, HF_LIVE);
    sign_manifest(&s->manifest, m, pems, 1);
    s->etag = etag;
    s->bytes = bytes;
    s->bytes_n = strlen(bytes);
}

/* A publisher's clock was years ahead once. Whatever a device has seen of that, it ends on the newest patch. */
static void a_manifest_from_the_future(void **state)
{
    const int64_t future = NOW + INT64_C(5000) * DAY;
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    struct server s;
    char dir[512];
    int tls;

    (void)state;
    for (tls = 0; tls <= 1; tls++) {
        memset(&s, 0, sizeof s);
        new_folder(dir);
        s.date = NOW;
        s.tls = tls;
        c = device(dir, &s, RFC_PUBLIC_PEM);
        offer_dated(&s, 1, NOW, ONE, "\"one\"");
        assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
        offer_dated(&s, 2, future, TWO, "\"two\"");
        assert_int_equal(hf_client_update(c, &a), tls ? HF_CLIENT_REFUSED : HF_CLIENT_OK);
        assert_int_equal(a.patch.number, tls ? 1 : 2);
        if (tls)
            assert_non_null(strstr(a.message, "the manifest: the manifest with serial 2 is from the future and is refused"));
        /* What was kept over plain http is refused as soon as a server tells the time, also without being sent again. */
        s.tls = 1;
        s.asked = 0;
        assert_int_equal(hf_client_update(c, &a), HF_CLIENT_REFUSED);
        assert_int_equal(s.asked, 1);
        assert_int_equal(a.patch.number, tls ? 1 : 2); /* and what is installed goes on */
        s.tls = tls;
        offer_dated(&s, 3, NOW, "patch three", "\"three\"");
        assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
        assert_int_equal(a.event, HF_CLIENT_INSTALLED);
        assert_int_equal(a.patch.number, 3);
        /* The one from the future stays what it is: an older one. */
        offer_dated(&s, 2, future, TWO, "");
        assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
        assert_int_equal(a.event, HF_CLIENT_STALE);
        assert_int_equal(a.patch.number, 3);
        hf_client_close(c);
        hf_buf_free(&s.manifest);
        forget_folder(dir);
    }
}

static enum hf_client_sent broken(void *self, const struct hf_client_ask *ask, struct hf_client_reply *r,
                                  int (*on_body)(void *, const void *, size_t), void *arg, char *why, size_t why_max)
{
    (void)ask;
    (void)on_body;
    (void)arg;
    memset(r, 'x', sizeof *r); /* not even its strings end */
    snprintf(why, why_max, "out of order");
    return *(enum hf_client_sent *)self;
}

static void a_transport_may_fail_in_any_way(void **state)
{
    static const enum hf_client_result want[] = {HF_CLIENT_FAILED, HF_CLIENT_AGAIN, HF_CLIENT_FAILED, HF_CLIENT_REFUSED,
                                                 HF_CLIENT_FAILED};
    enum hf_client_sent how;
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    struct server s;
    char dir[512];

    (void)state;
    memset(&s, 0, sizeof s);
    new_folder(dir);
    c = device(dir, &s, RFC_PUBLIC_PEM);
    c->transport.perform = broken;
    c->transport.self = &how;
    for (how = HF_CLIENT_SENT; how <= HF_CLIENT_CANNOT; how++)
        assert_int_equal(hf_client_update(c, &a), want[how]);
    hf_client_close(c);
    forget_folder(dir);
}

static void options_that_are_wrong(void **state)
{
    struct hf_client_options good = {.size = sizeof good, .dir = "", .keys = RFC_PUBLIC_PEM, .keys_n = sizeof RFC_PUBLIC_PEM - 1,
                                     .app = "com.example.app", .channel = "production", .version = "1.0.0"};
    struct hf_client_options o;
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    char dir[512];

    (void)state;
    new_folder(dir);
    good.dir = dir;
#define WRONG(member, value)                                       \
    o = good;                                                      \
    o.member = value;                                              \
    assert_int_equal(hf_client_open(&c, &o, &a), HF_CLIENT_USAGE); \
    assert_null(c);                                                \
    assert_int_not_equal(strlen(a.message), 0)
    WRONG(dir, NULL);
    WRONG(app, "../x");
    WRONG(channel, "objects");
    WRONG(version, "one");
    WRONG(client_id, "");
    WRONG(client_id, "a\nb");
    WRONG(client_id, "\xff");
    WRONG(edge, "edge.example");
    good.keys_n = strlen("not a key");
    WRONG(keys, "not a key");
    good.keys_n = strlen(RFC_PUBLIC_PEM);
    assert_int_not_equal(access(dir, F_OK), 0);
    assert_int_equal(hf_client_open(&c, &good, &a), HF_CLIENT_OK);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_USAGE); /* no edge */
    hf_client_close(c);
    hf_client_close(NULL);
    forget_folder(dir);
}

/* Stops at the so-manieth call. */
static int stop_at(void *arg, int64_t have, int64_t size)
{
    int *calls = arg;

    assert_true(have > 0 && have <= size && size == (int64_t)strlen(TWO));
    return --*calls == 0;
}

static enum hf_client_sent deaf_to_stops(void *self, const struct hf_client_ask *ask, struct hf_client_reply *r,
                                         int (*on_body)(void *, const void *, size_t), void *arg, char *why, size_t why_max)
{
    serve(self, ask, r, on_body, arg, why, why_max);
    return HF_CLIENT_SENT;
}

static void an_app_stops_a_download_and_goes_on_later(void **state)
{
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    struct server s;
    char dir[512];
    int calls, deaf;

    (void)state;
    for (deaf = 0; deaf <= 1; deaf++) {
        memset(&s, 0, sizeof s);
        new_folder(dir);
        offer(&s, 1, 1, TWO);
        c = device(dir, &s, RFC_PUBLIC_PEM);
        if (deaf)
            c->transport.perform = deaf_to_stops;
        c->progress = stop_at;
        c->arg = &calls;
        s.piece = 10;
        calls = 2;
        assert_int_equal(hf_client_update(c, &a), HF_CLIENT_AGAIN);
        assert_non_null(strstr(a.message, "stopped by the app at byte 20 of"));
        assert_int_equal(s.asked, 3); /* and nothing was asked behind it */
        assert_string_equal(a.path, "");
        calls = 0;
        assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
        assert_int_equal(a.event, HF_CLIENT_INSTALLED);
        assert_non_null(strstr(s.last_headers, "Range: bytes=20-\nIf-Range: \"bytes\""));
        hf_client_close(c);
        forget_folder(dir);

        /* At the last byte: the file is whole, and the next call only puts it in place. */
        new_folder(dir);
        c = device(dir, &s, RFC_PUBLIC_PEM);
        c->progress = stop_at;
        c->arg = &calls;
        s.piece = 0;
        calls = 1;
        assert_int_equal(hf_client_update(c, &a), HF_CLIENT_AGAIN);
        s.asked = 0;
        assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
        assert_int_equal(a.event, HF_CLIENT_INSTALLED);
        assert_int_equal(s.asked, 1); /* the manifest */
        hf_client_close(c);
        hf_buf_free(&s.manifest);
        forget_folder(dir);
    }
}

/* "RESULT FIRST-8-OF-SHA256" lines. */
static void told(struct server *s, const char *first, const char *of_first, const char *second, const char *of_second)
{
    char want[128], sha[65];
    uint8_t md[32];
    size_t n = 0;
    int i;

    for (i = 0; i < 2; i++)
        if ((i == 0 ? first : second) != NULL) {
            assert_int_equal(hf_sha256(md, i == 0 ? of_first : of_second, strlen(i == 0 ? of_first : of_second)), 0);
            hf_hex(sha, md, sizeof md);
            n += (size_t)snprintf(want + n, sizeof want - n, "%s %.8s\n", i == 0 ? first : second, sha);
        }
    want[n] = '\0';
    assert_string_equal(s->told, want);
    s->told[0] = '\0';
}

/* Each event once; what the edge could not take is kept, and an update never fails for it. */
static void the_edge_hears_what_became_of_a_patch(void **state)
{
    struct hf_client_answer a = {.size = sizeof a};
    struct hf_client *c;
    struct server s;
    char dir[512];
    int i;

    (void)state;
    memset(&s, 0, sizeof s);
    new_folder(dir);
    offer(&s, 1, 1, ONE);
    c = device(dir, &s, RFC_PUBLIC_PEM);
    s.deaf = -1;
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    assert_int_equal(a.event, HF_CLIENT_INSTALLED);
    assert_int_equal(s.reports, 1);
    told(&s, NULL, NULL, NULL, NULL);
    s.deaf = 503;
    assert_int_equal(hf_client_begin(c, &a), HF_CLIENT_OK);
    assert_int_equal(hf_client_confirm(c, &a), HF_CLIENT_OK);
    assert_int_equal(hf_client_confirm(c, &a), HF_CLIENT_OK);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    assert_int_equal(s.reports, 2); /* the first one failed: no second one */
    s.deaf = 0;
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    told(&s, "installed", ONE, "confirmed", ONE);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    assert_int_equal(s.reports, 4);
    offer(&s, 2, 2, TWO);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    told(&s, "installed", TWO, NULL, NULL);
    for (i = 0; i < 3; i++) /* it never starts well */
        assert_int_equal(hf_client_begin(c, &a), HF_CLIENT_OK);
    assert_int_equal(a.event, HF_CLIENT_WENT_BACK);
    assert_int_equal(hf_client_confirm(c, &a), HF_CLIENT_OK);
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    told(&s, "failed", TWO, NULL, NULL); /* patch 1 was confirmed long ago */
    offer(&s, 3, 3, NULL);
    s.deaf = 400; /* an edge that will never take it */
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    assert_int_equal(a.event, HF_CLIENT_REMOVED);
    s.deaf = 0;
    i = s.reports;
    assert_int_equal(hf_client_update(c, &a), HF_CLIENT_OK);
    assert_int_equal(s.reports, i);
    hf_client_close(c);
    hf_buf_free(&s.manifest);
    forget_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_edge_hears_what_became_of_a_patch),
        cmocka_unit_test(an_install_answers_what_and_how_urgent),
        cmocka_unit_test(cut_off_and_expired_it_goes_on_where_it_stopped),
        cmocka_unit_test(the_bytes_must_be_those_that_were_signed),
        cmocka_unit_test(a_start_is_not_held_up_by_a_download),
        cmocka_unit_test(what_was_decided_is_decided_again_behind_a_download),
        cmocka_unit_test(a_server_of_tls_knows_the_time),
        cmocka_unit_test(a_manifest_from_the_future),
        cmocka_unit_test(a_transport_may_fail_in_any_way),
        cmocka_unit_test(options_that_are_wrong),
        cmocka_unit_test(an_app_stops_a_download_and_goes_on_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
