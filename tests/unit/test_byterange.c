/* test_byterange.c: RFC 9110 sections 13.1 and 14.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/byterange.h"

static void ranges(void **state)
{
    static const struct {
        const char *s;
        uint64_t size;
        enum hf_bytes want;
        uint64_t off, len;
    } t[] = {
        {NULL, 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes=0-0", 1000, HF_BYTES_PART, 0, 1},
        {"bytes=0-499", 1000, HF_BYTES_PART, 0, 500},
        {"Bytes=500-999", 1000, HF_BYTES_PART, 500, 500},
        {"bytes=500-", 1000, HF_BYTES_PART, 500, 500},
        {"bytes=500-100000", 1000, HF_BYTES_PART, 500, 500},
        {"bytes=999-999", 1000, HF_BYTES_PART, 999, 1},
        {"bytes=-1", 1000, HF_BYTES_PART, 999, 1},
        {"bytes=-1000", 1000, HF_BYTES_PART, 0, 1000},
        {"bytes=-5000", 1000, HF_BYTES_PART, 0, 1000},
        {"bytes=0-99999999999999999999999", 1000, HF_BYTES_PART, 0, 1000},
        {"bytes=1000-", 1000, HF_BYTES_NONE, 0, 0},
        {"bytes=1000-2000", 1000, HF_BYTES_NONE, 0, 0},
        {"bytes=99999999999999999999999-", 1000, HF_BYTES_NONE, 0, 0},
        {"bytes=99999999999999999999998-99999999999999999999999", 1000, HF_BYTES_NONE, 0, 0},
        {"bytes=-0", 1000, HF_BYTES_NONE, 0, 0},
        {"bytes=0-", 0, HF_BYTES_NONE, 0, 0},
        {"bytes=-1", 0, HF_BYTES_NONE, 0, 0},
        {"bytes=5-4", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes=0-1,5-6", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes=", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes=-", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes=a-b", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes=0", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes=0-5x", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes=0x1-5", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes = 0-5", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes=--5", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"lines=0-5", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"bytes", 1000, HF_BYTES_WHOLE, 0, 1000},
        {"", 1000, HF_BYTES_WHOLE, 0, 1000},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof t[0]; i++) {
        uint64_t off = 7, len = 7;

        print_message("# %s of %llu\n", t[i].s ? t[i].s : "(none)", (unsigned long long)t[i].size);
        assert_int_equal(hf_byterange(&off, &len, t[i].s, t[i].size), t[i].want);
        assert_int_equal(off, t[i].off);
        assert_int_equal(len, t[i].len);
    }
}

static void if_none_match(void **state)
{
    (void)state;
    assert_false(hf_etag_listed(NULL, "\"a\""));
    assert_true(hf_etag_listed("\"a\"", "\"a\""));
    assert_true(hf_etag_listed("W/\"a\"", "\"a\""));
    assert_true(hf_etag_listed("*", "\"a\""));
    assert_true(hf_etag_listed("\"b\", W/\"c\" ,\"a\"", "\"a\""));
    assert_false(hf_etag_listed("\"b\", \"c\"", "\"a\""));
    assert_false(hf_etag_listed("a", "\"a\""));
    assert_false(hf_etag_listed("\"a", "\"a\""));
    assert_false(hf_etag_listed("\"ab\"", "\"a\""));
    assert_false(hf_etag_listed("", "\"a\""));
}

static void if_range(void **state)
{
    (void)state;
    assert_true(hf_if_range(NULL, "\"a\""));
    assert_true(hf_if_range("\"a\"", "\"a\""));
    assert_false(hf_if_range("W/\"a\"", "\"a\""));
    assert_false(hf_if_range("\"b\"", "\"a\""));
    assert_false(hf_if_range("Sat, 22 Nov 2026 06:05:00 GMT", "\"a\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges), cmocka_unit_test(if_none_match), cmocka_unit_test(if_range)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
