/* test_range.c: targets: what they hold, what is refused and in which words, and which ones overlap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/range.h"

struct row {
    const char *range, *version;
    int holds;
};

/* Here npm's semver package says the same (each row was compared with its 7.8.6). */
static const struct row as_npm[] = {
    /* one version */
    {"1.1.1", "1.1.1", 1},
    {"1.1.1", "1.1.2", 0},
    {"1.1.1", "1.1.1-beta", 0},
    {"1.1.1", "1.1.1+345", 1},
    {"=1.1.1", "1.1.1", 1},
    {"= 1.1.1", "1.1.1", 1},
    {"=1.1.1", "1.1.0", 0},
    {"1.2.3-beta", "1.2.3-beta", 1},
    {"1.2.3-beta", "1.2.3", 0},
    {"1.2.3-beta", "1.2.3-beta.1", 0},
    {"=1.2.3-beta.2", "1.2.3-beta.2", 1},
    {" 1.1.1 ", "1.1.1", 1},
    {"0.0.0", "0.0.0", 1},
    {"0.0.0", "0.0.1", 0},
    /* comparators */
    {">1.1.1", "1.1.1", 0},
    {">1.1.1", "1.1.2", 1},
    {">1.1.1", "2.0.0", 1},
    {">1.1.1", "1.1.0", 0},
    {">=1.1.1", "1.1.1", 1},
    {">=1.1.1", "1.1.0", 0},
    {">=1.1.1", "10.0.0", 1},
    {"<1.1.1", "1.1.1", 0},
    {"<1.1.1", "1.1.0", 1},
    {"<1.1.1", "0.9.99", 1},
    {"<=1.1.1", "1.1.1", 1},
    {"<=1.1.1", "1.1.2", 0},
    {">= 1.1.1", "1.1.1", 1},
    {">  1.1.1", "1.1.2", 1},
    {"<=  2.0.0", "1.9.9", 1},
    {">=1.2", "1.2.0", 1},
    {">=1.2", "1.1.9", 0},
    {">=1", "1.0.0", 1},
    {">=1", "0.9.0", 0},
    {"<1.2", "1.1.9", 1},
    {"<1.2", "1.2.0", 0},
    {"<2", "1.99.99", 1},
    {"<2", "2.0.0", 0},
    {">=0.0.0", "0.0.0", 1},
    {">=0.0.0", "5.0.0", 1},
    {"<1.2", "1.2.0-beta", 0},
    {"<2", "2.0.0-rc.1", 0},
    /* and */
    {">=1.1.0 <1.1.4", "1.1.0", 1},
    {">=1.1.0 <1.1.4", "1.1.3", 1},
    {">=1.1.0 <1.1.4", "1.1.4", 0},
    {">=1.1.0 <1.1.4", "1.0.9", 0},
    {">=1.1.0   <1.1.4", "1.1.2", 1},
    {">1.1.0 <1.1.2", "1.1.1", 1},
    {">1.1.0 <1.1.2", "1.1.2", 0},
    {">= 1.1.0 < 1.1.4", "1.1.2", 1},
    {"^1.2.0 <1.5.0", "1.4.9", 1},
    {"^1.2.0 <1.5.0", "1.5.0", 0},
    {"~1.2 >1.2.3", "1.2.3", 0},
    {"~1.2 >1.2.3", "1.2.4", 1},
    {"1.x >=1.4.0", "1.3.0", 0},
    {"1.x >=1.4.0", "1.4.0", 1},
    /* or */
    {"1.1.1 || 1.1.3", "1.1.1", 1},
    {"1.1.1 || 1.1.3", "1.1.2", 0},
    {"1.1.1 || 1.1.3", "1.1.3", 1},
    {"1.1.1||1.1.3", "1.1.3", 1},
    {"<1.0.0 || >=2.0.0", "1.5.0", 0},
    {"<1.0.0 || >=2.0.0", "2.0.0", 1},
    {"~1.2.0 || ^2.1.0 || 4.x", "4.7.1", 1},
    {"~1.2.0 || ^2.1.0 || 4.x", "2.0.9", 0},
    {">=1.0.0 <1.2.0 || >=1.4.0 <1.5.0", "1.3.0", 0},
    {">=1.0.0 <1.2.0 || >=1.4.0 <1.5.0", "1.4.9", 1},
    /* tilde */
    {"~1.1.0", "1.1.0", 1},
    {"~1.1.0", "1.1.9", 1},
    {"~1.1.0", "1.2.0", 0},
    {"~1.1.0", "1.0.9", 0},
    {"~1.1.3", "1.1.2", 0},
    {"~1.2", "1.2.0", 1},
    {"~1.2", "1.2.99", 1},
    {"~1.2", "1.3.0", 0},
    {"~1", "1.9.9", 1},
    {"~1", "2.0.0", 0},
    {"~1", "0.9.9", 0},
    {"~0.2.3", "0.2.3", 1},
    {"~0.2.3", "0.2.2", 0},
    {"~0.2.3", "0.3.0", 0},
    {"~0", "0.9.9", 1},
    {"~ 1.1.0", "1.1.5", 1},
    {"~>1.1.0", "1.1.5", 1},
    {"~1.x", "1.7.0", 1},
    {"~1.2.x", "1.2.7", 1},
    {"~1.2.x", "1.3.0", 0},
    {"~*", "3.0.0", 1},
    {"~1.2.3-beta.2", "1.2.3-beta.2", 1},
    {"~1.2.3-beta.2", "1.2.3-beta.4", 1},
    {"~1.2.3-beta.2", "1.2.3-beta.1", 0},
    {"~1.2.3-beta.2", "1.2.4-beta.3", 0},
    {"~1.2.3-beta.2", "1.2.3", 1},
    {"~1.2.3-beta.2", "1.2.9", 1},
    {"~1.1.0", "1.2.0-alpha", 0},
    {"~1.1.0", "1.1.1-alpha", 0},
    /* caret */
    {"^1.2.3", "1.2.3", 1},
    {"^1.2.3", "1.9.0", 1},
    {"^1.2.3", "2.0.0", 0},
    {"^1.2.3", "1.2.2", 0},
    {"^0.2.3", "0.2.3", 1},
    {"^0.2.3", "0.2.9", 1},
    {"^0.2.3", "0.3.0", 0},
    {"^0.0.3", "0.0.3", 1},
    {"^0.0.3", "0.0.4", 0},
    {"^0.0.3", "0.0.2", 0},
    {"^1.2", "1.2.0", 1},
    {"^1.2", "1.1.9", 0},
    {"^1.2", "1.9.9", 1},
    {"^1", "1.0.0", 1},
    {"^1", "2.0.0", 0},
    {"^0", "0.5.0", 1},
    {"^0", "1.0.0", 0},
    {"^0.0", "0.0.9", 1},
    {"^0.0", "0.1.0", 0},
    {"^0.1", "0.1.9", 1},
    {"^0.1", "0.2.0", 0},
    {"^1.x", "1.2.3", 1},
    {"^1.x", "2.0.0", 0},
    {"^0.x", "0.7.0", 1},
    {"^0.x", "1.0.0", 0},
    {"^1.2.x", "1.9.0", 1},
    {"^1.2.x", "1.1.0", 0},
    {"^0.0.x", "0.0.5", 1},
    {"^0.0.x", "0.1.0", 0},
    {"^0.1.x", "0.1.5", 1},
    {"^0.1.x", "0.2.0", 0},
    {"^ 1.2.3", "1.3.0", 1},
    {"^*", "7.0.0", 1},
    {"^1.2.3-beta.2", "1.2.3-beta.2", 1},
    {"^1.2.3-beta.2", "1.2.3-rc", 1},
    {"^1.2.3-beta.2", "1.2.3-alpha", 0},
    {"^1.2.3-beta.2", "1.2.4-beta", 0},
    {"^1.2.3-beta.2", "1.4.0", 1},
    {"^0.0.3-beta", "0.0.3-rc", 1},
    {"^0.0.3-beta", "0.0.4", 0},
    {"^1.2.3", "2.0.0-alpha", 0},
    {"^1.2.3", "1.3.0-alpha", 0},
    /* x */
    {"*", "0.0.0", 1},
    {"*", "9.9.9", 1},
    {"*", "1.0.0-beta", 0},
    {"x", "1.0.0", 1},
    {"X", "1.0.0", 1},
    {"x.x.x", "1.0.0", 1},
    {"*.*", "1.2.3", 1},
    {"1.x", "1.0.0", 1},
    {"1.x", "1.99.0", 1},
    {"1.x", "2.0.0", 0},
    {"1.x", "0.9.0", 0},
    {"1.X", "1.2.0", 1},
    {"1.*", "1.2.0", 1},
    {"1.1.x", "1.1.0", 1},
    {"1.1.x", "1.1.77", 1},
    {"1.1.x", "1.2.0", 0},
    {"1.1.x", "1.1.0-beta", 0},
    {"1.1.*", "1.0.9", 0},
    {"1.x.x", "1.7.2", 1},
    {"=1.x", "1.2.0", 1},
    {"= 1.1.x", "1.1.3", 1},
    {">1.x", "1.9.9", 0},
    {">1.x", "2.0.0", 1},
    {">1.1.x", "1.1.9", 0},
    {">1.1.x", "1.2.0", 1},
    {">=1.x", "1.0.0", 1},
    {">=1.1.x", "1.0.9", 0},
    {"<1.x", "0.9.9", 1},
    {"<1.x", "1.0.0", 0},
    {"<1.x", "1.0.0-alpha", 0},
    {"<1.1.x", "1.0.9", 1},
    {"<=1.x", "1.9.9", 1},
    {"<=1.x", "2.0.0", 0},
    {"<=1.1.x", "1.1.9", 1},
    {"<=1.1.x", "1.2.0", 0},
    {">=*", "1.0.0", 1},
    {"<=*", "1.0.0", 1},
    {"0.x", "0.3.0", 1},
    {"0.0.x", "0.0.7", 1},
    {"0.0.x", "0.1.0", 0},
    /* hyphen */
    {"1.2.3 - 2.3.4", "1.2.3", 1},
    {"1.2.3 - 2.3.4", "2.3.4", 1},
    {"1.2.3 - 2.3.4", "2.3.5", 0},
    {"1.2.3 - 2.3.4", "1.2.2", 0},
    {"1.2 - 2.3.4", "1.2.0", 1},
    {"1.2 - 2.3.4", "1.1.9", 0},
    {"1.2.3 - 2.3", "2.3.9", 1},
    {"1.2.3 - 2.3", "2.4.0", 0},
    {"1.2.3 - 2", "2.99.0", 1},
    {"1.2.3 - 2", "3.0.0", 0},
    {"1.2.3 - 2.x", "2.9.0", 1},
    {"1.x - 2.1.x", "2.1.9", 1},
    {"1.x - 2.1.x", "2.2.0", 0},
    {"* - 2.0.0", "0.1.0", 1},
    {"* - 2.0.0", "2.0.1", 0},
    {"1.0.0 - *", "99.0.0", 1},
    {"1.0.0 - *", "0.9.9", 0},
    {"1.2.3-beta - 2.0.0", "1.2.3-rc", 1},
    {"1.2.3-beta - 2.0.0", "1.2.3-alpha", 0},
    {"1.2.3 - 2.0.0-rc.1", "2.0.0-beta", 1},
    {"1.2.3 - 2.0.0-rc.1", "2.0.0-rc.2", 0},
    {"1.2.3 - 2.0.0-rc.1", "2.0.0", 0},
    {"1.2.3   -   2.3.4", "2.0.0", 1},
    {"1.2.3 - 2.3", "2.4.0-beta", 0},
    {"1.0.0 - 1.2.0 || 2.0.0 - 2.2.0", "2.1.0", 1},
    {"1.0.0 - 1.2.0 || 2.0.0 - 2.2.0", "1.5.0", 0},
    /* pre-releases are for those who ask for one of the same numbers */
    {">1.2.3-alpha.3", "1.2.3-alpha.7", 1},
    {">1.2.3-alpha.3", "3.4.5-alpha.9", 0},
    {">1.2.3-alpha.3", "3.4.5", 1},
    {">=1.0.0", "1.2.3-beta", 0},
    {"<2.0.0", "2.0.0-beta", 0},
    {">=1.0.0-rc.1 <2.0.0", "1.0.0-rc.2", 1},
    {">=1.0.0-rc.1 <2.0.0", "1.5.0-rc.2", 0},
    {">=1.2.3-alpha || >=2.0.0-alpha", "2.0.0-beta", 1},
    {">=1.2.3-alpha || >=3.0.0-alpha", "2.0.0-beta", 0},
    {"<=1.2.3-beta", "1.2.3-alpha", 1},
    {"<=1.2.3-beta", "1.2.3-rc", 0},
    {"<=1.2.3-beta", "1.2.2", 1},
    {"* >=1.0.0-alpha", "1.0.0-beta", 1},
    {"<2.0.0-beta <=1.x", "2.0.0-alpha", 0},
    {">=1.2.3-2", "1.2.3-10", 1},
    {">=1.2.3-10", "1.2.3-2", 0},
    {">=1.2.3-alpha", "1.2.3-1", 0},
    {">=1.2.3-1", "1.2.3-alpha", 1},
    /* a version with a build is held where the one without it is */
    {">=1.1.0 <1.1.4", "1.1.1+345", 1},
    {"1.1.x", "1.1.1+9", 1},
    {"~1.1.0", "1.2.0+9", 0},
    {"*", "1.1.1+9", 1},
    {">1.1.1", "1.1.1+999", 0},
};

