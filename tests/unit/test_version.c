/* test_version.c: what is a version, and which one is newer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/version.h"

static struct hf_version parsed(const char *s)
{
    struct hf_version v;
    struct hf_err err;

    if (hf_version_parse(&v, s, strlen(s), &err) != 0)
        fail_msg("'%s': %s", s, err.msg);
    return v;
}

static void pieces_are_found(void **state)
{
    struct hf_version v = parsed("4.0.12-beta.2.x-y+345.exp.01");

    (void)state;
    assert_int_equal(v.parts, 3);
    assert_int_equal(v.part[0], 4);
    assert_int_equal(v.part[1], 0);
    assert_int_equal(v.part[2], 12);
    assert_int_equal(v.part[3], 0);
    assert_string_equal(v.pre, "beta.2.x-y");
    assert_string_equal(v.build, "345.exp.01");
    v = parsed("1.1.1+345-7"); /* a hyphen behind the plus belongs to the build */
    assert_string_equal(v.pre, "");
    assert_string_equal(v.build, "345-7");
    v = parsed("2024.01.05");
    assert_int_equal(v.part[1], 1);
    v = parsed("1.2.3.4.5.6.7.9007199254740991");
    assert_int_equal(v.parts, 8);
    assert_true(v.part[7] == 9007199254740991u);
    v = parsed("7");
    assert_int_equal(v.parts, 1);
    v = parsed("1.2-rc+1");
    assert_int_equal(v.parts, 2);
    assert_string_equal(v.pre, "rc");
}

static void other_texts_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        ".",
        "1.",
        ".1",
        "1..2",
        "1.2.3.",
        "1.2.x",
        "*",
        "v",
        "v1.2.3",
        "V1.2.3",
        "=1.2.3",
        ">1.2.3",
        " 1.2.3",
        "1.2.3 ",
        "1.2.3-",
        "1.2.3+",
        "1.2.3-+1",
        "1.2.3-a..b",
        "1.2.3-a.",
        "1.2.3-.a",
        "1.2.3-01",
        "1.2.3-a.00",
        "1.2.3+a+b",
        "1.2.3+a..b",
        "1.2.3-a_b",
        "1.2.3-\xc3\xa4",
        "1,2",
        "1.2.3.4.5.6.7.8.9",
        "9007199254740992",
        "99999999999999999999999999",
        "-1",
        "1.-2",
        "1.2.3\n",
        "1e3",
        "0x10",
        "latest",
        "1.2.3a",
        "\xd9\xa1.2",
    };
    struct hf_version v;
    struct hf_err err;
    size_t i;

    (void)state;
    memset(&v, 0x55, sizeof v);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_version_parse(&v, bad[i], strlen(bad[i]), &err) != -1)
            fail_msg("'%s' accepted", bad[i]);
        assert_int_equal(err.code, HF_E_INPUT);
    }
    assert_int_equal(v.parts, 0x55555555); /* nothing was written */
    assert_int_equal(hf_version_parse(&v, "1.2\0.3", 6, &err), -1);
    assert_int_equal(hf_version_parse(&v, "1.2.3xyz", 5, &err), 0);
}

static void messages_help(void **state)
{
    char longest[HF_VERSION_MAX + 2];
    struct hf_version v;
    struct hf_err err;

    (void)state;
    hf_version_parse(&v, "v1.2", 4, &err);
    assert_string_equal(err.msg, "'v1.2' is not a version: write it without the 'v'");
    hf_version_parse(&v, "lo\033gin", 6, &err);
    assert_string_equal(err.msg, "'lo\\x1bgin' is not a version: write one to 8 numbers with dots between them, like 1.1.1, "
                                 "4.0.0-beta.2 or 1.1.1+345");
    memset(longest, '0', sizeof longest);
    memcpy(longest, "1.0-", 4);
    memset(longest + 4, 'a', HF_VERSION_MAX - 4);
    longest[HF_VERSION_MAX] = 'a';
    assert_int_equal(hf_version_parse(&v, longest, HF_VERSION_MAX, &err), 0);
    assert_int_equal(strlen(v.pre), HF_VERSION_MAX - 4);
    assert_int_equal(hf_version_parse(&v, longest, HF_VERSION_MAX + 1, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
}

static void order_is_semver_precedence(void **state)
{
    /* Each is lower than all behind it. The middle is the list of semver.org 2.0.0, section 11. */
    static const char *const order[] = {
        "0.0.0-0",
        "0.0.0",
        "0.0.1",
        "0.1",
        "0.9.9",
        "1.0.0-0",
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-99999999999999999999",
        "1.0.0-100000000000000000000",
        "1.0.0--",
        "1.0.0-A",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.1.0",
        "1.0.0-alpha.beta",
        "1.0.0-alpha-",
        "1.0.0-alphabet",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.0.0.1",
        "1.0.0.1-rc",
        "1.0.0.1",
        "1.0.1",
        "1.2",
        "1.10",
        "2",
        "10.0",
        "2024.01.05",
        "2024.1.6",
    };
    struct hf_version a, b;
    size_t i, j, n = sizeof order / sizeof *order;
    int c;

    (void)state;
    for (i = 0; i < n; i++) {
        a = parsed(order[i]);
        for (j = 0; j < n; j++) {
            b = parsed(order[j]);
            c = hf_version_cmp(&a, &b);
            if ((c > 0) - (c < 0) != (i > j) - (i < j))
                fail_msg("%s against %s: %d", order[i], order[j], c);
        }
    }
}

static void equals(void **state)
{
    static const char *const same[][2] = {{"1.2", "1.2.0"},       {"1", "1.0.0.0.0.0.0.0"}, {"2024.01.05", "2024.1.5"},
                                          {"1.1.1+345", "1.1.1"}, {"1.1.1+345", "1.1.1+9"}, {"1.0-rc+a", "1.0.0-rc"}};
    struct hf_version a, b;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof same / sizeof *same; i++) {
        a = parsed(same[i][0]);
        b = parsed(same[i][1]);
        assert_int_equal(hf_version_cmp(&a, &b), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_found), cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(messages_help),    cmocka_unit_test(order_is_semver_precedence),
        cmocka_unit_test(equals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
