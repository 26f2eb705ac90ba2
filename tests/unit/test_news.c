/* test_news.c: which manifest is believed: serials, the keys that they belong to, and what time it is. */
#include "tests/unit/device.h"

#define SHA_A "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define SHA_B "1111111111111111111111111111111111111111111111111111111111111111"

static const char *const rfc[] = {RFC_PRIVATE_PEM};
static const char *const other[] = {OTHER_PRIVATE_PEM};
static const char *const both[] = {RFC_PRIVATE_PEM, OTHER_PRIVATE_PEM};

struct room {
    char dir[512];
    struct hf_dir d;
    struct hf_device s;
    struct hf_trust *trust;
    struct hf_buf envelope;
    struct hf_err err;
};

static void open_room(struct room *r, const char *pem)
{
    memset(r, 0, sizeof *r);
    new_folder(r->dir);
    assert_int_equal(hf_dir_open(&r->d, r->dir, &r->err), 0);
    assert_int_equal(hf_trust_parse(&r->trust, pem, strlen(pem), "keys", &r->err), 0);
    strcpy(r->s.app, "com.example.app");
    strcpy(r->s.channel, "production");
}

static void pin(struct room *r, const char *pem)
{
    hf_trust_free(r->trust);
    assert_int_equal(hf_trust_parse(&r->trust, pem, strlen(pem), "keys", &r->err), 0);
    hf_news_forget(&r->s, r->trust);
}

static void close_room(struct room *r)
{
    hf_buf_free(&r->envelope);
    hf_trust_free(r->trust);
    hf_dir_close(&r->d);
    forget_folder(r->dir);
}

/* A manifest as it would come: its serial, its only release's number, who signed. HF_OK, or the error. */
static enum hf_code comes(struct room *r, int64_t serial, int64_t patch, const char *const *pems, size_t n, enum hf_news *news)
{
    struct hf_manifest *m = new_manifest(serial), *out;
    struct hf_arrival a = {.etag = "\"e\"", .clock = NOW};
    int ret;

    add_release(m, patch, "bytes", HF_LIVE);
    sign_manifest(&r->envelope, m, pems, n);
    memset(&r->err, 0, sizeof r->err);
    a.p = r->envelope.p;
    a.n = r->envelope.n;
    ret = hf_news_accept(&out, news, &r->d, &r->s, r->trust, &a, &r->err);
    if (ret == 0)
        assert_int_equal(out->serial, serial);
    else
        assert_null(out);
    hf_manifest_free(out);
    return ret == 0 ? HF_OK : r->err.code;
}

static void serials_only_grow(void **state)
{
    enum hf_news news;
    struct room r;

    (void)state;
    open_room(&r, RFC_PUBLIC_PEM);
    assert_int_equal(comes(&r, 5, 1, rfc, 1, &news), HF_OK);
    assert_int_equal(news, HF_NEWS_NEWER);
    assert_int_equal(comes(&r, 5, 1, rfc, 1, &news), HF_OK);
    assert_int_equal(news, HF_NEWS_SAME);
    assert_int_equal(comes(&r, 5, 2, rfc, 1, &news), HF_E_CONFLICT); /* other bytes */
    assert_int_equal(comes(&r, 4, 2, rfc, 1, &news), HF_OK);
    assert_int_equal(news, HF_NEWS_OLDER);
    assert_int_equal(r.s.seen[0].serial, 5);
    assert_int_equal(comes(&r, 6, 2, rfc, 1, &news), HF_OK);
    assert_int_equal(news, HF_NEWS_NEWER);
    assert_int_equal(r.s.seen[0].serial, 6);
    close_room(&r);
}

static void the_serial_belongs_to_its_key(void **state)
{
    enum hf_news news;
    struct room r;

    (void)state;
    open_room(&r, RFC_PUBLIC_PEM OTHER_PUBLIC_PEM);
    assert_int_equal(comes(&r, 5, 1, rfc, 1, &news), HF_OK);
    /* While the first key is pinned, the second cannot go below it. */
    assert_int_equal(comes(&r, 4, 2, other, 1, &news), HF_OK);
    assert_int_equal(news, HF_NEWS_OLDER);
    assert_int_equal(comes(&r, 5, 2, other, 1, &news), HF_E_CONFLICT);
    /* The same payload with one signature more is the same manifest. */
    assert_int_equal(comes(&r, 5, 1, both, 2, &news), HF_OK);
    assert_int_equal(news, HF_NEWS_SAME);
    assert_int_equal(r.s.seen_count, 2);
    /* A key that is dropped takes along what it alone has said. */
    assert_int_equal(comes(&r, 900, 2, rfc, 1, &news), HF_OK);
    pin(&r, OTHER_PUBLIC_PEM);
    assert_int_equal(r.s.seen_count, 1);
    assert_int_equal(comes(&r, 901, 2, rfc, 1, &news), HF_E_SIG);
    assert_int_equal(comes(&r, 4, 2, other, 1, &news), HF_OK);
    assert_int_equal(news, HF_NEWS_OLDER);
    assert_int_equal(comes(&r, 6, 2, other, 1, &news), HF_OK);
    assert_int_equal(news, HF_NEWS_NEWER);
    close_room(&r);
}