/* Here npm refuses or says otherwise, on purpose:
 * a bare version with fewer than three numbers, with or without `=`, is that one version (npm: 1.2.x); `<1.2` is `<1.2.0`
 * (npm: `<1.2.0-0`, which only differs beside a pre-release comparator of 1.2.0); builds count when a target names one
 * (npm: never); numbers may have leading zeros; there may be more than three. */
static const struct row as_ours[] = {
    {"1.2", "1.2.0", 1},
    {"1.2", "1.2.1", 0},
    {"1.2.0", "1.2", 1},
    {"1", "1.0.0", 1},
    {"1", "1.0.1", 0},
    {"=1.2", "1.2.0", 1},
    {"=1.2", "1.2.5", 0},
    {"1.2 || 1.4", "1.4.0", 1},
    {"1.2 || 1.4", "1.4.1", 0},
    {"1.2-beta", "1.2.0-beta", 1},
    {">=1.2.0-alpha <1.2", "1.2.0-beta", 1},
    {"1.1.1", "1.1.1.0", 1},
    {"7", "7.0", 1},
    /* builds */
    {"1.1.1+345", "1.1.1+345", 1},
    {"1.1.1+345", "1.1.1", 0},
    {"1.1.1+345", "1.1.1+346", 0},
    {"1.1.1+345", "1.1.1+0345", 0},
    {"=1.1.1+345", "1.1.1+345", 1},
    {"1.1.1+345 || 1.1.1+347", "1.1.1+347", 1},
    {"1.1.1+345 || 1.1.1+347", "1.1.1+346", 0},
    {"1.2+345", "1.2.0+345", 1},
    {"1.1.1-rc+345", "1.1.1-rc+345", 1},
    {"1.1.1-rc+345", "1.1.1+345", 0},
    {"1.1.1+345", "1.1.2+345", 0},
    {"1.1.1+345 || >=1.2.0", "1.2.0", 1},
    {">=1.0.0 1.1.1+345", "1.1.1+345", 1},
    /* leading zeros */
    {"2024.01.05", "2024.1.5", 1},
    {"2024.1.x", "2024.01.05", 1},
    {">=2024.01.05", "2024.01.04", 0},
    {"~2024.01.05", "2024.01.31", 1},
    {"2024.01.x", "2024.02.01", 0},
    /* more than three numbers */
    {"1.2.3.4", "1.2.3.4", 1},
    {"1.2.3.4", "1.2.3", 0},
    {"1.2.3", "1.2.3.4", 0},
    {"1.2.3.0", "1.2.3", 1},
    {">=1.2.3.4", "1.2.3", 0},
    {">=1.2.3.4", "1.2.4", 1},
    {">1.2.3", "1.2.3.1", 1},
    {"<1.2.3.4 >=1.2.3", "1.2.3.3", 1},
    {"<=1.2.3.4", "1.2.3.5", 0},
    {"1.2.3.4 - 1.2.4.0", "1.2.3.9", 1},
    {"1.2.3.4 - 1.2.4", "1.2.4", 1},
    {"1.2.3 - 1.2.3.9", "1.2.3.10", 0},
    {"1.2.3.4 || 1.2.3.6", "1.2.3.6", 1},
    {"1.2.x", "1.2.3.4", 1},
    {"^1.2.3", "1.9.0.1", 1},
    {"~1.2.3", "1.3.0.1", 0},
    {"1.2.3.4-rc", "1.2.3.4-rc", 1},
    {">=1.2.3.4-alpha", "1.2.3.4-rc", 1},
    {">=1.2.3.4-alpha", "1.2.3.5-rc", 0},
    {"1.2.3.4+9", "1.2.3.4+9", 1},
    {"1.2.3.4.5.6.7.8", "1.2.3.4.5.6.7.8", 1},
};

