/* test_escape.c: what a terminal must never see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/escape.h"

static void bytes_are_kept_or_escaped(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"plain text ~", "plain text ~"},
        {"", ""},
        {"a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"},
        {"\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m"},
        {"back\\slash", "back\\\\slash"},
        {"\x7f", "\\x7f"},
        {"\xc3\xa4\xe8\xae\xbe\xf0\x9f\x98\x80", "\xc3\xa4\xe8\xae\xbe\xf0\x9f\x98\x80"},
        {"\xc2\x9b" "31m", "\\xc2\\x9b31m"},             /* C1: CSI */
        {"a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb"},      /* right-to-left override */
        {"\xe2\x81\xa6\xd8\x9c", "\\xe2\\x81\\xa6\\xd8\\x9c"}, /* isolate, Arabic letter mark */
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},             /* line separator */
        {"\xef\xbb\xbfx", "\\xef\\xbb\\xbfx"},           /* byte order mark */
        {"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"},    /* tag character */
        {"\xff\xc3", "\\xff\\xc3"},                      /* not UTF-8, cut short */
        {"\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80", "\\xc0\\x80\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80"},
    };
    char out[128];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ptr_equal(hf_escape(out, sizeof out, cases[i].in, strlen(cases[i].in)), out);
        assert_string_equal(out, cases[i].out);
    }
    assert_string_equal(hf_escape(out, sizeof out, "a\0b", 3), "a\\x00b");
}

static void what_does_not_fit_ends_in_dots(void **state)
{
    char out[64], in[64], guard;
    size_t max, n, i;

    (void)state;
    assert_string_equal(hf_escape(out, 8, "1234567", 7), "1234567");
    assert_string_equal(hf_escape(out, 8, "12345678", 8), "1234...");
    assert_string_equal(hf_escape(out, 8, "123456\n", 7), "1234...");
    assert_string_equal(hf_escape(out, 8, "12\n\n", 4), "12...");
    assert_string_equal(hf_escape(out, 8, "123\xe8\xae\xbe\xe8", 7), "123...");
    /* Never a byte behind max, never half a character, whatever the length. */
    for (max = 8; max < 40; max++) {
        for (n = 0; n < 48; n++) {
            for (i = 0; i < n; i++)
                in[i] = "x\xe8\xae\xbe\n\\"[i % 6];
            memset(out, 'G', sizeof out);
            hf_escape(out, max, in, n);
            guard = out[max];
            assert_int_equal(guard, 'G');
            assert_true(strlen(out) < max);
            assert_int_equal(hf_utf8_ok(out, strlen(out)), 1);
        }
    }
}

static void utf8_is_rfc_3629(void **state)
{
    static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                       "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\x01\x7f"};
    static const char *const bad[] = {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xc2", "\xc2 ", "\xe0\x9f\xbf", "\xed\xa0\x80",
                                      "\xed\xbf\xbf", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                                      "\xf0\x9f\x98", "\xfe", "\xff", "a\xe2\x28\xa1"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(hf_utf8_ok(good[i], strlen(good[i])), 1);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_utf8_ok(bad[i], strlen(bad[i])))
            fail_msg("bad[%zu] accepted", i);
    }
    assert_int_equal(hf_utf8_ok("a\0b", 3), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_kept_or_escaped),
        cmocka_unit_test(what_does_not_fit_ends_in_dots),
        cmocka_unit_test(utf8_is_rfc_3629),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
