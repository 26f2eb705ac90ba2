/* test_ini.c: lines of name = value, read strictly, in front of inih. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/ini.h"

/* What was told, as "LINE[section]" and "LINE name=value|". */
struct heard {
    char text[8192];
    size_t n;
};

static int on_section(void *ctx, const char *name, unsigned line, struct hf_err *err)
{
    struct heard *h = ctx;

    if (strcmp(name, "bad") == 0)
        return hf_fail(err, HF_E_INPUT, "no such section");
    h->n += (size_t)snprintf(h->text + h->n, sizeof h->text - h->n, "%u[%s]", line, name);
    return 0;
}

static int on_pair(void *ctx, const char *key, const char *value, unsigned line, struct hf_err *err)
{
    struct heard *h = ctx;

    if (strcmp(key, "bad") == 0)
        return hf_fail(err, HF_E_LIMIT, "no such key");
    h->n += (size_t)snprintf(h->text + h->n, sizeof h->text - h->n, "%u %s=%s|", line, key, value);
    return 0;
}

static int hear(struct heard *h, const char *p, size_t n, struct hf_err *err)
{
    static const struct hf_ini_events events = {on_section, on_pair};

    memset(h, 0, sizeof *h);
    return hf_ini_read(p, n, "f.ini", &events, h, NULL, err);
}

static void lines_are_understood(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"", ""},
        {"\n\n  \n\t\n", ""},
        {"; a\n# b\n  ; indented comment\n", ""},
        {"[a]\nx = 1\ny=2\nz   =   3 4   \n", "1[a]2 x=1|3 y=2|4 z=3 4|"},
        {"[a]\r\nx = 1\r\n", "1[a]2 x=1|"},
        {"[a] ; comment\n[ b c ]\n[d]# x\n[]", "1[a]2[b c]3[d]4[]"},
        {"[a]\nx = 1 ; comment\ny = a;b\nz =;c\nv = ;c\nw =\nq = a \t; b ; c", "1[a]2 x=1|3 y=a;b|4 z=;c|5 v=|6 w=|7 q=a|"},
        {"x = a=b:c", "1 x=a=b:c|"},
        {"x = https://h:1/p", "1 x=https://h:1/p|"},
        {"\xef\xbb\xbf[a]\nx = 1", "1[a]2 x=1|"},
        {"x = \xc3\xa4 \xe8\xae\xbe", "1 x=\xc3\xa4 \xe8\xae\xbe|"},
        {"x = a#b", "1 x=a#b|"},
        {"x y = 1", "1 x y=1|"},
    };
    struct heard h;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (hear(&h, cases[i].in, strlen(cases[i].in), &err) != 0)
            fail_msg("case %zu: %s", i, err.msg);
        assert_string_equal(h.text, cases[i].out);
    }
    assert_int_equal(hear(&h, NULL, 0, &err), 0);
}

