/* test_select.c: include and exclude, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "builder/select.h"

static int holds(const char *include, const char *exclude, const char *path)
{
    struct hf_select *s = NULL;
    struct hf_err err;
    int r;

    if (hf_select_parse(&s, include, exclude, &err) < 0)
        fail_msg("'%s' '%s': %s", include, exclude == NULL ? "" : exclude, err.msg);
    r = hf_select_holds(s, path);
    hf_select_free(s);
    return r;
}

struct row {
    const char *include, *exclude, *path;
    int want;
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (holds(rows[i].include, rows[i].exclude, rows[i].path) != rows[i].want)
            fail_msg("include '%s' exclude '%s' path '%s': not %d", rows[i].include,
                     rows[i].exclude == NULL ? "" : rows[i].exclude, rows[i].path, rows[i].want);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void stars(void **state)
{
    static const struct row rows[] = {
        { "HotPath/**", "", "HotPath/a.m", 1 },
        { "HotPath/**", "", "HotPath/a/b/c.m", 1 },
        { "HotPath/**", "", "HotPath", 0 },
        { "HotPath/**", "", "x/HotPath/a.m", 0 },
        { "HotPath/**", "", "hotpath/a.m", 0 },
        { "**/*.m", "", "a.m", 1 },
        { "**/*.m", "", "x/y/a.m", 1 },
        { "**/*.m", "", "a.mm", 0 },
        { "**/*.m", "", ".m", 1 },
        { "**", "", "any/thing", 1 },
        { "*", "", "any/thing", 1 },
        { "*.m", "", "x/y/a.m", 1 },
        { "/*.m", "", "a.m", 1 },
        { "/*.m", "", "x/a.m", 0 },
        { "src/*.m", "", "src/a.m", 1 },
        { "src/*.m", "", "src/x/a.m", 0 },
        { "src/*.m", "", "x/src/a.m", 0 },
        { "src/**/a.m", "", "src/a.m", 1 },
        { "src/**/a.m", "", "src/x/y/a.m", 1 },
        { "src/**/a.m", "", "src/x/y/b.m", 0 },
        { "**/src/**/a.m", "", "x/src/y/src/z/a.m", 1 },
        { "a/**/b/**/c", "", "a/b/b/x/c", 1 },
        { "a/**/b/**/c", "", "a/x/c/b", 0 },
        { "**/a/*/b", "", "a/a/x/b", 1 },
        { "a**b", "", "axxb", 1 },
        { "x/a**b", "", "x/a/b", 0 },
        { "a*b*c*d", "", "aXbXcXbXcXd", 1 },
        { "a*b*c*d", "", "aXbXcXbXc", 0 },
        { "?.m", "", "a.m", 1 },
        { "?.m", "", "ab.m", 0 },
        { "x/?/b", "", "x///b", 0 },
    };
    (void)state;
    CHECK(rows);
}

static void brackets(void **state)
{
    static const struct row rows[] = {
        { "[a-c].m", "", "b.m", 1 },
        { "[a-c].m", "", "d.m", 0 },
        { "[!a-c].m", "", "d.m", 1 },
        { "[^a-c].m", "", "a.m", 0 },
        { "[]x].m", "", "].m", 1 },
        { "[a-].m", "", "-.m", 1 },
        { "[\\]].m", "", "].m", 1 },
        { "[[:digit:]x].m", "", "7.m", 1 },
        { "[[:digit:]x].m", "", "x.m", 1 },
        { "[[:digit:]x].m", "", "y.m", 0 },
        { "[![:upper:]].m", "", "A.m", 0 },
        { "[\x80-\xff].m", "", "\xc3.m", 1 },
    };
    (void)state;
    CHECK(rows);
}

