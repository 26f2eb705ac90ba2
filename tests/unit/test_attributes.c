/* test_attributes.c: .gitattributes, against git's own check-attr, by table and at random. */
#include "tests/unit/shell.h"

#include "builder/attributes.h"

static const char *const asked[HF_ATTR_COUNT] = { "filter", "working-tree-encoding", "eol", "text", "crlf", "ident", "export-ignore" };

/* Files of attributes: folder, text. */
struct file {
    const char *folder;
    const char *text;
};

static struct hf_attrs *attrs_of(const struct file *files, size_t n)
{
    struct hf_attrs *a = NULL;
    struct hf_err err;

    assert_int_equal(hf_attrs_new(&a, &err), 0);
    for (size_t i = 0; i < n; i++)
        if (files[i].text != NULL && hf_attrs_push(a, files[i].folder, files[i].text, strlen(files[i].text), &err) != 0)
            fail_msg("%s", err.msg);
    return a;
}

static const char *word(const struct hf_attr_value *v)
{
    static const char *const words[] = { "unspecified", "set", "unset" };

    return v->state == HF_ATTR_TEXT_VALUE ? v->text : words[v->state];
}

/* "filter: lfs;text: set;..." for a path, without what is unspecified. */
static const char *ours(struct hf_attrs *a, const char *path)
{
    static char out[1024];
    struct hf_attr_value v[HF_ATTR_COUNT];
    struct hf_err err;
    size_t n = 0;

    if (hf_attrs_find(a, v, path, &err) != 0)
        fail_msg("%s", err.msg);
    out[0] = '\0';
    for (size_t i = 0; i < HF_ATTR_COUNT; i++)
        if (v[i].state != HF_ATTR_UNSPECIFIED)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s: %s;", asked[i], word(&v[i]));
    return out;
}