static struct hf_range *range(const char *s)
{
    struct hf_range *r = NULL;
    struct hf_err err;

    if (hf_range_parse(&r, s, &err) != 0)
        fail_msg("%s", err.msg);
    return r;
}

static void check_rows(const struct row *row, size_t n)
{
    struct hf_version v;
    struct hf_range *r;
    size_t i;

    for (i = 0; i < n; i++) {
        r = range(row[i].range);
        assert_int_equal(hf_version_parse(&v, row[i].version, strlen(row[i].version), NULL), 0);
        if (hf_range_holds(r, &v) != row[i].holds)
            fail_msg("'%s' and %s: expected %d", row[i].range, row[i].version, row[i].holds);
        hf_range_free(r);
    }
}

static void holds_what_npm_says(void **state)
{
    (void)state;
    check_rows(as_npm, sizeof as_npm / sizeof *as_npm);
}

static void holds_what_we_decided(void **state)
{
    (void)state;
    check_rows(as_ours, sizeof as_ours / sizeof *as_ours);
}

static void the_exact_version_is_known(void **state)
{
    static const struct {
        const char *range;
        int exact;
    } cases[] = {{"1.1.1", 1}, {" 1.1.1 ", 1},        {"=1.2", 1},        {"1.1.1-rc+345", 1},    {"1.2.3.4", 1},
                 {"0.0.0", 1}, {"1.1.1 || 1.1.1", 0}, {"1.1.1 1.1.1", 0}, {">=1.1.1 <=1.1.1", 0}, {"1.1.x", 0},
                 {"*", 0},     {"~1.1.1", 0},         {">=1.1.1", 0},     {"1.1.1 - 1.1.1", 0},   {"1.1.1 >=1", 0}};
    const struct hf_version *v;
    struct hf_range *r;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        r = range(cases[i].range);
        if ((hf_range_exact(r) != NULL) != cases[i].exact)
            fail_msg("'%s'", cases[i].range);
        hf_range_free(r);
    }
    r = range("= 4.2-rc.1+77");
    v = hf_range_exact(r);
    assert_non_null(v);
    assert_int_equal(v->part[0], 4);
    assert_int_equal(v->part[1], 2);
    assert_string_equal(v->pre, "rc.1");
    assert_string_equal(v->build, "77");
    hf_range_free(r);
    hf_range_free(NULL);
}

