/* test_token.c: the signed link of a file store: its layout byte for byte, and everything that it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base64url.h"
#include "core/digest.h"
#include "core/token.h"

#define KEY_A "0123456789abcdef0123456789abcdef"
#define KEY_B "fedcba9876543210fedcba9876543210"
#define APP "com.example.shop.ios"
#define SUM "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define OBJECT "objects/" SUM
#define NOW 1795327500

static struct hf_url_keys *keys(const char *text)
{
    struct hf_url_keys *k = NULL;
    struct hf_err err;

    if (hf_url_keys_parse(&k, text, strlen(text), "url.key", &err) != 0)
        fail_msg("%s", err.msg);
    return k;
}

static int open_token(const struct hf_url_keys *k, const char *s, size_t n, int64_t now, struct hf_err *err)
{
    char app[HF_APP_MAX + 1], object[HF_OBJECT_KEY_MAX + 1];

    memset(err, 0, sizeof *err);
    if (hf_token_open(app, object, k, s, n, now, err) != 0) {
        if (err->code == HF_E_EXPIRED)
            assert_string_equal(err->msg, "Link expired");
        else
            assert_string_equal(err->msg, "Invalid or expired link");
        return -1;
    }
    assert_string_equal(app, APP);
    assert_string_equal(object, OBJECT);
    return 0;
}

/* A token around any bytes, as the header describes it and not as token.c makes it. */
static void forge(char *out, const char *key, const void *body, size_t n)
{
    uint8_t labelled[512], mac[32];

    memcpy(labelled, "hotfix-url\0", 11);
    memcpy(labelled + 11, body, n);
    assert_int_equal(hf_hmac_sha256(mac, key, strlen(key), labelled, 11 + n), 0);
    out += hf_base64url(out, body, n);
    *out++ = '.';
    hf_base64url(out, mac, sizeof mac);
}

/* The first bytes of a body signed by KEY_A and good until NOW + 60. Returns how many. */
static size_t body_head(uint8_t *body)
{
    uint8_t id[32];
    int i;

    assert_int_equal(hf_sha256(id, "hotfix-url-id\0" KEY_A, 14 + 32), 0);
    body[0] = 0x01;
    memcpy(body + 1, id, 4);
    for (i = 0; i < 8; i++)
        body[5 + i] = (uint8_t)((uint64_t)(NOW + 60) >> (56 - 8 * i));
    return 13;
}

static size_t add(uint8_t *body, size_t n, const char *s, size_t len)
{
    body[n] = (uint8_t)len;
    memcpy(body + n + 1, s, len);
    return n + 1 + len;
}

static void the_layout_is_that_of_the_header_byte_for_byte(void **state)
{
    struct hf_url_keys *k = keys(KEY_A "\n");
    char token[HF_TOKEN_MAX], right[HF_TOKEN_MAX];
    uint8_t body[256];
    struct hf_err err;
    size_t n;

    (void)state;
    n = body_head(body);
    n = add(body, n, APP, strlen(APP));
    n = add(body, n, OBJECT, strlen(OBJECT));
    forge(right, KEY_A, body, n);
    assert_int_equal(hf_token_mint(token, k, NOW + 60, APP, OBJECT, &err), 0);
    assert_string_equal(token, right);
    assert_int_equal(open_token(k, token, strlen(token), NOW, &err), 0);
    hf_url_keys_free(k);
}

/* Fixed once and for all: computed by Python's hmac and base64. */
static void a_known_token(void **state)
{
    static const char known[] =
        "AUzD5wMAAAAAawKGSBRjb20uZXhhbXBsZS5zaG9wLmlvc0hvYmplY3RzLzlmODZkMDgxODg0YzdkNjU5YTJmZWFhMGM1NWFkMDE1"
        "YTNiZjRmMWIyYjBiODIyY2QxNWQ2YzE1YjBmMDBhMDg.VbyLh2zWIMQEzORd90-1d8DAQuEYlQ-89KlxPrD6iCk";
    struct hf_url_keys *k = keys(KEY_A);
    char token[HF_TOKEN_MAX];
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_token_mint(token, k, NOW + 60, APP, OBJECT, &err), 0);
    assert_string_equal(token, known);
    hf_url_keys_free(k);
}

