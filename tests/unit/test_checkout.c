/* test_checkout.c: what stands in a repository and is not the file: pointers, ciphertext, filters; and what a checkout would change,
 * against real checkouts. */
#include "tests/unit/shell.h"

#include "builder/changes.h"
#include "builder/content.h"

static struct hf_repo *repo;
static char base[HF_OID_MAX + 1], commit[HF_OID_MAX + 1];

/* Commits what the script makes of a tree with same.txt and *.bin text. */
static void team(const char *script)
{
    struct hf_err err;

    hf_repo_close(repo);
    repo = NULL;
    sh("rm -rf w r.git; git init -q w; cd w; mkdir -p in/deep; echo 1 > in/same.txt; git add .; git commit -qm 1; { %s\n}; git add -A; "
       "git commit -qm 2; git clone -q --bare . ../r.git",
       script);
    snprintf(base, sizeof base, "%s", sh("git -C r.git rev-parse HEAD^"));
    snprintf(commit, sizeof commit, "%s", sh("git -C r.git rev-parse HEAD"));
    if (hf_repo_open(&repo, in_top("r.git"), 0, &err) != 0)
        fail_msg("%s", err.msg);
}

static struct hf_changes *found(void)
{
    struct hf_changes *c = NULL;
    struct hf_err err;

    if (hf_changes_find(&c, repo, base, commit, "in/", "", &err) != 0)
        fail_msg("%s", err.msg);
    return c;
}

static void is_refused(const char *why)
{
    struct hf_changes *c = NULL;
    struct hf_err err;

    if (hf_changes_find(&c, repo, base, commit, "in/", "", &err) == 0)
        fail_msg("not refused: %s", why);
    assert_int_equal(err.code, HF_E_POLICY);
    if (strstr(err.msg, why) == NULL || strstr(err.msg, "[build] exclude") == NULL)
        fail_msg("'%s' does not say '%s'", err.msg, why);
}

static void content(void **state)
{
#define ROW(text, why) { text, sizeof(text) - 1, why }
    static const struct {
        const char *p;
        size_t n;
        const char *why;
    } rows[] = {
        ROW("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS"),
        ROW("version https://hawser.github.com/spec/v1\n", "Git LFS"),
        ROW("/annex/objects/SHA256E-s31390--f50d.mp3\n", "git-annex"),
        ROW("\0GITCRYPT\0abc", "git-crypt"),
        ROW("\0GITCRYPT\0", "git-crypt"),
        ROW("Salted__12345678", "openssl"),
        ROW("U2FsdGVkX1+abc", "openssl"),
        ROW("U2FsdGVkX18=", "openssl"),
        ROW("U2FsdGVkX1/", "openssl"),
        ROW("U2FsdGVkX1", NULL),
        ROW("U2FsdGVkX1\0", NULL),
        ROW("U2FsdGVkX1A", NULL),
        ROW("Salted_", NULL),
        ROW("\0GITCRYPT", NULL),
        ROW(" version https://git-lfs.github.com/spec/v1", NULL),
        ROW("var a = 'U2FsdGVkX1+abc'", NULL),
        ROW("", NULL),
    };
#undef ROW
    char *big = calloc(1, 40000);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *copy = malloc(rows[i].n + 1);
        const char *why;

        assert_non_null(copy);
        memcpy(copy, rows[i].p, rows[i].n);
        why = hf_content_fault(copy, rows[i].n);
        if ((why == NULL) != (rows[i].why == NULL) || (why != NULL && strstr(why, rows[i].why) == NULL))
            fail_msg("row %zu: %s", i, why == NULL ? "nothing" : why);
        free(copy);
    }
    /* Pointers are short; ciphertext has any length. */
    assert_non_null(big);
    strcpy(big, "/annex/objects/");
    assert_non_null(hf_content_fault(big, 32768));
    assert_null(hf_content_fault(big, 32769));
    strcpy(big, "version https://git-lfs.github.com/spec/v1");
    assert_null(hf_content_fault(big, 1025));
    memcpy(big, "\0GITCRYPT\0", 10);
    assert_non_null(hf_content_fault(big, 40000));
    free(big);
}