static const struct {
    const char *range, *msg;
} refused[] = {
    {"", "the target is empty: write a version, a range, or '*' for every version"},
    {"   ", "the target is empty: write a version, a range, or '*' for every version"},
    {">1.2", "target '>1.2': '>1.2' can be read in two ways: write '>1.2.0' or '>=1.3.0'"},
    {"<=1.2", "target '<=1.2': '<=1.2' can be read in two ways: write '<=1.2.0' or '<1.3.0'"},
    {"> 1", "target '> 1': '>1' can be read in two ways: write '>1.0.0' or '>=2.0.0'"},
    {"<=2 >=1.0.0", "target '<=2 >=1.0.0': '<=2' can be read in two ways: write '<=2.0.0' or '<3.0.0'"},
    {"v1.2.3", "target 'v1.2.3': 'v1.2.3' is not a version: write it without the 'v'"},
    {">=v1.2.3", "target '>=v1.2.3': 'v1.2.3' is not a version: write it without the 'v'"},
    {"login", "target 'login': 'login' is not a version: write one to 8 numbers with dots between them, like 1.1.1, "
              "4.0.0-beta.2 or 1.1.1+345"},
    {">=1.1.1+345", "target '>=1.1.1+345': '1.1.1+345' has a build, and builds are never ordered: use '=' or no operator"},
    {"~1.1.1+345", "target '~1.1.1+345': '1.1.1+345' has a build, and builds are never ordered: use '=' or no operator"},
    {"1.0.0 - 1.1.1+345", "target '1.0.0 - 1.1.1+345': '1.1.1+345' has a build, and builds are never ordered: leave it out "
                          "of a hyphen range"},
    {"~1.2.3.4", "target '~1.2.3.4': '1.2.3.4' has more than three numbers: '~' and '^' work with up to three"},
    {"^1.2.3.4", "target '^1.2.3.4': '1.2.3.4' has more than three numbers: '~' and '^' work with up to three"},
    {"1.2.3.x", "target '1.2.3.x': '1.2.3.x' has more than three parts: 'x' works with up to three"},
    {"1.x.x.x", "target '1.x.x.x': '1.x.x.x' has more than three parts: 'x' works with up to three"},
    {"1.2.3.4 - 1.3", "target '1.2.3.4 - 1.3': '1.3' is not full: with more than three numbers both ends need three or more"},
    {"1.x - 1.2.3.4", "target '1.x - 1.2.3.4': '1.x' is not full: with more than three numbers both ends need three or more"},
    {"1.x.3", "target '1.x.3': '1.x.3' has something else behind an x: only more x may follow"},
    {"1.x.", "target '1.x.': '1.x.' has something else behind an x: only more x may follow"},
    {"1.x-beta", "target '1.x-beta': '1.x-beta' has an x before a pre-release or build: only numbers and x go together"},
    {"1.1.x+345", "target '1.1.x+345': '1.1.x+345' has an x before a pre-release or build: only numbers and x go together"},
    {">*", "target '>*': '*' with '<' or '>' holds no version"},
    {">=2.0.0 <1.0.0", "target '>=2.0.0 <1.0.0': '>=2.0.0 <1.0.0' holds no version"},
    {"1.0.0 || >2.0.0 <2.0.0 ", "target '1.0.0 || >2.0.0 <2.0.0 ': '>2.0.0 <2.0.0' holds no version"},
    {"1.1.1+345 1.1.1+346", "target '1.1.1+345 1.1.1+346': '1.1.1+345 1.1.1+346' holds no version"},
    {"1.1.1 1.1.2", "target '1.1.1 1.1.2': '1.1.1 1.1.2' holds no version"},
    {"1.2.0 - 1.1.0", "target '1.2.0 - 1.1.0': '1.2.0 - 1.1.0' holds no version"},
    {"1.0.0 ||", "target '1.0.0 ||': nothing stands beside '||': write '*' for every version"},
    {"|| 1.0.0", "target '|| 1.0.0': nothing stands beside '||': write '*' for every version"},
    {"1.0.0 | 1.1.0", "target '1.0.0 | 1.1.0': '|' has a single '|': alternatives are joined by '||'"},
    {">=1.0.0, <2.0.0", "target '>=1.0.0, <2.0.0': '1.0.0,' has a comma: separate comparators with a space"},
    {">=1.0.0 && <2.0.0", "target '>=1.0.0 && <2.0.0': '&&' has a '&': a space already means that both must hold"},
    {"!=1.0.0", "target '!=1.0.0': '!=1.0.0' has a '!': there is no 'not'; write what is wanted, as in '<1.2.0 || >1.2.0'"},
    {">=1.0.0<2.0.0", "target '>=1.0.0<2.0.0': '1.0.0<2.0.0' has an operator in the wrong place: write one of = > >= < <= ~ ^ "
                      "before each version"},
    {"==1.0.0", NULL},
    {"=>1.0.0", NULL},
    {"> = 1.0.0", NULL},
    {"~^1.0.0", NULL},
    {"^>1.0.0", NULL},
    {">=~1.0.0", NULL},
    {">=", "target '>=': '>=' has no version behind it"},
    {"1.0.0 <", "target '1.0.0 <': '<' has no version behind it"},
    {"1.0.0 -", "target '1.0.0 -': '1.0.0 -' has a hyphen that is not between just two versions: write 1.2.0 - 1.4.2"},
    {"- 1.0.0", NULL},
    {"-", NULL},
    {"1.0.0 - 2.0.0 - 3.0.0", NULL},
    {"1.0.0 - 2.0.0 <1.5.0", NULL},
    {">=1.0.0 - 2.0.0", NULL},
    {"1.0.0 - <2.0.0", NULL},
    {"1.0.0\t1.0.0", NULL},
    {"1.0.0\n", NULL},
    {"1..0", NULL},
    {"x1", NULL},
    {"1.xx", NULL},
    {"**", NULL},
    {"1.2.3-01", NULL},
    {"9007199254740992.0.0", NULL},
    {"(1.0.0)", NULL},
    {"\033[2J", NULL},
};