static void it_is_good_until_its_second(void **state)
{
    struct hf_url_keys *k = keys(KEY_A);
    char token[HF_TOKEN_MAX];
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_token_mint(token, k, NOW + 60, APP, OBJECT, &err), 0);
    assert_int_equal(open_token(k, token, strlen(token), NOW + 59, &err), 0);
    assert_int_equal(open_token(k, token, strlen(token), NOW + 60, &err), -1);
    assert_int_equal(err.code, HF_E_EXPIRED);
    assert_int_equal(open_token(k, token, strlen(token), NOW + 1000000, &err), -1);
    assert_int_equal(err.code, HF_E_EXPIRED);
    /* A forged one does not learn that it would have expired. */
    token[20] = token[20] == 'A' ? 'B' : 'A';
    assert_int_equal(open_token(k, token, strlen(token), NOW + 60, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    hf_url_keys_free(k);
}

static void every_changed_character_is_refused(void **state)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/% ";
    struct hf_url_keys *k = keys(KEY_A);
    char token[HF_TOKEN_MAX], was;
    struct hf_err err;
    size_t i, j, n;

    (void)state;
    assert_int_equal(hf_token_mint(token, k, NOW + 60, APP, OBJECT, &err), 0);
    n = strlen(token);
    for (i = 0; i < n; i++) {
        was = token[i];
        for (j = 0; j < sizeof letters; j++) { /* with the NUL */
            if (letters[j] == was)
                continue;
            token[i] = letters[j];
            if (open_token(k, token, n, NOW, &err) == 0)
                fail_msg("character %zu: '%c' for '%c' was accepted", i, letters[j], was);
            assert_int_equal(err.code, HF_E_NOTFOUND);
        }
        token[i] = was;
    }
    assert_int_equal(open_token(k, token, n, NOW, &err), 0);
    hf_url_keys_free(k);
}

static void every_cut_and_every_addition_is_refused(void **state)
{
    struct hf_url_keys *k = keys(KEY_A);
    char token[HF_TOKEN_MAX + 64];
    struct hf_err err;
    size_t i, n;

    (void)state;
    assert_int_equal(hf_token_mint(token, k, NOW + 60, APP, OBJECT, &err), 0);
    n = strlen(token);
    for (i = 0; i < n; i++) {
        assert_int_equal(open_token(k, token, i, NOW, &err), -1);
        assert_int_equal(err.code, HF_E_NOTFOUND);
        assert_int_equal(open_token(k, token + i + 1, n - i - 1, NOW, &err), -1);
        assert_int_equal(err.code, HF_E_NOTFOUND);
    }
    for (i = n; i < sizeof token; i++) {
        token[i] = 'A';
        assert_int_equal(open_token(k, token, i + 1, NOW, &err), -1);
        assert_int_equal(err.code, HF_E_NOTFOUND);
    }
    hf_url_keys_free(k);
}