static void folders(void **state)
{
    static const struct row rows[] = {
        { "HotPath", "", "HotPath/a/b.m", 1 },
        { "HotPath", "", "x/HotPath/b.m", 1 },
        { "HotPath/", "", "x/HotPath/b.m", 1 },
        { "HotPath/", "", "x/HotPath", 0 },
        { "/HotPath/", "", "x/HotPath/b.m", 0 },
        { "/HotPath/", "", "HotPath/b.m", 1 },
        { "a/b/", "", "a/b/c", 1 },
        { "a/b/", "", "x/a/b/c", 0 },
        { "a/*", "", "a/b/c/d", 1 },
        { "foo/**/", "", "foo/bar/x", 1 },
        { "foo/**/", "", "foo/x", 0 },
    };
    (void)state;
    CHECK(rows);
}

static void last_match_decides(void **state)
{
    static const struct row rows[] = {
        { "**/*.m !Tests/", "", "a/b.m", 1 },
        { "**/*.m !Tests/", "", "Tests/b.m", 0 },
        { "**/*.m !Tests/ Tests/keep.m", "", "Tests/keep.m", 1 },
        { "!Tests/ **/*.m", "", "Tests/b.m", 1 },
        { "!a", "", "b", 0 },
        { "**/*.m", "Tests/", "Tests/b.m", 0 },
        { "**/*.m", "Tests/ !Tests/keep.m", "Tests/keep.m", 1 },
        { "**/*.m", "Tests/ !Tests/keep.m", "Tests/b.m", 0 },
        { "**/*.m", "!b.m", "b.m", 1 },
        { "**/*.m", "!b.c", "b.c", 0 },
        { "", "", "a", 0 },
        { "*", NULL, "a", 1 },
        { "  a \t b  ", "", "b", 1 },
    };
    (void)state;
    CHECK(rows);
}

static void escapes(void **state)
{
    static const struct row rows[] = {
        { "a\\ b.m", "", "a b.m", 1 },
        { "a\\ b.m", "", "a", 0 },
        { "\\!x", "", "!x", 1 },
        { "\\*.m", "", "*.m", 1 },
        { "\\*.m", "", "a.m", 0 },
        { "\\\\x", "", "\\x", 1 },
        { "'a\"b'", "", "'a\"b'", 1 },
        { "-rf", "", "-rf", 1 },
        { "补丁/**", "", "补丁/修.m", 1 },
    };
    (void)state;
    CHECK(rows);
}

static void wrong_rules(void **state)
{
    static const char *const rules[] = { "!", "/", "!/", "a//b", "[a", "x/[a/b]", "a\\", "[[:word:]]", "//", "[a-\\" };
    struct hf_select *s;
    struct hf_err err;
    char many[2 * (HF_SELECT_MAX_RULES + 1) + 1];

    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (hf_select_parse(&s, "ok", rules[i], &err) == 0)
            fail_msg("'%s' was taken for a rule", rules[i]);
        assert_null(s);
        assert_int_equal(err.code, HF_E_CONFIG);
        assert_non_null(strstr(err.msg, "exclude: '"));
    }
    for (size_t i = 0; i < sizeof many - 1; i++)
        many[i] = i % 2 == 0 ? 'a' : ' ';
    many[sizeof many - 1] = '\0';
    assert_int_equal(hf_select_parse(&s, many, "", &err), -1);
    assert_string_equal(err.msg, "include has more than 256 rules");
}

/* What a hostile name could cost: this ends at once, or not in our lifetime. */
static void no_blow_up(void **state)
{
    char pattern[513], name[1025];

    (void)state;
    for (size_t i = 0; i < 512; i += 2)
        memcpy(pattern + i, "*a", 2);
    pattern[512] = '\0';
    pattern[511] = 'b';
    memset(name, 'a', 1024);
    name[1024] = '\0';
    assert_int_equal(holds(pattern, "", name), 0);

    for (size_t i = 0; i + 5 < 512; i += 5)
        memcpy(pattern + i, "**/a/", 5);
    memcpy(pattern + 510, "b", 2);
    for (size_t i = 1; i < 1024; i += 2)
        name[i] = '/';
    name[1023] = '\0';
    assert_int_equal(holds(pattern, "", name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars),
        cmocka_unit_test(brackets),
        cmocka_unit_test(folders),
        cmocka_unit_test(last_match_decides),
        cmocka_unit_test(escapes),
        cmocka_unit_test(wrong_rules),
        cmocka_unit_test(no_blow_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
