/* test_ci_expect.c: what one job's plan printed, held against what the next one is about to do. */
#include "publisher/ci_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct hf_channel production = {.label = (char[]){"production"}}, beta = {.label = (char[]){"beta"}};

static int check(const char *text, int with_beta)
{
    const struct hf_channel *all[] = {&production, &beta};
    struct hf_ci_expect e;

    if (hf_ci_expect_parse(&e, text, NULL) != 0)
        return -2;
    return hf_ci_expect_check(&e, all, with_beta ? 2 : 1, NULL);
}

static void test_what_a_plan_prints(void **state)
{
    struct hf_ci_expect e;

    (void)state;
    assert_int_equal(hf_ci_expect_parse(&e, " production:" SUM ", beta:none\r\n", NULL), 0);
    assert_string_equal(hf_ci_expect_of(&e, &production), SUM);
    assert_string_equal(hf_ci_expect_of(&e, &beta), "none");
    assert_int_equal(check("production:" SUM, 0), 0);
    assert_int_equal(check("production:shipped,beta:" SUM, 1), 0);
    assert_int_equal(hf_ci_expect_parse(&e, NULL, NULL), 0);
    assert_null(hf_ci_expect_of(&e, &production));
    assert_int_equal(check(NULL, 1), 0);
    assert_int_equal(check(" any ", 1), 0);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"", " ", "***", SUM,
                                      "missing", ":" SUM, "production:", "production=" SUM,
                                      "production", "ANY", "any,any", "production:" SUM ",",
                                      ",", "none,none", "production:***", "production:" SUM ",production:" SUM,
                                      "production:" SUM "0"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(check(bad[i], 0), -2);
    assert_int_equal(check("none", 0), -1);
    assert_int_equal(check("production:" SUM, 1), -1);
    assert_int_equal(check("production:" SUM ",beta:none", 0), -1);
    assert_int_equal(check("beta:" SUM, 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_a_plan_prints), cmocka_unit_test(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