static void write_file(const char *folder, const char *text)
{
    char path[600];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s/.gitattributes", in_top("w"), folder);
    f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *const paths[] = { "a", "b.js", "A", "d/a", "d/b.js", "d/e/a", "d/e/b.js", "d/e/x y", "d/\xc3\xa9", "d/[a]", "e/d/a", "d/e.f/a" };
#define PATHS (sizeof paths / sizeof paths[0])

/* What git says of all paths, a line each, in the form of ours(). */
static void git_says(char lines[PATHS][1024])
{
    char in[1024] = "";
    const char *out;
    size_t n = 0;

    for (size_t i = 0; i < PATHS; i++)
        n += (size_t)snprintf(in + n, sizeof in - n, "%s\\n", paths[i]);
    out = sh("cd w; printf '%s' | tr '\\n' '\\0' | git check-attr -z --stdin filter working-tree-encoding eol text crlf ident "
             "export-ignore 2>/dev/null | tr '\\0' '\\n'",
             in);
    for (size_t i = 0; i < PATHS; i++) {
        size_t m = 0;

        lines[i][0] = '\0';
        for (size_t k = 0; k < HF_ATTR_COUNT; k++) {
            char part[3][256]; /* path, attribute, value */

            for (size_t j = 0; j < 3; j++) {
                size_t length = strcspn(out, "\n");

                snprintf(part[j], sizeof part[j], "%.*s", (int)length, out);
                out += length + (out[length] == '\n');
            }
            assert_string_equal(part[0], paths[i]);
            assert_string_equal(part[1], asked[k]);
            if (strcmp(part[2], "unspecified") != 0)
                m += (size_t)snprintf(lines[i] + m, 1024 - m, "%s: %s;", part[1], part[2]);
        }
    }
}

static void compare(const char *top_text, const char *d_text, const char *e_text)
{
    struct file files[] = { { "", top_text }, { "d", d_text }, { "d/e", e_text } };
    static char lines[PATHS][1024];

    write_file("", top_text);
    write_file("d", d_text);
    write_file("d/e", e_text);
    git_says(lines);
    for (size_t i = 0; i < PATHS; i++) {
        size_t depth = strncmp(paths[i], "d/e/", 4) == 0 ? 3 : strncmp(paths[i], "d/", 2) == 0 ? 2
                                                                                             : 1;
        struct hf_attrs *a = attrs_of(files, depth);
        const char *said = ours(a, paths[i]);

        if (strcmp(said, lines[i]) != 0)
            fail_msg("%s is '%s', and for git '%s', with\n%s---\n%s---\n%s---", paths[i], said, lines[i], top_text, d_text, e_text);
        hf_attrs_free(a);
    }
}

static void make_tree(void)
{
    sh("rm -rf w; git init -q w; cd w; mkdir -p d/e d/e.f e/d");
}

static void like_git(void **state)
{
    static const char *const rows[][3] = {
        { "* text=auto\n*.js filter=lfs -text\n", "a filter=x\n", "b.js !filter\n" },
        { "a filter=one\nd/a filter=two\n/a filter=three\n", "/a filter=four\n", "" },
        { "d/ filter=x\nd filter=y\nd/** eol=crlf\n**/a ident\n", "e/** text\n", "** -text\n" },
        { "[attr]locked filter=git-crypt -text\n*.js locked\n", "b.js -locked\n", "b.js locked text\n" },
        { "*.js late\n[attr]late filter=z\n", "[attr]below filter=q\nb.js below\n", "b.js !late\n" },
        { "[attr]m n ident\n[attr]n m filter=x\na m\n", "", "" },
        { "* binary\n", "* text\n", "* text=auto eol=crlf\n" },
        { "[attr]binary text\n* binary\n", "a -binary\n", "" },
        { "  # comment\n\n#a filter=x\n\t a filter=y\n", "!a filter=z\n", "a filter=w filter\n" },
        { "\"d/\\303\\251\" filter=utf\n\"x y\" filter=x\n", "\"\\303\\251\" ident\n", "\"x y\" -ident filter=\n" },
        { "\"a filter=open\n\"\\q\" ident\n", "\\[a] filter=esc\n", "[ab] filter=set\n" },
        { "a filter=x,bad:name=1\na -=x\n", "a --x filter=n\na @x=1 filter=y\n", "a filter=1=2\n" },
        { "a\tfilter=x\r\nb.js filter=y\r\n", "a filter=x\rident\r\n", "" },
        { "\xef\xbb\xbf* filter=bom\n", "\xef\xbb\xbf* ident\n", "" },
        { "export-ignore\n* export-ignore\nd/e export-ignore\n", "e export-ignore\n", "a export-ignore=x\n" },
        { "d/*/a filter=one\n*/a filter=two\n**/e/** ident\n/** text\n", "*.* crlf=input\n", "? -crlf\n" },
        { "[attr] spaced filter=x\na spaced\n", "a/ filter=x\n/ filter=y\n", "a filter=x -filter\n" },
        { "a filter=x", "a ident", "a -ident" },
    };

    (void)state;
    make_tree();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        compare(rows[i][0], rows[i][1], rows[i][2]);
}

static void random_text(char out[512], int lines)
{
    static const char *const patterns[] = { "a", "*", "*.js", "d/a", "/a", "d/**", "**/a", "e/", "*/b.js", "b.js", "?", "[a-b]*", "**", "e/*", "d", "x\\ y", "\"x y\"", "A", "[attr]m", "[attr]n", "!a", "#", "**/e/**", "[!a]*", "\\[a]" };
    static const char *const assigns[] = { "filter", "-filter", "!filter", "filter=x", "text", "-text", "text=auto", "eol=crlf", "binary", "-binary", "m", "-m", "!m", "n", "ident", "export-ignore", "diff=x", "=bad", "crlf", "filter=" };
    size_t n = 0;

    out[0] = '\0';
    while (lines-- > 0) {
        n += (size_t)snprintf(out + n, 512 - n, "%s", patterns[(size_t)rand() % (sizeof patterns / sizeof patterns[0])]);
        for (int i = rand() % 3; i >= 0; i--)
            n += (size_t)snprintf(out + n, 512 - n, " %s", assigns[(size_t)rand() % (sizeof assigns / sizeof assigns[0])]);
        n += (size_t)snprintf(out + n, 512 - n, "\n");
    }
}

static void at_random(void **state)
{
    char text[3][512];

    (void)state;
    make_tree();
    srand(5);
    for (int round = 0; round < 150; round++) {
        for (size_t i = 0; i < 3; i++)
            random_text(text[i], rand() % 5);
        compare(text[0], text[1], text[2]);
    }
}

/* Nothing that somebody pushes takes long, or much room. */
static void bounded(void **state)
{
    struct hf_attrs *a = NULL;
    struct hf_attr_value v[HF_ATTR_COUNT];
    struct hf_err err;
    char *big = malloc(HF_ATTR_MAX_BYTES + 2), path[1001];
    size_t n = 0;
    int rc = 0;

    (void)state;
    assert_non_null(big);
    assert_int_equal(hf_attrs_new(&a, &err), 0);
    memset(big, 'a', HF_ATTR_MAX_BYTES + 1);
    assert_int_equal(hf_attrs_push(a, "", big, HF_ATTR_MAX_BYTES + 1, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_int_equal(hf_attrs_push(a, "", big, HF_ATTR_MAX_BYTES, &err), 0);
    hf_attrs_pop(a);

    /* The slowest pattern that fits into a line, as often as it fits into a file. */
    while (n + 1100 < HF_ATTR_MAX_BYTES) {
        for (int i = 0; i < 500; i++)
            n += (size_t)sprintf(big + n, "*a");
        n += (size_t)sprintf(big + n, "b filter=x\n");
    }
    assert_int_equal(hf_attrs_push(a, "", big, n, &err), 0);
    memset(path, 'a', 1000);
    path[1000] = '\0';
    for (int i = 0; i < 10000 && rc == 0; i++)
        rc = hf_attrs_find(a, v, path, &err);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_attrs_free(a);

    assert_int_equal(hf_attrs_new(&a, &err), 0);
    n = 0;
    for (int i = 0; i < 200; i++)
        n += (size_t)sprintf(big + n, "[attr]m%d text\n", i);
    assert_int_equal(hf_attrs_push(a, "", big, n, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_string_equal(err.msg, ".gitattributes defines more than 120 macros");
    hf_attrs_free(a);
    free(big);
}

static void what_they_mean(void **state)
{
    struct file f = { "", "*.a working-tree-encoding=UTF-16\n*.b working-tree-encoding=utf-8\n*.c working-tree-encoding\n"
                          "*.d eol=crlf\n*.e eol=crlf -text\n*.f text=auto eol=crlf\n*.g -crlf eol=crlf\n*.h text eol=lf\n"
                          "*.i text=odd -crlf eol=crlf\n" };
    static const struct {
        const char *path, *encoding;
        int crlf;
    } rows[] = { { "x.a", "UTF-16", 0 }, { "x.b", NULL, 0 }, { "x.c", NULL, 0 }, { "x.d", NULL, 1 }, { "x.e", NULL, 0 },
                 { "x.f", NULL, 2 }, { "x.g", NULL, 0 }, { "x.h", NULL, 0 }, { "x.i", NULL, 0 }, { "x.z", NULL, 0 } };
    struct hf_attrs *a = attrs_of(&f, 1);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hf_attr_value v[HF_ATTR_COUNT];
        struct hf_err err;
        const char *encoding;

        assert_int_equal(hf_attrs_find(a, v, rows[i].path, &err), 0);
        encoding = hf_attr_encoding(v);
        assert_int_equal(encoding == NULL, rows[i].encoding == NULL);
        if (encoding != NULL)
            assert_string_equal(encoding, rows[i].encoding);
        if (hf_attr_crlf(v) != rows[i].crlf)
            fail_msg("%s", rows[i].path);
    }
    assert_false(hf_attrs_empty(a));
    hf_attrs_free(a);
    f.text = "* diff=x linguist-generated\n";
    a = attrs_of(&f, 1);
    assert_true(hf_attrs_empty(a));
    hf_attrs_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_git),
        cmocka_unit_test(at_random),
        cmocka_unit_test(bounded),
        cmocka_unit_test(what_they_mean),
    };

    return cmocka_run_group_tests(tests, make_top, remove_top);
}