static void not_the_file(void **state)
{
    (void)state;
    team("printf '\\0GITCRYPT\\0abcdefgh' > in/key");
    is_refused("'in/key' cannot be in a patch: it is encrypted by git-crypt");
    team("printf 'U2FsdGVkX1+abcdefgh\\n' > in/key");
    is_refused("it is encrypted by openssl, as transcrypt does it");
    team("echo /annex/objects/SHA256E-s3--f5.mp3 > in/song.mp3");
    is_refused("it is a pointer of git-annex");
    team("ln -s ../.git/annex/objects/x/y in/song.mp3");
    is_refused("it is a symbolic link");

    /* One of another place harms nobody. */
    team("printf '\\0GITCRYPT\\0abcdefgh' > key; printf 'key filter=git-crypt\\n' > .gitattributes; echo 2 > in/a");
    hf_changes_free(found());
}

/* A long file is looked into where it is read: on its way out. */
static void long_ciphertext(void **state)
{
    struct hf_changes *c;
    struct hf_err err;

    (void)state;
    team("(printf '\\0GITCRYPT\\0'; seq 9999) > in/key");
    c = found();
    sh("rm -rf out; mkdir out");
    assert_int_equal(hf_changes_export(repo, c, in_top("out"), NULL, NULL, &err), -1);
    assert_int_equal(err.code, HF_E_POLICY);
    assert_non_null(strstr(err.msg, "'in/key' cannot be in a patch: it is encrypted by git-crypt"));
    hf_changes_free(c);
}

static void filters(void **state)
{
    (void)state;
    team("echo '* filter=lfs' > .gitattributes; echo 2 > in/a");
    is_refused("'in/a' cannot be in a patch: it has the attribute filter=lfs in .gitattributes");
    team("echo '*.x filter=crypt' > in/.gitattributes; echo 2 > in/deep/a.x");
    is_refused("'in/deep/a.x' cannot be in a patch: it has the attribute filter=crypt");
    team("printf '[attr]secret filter=git-crypt diff\\nin/** secret\\n' > .gitattributes; echo 2 > in/a");
    is_refused("filter=git-crypt");

    /* None: taken back, of another file, no value; a file of attributes that is a link, or not in the commit. */
    team("printf '* filter=x\\nin/** !filter\\n' > .gitattributes; echo 2 > in/a");
    hf_changes_free(found());
    team("printf '* filter=x\\n' > .gitattributes; echo '* -filter' > in/.gitattributes; echo 2 > in/deep/a");
    hf_changes_free(found());
    team("printf '* filter\\nin/same.txt filter=x\\n' > .gitattributes; echo 2 > in/a");
    hf_changes_free(found());
    team("echo '* filter=x' > real; ln -s real .gitattributes; echo 2 > in/a");
    hf_changes_free(found());
    team("echo '* filter=x' > .git/info/attributes; echo 2 > in/a");
    sh("mkdir -p r.git/info; echo '* filter=x' > r.git/info/attributes; git -C r.git config core.attributesFile %s; echo '* filter=x' > a",
       in_top("a"));
    hf_changes_free(found());

    /* Of the commit that is released, not of the one before nor of a later one. */
    team("echo 2 > in/a; git add .; echo '* filter=x' > in/.gitattributes; git add .; git commit -qm between; rm in/.gitattributes");
    sh("cd w; echo '* filter=y' > .gitattributes; git add .; git commit -qm later; git push -q ../r.git HEAD:later");
    hf_changes_free(found());
}

/* The paths that were counted for an attribute, with blanks between. */
static const char *listed(const struct hf_changes *c, enum hf_other which)
{
    static char text[1024];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < c->other[which].count && i < HF_SOME_NAMED; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? " " : "", c->other[which].path[i]);
    return text;
}