static void refusals_say_what_to_write(void **state)
{
    struct hf_range *r;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof refused / sizeof *refused; i++) {
        r = NULL;
        if (hf_range_parse(&r, refused[i].range, &err) != -1)
            fail_msg("'%s' accepted", refused[i].range);
        assert_null(r);
        assert_int_equal(err.code, HF_E_INPUT);
        assert_null(strpbrk(err.msg, "\n\t\033"));
        if (refused[i].msg != NULL)
            assert_string_equal(err.msg, refused[i].msg);
        assert_int_equal(hf_range_parse(&r, refused[i].range, NULL), -1);
    }
}

/* unit n times, then end, must parse or hit a limit. */
static void many(const char *unit, int n, const char *end, int code)
{
    char text[HF_RANGE_MAX + 64] = "";
    struct hf_range *r = NULL;
    struct hf_err err;

    while (n-- > 0)
        strcat(text, unit);
    strcat(text, end);
    err.code = HF_OK;
    hf_range_parse(&r, text, &err);
    assert_int_equal((int)err.code, code);
    hf_range_free(r);
}

static void limits_are_refused(void **state)
{
    (void)state;
    many("1.0.0||", HF_RANGE_MAX_SETS - 1, "1.0.0", HF_OK);
    many("1.0.0||", HF_RANGE_MAX_SETS, "1.0.0", HF_E_LIMIT);
    many(">1.0.0 ", HF_RANGE_MAX_TERMS, "", HF_OK);
    many(">1.0.0 ", HF_RANGE_MAX_TERMS + 1, "", HF_E_LIMIT);
    many("~1 ", HF_RANGE_MAX_TERMS, "", HF_OK); /* two comparators each */
    many(" ", HF_RANGE_MAX - 5, "1.0.0", HF_OK);
    many(" ", HF_RANGE_MAX - 4, "1.0.0", HF_E_LIMIT);
    many("1", 65, "", HF_E_LIMIT);
}