static void the_time_is_never_earlier_than_what_was_signed(void **state)
{
    struct hf_device s;

    (void)state;
    memset(&s, 0, sizeof s);
    assert_int_equal(hf_news_now(&s, NOW, 0), NOW - DAY);
    assert_int_equal(hf_news_now(&s, 1000, NOW), NOW - DAY); /* the Date of a TLS answer */
    assert_int_equal(hf_news_now(&s, NOW, 1000), NOW - DAY);
    s.seen_count = 2;
    s.seen[0].serial = 7;
    s.seen[1].serial = 8;
    s.seen[1].published = NOW + 500;
    assert_int_equal(hf_news_now(&s, 1000, 2000), NOW + 500 - DAY);
    s.seen[0].published = NOW + INT64_C(5000) * DAY; /* a lower serial's counts no more, however late it was */
    assert_int_equal(hf_news_now(&s, 1000, 2000), NOW + 500 - DAY);
}

/* A manifest as it comes at a time: NULL taken, else why not. */
static const char *dated(struct room *r, int64_t serial, int64_t published, int64_t clock, int64_t exact)
{
    struct hf_manifest *m = new_manifest(serial), *out;
    struct hf_arrival a = {.etag = "", .clock = clock, .date = exact, .exact = exact};
    enum hf_news news;
    int ret;

    m->published = published;
    m->expires = published + 30 * DAY;
    sign_manifest(&r->envelope, m, rfc, 1);
    a.p = r->envelope.p;
    a.n = r->envelope.n;
    ret = hf_news_accept(&out, &news, &r->d, &r->s, r->trust, &a, &r->err);
    hf_manifest_free(out);
    return ret == 0 ? NULL : r->err.msg;
}

/* A publisher's clock was in 2040, once; then its successor went back to the present, with a higher serial. */
static void a_manifest_from_the_future_is_no_trap(void **state)
{
    const int64_t future = NOW + INT64_C(5000) * DAY;
    struct hf_device before;
    struct room r;

    (void)state;
    open_room(&r, RFC_PUBLIC_PEM);
    assert_null(dated(&r, 5, NOW, NOW, 0));
    before = r.s;
    /* A server whose certificate was checked tells the time: the manifest is refused in words, and nothing is remembered. */
    assert_null(dated(&r, 6, NOW + DAY, NOW, NOW));
    r.s = before;
    assert_string_equal(dated(&r, 6, NOW + DAY + 1, NOW, NOW),
                        "the manifest with serial 6 is from the future and is refused: it was published at 2026-09-22T14:13:21Z, "
                        "but the server's time is 2026-09-21T14:13:20Z; the clock of its publisher was ahead");
    assert_int_equal(r.err.code, HF_E_CLOCK);
    assert_memory_equal(&r.s, &before, sizeof before);
    /* So is one with a device's clock that is ahead as well: the server's time counts. */
    assert_non_null(dated(&r, 6, future, future, NOW));
    assert_memory_equal(&r.s, &before, sizeof before);
    /* Without TLS it is taken: the device cannot know better. */
    assert_null(dated(&r, 6, future, NOW, 0));
    assert_int_equal(hf_news_now(&r.s, NOW, 0), future - DAY);
    /* An older serial stays stale news, and the same one is refused as soon as the time is known. */
    assert_null(dated(&r, 5, NOW, NOW, 0));
    assert_int_equal(r.s.seen[0].serial, 6);
    assert_non_null(dated(&r, 6, future, NOW, NOW));
    /* The next one, of the present, is not expired, and takes the time back. */
    assert_null(dated(&r, 7, NOW + DAY, NOW + DAY, 0));
    assert_int_equal(r.s.seen[0].serial, 7);
    assert_int_equal(hf_news_now(&r.s, NOW + DAY, 0), NOW);
    /* It expires as ever: nobody can hold the device back with it. */
    assert_non_null(dated(&r, 7, NOW + DAY, NOW + 32 * DAY, 0));
    assert_int_equal(r.err.code, HF_E_EXPIRED);
    close_room(&r);
}