/* Bodies that only somebody with the key could have made; the grammar is judged all the same. */
static void a_right_mac_does_not_excuse_a_wrong_body(void **state)
{
    static const struct {
        const char *what, *app, *object;
    } bad[] = {
        {"an app that leaves its folder", "..", OBJECT},
        {"an app with a slash", "a/b", OBJECT},
        {"an empty app", "", OBJECT},
        {"a key that leaves its folder", APP, "objects/../../etc/passwd"},
        {"a manifest", APP, "production/manifest.json"},
        {"an empty key", APP, ""},
        {"upper-case hex", APP, "objects/9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"},
    };
    struct hf_url_keys *k = keys(KEY_A);
    char token[2 * HF_TOKEN_MAX];
    uint8_t body[512];
    struct hf_err err;
    size_t i, n, head;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        n = body_head(body);
        n = add(body, n, bad[i].app, strlen(bad[i].app));
        n = add(body, n, bad[i].object, strlen(bad[i].object));
        forge(token, KEY_A, body, n);
        if (open_token(k, token, strlen(token), NOW, &err) == 0)
            fail_msg("%s: accepted", bad[i].what);
        assert_int_equal(err.code, HF_E_NOTFOUND);
    }
    head = body_head(body);
    n = add(body, head, APP, strlen(APP));
    n = add(body, n, OBJECT, strlen(OBJECT));
    body[n] = 'x'; /* a byte behind the key */
    forge(token, KEY_A, body, n + 1);
    assert_int_equal(open_token(k, token, strlen(token), NOW, &err), -1);
    forge(token, KEY_A, body, n - 1); /* a key shorter than its length */
    assert_int_equal(open_token(k, token, strlen(token), NOW, &err), -1);
    forge(token, KEY_A, body, head); /* nothing behind the expiry */
    assert_int_equal(open_token(k, token, strlen(token), NOW, &err), -1);
    n = add(body, head, "com.example\0shop", 16); /* a NUL inside */
    n = add(body, n, OBJECT, strlen(OBJECT));
    forge(token, KEY_A, body, n);
    assert_int_equal(open_token(k, token, strlen(token), NOW, &err), -1);
    n = add(body, head, APP, strlen(APP));
    n = add(body, n, OBJECT, strlen(OBJECT));
    forge(token, KEY_A, body, n);
    assert_int_equal(open_token(k, token, strlen(token), NOW, &err), 0);
    body[5] |= 0x80; /* an expiry that no clock of ours reaches */
    forge(token, KEY_A, body, n);
    assert_int_equal(open_token(k, token, strlen(token), NOW, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    body[5] &= 0x7f;
    body[0] = 0x02;
    forge(token, KEY_A, body, n);
    assert_int_equal(open_token(k, token, strlen(token), NOW, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    hf_url_keys_free(k);
}

static void another_key_under_this_id_is_refused(void **state)
{
    struct hf_url_keys *k = keys(KEY_A);
    char token[HF_TOKEN_MAX];
    uint8_t body[256];
    struct hf_err err;
    size_t n = body_head(body);

    (void)state;
    n = add(body, n, APP, strlen(APP));
    n = add(body, n, OBJECT, strlen(OBJECT));
    forge(token, KEY_B, body, n);
    assert_int_equal(open_token(k, token, strlen(token), NOW, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    hf_url_keys_free(k);
}

static void a_link_for_another_app_opens_for_that_app(void **state)
{
    struct hf_url_keys *k = keys(KEY_A);
    char a[HF_TOKEN_MAX], b[HF_TOKEN_MAX], mixed[2 * HF_TOKEN_MAX];
    char app[HF_APP_MAX + 1], object[HF_OBJECT_KEY_MAX + 1];
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_token_mint(a, k, NOW + 60, APP, OBJECT, &err), 0);
    assert_int_equal(hf_token_mint(b, k, NOW + 60, "com.example.mall.ios", OBJECT, &err), 0);
    assert_int_equal(hf_token_open(app, object, k, b, strlen(b), NOW, &err), 0);
    assert_string_equal(app, "com.example.mall.ios");
    /* The body of the one with the MAC of the other. */
    snprintf(mixed, sizeof mixed, "%.*s%s", (int)(strchr(b, '.') - b), b, strchr(a, '.'));
    assert_int_equal(hf_token_open(app, object, k, mixed, strlen(mixed), NOW, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    hf_url_keys_free(k);
}

static void keys_rotate(void **state)
{
    struct hf_url_keys *old = keys(KEY_A "\n"), *both = keys(KEY_B "\n" KEY_A "\n"), *new = keys(KEY_B "\n");
    char before[HF_TOKEN_MAX], after[HF_TOKEN_MAX];
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_token_mint(before, old, NOW + 60, APP, OBJECT, &err), 0);
    assert_int_equal(hf_token_mint(after, both, NOW + 60, APP, OBJECT, &err), 0);
    assert_int_equal(open_token(both, before, strlen(before), NOW, &err), 0);
    assert_int_equal(open_token(both, after, strlen(after), NOW, &err), 0);
    assert_int_equal(open_token(new, after, strlen(after), NOW, &err), 0);
    assert_int_equal(open_token(new, before, strlen(before), NOW, &err), -1);
    assert_int_equal(open_token(old, after, strlen(after), NOW, &err), -1);
    hf_url_keys_free(old);
    hf_url_keys_free(both);
    hf_url_keys_free(new);
}

static void the_longest_names_fit(void **state)
{
    struct hf_url_keys *k = keys(KEY_A);
    char token[HF_TOKEN_MAX], app[HF_APP_MAX + 1], object[HF_OBJECT_KEY_MAX + 1], long_app[HF_APP_MAX + 2];
    struct hf_err err;

    (void)state;
    memset(long_app, 'a', sizeof long_app);
    long_app[HF_APP_MAX] = '\0';
    assert_int_equal(hf_token_mint(token, k, INT64_MAX, long_app, "deltas/" SUM "-" SUM, &err), 0);
    assert_true(strlen(token) < HF_TOKEN_MAX);
    assert_int_equal(hf_token_open(app, object, k, token, strlen(token), NOW, &err), 0);
    assert_string_equal(app, long_app);
    assert_string_equal(object, "deltas/" SUM "-" SUM);
    long_app[HF_APP_MAX] = 'a';
    long_app[HF_APP_MAX + 1] = '\0';
    assert_int_equal(hf_token_mint(token, k, NOW, long_app, OBJECT, &err), -1);
    assert_int_equal(hf_token_mint(token, k, NOW, APP, "objects/", &err), -1);
    assert_int_equal(hf_token_mint(token, k, -1, APP, OBJECT, &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    hf_url_keys_free(k);
}

static void key_files_are_judged(void **state)
{
    char text[HF_URL_KEY_MAX + 8];
    struct hf_url_keys *k = NULL;
    struct hf_err err;
    int i;

    (void)state;
    k = keys("\r\n\n  \n" KEY_A "\r\n\n" KEY_B);
    hf_url_keys_free(k);
    hf_url_keys_free(NULL);
    assert_int_equal(hf_url_keys_parse(&k, NULL, 0, "url.key", &err), -1);
    assert_string_equal(err.msg, "url.key: holds no key; make one with: openssl rand -hex 32");
    assert_int_equal(hf_url_keys_parse(&k, "\n\n", 2, "url.key", &err), -1);
    assert_int_equal(hf_url_keys_parse(&k, KEY_A, 31, "url.key", &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
    assert_string_equal(err.msg, "url.key: a key is shorter than 32 bytes; make one with: openssl rand -hex 32");
    assert_int_equal(hf_url_keys_parse(&k, KEY_A "\nshort\n", 39, "url.key", &err), -1);
    assert_null(k);
    memset(text, 'k', sizeof text);
    assert_int_equal(hf_url_keys_parse(&k, text, HF_URL_KEY_MAX, "url.key", &err), 0);
    hf_url_keys_free(k);
    assert_int_equal(hf_url_keys_parse(&k, text, HF_URL_KEY_MAX + 1, "url.key", &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    for (i = HF_URL_MAX_KEYS; i <= HF_URL_MAX_KEYS + 1; i++) {
        char many[(HF_URL_MAX_KEYS + 1) * 40] = "";
        int n = 0, at;

        for (at = 0; at < i; at++)
            n += snprintf(many + n, sizeof many - (size_t)n, "%032d\n", at);
        assert_int_equal(hf_url_keys_parse(&k, many, (size_t)n, "url.key", &err), i == HF_URL_MAX_KEYS ? 0 : -1);
        hf_url_keys_free(k);
    }
    assert_int_equal(err.code, HF_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout_is_that_of_the_header_byte_for_byte),
        cmocka_unit_test(a_known_token),
        cmocka_unit_test(it_is_good_until_its_second),
        cmocka_unit_test(every_changed_character_is_refused),
        cmocka_unit_test(every_cut_and_every_addition_is_refused),
        cmocka_unit_test(a_right_mac_does_not_excuse_a_wrong_body),
        cmocka_unit_test(another_key_under_this_id_is_refused),
        cmocka_unit_test(a_link_for_another_app_opens_for_that_app),
        cmocka_unit_test(keys_rotate),
        cmocka_unit_test(the_longest_names_fit),
        cmocka_unit_test(key_files_are_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