static void overlaps(void **state)
{
    static const struct {
        const char *a, *b;
        int yes;
    } cases[] = {
        {"1.1.1", "1.1.1", 1},
        {"1.1.1", "1.1.2", 0},
        {"1.1", "1.1.0", 1},
        {"1.1.1+345", "1.1.1+345", 1},
        {"1.1.1+345", "1.1.1+346", 0},
        {"1.1.1+345", "1.1.1", 1},
        {"1.1.1+345", "1.1.x", 1},
        {"1.1.1+345", "1.2.x", 0},
        {"1.0.0", "1.0.x", 1},
        {"1.1.x", "1.2.x", 0},
        {"1.1.x", ">=1.1.5 <1.3.0", 1},
        {"*", "0.0.1", 1},
        {"*", "*", 1},
        {">=1.0.0 <1.2.0", "1.2.0", 0},
        {"<=1.2.0", ">=1.2.0", 1},
        {"<1.2.0", ">=1.2.0", 0},
        {"<1.2.0", ">1.2.0", 0},
        {"<=1.2.0", ">1.2.0", 0},
        {"^1.2.0", "^2.0.0", 0},
        {"^1.2.0", "~1.9.0", 1},
        {"1.0.0 || 3.0.0", "2.x || 3.x", 1},
        {"1.0.0 || 3.0.0", "2.x || 4.x", 0},
        {"1.2.3-beta", ">=1.0.0", 0},
        {"1.2.3-beta", ">=1.2.3-alpha", 1},
        {"1.2.3-beta", "1.2.3", 0},
        {"1.2.3-rc+5", "1.2.3-rc", 1},
        {"<=1.2.3-rc", ">=1.2.3-rc", 1},
        {"1.1.x", "<1.1.0", 0},
        {"1.1.x", ">=1.2.0-0", 0},
        {"1.2.3.4", "1.2.x", 1},
        {"1.2.3.4", "1.2.3", 0},
        {"1.2.3 - 2.0.0", "2.0.0 - 3.0.0", 1},
        {"1.2.3 - 2.0.0", "2.0.1 - 3.0.0", 0},
        {">1.1.1", "<1.1.2", 1}, /* four numbers lie between */
    };
    struct hf_range *a, *b;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        a = range(cases[i].a);
        b = range(cases[i].b);
        if (hf_range_overlaps(a, b) != cases[i].yes || hf_range_overlaps(b, a) != cases[i].yes)
            fail_msg("'%s' and '%s': expected %d", cases[i].a, cases[i].b, cases[i].yes);
        hf_range_free(a);
        hf_range_free(b);
    }
}

