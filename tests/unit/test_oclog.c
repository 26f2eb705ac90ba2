/* test_oclog.c: what PatchGenerator prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "builder/oclog.h"

static struct hf_buf text_of(const char *s)
{
    struct hf_buf b;

    hf_buf_init(&b, 1 << 20);
    hf_buf_str(&b, s);
    return b;
}

static void errors(void **state)
{
    static const char log[] = "2026-01-01 00:00:00.000 PatchGenerator[1:2] \n----Error: \n  PATH: /w/a b.m\n\n------yyerror------\n"
                              "line: 12\n    @try { }\n    ^^^^\nerror: syntax error\n-------------------\n\n"
                              "2026-01-01 00:00:00.000 PatchGenerator[1:2] ----Error: \nPATH:/w/b.m\n------yyerror------\nline: 3\n"
                              "error: syntax error\n-----\n";
    struct hf_buf b = text_of(log), none = text_of("Open failed\n"), cut = text_of("----Error: \n  PATH: /w/a.m"),
                  bare = text_of("------yyerror------");
    struct hf_oclog_error e;
    size_t at = 0;

    (void)state;
    assert_int_equal(hf_oclog_failed(&b), 1);
    assert_int_equal(hf_oclog_next(&e, &b, &at), 1);
    assert_int_equal(e.path_n, 8);
    assert_memory_equal(e.path, "/w/a b.m", 8);
    assert_int_equal(e.line, 12);
    assert_memory_equal(e.source, "    @try { }", e.source_n);
    assert_int_equal(hf_oclog_next(&e, &b, &at), 1);
    assert_memory_equal(e.path, "/w/b.m", e.path_n);
    assert_int_equal(e.line, 3);
    assert_int_equal(hf_oclog_next(&e, &b, &at), 0);
    assert_int_equal(hf_oclog_failed(&none), 0);
    at = 0;
    assert_int_equal(hf_oclog_next(&e, &none, &at), 0);
    at = 0;
    assert_int_equal(hf_oclog_next(&e, &cut, &at), 1);
    assert_int_equal(e.path_n, 6);
    assert_int_equal(e.line, 0);
    at = 0;
    assert_int_equal(hf_oclog_failed(&bare), 1);
    assert_int_equal(hf_oclog_next(&e, &bare, &at), 1);
    assert_null(e.path);
    hf_buf_free(&b);
    hf_buf_free(&none);
    hf_buf_free(&cut);
    hf_buf_free(&bare);
}

static void lists(void **state)
{
    char a[] = "/w/files/a.m", spaces[] = "/w/files/   b", ref[] = "/w/refs/UIKit";
    char *files[] = { a, spaces, NULL }, *refs[] = { ref, NULL };
    struct hf_buf b = text_of("Not Support Argument: *\nReferences:   \n   /w/refs/UIKit\n\n\nInputFiles:   \n   /w/files/a.m\n"
                              "   /w/files/   b\n\n\nSave Binary File: /w/o\n");
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_oclog_list(&b, "References:", refs, 1, "/w/refs/", &err), 0);
    assert_int_equal(hf_oclog_list(&b, "InputFiles:", files, 2, "/w/files/", &err), 0);
    assert_int_equal(hf_oclog_list(&b, "InputFiles:", files, 1, "/w/files/", &err), -1);
    assert_string_equal(err.msg, "PatchGenerator read    b, which it was not given");
    assert_int_equal(hf_oclog_list(&b, "References:", refs, 0, "/w/refs/", &err), -1);
    assert_int_equal(hf_oclog_list(&b, "References:", files, 1, "/w/files/", &err), -1);
    assert_string_equal(err.msg, "PatchGenerator left out a.m without a word");
    assert_int_equal(hf_oclog_list(&b, "Files:", files, 1, "/w/files/", &err), -1);
    hf_buf_free(&b);
    b = text_of("References:   ");
    assert_int_equal(hf_oclog_list(&b, "References:", refs, 0, "/w/refs/", &err), 0);
    assert_int_equal(hf_oclog_list(&b, "References:", refs, 1, "/w/refs/", &err), -1);
    assert_string_equal(err.msg, "PatchGenerator left out UIKit without a word");
    hf_buf_free(&b);
    b = text_of("");
    assert_int_equal(hf_oclog_list(&b, "References:", refs, 0, "/w/refs/", &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(errors), cmocka_unit_test(lists) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