/* For each attribute and each content: a checkout has other bytes than the repository exactly when it is counted. */
static void like_a_checkout(void **state)
{
    static const char *const attrs[] = { "eol=crlf", "text eol=crlf", "text=auto eol=crlf", "-text eol=crlf", "text", "text=auto", "eol=lf",
                                         "ident", "ident eol=crlf", "crlf eol=crlf", "-crlf eol=crlf", "binary eol=crlf", "working-tree-encoding=UTF-16",
                                         "working-tree-encoding=UTF-8", "diff", "text=x eol=crlf", "crlf=input eol=crlf", "-ident" };
    static const char *const contents[] = { "a\\n", "a\\r\\n", "a\\nb\\r\\n", "a", "", "\\0a\\n", "a\\r", "\\r\\n\\n", "$Id$\\n", "$Id: x $", "$Ident$ $I", "$Id" };
    char script[4096];

    (void)state;
    for (size_t i = 0; i < sizeof attrs / sizeof attrs[0]; i++) {
        struct hf_changes *c;
        char changed[1024] = "", counted[1024] = "";
        size_t n = (size_t)snprintf(script, sizeof script, "echo '[0-9]* %s' > in/.gitattributes; mkdir raw; ", attrs[i]);

        /* Blobs as they are: `git add` would take carriage returns out. */
        for (size_t k = 0; k < sizeof contents / sizeof contents[0]; k++)
            n += (size_t)snprintf(script + n, sizeof script - n,
                                  "printf '%s' > raw/%zu; git update-index --add --cacheinfo 100644,$(git hash-object -w --no-filters raw/%zu),in/%02zu; ",
                                  contents[k], k, k, k);
        hf_repo_close(repo);
        repo = NULL;
        sh("rm -rf w r.git; git init -q w; cd w; mkdir in; git commit -q --allow-empty -m 1; %s git add in/.gitattributes; git commit -qm 2; "
           "git clone -q --bare . ../r.git; rm -rf in; git checkout -q -f HEAD -- in 2>/dev/null",
           script);
        for (size_t k = 0; k < sizeof contents / sizeof contents[0]; k++)
            if (strcmp(sh("cd w; cmp -s in/%02zu raw/%zu && echo same || echo other", k, k), "other") == 0)
                snprintf(changed + strlen(changed), sizeof changed - strlen(changed), " %02zu", k);
        snprintf(base, sizeof base, "%s", sh("git -C r.git rev-parse HEAD^"));
        snprintf(commit, sizeof commit, "%s", sh("git -C r.git rev-parse HEAD"));
        assert_int_equal(hf_repo_open(&repo, in_top("r.git"), 0, NULL), 0);
        for (size_t k = 0; k < sizeof contents / sizeof contents[0]; k++) {
            char path[16];

            snprintf(path, sizeof path, "in/%02zu", k);
            assert_int_equal(hf_changes_find(&c, repo, base, commit, path, "", NULL), 0);
            assert_int_equal(c->file_count, 1);
            if (c->other[HF_OTHER_ENCODING].count + c->other[HF_OTHER_LINES].count + c->other[HF_OTHER_IDENT].count > 0)
                snprintf(counted + strlen(counted), sizeof counted - strlen(counted), " %02zu", k);
            hf_changes_free(c);
        }
        /* An encoding is told of every file: that a checkout of an empty one is the same needs no exception. */
        if (strstr(attrs[i], "UTF-16") != NULL)
            snprintf(changed, sizeof changed, " 00 01 02 03 04 05 06 07 08 09 10 11");
        if (strcmp(counted, changed) != 0)
            fail_msg("%s: counted are%s, changed%s", attrs[i], counted, changed);
    }
}

static void export_ignore(void **state)
{
    struct hf_changes *c;

    (void)state;
    team("printf 'in/a export-ignore\\ninternal export-ignore\\nin/deep/** export-ignore\\n' > .gitattributes; echo 2 > in/a; echo 2 > in/b; "
         "mkdir in/internal; echo 2 > in/internal/c; echo 2 > in/deep/d");
    c = found();
    assert_string_equal(listed(c, HF_OTHER_EXPORT), "in/a in/deep/d in/internal/c");
    /* What git archive has is the rest. */
    assert_string_equal(sh("cd w; git archive HEAD in | tar t | grep -v '/$'"), "in/b\nin/same.txt");
    hf_changes_free(c);
    team("printf '* export-ignore\\n' > .gitattributes; printf '* -export-ignore\\n' > in/.gitattributes; echo 2 > in/a");
    c = found();
    assert_string_equal(listed(c, HF_OTHER_EXPORT), "in/.gitattributes in/a"); /* the folder `in` has it from above */
    assert_string_equal(sh("cd w; git archive HEAD | tar t | wc -l"), "0");
    hf_changes_free(c);
}

static void too_large(void **state)
{
    struct hf_changes *c;
    struct hf_err err;

    (void)state;
    team("head -c 1100000 /dev/zero | tr '\\0' '#' > in/.gitattributes; echo 2 > in/a");
    assert_int_equal(hf_changes_find(&c, repo, base, commit, "in/a", "", &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_int_equal(hf_changes_find(&c, repo, base, commit, "in/b", "", &err), 0); /* nobody asks for it */
    hf_changes_free(c);
}

static int done(void **state)
{
    hf_repo_close(repo);
    return remove_top(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content),         cmocka_unit_test(not_the_file),  cmocka_unit_test(long_ciphertext), cmocka_unit_test(filters),
        cmocka_unit_test(like_a_checkout), cmocka_unit_test(export_ignore), cmocka_unit_test(too_large),
    };

    return cmocka_run_group_tests(tests, make_top, done);
}
