/* test_base64url.c: one spelling for each string of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base64url.h"

static void rfc_4648_vectors_without_padding(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
                 {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
    char text[32], bytes[32];
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        n = strlen(cases[i].bytes);
        assert_int_equal(hf_base64url(text, cases[i].bytes, n), strlen(cases[i].text));
        assert_int_equal(HF_BASE64URL_LEN(n), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
        assert_int_equal(hf_unbase64url(bytes, n, text, strlen(text)), n);
        assert_memory_equal(bytes, cases[i].bytes, n);
    }
}

static void other_spellings_are_refused(void **state)
{
    static const char *const bad[] = {"Z",   "A",     "Zm9vA",  "Zg=",  "Zg==", "Zm9vY", "Zh",
                                      "Zm9", "Zm 9v", "Zm9v\n", "Zm+v", "Zm/v", "Zm9.",  "\xc3\xa4"};
    char bytes[32];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_unbase64url(bytes, sizeof bytes, bad[i], strlen(bad[i])) != -1)
            fail_msg("'%s' accepted", bad[i]);
    }
    assert_int_equal(hf_unbase64url(bytes, sizeof bytes, "Zm9\0", 4), -1);
    assert_int_equal(hf_unbase64url(bytes, 2, "Zm9v", 4), -1);
    assert_int_equal(hf_unbase64url(bytes, 3, "Zm9v", 4), 3);
}

static void all_lengths_go_to_and_fro(void **state)
{
    uint8_t in[70], out[70];
    char text[100];
    size_t n, i, len;

    (void)state;
    for (n = 0; n <= sizeof in; n++) {
        for (i = 0; i < n; i++)
            in[i] = (uint8_t)(i * 37 + n * 11);
        len = hf_base64url(text, in, n);
        assert_int_equal(len, HF_BASE64URL_LEN(n));
        assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), len);
        assert_int_equal(hf_unbase64url(out, sizeof out, text, len), n);
        assert_memory_equal(in, out, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_4648_vectors_without_padding),
        cmocka_unit_test(other_spellings_are_refused),
        cmocka_unit_test(all_lengths_go_to_and_fro),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
