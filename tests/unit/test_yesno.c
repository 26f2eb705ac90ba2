/* test_yesno.c: yes and no from outside. */
#include "core/yesno.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_words(void **state)
{
    static const char *const yes[] = {"1", "true", "True", "TRUE", "yes", "YES", "on", "On", " true ", "true\r\n", "\tyes"};
    static const char *const no[] = {"0", "false", "False", "no", "NO", "off", " off "};
    struct hf_err err;
    int v;

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        v = -1;
        assert_int_equal(hf_yes_no(&v, yes[i], "X", &err), 1);
        assert_int_equal(v, 1);
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        v = -1;
        assert_int_equal(hf_yes_no(&v, no[i], "X", &err), 1);
        assert_int_equal(v, 0);
    }
}

static void test_not_set(void **state)
{
    struct hf_err err;
    int v = 7;

    (void)state;
    assert_int_equal(hf_yes_no(&v, NULL, "X", &err), 0);
    assert_int_equal(hf_yes_no(&v, "", "X", &err), 0);
    assert_int_equal(hf_yes_no(&v, " \t\r\n", "X", &err), 0);
    assert_int_equal(v, 7);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"2", "y", "n", "t", "maybe", "truee", "true false", "***", "-1", "01", "\xff"};
    struct hf_err err;
    int v = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hf_yes_no(&v, bad[i], "HOTFIX_PLAN", &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
        assert_non_null(strstr(err.msg, "HOTFIX_PLAN '"));
    }
    assert_int_equal(v, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_not_set),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
