/* test_memory.c: upon which manifests a publisher signs, and its memory as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "publisher/memory.h"

#define NOW INT64_C(1795327500)

static const char A[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char B[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
static const char C[] = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

static struct hf_remembered manifest(int64_t serial, int64_t last, const char *sha256)
{
    struct hf_remembered r = {.serial = serial, .last = last, .published = NOW - 60};

    strcpy(r.sha256, sha256);
    return r;
}

/* In force: serial 5 (A), with patches up to 3; tried: serial 6 (B). */
static struct hf_memory remembered(void)
{
    struct hf_memory m = {.app = "com.example.shop", .channel = "production", .store = "file:///srv"};

    m.in_force = manifest(5, 3, A);
    m.tried = manifest(6, 4, B);
    m.serial = 6;
    m.last = 4;
    return m;
}

static enum hf_memory_verdict judge(const struct hf_memory *m, int64_t serial, int64_t last, const char *sha256)
{
    struct hf_shown s = {.there = serial > 0, .now = NOW, .store = "file:///srv"};

    if (serial > 0)
        s.manifest = manifest(serial, last, sha256);
    return hf_memory_judge(m, &s);
}

static void what_was_signed_or_tried_here_is_signed_upon(void **state)
{
    struct hf_memory m = remembered();

    (void)state;
    assert_int_equal(judge(&m, 5, 3, A), HF_MEMORY_KNOWN);
    assert_int_equal(judge(&m, 6, 4, B), HF_MEMORY_TRIED);
    assert_int_equal(judge(NULL, 42, 7, C), HF_MEMORY_FIRST);
    assert_int_equal(judge(NULL, 0, 0, A), HF_MEMORY_FIRST);
}

static void what_was_left_behind_is_not(void **state)
{
    struct hf_memory m = remembered();

    (void)state;
    assert_int_equal(judge(&m, 4, 2, C), HF_MEMORY_BACK);
    assert_int_equal(judge(&m, 5, 3, C), HF_MEMORY_BACK);
    assert_int_equal(judge(&m, 9, 2, C), HF_MEMORY_BACK);
    assert_int_equal(judge(&m, 0, 0, A), HF_MEMORY_GONE);
    memset(&m.in_force, 0, sizeof m.in_force);
    assert_int_equal(judge(&m, 0, 0, A), HF_MEMORY_FIRST); /* killed before the first manifest was there */
}

static void another_publisher_may_go_on_a_thousand_numbers(void **state)
{
    struct hf_memory m = remembered();

    (void)state;
    assert_int_equal(judge(&m, 6, 4, C), HF_MEMORY_HIGHER); /* it won the race against what was tried */
    assert_int_equal(judge(&m, 7, 4, C), HF_MEMORY_HIGHER);
    assert_int_equal(judge(&m, 1006, 1004, C), HF_MEMORY_HIGHER);
    assert_int_equal(judge(&m, 1007, 1004, C), HF_MEMORY_FAR);
    assert_int_equal(judge(&m, 1006, 1005, C), HF_MEMORY_FAR);
}

static void history_and_clock_bound_what_was_not_seen(void **state)
{
    struct hf_memory m = remembered();
    struct hf_shown s = {.there = 1, .manifest = manifest(8, 4, C), .now = NOW, .store = "x"};

    (void)state;
    s.history = 9;
    assert_int_equal(hf_memory_judge(&m, &s), HF_MEMORY_NOT_NEWEST);
    assert_int_equal(hf_memory_judge(NULL, &s), HF_MEMORY_NOT_NEWEST);
    s.history = 8;
    assert_int_equal(hf_memory_judge(&m, &s), HF_MEMORY_HIGHER);
    s.manifest.published = NOW + HF_MEMORY_FUTURE + 1;
    assert_int_equal(hf_memory_judge(&m, &s), HF_MEMORY_NOT_YET);
    s.manifest.published = NOW + HF_MEMORY_FUTURE;
    assert_int_equal(hf_memory_judge(&m, &s), HF_MEMORY_HIGHER);
}

static void each_refusal_says_what_to_do(void **state)
{
    static const enum hf_memory_verdict refusals[] = {HF_MEMORY_GONE, HF_MEMORY_BACK, HF_MEMORY_FAR, HF_MEMORY_NOT_NEWEST,
                                                      HF_MEMORY_NOT_YET};
    struct hf_memory m = remembered();
    struct hf_shown s = {.there = 1, .manifest = manifest(4, 2, C), .now = NOW, .store = "x", .history = 6};
    struct hf_err err;

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        assert_int_equal(hf_memory_allows(refusals[i]), 0);
        assert_int_equal(hf_memory_refuse(refusals[i], &m, &s, &err), -1);
        assert_int_equal(err.code, HF_E_SIG);
        assert_non_null(strstr(err.msg, "hotfix accept --serial "));
    }
}

static void text_and_back(void **state)
{
    struct hf_memory m = remembered(), back;
    struct hf_buf b;
    struct hf_err err;

    (void)state;
    hf_buf_init(&b, HF_MEMORY_MAX_BYTES);
    assert_int_equal(hf_memory_write(&b, &m, &err), 0);
    assert_int_equal(hf_memory_parse(&back, b.p, b.n, &err), 0);
    assert_memory_equal(&m.in_force, &back.in_force, sizeof m.in_force);
    assert_memory_equal(&m.tried, &back.tried, sizeof m.tried);
    assert_string_equal(m.store, back.store);
    for (size_t i = 0; i + 2 < b.n; i++)
        assert_int_equal(hf_memory_parse(&back, b.p, i, &err), -1);
    hf_buf_free(&b);
    m.serial = 4; /* lower than what was used */
    hf_buf_init(&b, HF_MEMORY_MAX_BYTES);
    assert_int_equal(hf_memory_write(&b, &m, &err), 0);
    assert_int_equal(hf_memory_parse(&back, b.p, b.n, &err), -1);
    hf_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_signed_or_tried_here_is_signed_upon),
        cmocka_unit_test(what_was_left_behind_is_not),
        cmocka_unit_test(another_publisher_may_go_on_a_thousand_numbers),
        cmocka_unit_test(history_and_clock_bound_what_was_not_seen),
        cmocka_unit_test(each_refusal_says_what_to_do),
        cmocka_unit_test(text_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
