/* test_jsinclude.c: which scripts a script includes; and that no script, whatever is in it, takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "builder/jsinclude.h"

struct said {
    char text[2048];
    size_t n, calls;
};

static int note(void *arg, const struct hf_js_include *i)
{
    struct said *s = arg;

    s->calls++;
    if (s->n < sizeof s->text - 300)
        s->n += (size_t)(i->name == NULL ? snprintf(s->text + s->n, sizeof s->text - s->n, "%zu ?;", i->line)
                                         : snprintf(s->text + s->n, sizeof s->text - s->n, "%zu %.*s;", i->line, (int)i->n, i->name));
    return 0;
}

static const char *includes(const char *script)
{
    static struct said s;
    size_t n = strlen(script);
    char *copy = malloc(n + 1); /* of just that size, for a sanitizer */

    assert_non_null(copy);
    memcpy(copy, script, n);
    s.n = s.calls = 0;
    s.text[0] = '\0';
    assert_int_equal(hf_js_includes(copy, n, note, &s), 0);
    free(copy);
    return s.text;
}

static void what_is_found(void **state)
{
    static const char *const rows[][2] = {
        { "include('a.js')", "1 a.js;" },
        { "include(\"a.js\");\ninclude('b.js');", "1 a.js;2 b.js;" },
        { "include(`a.js`)", "1 a.js;" },
        { " include /* x */ (\n // y\n 'a.js' /* z */ ) ", "1 a.js;" },
        { "include('a.js', 1)", "1 a.js;" },
        { "if (x) { include('a.js') } else include('b.js')", "1 a.js;1 b.js;" },
        { "include('')", "1 ;" },
        { "include('\xe8\xa1\xa5.js')", "1 \xe8\xa1\xa5.js;" },
        { "f(include('a.js'), include('b.js'))", "1 a.js;1 b.js;" },
        { "include(include('a.js'))", "1 ?;1 a.js;" },
        { "x = 1 / 2; include('a.js') / 3", "1 a.js;" },
        { "y = a[0] / include('a.js')", "1 a.js;" },
        { "`${include('a.js')}` + `${`${include('b.js')}`}`", "1 a.js;1 b.js;" },
        { "`${ {a: {}} } include('no.js')` + include('a.js')", "1 a.js;" },
        { "'\\\n'\ninclude('a.js')", "3 a.js;" },
        { "/* \n\n */ include('a.js')", "3 a.js;" },
        { "`\n\\\n`\ninclude('a.js')", "4 a.js;" },
        { "#! /usr/bin/env jsc\ninclude('a.js')", "2 a.js;" },
        /* only a device knows */
        { "include(name)", "1 ?;" },
        { "include('a' + '.js')", "1 ?;" },
        { "include('a\\x2ejs')", "1 ?;" },
        { "include(`${x}.js`)", "1 ?;" },
        { "include()", "1 ?;" },
        { "include('a.js", "1 ?;" },
        { "include(", "1 ?;" },
        /* text, and other things of that name */
        { "// include('no.js')\n", "" },
        { "/* include('no.js') */", "" },
        { "/* include('no.js')", "" },
        { "'include(\"no.js\")' + \"include('no.js')\" + 'it\\'s include(\"no.js\")'", "" },
        { "`include('no.js')`", "" },
        { "x = /include('no.js')/", "" },
        { "x = /[/]include('no.js')[/\"']/; include('a.js')", "1 a.js;" },
        { "return /'/; include('a.js') // '", "1 a.js;" },
        { "(/\\/'/); include('a.js')", "1 a.js;" },
        { "list.include('no.js'); a . include('no.js')", "" },
        { "function include(x) {}", "" },
        { "includes('no.js'); $include('no.js'); xinclude('no.js'); include2('no.js')", "" },
        { "include = 1; var include; {include: 1}", "" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *is = includes(rows[i][0]);

        if (strcmp(is, rows[i][1]) != 0)
            fail_msg("%s\nis '%s', not '%s'", rows[i][0], is, rows[i][1]);
    }
}

static int stop(void *arg, const struct hf_js_include *i)
{
    (void)i;
    return --*(int *)arg == 0 ? 7 : 0;
}

static void stops(void **state)
{
    static const char script[] = "include('a');include('b');include('c')";
    int left = 2;

    (void)state;
    assert_int_equal(hf_js_includes(script, sizeof script - 1, stop, &left), 7);
    assert_int_equal(left, 0);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Eight times the bytes take about eight times as long, where a reader that starts over would take 64 times. */
static void linear(void **state)
{
    static const char *const pieces[] = {
        "include(", "include('a.js')", "include('", "include(`", "include(`${", "/[", "/", "[/", "/*", "`${", "`", "${", "}", "{", "'", "\"",
        "\\", "\n", "include/*x*/", "(/[/", "include", "a/b/[c\n", "=/[", "=/\\", "include(/*", "`${`", "include//\n",
    };
    size_t most = 8u * 1024 * 1024;
    char *script = malloc(most);
    struct said s;

    (void)state;
    assert_non_null(script);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t n = strlen(pieces[i]);
        double took[2];

        for (size_t k = 0; k < most; k++)
            script[k] = pieces[i][k % n];
        for (int k = 0; k < 2; k++) {
            double begin = seconds();

            s.n = s.calls = 0;
            hf_js_includes(script, k == 0 ? most / 8 : most, note, &s);
            took[k] = seconds() - begin;
        }
        if (took[1] > 0.5 && took[1] > 24 * took[0])
            fail_msg("'%s': %.3f s and %.3f s", pieces[i], took[0], took[1]);
    }
    free(script);
}

/* No bytes make it read where it may not: a sanitizer would say so. Each call that is found stands in the script. */
static void at_random(void **state)
{
    static const char *const pieces[] = { "include", "(", ")", "'", "\"", "`", "${", "}", "{", "/", "*", "//", "/*", "*/", "[", "]", "\\", "\n",
                                          "a.js", ".", " ", "function ", "return ", "\xc3\xa9", "=", "," };

    (void)state;
    srand(3);
    for (int round = 0; round < 100000; round++) {
        char text[256];
        size_t n = 0;

        for (int i = rand() % 16; i >= 0; i--)
            n += (size_t)sprintf(text + n, "%s", pieces[(size_t)rand() % (sizeof pieces / sizeof pieces[0])]);
        (void)includes(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found),
        cmocka_unit_test(stops),
        cmocka_unit_test(linear),
        cmocka_unit_test(at_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