static void expired_news_change_nothing(void **state)
{
    static const struct {
        int64_t expires, clock, date;
        int taken;
    } cases[] = {
        {NOW - DAY, NOW, 0, 0},      /* just over the tolerance */
        {NOW - DAY + 1, NOW, 0, 1},  /* just within it */
        {NOW - 2 * DAY, 1000, 0, 1}, /* a clock that lags counts as this manifest's own `published` */
        {NOW - DAY, 1000, NOW, 0},   /* and a TLS server's Date puts it right */
    };
    struct hf_manifest *m, *out;
    struct hf_device before;
    struct hf_arrival a = {.etag = ""};
    enum hf_news news;
    struct room r;
    size_t i;
    int ret;

    (void)state;
    open_room(&r, RFC_PUBLIC_PEM);
    assert_int_equal(comes(&r, 5, 1, rfc, 1, &news), HF_OK);
    before = r.s;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        m = new_manifest(6);
        m->published = NOW - 10 * DAY;
        m->expires = cases[i].expires;
        sign_manifest(&r.envelope, m, rfc, 1);
        a.p = r.envelope.p;
        a.n = r.envelope.n;
        a.clock = cases[i].clock;
        a.date = cases[i].date;
        ret = hf_news_accept(&out, &news, &r.d, &r.s, r.trust, &a, &r.err);
        hf_manifest_free(out);
        assert_int_equal(ret, cases[i].taken ? 0 : -1);
        if (!cases[i].taken) {
            assert_int_equal(r.err.code, HF_E_EXPIRED);
            assert_memory_equal(&r.s, &before, sizeof before);
        }
        r.s = before;
    }
    close_room(&r);
}

static void the_kept_manifest_is_verified_again(void **state)
{
    struct hf_manifest *m;
    struct hf_device behind;
    enum hf_news news;
    struct room r;

    (void)state;
    open_room(&r, RFC_PUBLIC_PEM OTHER_PUBLIC_PEM);
    assert_int_equal(hf_news_load(&m, &r.d, &r.s, r.trust, &r.err), 0);
    assert_null(m);
    assert_int_equal(comes(&r, 5, 1, rfc, 1, &news), HF_OK);
    behind = r.s;
    assert_int_equal(hf_news_load(&m, &r.d, &r.s, r.trust, &r.err), 0);
    assert_non_null(m);
    hf_manifest_free(m);
    assert_string_equal(r.s.etag, "\"e\"");
    /* A state that was not written any more catches up with the manifest that was. */
    assert_int_equal(comes(&r, 6, 1, rfc, 1, &news), HF_OK);
    r.s = behind;
    assert_int_equal(hf_news_load(&m, &r.d, &r.s, r.trust, &r.err), 0);
    assert_int_equal(m->serial, 6);
    hf_manifest_free(m);
    assert_int_equal(r.s.seen[0].serial, 6);
    assert_string_equal(r.s.etag, ""); /* that was another one's */
    /* An older one than was seen, one for others, one whose key is no longer pinned: as if there were none. */
    r.s.seen[0].serial = 7;
    strcpy(r.s.etag, "\"e\"");
    assert_int_equal(hf_news_load(&m, &r.d, &r.s, r.trust, &r.err), 0);
    assert_null(m);
    assert_string_equal(r.s.etag, ""); /* so that the next question has no If-None-Match */
    r.s.seen[0].serial = 6;
    strcpy(r.s.channel, "beta");
    assert_int_equal(hf_news_load(&m, &r.d, &r.s, r.trust, &r.err), 0);
    assert_null(m);
    strcpy(r.s.channel, "production");
    pin(&r, OTHER_PUBLIC_PEM);
    assert_int_equal(hf_news_load(&m, &r.d, &r.s, r.trust, &r.err), 0);
    assert_null(m);
    close_room(&r);
}

static void a_judgement_needs_no_manifest(void **state)
{
    struct hf_device s;

    (void)state;
    memset(&s, 0, sizeof s);
    assert_int_equal(hf_news_judge(&s, 1, SHA_A), HF_NEWS_NEWER);
    s.seen_count = 2;
    s.seen[0].serial = 3;
    s.seen[1].serial = 8;
    strcpy(s.seen[0].sha256, SHA_A);
    strcpy(s.seen[1].sha256, SHA_B);
    assert_int_equal(hf_news_judge(&s, 3, SHA_A), HF_NEWS_OLDER);
    assert_int_equal(hf_news_judge(&s, 8, SHA_A), HF_NEWS_FORGED);
    assert_int_equal(hf_news_judge(&s, 8, SHA_B), HF_NEWS_SAME);
    assert_int_equal(hf_news_judge(&s, 9, SHA_A), HF_NEWS_NEWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serials_only_grow),
        cmocka_unit_test(the_serial_belongs_to_its_key),
        cmocka_unit_test(the_time_is_never_earlier_than_what_was_signed),
        cmocka_unit_test(a_manifest_from_the_future_is_no_trap),
        cmocka_unit_test(expired_news_change_nothing),
        cmocka_unit_test(the_kept_manifest_is_verified_again),
        cmocka_unit_test(a_judgement_needs_no_manifest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
