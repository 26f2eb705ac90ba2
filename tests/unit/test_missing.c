/* test_missing.c: what differs and is not in a patch, and names that are one file on a device, in commits made by git; and that none
 * of it costs more than the change does. */
#include "tests/unit/shell.h"

#include <time.h>

#include "builder/changes.h"

static struct hf_repo *repo;
static char base[HF_OID_MAX + 1], commit[HF_OID_MAX + 1];

static void open_repo(void)
{
    struct hf_err err;

    hf_repo_close(repo);
    repo = NULL;
    snprintf(base, sizeof base, "%s", sh("git -C r.git rev-parse HEAD^"));
    snprintf(commit, sizeof commit, "%s", sh("git -C r.git rev-parse HEAD"));
    if (hf_repo_open(&repo, in_top("r.git"), 0, &err) != 0)
        fail_msg("%s", err.msg);
}

/* Two commits, by one script each. */
static void team(const char *first, const char *second)
{
    sh("rm -rf w r.git; git init -q w; cd w; git config core.precomposeUnicode false; mkdir -p in out; { %s\n}; git add -A; "
       "git commit -q --allow-empty -m 1; { %s\n}; git add -A; git commit -qm 2; git clone -q --bare . ../r.git",
       first, second);
    open_repo();
}

static struct hf_changes *find(const char *include, const char *exclude, const char *native)
{
    struct hf_changes_ask ask = { base, commit, include, exclude, 0, native };
    struct hf_changes *c = NULL;
    struct hf_err err;

    if (hf_changes_of(&c, repo, &ask, &err) != 0)
        fail_msg("%s", err.msg);
    return c;
}

static const char *refusal(const char *include)
{
    static struct hf_err err;
    struct hf_changes *c = NULL;

    if (hf_changes_find(&c, repo, base, commit, include, "", &err) == 0)
        fail_msg("not refused");
    assert_int_equal(err.code, HF_E_POLICY);
    return err.msg;
}

static void is(const struct hf_some *some, size_t count, const char *text)
{
    char out[512];

    assert_int_equal(some->count, count);
    assert_string_equal(hf_some_text(out, sizeof out, some), text);
}

static void left_out(void **state)
{
    struct hf_changes *c;

    (void)state;
    team("echo 1 > in/a; echo 1 > out/b; echo 1 > out/c; echo 1 > out/same; echo 1 > x; mkdir ios; echo 1 > ios/gone.m; echo 1 > ios/A.m",
         "echo 2 > in/a; echo 2 > in/no.md; echo 2 > out/b; rm out/c; ln -s x link; echo 2 > ios/A.m; rm ios/gone.m; mkdir ios/in; "
         "echo 2 > ios/in/a.js");
    c = find("in/ ios/in", "*.md", "ios/**");
    assert_int_equal(c->file_count, 2);
    is(&c->left, 4, "in/no.md, link, out/b, out/c");
    is(&c->native, 2, "ios/A.m, ios/gone.m"); /* what include admits is in the patch, so no patch lacks it */
    is(&c->junk, 0, "");
    hf_changes_free(c);
}

static void bounded_names(void **state)
{
    struct hf_changes *c;
    char long_text[1024];

    (void)state;
    team("true", "n=$(printf 'x%.0s' $(seq 200)); mkdir -p \"out/$n/$n/$n\"; for i in 1 2 3 4 5 6 7; do echo 1 > \"out/$n/$n/$n/$i\"; done; "
                 "printf 1 > \"$(printf 'out/a\\033[31m\\nb')\"; echo 1 > in/a");
    c = find("in/", "", NULL);
    assert_int_equal(c->left.count, 8);
    hf_some_text(long_text, 480, &c->left);
    assert_non_null(strstr(long_text, "out/a\\x1b[31m\\x0ab, "));
    assert_non_null(strstr(long_text, "xxx..., out/xxx"));
    assert_non_null(strstr(long_text, " and 3 more"));
    assert_true(strlen(long_text) < 440);
    hf_changes_free(c);
}

