/* test_names.c: names that are one file on a device: by table, and random ones against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/names.h"
#include "core/escape.h"

static char *fold(const char *s)
{
    struct hf_err err;
    char *out = NULL;

    if (hf_name_fold(&out, s, strlen(s), &err) != 0)
        fail_msg("%s", err.msg);
    return out;
}

static int same(const char *a, const char *b)
{
    char *x = fold(a), *y = fold(b);
    int is = strcmp(x, y) == 0;

    free(x);
    free(y);
    return is;
}

static void what_folds(void **state)
{
    static const char *const one[][2] = {
        { "a.js", "A.JS" },
        { "caf\xc3\xa9.js", "cafe\xcc\x81.js" },             /* NFC, NFD */
        { "CAF\xc3\x89.js", "cafe\xcc\x81.js" },             /* and case */
        { "stra\xc3\x9f" "e", "STRASSE" },                   /* sharp s */
        { "\xce\xa3", "\xcf\x82" },                          /* sigma: capital, final */
        { "\xe2\x84\xab", "\xc3\xa5" },                      /* Angstrom sign, a with ring */
        { "\xea\xb0\x80", "\xe1\x84\x80\xe1\x85\xa1" },      /* Hangul: syllable, letters */
        { "q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87" },        /* order of accents */
        { "a\xe2\x80\x8b", "a" },                            /* zero width */
        { "\xd7\xa9\xd6\xbc\xd7\x81", "\xef\xac\xac" },      /* Hebrew, composed of three */
        { "\xce\xb1\xcd\x85\xcc\x81", "\xce\x91\xcc\x81\xce\xb9" }, /* iota below, folded behind its accent */
    };
    static const char *const two[][2] = {
        { "a.js", "b.js" },
        { "caf\xc3\xa9.js", "cafe.js" },
        { "\xe8\xa1\xa5", "\xe4\xb8\x81" },
        { "o", "0" },
        { "\xd0\xb0", "a" }, /* looks the same, and is another letter everywhere */
        { "", "a" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof one / sizeof one[0]; i++)
        if (!same(one[i][0], one[i][1]))
            fail_msg("%s and %s are one", one[i][0], one[i][1]);
    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++)
        if (same(two[i][0], two[i][1]))
            fail_msg("%s and %s are two", two[i][0], two[i][1]);
}

static void what_is_no_name(void **state)
{
    static const char *const bad[] = { "a\\b", "..\\..\\evil.js", "a:b", "C:/a", "a.", "a ", "a./b", "a /b", "x/b. ", "x/...", "\\" };
    static const char *const good[] = { "a", "a b", " a", ".a", "a/.b", "a.b/c", "-a", "aux.js", "\xe8\xa1\xa5/\xe4\xb8\x81", "" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (hf_name_fault(bad[i]) == NULL)
            fail_msg("%s is a name", bad[i]);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (hf_name_fault(good[i]) != NULL)
            fail_msg("%s is no name", good[i]);
}

static const char *at(const void *arg, size_t i)
{
    return ((const char *const *)arg)[i];
}

static int clash(const char *const *paths, size_t n, size_t *a, size_t *b)
{
    struct hf_err err;
    int rc = hf_names_clash(a, b, n, at, paths, &err);

    if (rc < 0)
        fail_msg("%s", err.msg);
    return rc;
}

static void what_clashes(void **state)
{
    static const char *const bad[][3] = {
        { "a", "A", "c" },
        { "x/caf\xc3\xa9", "b", "X/cafe\xcc\x81" },
        { "a", "b", "A/b" }, /* a file, and a folder of that name */
        { "A/b/c", "a/B", "a/d" },
        { "a/b", "A-", "a" },
        { "a", "a", "b" },
    };
    static const char *const good[][3] = {
        { "a", "a-", "a.b" }, { "a/b", "a-/b", "A0" }, { "A/x", "a/y", "b" }, { "ab", "a/b", "abc" }, { "", "b", "c" },
    };
    size_t a, b;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (clash(bad[i], 3, &a, &b) != 1 || a == b || a > 2 || b > 2)
            fail_msg("row %zu", i);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (clash(good[i], 3, &a, &b) != 0)
            fail_msg("row %zu", i);
    assert_int_equal(clash(bad[0], 0, &a, &b), 0);
    assert_int_equal(clash(bad[0], 1, &a, &b), 0);
}

/* Pieces that meet each other in many ways. */
static void random_path(char out[64], int most)
{
    static const char *const piece[] = { "a", "A", "/", "b", "\xc3\xa9", "e\xcc\x81", "E\xcc\x81", "-", ".x", "\xcf\x82", "\xce\xa3",
                                         "\xcd\x85", "\xcc\x81", "\xe2\x80\x8d", "\xc4\xb0", "\xef\xac\x80" };
    size_t n = 0;

    out[0] = '\0';
    for (int i = rand() % most; i >= 0; i--)
        n += (size_t)snprintf(out + n, 64 - n, "%s", piece[(size_t)rand() % (sizeof piece / sizeof piece[0])]);
}

static int is_in(const char *folder, const char *path)
{
    size_t n = strlen(folder);

    return strncmp(folder, path, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* What the sorted search finds is what comparing each with each finds; and a folded name folds to itself. */
static void at_random(void **state)
{
    (void)state;
    srand(11);
    for (int round = 0; round < 20000; round++) {
        char text[6][64], *folded[6];
        const char *paths[6];
        size_t n = (size_t)rand() % 7, a = 9, b = 9;
        int found = 0;

        for (size_t i = 0; i < n; i++) {
            char *twice;

            random_path(text[i], 6);
            paths[i] = text[i];
            folded[i] = fold(text[i]);
            assert_true(hf_utf8_ok(folded[i], strlen(folded[i])));
            twice = fold(folded[i]);
            if (strcmp(twice, folded[i]) != 0)
                fail_msg("round %d: %s folds to %s, and that to %s", round, text[i], folded[i], twice);
            free(twice);
        }
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n; k++)
                found |= i != k && is_in(folded[i], folded[k]);
        if (clash(paths, n, &a, &b) != found)
            fail_msg("round %d", round);
        if (found && (a == b || !(is_in(folded[a], folded[b]) || is_in(folded[b], folded[a]))))
            fail_msg("round %d: %zu and %zu", round, a, b);
        for (size_t i = 0; i < n; i++)
            free(folded[i]);
    }
}

static void not_utf8(void **state)
{
    struct hf_err err;
    char *out = NULL;

    (void)state;
    assert_int_equal(hf_name_fold(&out, "\xc3", 1, &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    assert_null(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_folds), cmocka_unit_test(what_is_no_name), cmocka_unit_test(what_clashes),
        cmocka_unit_test(at_random),  cmocka_unit_test(not_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
