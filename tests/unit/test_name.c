/* test_name.c: the names that become paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/layout.h"
#include "core/name.h"

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void names_have_their_grammar(void **state)
{
    static const char *const good[] = {"a", "0", "com.example.shop.ios", "a-b_c.d", "A.", "a--", "1.0.0"};
    static const char *const bad[] = {"",  ".",    "..",  "-a",    "_a",     ".a",      "a..b", "a..", "a/b",
                                      "a b", "a\n", "a\\", "\xc3\xa4", "a\xc3\xa4", "a\x01", "a:b",  "a%",  "~a"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof good / sizeof *good; i++) {
        if (!hf_name_ok(good[i], 64))
            fail_msg("'%s' refused", good[i]);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_name_ok(bad[i], 64))
            fail_msg("'%s' accepted", bad[i]);
    }
    assert_int_equal(hf_name_ok(NULL, 64), 0);
    assert_int_equal(hf_name_ok("abcd", 4), 1);
    assert_int_equal(hf_name_ok("abcde", 4), 0);
}

static void each_kind_has_its_length(void **state)
{
    char s[200];
    struct hf_err err;

    (void)state;
    memset(s, 'a', sizeof s);
    s[HF_APP_MAX] = '\0';
    assert_int_equal(hf_app_check(s, &err), 0);
    s[HF_APP_MAX] = 'a';
    s[HF_APP_MAX + 1] = '\0';
    assert_int_equal(hf_app_check(s, &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    memset(s, 'a', sizeof s);
    s[HF_CHANNEL_MAX] = '\0';
    assert_int_equal(hf_channel_check(s, &err), 0);
    s[HF_CHANNEL_MAX] = 'a';
    s[HF_CHANNEL_MAX + 1] = '\0';
    assert_int_equal(hf_channel_check(s, &err), -1);
    memset(s, 'a', sizeof s);
    s[HF_FILE_NAME_MAX] = '\0';
    assert_int_equal(hf_file_name_check(s, &err), 0);
    s[HF_FILE_NAME_MAX] = 'a';
    s[HF_FILE_NAME_MAX + 1] = '\0';
    assert_int_equal(hf_file_name_check(s, &err), -1);
}

static void the_message_shows_name_and_rule(void **state)
{
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_app_check("../\033[2Jx", &err), -1);
    assert_string_equal(err.msg, "'../\\x1b[2Jx' is not a name for an app: letters, digits, '.', '_' and '-', a letter or "
                                 "digit first, no '..', at most 64");
    assert_int_equal(hf_app_check("", &err), -1);
    assert_string_equal(err.msg, "the app name is empty");
    assert_int_equal(hf_channel_check("objects", &err), -1);
    assert_int_equal(hf_channel_check("deltas", &err), -1);
    assert_non_null(strstr(err.msg, "'deltas'"));
    assert_int_equal(hf_channel_check("Objects", &err), 0);
    assert_int_equal(hf_file_name_check("objects", &err), 0);
}

static void object_keys_have_two_forms(void **state)
{
    (void)state;
    assert_int_equal(hf_object_key_ok("objects/" SUM), 1);
    assert_int_equal(hf_object_key_ok("deltas/" SUM "-" SUM), 1);
    assert_int_equal(strlen("deltas/" SUM "-" SUM), HF_OBJECT_KEY_MAX);
    assert_int_equal(hf_object_key_ok("objects/" SUM "0"), 0);
    assert_int_equal(hf_object_key_ok("objects/" SUM "/"), 0);
    assert_int_equal(hf_object_key_ok("objects/../" SUM), 0);
    assert_int_equal(hf_object_key_ok("/objects/" SUM), 0);
    assert_int_equal(hf_object_key_ok("objects/"), 0);
    assert_int_equal(hf_object_key_ok("deltas/" SUM), 0);
    assert_int_equal(hf_object_key_ok("deltas/" SUM "-"), 0);
    assert_int_equal(hf_object_key_ok("deltas/" SUM "_" SUM), 0);
    assert_int_equal(hf_object_key_ok("deltas/" SUM "-" SUM "0"), 0);
    assert_int_equal(hf_object_key_ok("deltas/"), 0);
    assert_int_equal(hf_object_key_ok(""), 0);
    assert_int_equal(hf_object_key_ok(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_their_grammar),
        cmocka_unit_test(each_kind_has_its_length),
        cmocka_unit_test(the_message_shows_name_and_rule),
        cmocka_unit_test(object_keys_have_two_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