static void junk(void **state)
{
    struct hf_changes *c;

    (void)state;
    team("echo 1 > in/.DS_Store; echo 1 > in/._gone", "echo 2 > in/.DS_Store; echo 2 > in/._a; rm in/._gone; echo 2 > in/_a; echo 2 > in/.DS; "
                                                      "echo 1 > out/.DS_Store");
    c = find("in/ ._* .DS_Store !out/**", "", NULL);
    assert_int_equal(c->file_count, 2);
    assert_string_equal(c->files[0].path, "in/.DS");
    assert_string_equal(c->files[1].path, "in/_a");
    assert_int_equal(c->deleted_count, 0);
    is(&c->junk, 2, "in/.DS_Store, in/._a");
    is(&c->left, 1, "out/.DS_Store");
    hf_changes_free(c);
}

/* Each is refused, and says both names. */
static void one_file(void **state)
{
    static const struct {
        const char *first, *second, *a, *b;
    } rows[] = {
        { "true", "echo 1 > in/a.js; echo 2 > in/A.js", "'in/A.js'", "'in/a.js'" },
        { "true", "printf 1 > in/caf\xc3\xa9.js; printf 2 > in/cafe\xcc\x81.js", "in/caf\xc3\xa9.js", "in/cafe\xcc\x81.js" },
        { "true", "mkdir in/A in/a; echo 1 > in/A/x; echo 2 > in/a/X", "'in/A/x'", "'in/a/X'" }, /* in two folders that are one */
        { "true", "mkdir in/A; echo 1 > in/A/b; echo 2 > in/a", "'in/A/b'", "'in/a'" },           /* a file and a folder */
        { "echo 1 > in/Cart.js", "echo 2 > in/cart.js", "'in/cart.js'", "'in/Cart.js'" },         /* beside one that did not change */
        { "printf 1 > in/caf\xc3\xa9.js", "printf 2 > in/cafe\xcc\x81.js", "in/cafe\xcc\x81.js", "in/caf\xc3\xa9.js" },
        { "echo 1 > in/A", "mkdir in/a; echo 2 > in/a/b", "'in/a/b'", "'in/A'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *said;

        team(rows[i].first, rows[i].second);
        said = refusal("in/");
        if (strstr(said, rows[i].a) == NULL || strstr(said, rows[i].b) == NULL || strstr(said, "rename one") == NULL)
            fail_msg("row %zu: %s", i, said);
    }
}

/* Nothing is wrong with these. */
static void two_files(void **state)
{
    static const char *const rows[][2] = {
        { "echo 1 > in/Cart.js", "git mv in/Cart.js in/cart.js" },                /* renamed */
        { "echo 1 > in/README", "echo 2 > in/readme.js" },
        { "echo 1 > in/a; echo 1 > in/A", "echo 2 > in/b" },                      /* neither changed */
        { "echo 1 > in/x.MD", "echo 2 > in/x.md.js; echo 3 > in/x" },
        { "mkdir in/A; echo 1 > in/A/x", "mkdir in/a; echo 2 > in/a/y" },         /* two folders, two files */
        { "echo 1 > Out.txt", "echo 2 > in/a; echo 2 > out.txt" },                /* beside what no patch of this channel has */
        { "echo 1 > in/caf\xc3\xa9.js", "echo 2 > in/caf\xc3\xa9.js" },           /* the same name as ever */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        team(rows[i][0], rows[i][1]);
        hf_changes_free(find("in/", "", NULL));
    }
    /* A name that is not UTF-8 is compared with nothing, where it is not in the patch. */
    team("printf 1 > \"$(printf 'in/\\377')\"", "echo 2 > in/a");
    hf_changes_free(find("in/", "", NULL));
}

static void no_name_on_a_device(void **state)
{
    static const struct {
        const char *name, *said;
    } rows[] = { { "in/..\\..\\evil.js", "a backslash" }, { "in/a:b", "a colon" }, { "in/a.", "a dot or a blank" }, { "in/d /x", "a dot or a blank" } };
    struct hf_changes *c;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char script[256];

        snprintf(script, sizeof script, "mkdir -p 'in/d '; printf 1 > '%s'", rows[i].name);
        team("true", script);
        if (strstr(refusal("in/"), rows[i].said) == NULL)
            fail_msg("%s: %s", rows[i].name, refusal("in/"));
        /* A tool may have it: its file system is this one. */
        assert_int_equal(hf_changes_find(&c, repo, NULL, commit, "in/", "", NULL), 0);
        hf_changes_free(c);
        /* And nobody asks about what is not in the patch, or was there before. */
        assert_int_equal(hf_changes_find(&c, repo, base, commit, "out/", "", NULL), 0);
        hf_changes_free(c);
    }
}

