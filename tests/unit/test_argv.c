/* test_argv.c: a command line from a template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/argv.h"

static void refuses(void **state)
{
    static const struct {
        const char *template, *words;
    } cases[] = {
        { "", "must begin with the absolute path" },
        { "make {output}", "must begin with the absolute path" },
        { "/m {files}", "{output} is missing" },
        { "/m {output} {out_put}", "'{out_put}' is not known" },
        { "/m {output} x{files}", "{files} must be an item of its own, and stands in 'x{files}'" },
        { "/m {output} {refs}{files}", "{refs} must be an item of its own" },
        { "/m{target} {output}", "nothing is replaced in the program's own path" },
    };
    struct hf_err err;
    char many[2048] = "/m {output}";

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(hf_argv_check(NULL, cases[i].template, &err), -1);
        assert_int_equal(err.code, HF_E_CONFIG);
        if (strstr(err.msg, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].template, err.msg);
    }
    for (int i = 0; i < 254; i++)
        strcat(many, " x");
    assert_int_equal(hf_argv_check(NULL, many, &err), 0);
    strcat(many, " x");
    assert_int_equal(hf_argv_check(NULL, many, &err), -1);
}

static void expands(void **state)
{
    static char a[] = "/w/a b", b[] = "/w/{target}", r[] = "/r/c";
    char *const files[] = { a, b, NULL }, *const refs[] = { r, NULL };
    const struct hf_argv_values v = { .output = "/w/o", .target = "1.0", .base = "b0", .commit = "c0", .tree = "/w/t", .base_tree = "/w/bt",
                                      .files = files, .file_count = 2, .refs = refs, .ref_count = 1 };
    static const char *const wanted[] = { "/bin/m", "-o=/w/o", "1.01.0", "b0:c0", "{}", "{\"a\":1}", "{A}", "{", "/w/a b", "/w/{target}",
                                          "--", "/r/c", "/w/t/x", "/w/bt", "/w/a b", "/w/{target}" };
    const char *template = "  /bin/m -o={output} {target}{target}\t{base}:{commit} {} {\"a\":1} {A} { {files} -- {refs} {tree}/x {base_tree} "
                           "{files} ";
    struct hf_argv_needs needs;
    struct hf_err err;
    char **argv = NULL;
    size_t n = 0;

    (void)state;
    assert_int_equal(hf_argv_check(&needs, template, &err), 0);
    assert_true(needs.base && needs.commit && needs.target && needs.tree && needs.base_tree && needs.refs);
    assert_int_equal(hf_argv_expand(&argv, template, &v, &err), 0);
    for (; argv[n] != NULL; n++)
        assert_string_equal(argv[n], wanted[n]);
    assert_int_equal(n, sizeof wanted / sizeof *wanted);
    hf_argv_free(argv);
    hf_argv_free(NULL);
    assert_int_equal(hf_argv_check(&needs, "/m {output}", &err), 0);
    assert_false(needs.base || needs.commit || needs.target || needs.tree || needs.base_tree || needs.refs);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(refuses), cmocka_unit_test(expands) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