static void other_lines_are_refused_with_their_number(void **state)
{
    static const struct {
        const char *in, *msg;
    } cases[] = {
        {"[a]\nx = 1\n y = 2\n", "f.ini:3: the line is indented: sections and names begin in the first column, and a value "
                                 "stands on one line"},
        {"\t[a]\n",
         "f.ini:1: the line is indented: sections and names begin in the first column, and a value stands on one line"},
        {"\n[a\n", "f.ini:2: '[' without ']'"},
        {"[a] x = 1", "f.ini:1: something stands behind ']': a key needs a line of its own"},
        {"[0123456789012345678901234567890123456789012345678]", "f.ini:1: the section's name is over the limit of 48 bytes"},
        {"0123456789012345678901234567890123456789012345678 = 1", "f.ini:1: the name is over the limit of 48 bytes"},
        {"x\n", "f.ini:1: neither a [section], nor 'name = value', nor a comment"},
        {"x ; = 1", "f.ini:1: neither a [section], nor 'name = value', nor a comment"},
        {"x: 1", "f.ini:1: neither a [section], nor 'name = value', nor a comment"},
        {"x:y = 1", "f.ini:1: a ':' stands before '=': write name = value"},
        {"= 1", "f.ini:1: no name stands before '='"},
        {"x = 1 # one", "f.ini:1: '#' in a value: a comment behind a value begins with ' ;'"},
        {"x = #", "f.ini:1: '#' in a value: a comment behind a value begins with ' ;'"},
        {"x = \033[2J", "f.ini:1: the line holds the control byte \\x1b"},
        {"x = a\rb", "f.ini:1: the line holds the control byte \\x0d"},
        {"; \x7f", "f.ini:1: the line holds the control byte \\x7f"},
        {"x = \xff", "f.ini:1: the line is not UTF-8"},
        {"[a]\nx = 1\n[bad]\n", "f.ini:3: no such section"},
        {"[a]\nx = 1\nbad = 1\ny = \033", "f.ini:3: no such key"},
    };
    struct heard h;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (hear(&h, cases[i].in, strlen(cases[i].in), &err) != -1)
            fail_msg("'%s' accepted", cases[i].in);
        assert_int_equal(err.code, HF_E_CONFIG);
        assert_string_equal(err.msg, cases[i].msg);
        assert_int_equal(hear(&h, cases[i].in, strlen(cases[i].in), NULL), -1);
    }
    assert_int_equal(hear(&h, "[a]\nx = 1\0", 11, &err), -1);
    assert_string_equal(err.msg, "f.ini:2: the line holds a NUL byte");
    assert_int_equal(hear(&h, "; \0\n", 4, &err), -1);
}

/* inih by itself cuts at 200 bytes. Whatever the bytes around each place where a line is parted, it arrives as it was. */
static void long_lines_arrive_whole(void **state)
{
    static const char *const fill[] = {"abcdefgh", "ab cd  e", "a;b#c;#d", "x=y:z[q]", "\xc3\xa4\xe8\xae\xbe\xc3\xa4x",
                                       "a ",       "[;]=;#"};
    char line[HF_INI_MAX_LINE + 64], want[HF_INI_MAX_LINE + 64];
    struct heard h;
    struct hf_err err;
    size_t f, n, i, len;

    (void)state;
    for (f = 0; f < sizeof fill / sizeof *fill; f++) {
        len = strlen(fill[f]);
        for (n = 150; n <= HF_INI_MAX_LINE; n += n < 450 || n > 990 ? 1 : 37) {
            memcpy(line, "a_name = v", 10);
            for (i = 10; i < n; i++)
                line[i] = fill[f][(i - 10) % len];
            for (i = n - 1; i > 0 && ((unsigned char)line[i] >= 0x80 || line[i] == ' '); i--)
                line[i] = 'z'; /* no half character, and no space, at the end */
            snprintf(want, sizeof want, "1 a_name=%.*s|2 next=1|", (int)(n - 9), line + 9);
            memcpy(line + n, "\nnext = 1", 9);
            if (hear(&h, line, n + 9, &err) != 0)
                fail_msg("fill %zu, %zu bytes: %s", f, n, err.msg);
            assert_string_equal(h.text, want);
        }
    }
    memset(line, 'a', sizeof line);
    line[0] = ';';
    assert_int_equal(hear(&h, line, HF_INI_MAX_LINE, &err), 0);
    assert_int_equal(hear(&h, line, HF_INI_MAX_LINE + 1, &err), -1);
    assert_string_equal(err.msg, "f.ini:1: the line is over the limit of 1024 bytes");
    memset(line, ' ', sizeof line);
    memcpy(line, "x = a", 5);
    line[500] = 'b';
    assert_int_equal(hear(&h, line, 501, &err), 0);
    assert_int_equal(h.n, 2 + 2 + 497 + 1);
    memcpy(line + 300, " ;", 2); /* a comment may be as long as the line */
    assert_int_equal(hear(&h, line, 501, &err), 0);
    assert_string_equal(h.text, "1 x=a|");
    memset(line, ';', 500); /* nowhere to part it: said, not guessed */
    memcpy(line, "x = a", 5);
    assert_int_equal(hear(&h, line, 501, &err), -1);
    assert_string_equal(err.msg, "f.ini:1: too many ';' or '#' in a row");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_understood),
        cmocka_unit_test(other_lines_are_refused_with_their_number),
        cmocka_unit_test(long_lines_arrive_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