static void covers(void **state)
{
    static const struct {
        const char *a, *b;
        int yes;
    } cases[] = {
        {"1.1.1", "1.1.1", 1},
        {"1.1.x", "1.1.1", 1},
        {"1.1.x", "1.1.x", 1},
        {"1.1.x", "~1.1.0", 1}, /* written out, they are the same */
        {"*", "*", 1},
        {"1.1.1", "1.1.x", 0},
        {"1.1.x", "1.2.1", 0},
        {"1.1.1+345", "1.1.1", 0},
        {"1.1.1", "1.1.1+345", 1},
        {"1.0.0 || 3.0.0", "3.0.0", 1},
        {"1.0.0 || 3.0.0", "1.0.0 || 3.0.1", 0},
        {">=1.0.0", "1.2.3-beta", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hf_range *a = range(cases[i].a), *b = range(cases[i].b);

        if (hf_range_covers(a, b) != cases[i].yes)
            fail_msg("'%s' covers '%s': expected %d", cases[i].a, cases[i].b, cases[i].yes);
        hf_range_free(a);
        hf_range_free(b);
    }
}

/* Whatever the table's ranges and versions: two ranges that hold one version overlap, and who covers another holds what it holds. */
static void what_both_hold_is_an_overlap(void **state)
{
    static struct hf_range *r[sizeof as_npm / sizeof *as_npm];
    size_t n = sizeof as_npm / sizeof *as_npm, i, j, k;
    static unsigned char held[sizeof as_npm / sizeof *as_npm][sizeof as_npm / sizeof *as_npm];
    struct hf_version v;

    (void)state;
    for (i = 0; i < n; i++) {
        r[i] = range(as_npm[i].range);
        for (k = 0; k < n; k++) {
            assert_int_equal(hf_version_parse(&v, as_npm[k].version, strlen(as_npm[k].version), NULL), 0);
            held[i][k] = (unsigned char)hf_range_holds(r[i], &v);
        }
    }
    for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
            for (k = 0; k < n && !(held[i][k] && held[j][k]); k++)
                ;
            if (k < n && !hf_range_overlaps(r[i], r[j]))
                fail_msg("'%s' and '%s' both hold %s", as_npm[i].range, as_npm[j].range, as_npm[k].version);
            for (k = 0; k < n && hf_range_covers(r[i], r[j]); k++) {
                if (held[j][k] && !held[i][k])
                    fail_msg("'%s' covers '%s', but not %s", as_npm[i].range, as_npm[j].range, as_npm[k].version);
            }
        }
    }
    for (i = 0; i < n; i++)
        hf_range_free(r[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_npm_says),          cmocka_unit_test(holds_what_we_decided),
        cmocka_unit_test(the_exact_version_is_known),   cmocka_unit_test(refusals_say_what_to_write),
        cmocka_unit_test(limits_are_refused),           cmocka_unit_test(overlaps),
        cmocka_unit_test(covers),                       cmocka_unit_test(what_both_hold_is_an_overlap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
