/* test_lines.c: the lines of a receive hook, and the channels that refs belong to. */
#include "hooks/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "publisher/match.h"

#define A "1111111111111111111111111111111111111111"
#define Z "0000000000000000000000000000000000000000"

static int wanted(void *arg, const char *ref)
{
    ++*(size_t *)arg;
    return strncmp(ref, "refs/heads/", 11) == 0;
}

static int every(void *arg, const char *ref)
{
    (void)arg;
    (void)ref;
    return 1;
}

/* What git writes, through a file. */
static int read_text(struct hf_lines *l, const char *text, size_t n, int (*keep)(void *, const char *), void *arg,
                     struct hf_err *err)
{
    FILE *f = tmpfile();
    int rc;

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    rewind(f);
    rc = hf_lines_read(l, NULL, fileno(f), keep, arg, err);
    fclose(f);
    return rc;
}

static void test_lines(void **state)
{
    struct hf_lines l;
    const char *text = A " " Z " refs/heads/a\n" Z " " A " refs/heads/with space\n";

    (void)state;
    assert_int_equal(read_text(&l, text, strlen(text), every, NULL, NULL), 0);
    assert_int_equal(l.count, 2);
    assert_string_equal(l.line[0].ref, "refs/heads/a");
    assert_false(hf_is_zeros(l.line[0].old));
    assert_true(hf_is_zeros(l.line[0].new));
    assert_string_equal(l.line[1].ref, "refs/heads/with space");
    hf_lines_clear(&l);
    assert_int_equal(read_text(&l, "", 0, every, NULL, NULL), 0);
    assert_int_equal(l.count, 0);
    hf_lines_clear(&l);
    /* A last line without its newline is whole all the same. */
    assert_int_equal(read_text(&l, A " " A " refs/x", strlen(A " " A " refs/x"), every, NULL, NULL), 0);
    assert_int_equal(l.count, 1);
    hf_lines_clear(&l);
}

static void test_lines_refused(void **state)
{
    static const char *const bad[] = {"x\n", A " " A "\n", A " " A " heads/x\n", A "1 " A " refs/x\n", "g" A " " A " refs/x\n",
                                      A "  " A " refs/x\n", "\n"};
    struct hf_lines l;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_text(&l, bad[i], strlen(bad[i]), every, NULL, &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
        hf_lines_clear(&l);
    }
    assert_int_equal(read_text(&l, A " " A " refs/x\0\n", 90, every, NULL, &err), -1);
    hf_lines_clear(&l);
    assert_int_equal(read_text(&l, A " " A " refs/x\0", strlen(A) * 2 + 9, every, NULL, &err), -1);
    hf_lines_clear(&l);
}

static void test_too_many_lines(void **state)
{
    const char *one = A " " A " refs/x\n";
    size_t n = strlen(one), i;
    char *all = malloc(n * (HF_LINES_MAX + 1));
    struct hf_lines l;
    struct hf_err err;

    (void)state;
    assert_non_null(all);
    for (i = 0; i < HF_LINES_MAX + 1; i++)
        memcpy(all + i * n, one, n);
    assert_int_equal(read_text(&l, all, n * HF_LINES_MAX, every, NULL, &err), 0);
    assert_int_equal(l.count, HF_LINES_MAX);
    hf_lines_clear(&l);
    assert_int_equal(read_text(&l, all, n * (HF_LINES_MAX + 1), every, NULL, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_lines_clear(&l);
    free(all);
}

/* A mirror has more refs than a team has releases: only what is wanted counts. */
static void test_read_wanted(void **state)
{
    const char *other = A " " A " refs/pull/1/head\n", *one = A " " Z " refs/heads/a\n";
    size_t n = strlen(other), i, asked, many = 3 * HF_LINES_MAX;
    char *all = malloc(n * many + 256), longer[2048];
    struct hf_lines l;
    struct hf_err err;

    (void)state;
    assert_non_null(all);
    for (i = 0; i < many; i++)
        memcpy(all + i * n, other, n);
    memcpy(all + many * n, one, strlen(one) - 1); /* the last newline may be missing */
    asked = 0;
    assert_int_equal(read_text(&l, all, many * n + strlen(one) - 1, wanted, &asked, &err), 0);
    assert_int_equal(asked, many + 1);
    assert_int_equal(l.count, 1);
    assert_string_equal(l.line[0].ref, "refs/heads/a");
    hf_lines_clear(&l);
    /* One bad line among those that nobody wants is no line of git's either. */
    memcpy(all + 5 * n, "x", 1);
    asked = 0;
    assert_int_equal(read_text(&l, all, many * n, wanted, &asked, &err), -1);
    hf_lines_clear(&l);
    all[5 * n] = '\0';
    asked = 0;
    assert_int_equal(read_text(&l, all, many * n, wanted, &asked, &err), -1);
    assert_non_null(strstr(err.msg, "NUL"));
    hf_lines_clear(&l);
    memset(longer, 'x', sizeof longer);
    memcpy(longer, one, strlen(one) - 1);
    asked = 0;
    assert_int_equal(read_text(&l, longer, sizeof longer, wanted, &asked, &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    hf_lines_clear(&l);
    free(all);
}

static void match(const char *patterns, const char *ref, const char *star)
{
    char refs[256], got[64] = "untouched";
    struct hf_channel c;

    memset(&c, 0, sizeof c);
    snprintf(refs, sizeof refs, "%s", patterns);
    c.refs = refs;
    if (star == NULL) {
        assert_int_equal(hf_match_ref(&c, ref, got, sizeof got), 0);
    } else {
        assert_int_equal(hf_match_ref(&c, ref, got, sizeof got), 1);
        assert_string_equal(got, star);
    }
}

static void test_match(void **state)
{
    char longer[128];

    (void)state;
    match("refs/heads/hotfix/*", "refs/heads/hotfix/1.2.3", "1.2.3");
    match("refs/heads/hotfix/*", "refs/heads/hotfix/", NULL);
    match("refs/heads/hotfix/*", "refs/heads/hotfix", NULL);
    match("refs/heads/hotfix/*", "refs/heads/hotfix/a/b", NULL);
    match("refs/heads/hotfix/*", "refs/heads/hotfix-beta/1.0", NULL);
    match("refs/heads/*/ios", "refs/heads/1.0/ios", "1.0");
    match("refs/heads/*/ios", "refs/heads//ios", NULL);
    match("refs/heads/*/ios", "refs/heads/ios", NULL);
    match("refs/heads/fix", "refs/heads/fix", "");
    match("refs/heads/fix", "refs/heads/fix2", NULL);
    match("refs/heads/a/*   refs/heads/b/*", "refs/heads/b/2.0", "2.0");
    match("", "refs/heads/a", NULL);
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    memcpy(longer, "refs/heads/", 11);
    match("refs/heads/*", longer, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_lines_refused),
        cmocka_unit_test(test_too_many_lines),
        cmocka_unit_test(test_read_wanted),
        cmocka_unit_test(test_match),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