/* What is only compared is never refused, and never read. */
static void to_compare(void **state)
{
    struct hf_changes *c = NULL;

    (void)state;
    team("echo 1 > in/Cart.js", "echo 2 > in/cart.js; echo 2 > in/a; echo 2 > in/A; ln -s a in/link; echo 2 > 'in/b:'; printf '\\0GITCRYPT\\0' > in/key; "
                                "echo '* filter=x' > in/.gitattributes");
    assert_int_equal(hf_changes_compare(&c, repo, base, commit, "in/", "", NULL), 0);
    assert_int_equal(c->file_count, 6);
    assert_string_equal(c->files[1].path, "in/A");
    assert_string_equal(c->files[1].oid, sh("git -C r.git rev-parse HEAD:in/A"));
    assert_int_equal(c->left.count, 0);
    hf_changes_free(c);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Ten changed files of 100,000, by names, attributes and all: as long as reading the folders that changed. */
static void a_big_tree(void **state)
{
    struct hf_changes *c;
    double took;

    (void)state;
    sh("rm -rf r.git; git init -q --bare r.git; python3 - <<'EOF' | git -C r.git fast-import --quiet\n"
       "out = __import__('sys').stdout\n"
       "out.write('blob\\nmark :1\\ndata 1\\n1\\nblob\\nmark :2\\ndata 1\\n2\\nblob\\nmark :3\\ndata 20\\n*.js eol=crlf -text\\n')\n"
       "who = 'committer A <a@example.com> 1700000000 +0000\\ndata 1\\nm\\n'\n"
       "out.write('commit refs/heads/main\\nmark :9\\n' + who + 'M 100644 :3 .gitattributes\\n')\n"
       "[out.write('M 100644 :1 in/%%d/f%%d.js\\n' %% (i / 1000, i)) for i in range(100000)]\n"
       "out.write('commit refs/heads/main\\n' + who + 'from :9\\n')\n"
       "[out.write('M 100644 :2 in/%%d/f%%d.js\\n' %% (i, i * 1000)) for i in range(10)]\n"
       "EOF\n"
       "git -C r.git symbolic-ref HEAD refs/heads/main");
    open_repo();
    took = seconds();
    c = find("in/", "", "ios/**");
    took = seconds() - took;
    assert_int_equal(c->file_count, 10);
    assert_int_equal(c->left.count, 0);
    hf_changes_free(c);
    if (took > 2) /* some 20 ms; ten times more under a sanitizer */
        fail_msg("it took %.3f s", took);
}

static int done(void **state)
{
    hf_repo_close(repo);
    return remove_top(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(left_out),  cmocka_unit_test(bounded_names),       cmocka_unit_test(junk),       cmocka_unit_test(one_file),
        cmocka_unit_test(two_files), cmocka_unit_test(no_name_on_a_device), cmocka_unit_test(a_big_tree),
        cmocka_unit_test(to_compare),
    };

    return cmocka_run_group_tests(tests, make_top, done);
}
