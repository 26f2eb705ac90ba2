/* test_occheck.c: what OCRunner cannot read, found in the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/occheck.h"

static char found[4096];

static int note(void *arg, unsigned long line, const char *words)
{
    size_t n = strlen(found);

    (void)arg;
    snprintf(found + n, sizeof found - n, "%lu:%.40s\n", line, words);
    return 0;
}

/* "line:first words" of each warning. */
static const char *check(const char *path, const char *text)
{
    found[0] = '\0';
    hf_occheck(path, text, strlen(text), note, NULL);
    return found;
}

static void finds(void **state)
{
    (void)state;
    assert_string_equal(check("a.m", "a\n@try {}\n@autoreleasepool {}\n@synchronized(x) {}\n@synthesize a;\nif (@available(iOS 1, *)) goto x;\n"
                                     "p->q;\n@try {}\n"),
                        "2:OCRunner cannot read @try\n3:OCRunner cannot read @autoreleasepool\n4:OCRunner cannot read @synchronized\n"
                        "5:OCRunner cannot read @synthesize\n6:OCRunner cannot read @available\n6:OCRunner cannot read goto\n"
                        "7:OCRunner cannot read ->\n");
    assert_string_equal(check("a.m", "#import \"a\"\n#pragma mark - x\n#if A\n#else\n#endif\n # define B 1\n"),
                        "3:OCRunner has no preprocessor: both branc\n6:OCRunner has no preprocessor: this #defi\n");
    assert_string_equal(check("a.m", "f(@\"a\" @\"b\");\ng(@\"a\", @\"b\");\n"), "1:OCRunner cannot read two strings behind \n");
    assert_string_equal(check("a.m", "x\n/* y\n"), "2:this comment is never closed, and OCRunn\n");
    assert_int_equal(hf_occheck("a.m", "/* y", 4, note, NULL), 1);
    assert_int_equal(hf_occheck("a.m", "/* y */", 7, note, NULL), 0);
    assert_string_equal(check("a.m", "\xff"), "1:OCRunner's generator reads UTF-8 only, a\n");
    assert_string_equal(check("A.swift", "class A {}"), "1:OCRunner reads no Swift: patch its class\n");
    assert_string_equal(check("A.mm", "x"), "1:OCRunner reads no C++: an .mm file works\n");
}

static void leaves_alone(void **state)
{
    (void)state;
    assert_string_equal(check("a.m", "// @try\n/* goto -> @try */ x = @\"@try -> /* goto\"; c = '\"'; gotox; @tryx; a - b > c; \"\\\"@try\"; 'a';\n"),
                        "");
    assert_string_equal(check("a.m", ""), "");
    assert_int_equal(hf_occheck("a.m", NULL, 0, note, NULL), 0);
}

static void long_strings(void **state)
{
    char text[2100] = "@\"";

    (void)state;
    memset(text + 2, 'x', 1000);
    strcpy(text + 1002, "\";");
    assert_string_equal(check("a.m", text), "");
    memset(text + 2, 'x', 1001);
    strcpy(text + 1003, "\";");
    assert_string_equal(check("a.m", text), "1:OCRunner's generator may crash on a stri\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(finds), cmocka_unit_test(leaves_alone), cmocka_unit_test(long_strings) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
