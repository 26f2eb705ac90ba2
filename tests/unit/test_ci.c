/* test_ci.c: what a CI's environment becomes, and how words reach its log. */
#include "publisher/ci.h"
#include "publisher/ci_refs.h"
#include "publisher/ci_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OID "1111111111111111111111111111111111111111"

/* An environment of a test's own: NAME, value, ..., NULL. */
static const char *const *environment;
static char *get(const char *name)
{
    static char values[8][256];
    static unsigned turn;
    size_t i;

    for (i = 0; environment[i] != NULL; i += 2)
        if (strcmp(environment[i], name) == 0)
            return strcpy(values[turn++ % 8], environment[i + 1]);
    return NULL;
}

#define GITHUB                                                                                                             \
    "GITHUB_ACTIONS", "true", "GITHUB_SERVER_URL", "https://github.com", "GITHUB_REPOSITORY", "team/shop", "GITHUB_RUN_ID", "7", \
        "GITHUB_SHA", OID
#define GITLAB                                                                                                                  \
    "GITLAB_CI", "true", "CI_SERVER_URL", "https://gitlab.com", "CI_PROJECT_PATH", "team/shop", "CI_PIPELINE_ID", "7", "CI_COMMIT_SHA", \
        OID, "CI_COMMIT_REF_NAME", "hotfix/1.0.0"

static void the_ref(void **state)
{
    static const char *const envs[][40] = {
        { GITHUB, "GITHUB_EVENT_NAME", "push", "GITHUB_REF", "refs/heads/hotfix/1.0.0" },
        { GITHUB, "GITHUB_EVENT_NAME", "workflow_dispatch", "GITHUB_REF", "refs/heads/hotfix/1.0.0" },
        { GITHUB, "GITHUB_EVENT_NAME", "pull_request", "GITHUB_REF", "refs/pull/3/merge", "GITHUB_BASE_REF", "hotfix/1.0.0" },
        { GITHUB, "GITHUB_EVENT_NAME", "pull_request_target", "GITHUB_REF", "refs/heads/main", "GITHUB_BASE_REF", "hotfix/1.0.0" },
        { GITLAB },
        { GITLAB, "CI_COMMIT_TAG", "v1" },
        { GITLAB, "CI_MERGE_REQUEST_IID", "3", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "hotfix/2.0.0" },
    };
    static const struct {
        const char *ref;
        int review;
    } want[] = { { "refs/heads/hotfix/1.0.0", 0 }, { "refs/heads/hotfix/1.0.0", 0 }, { "refs/heads/hotfix/1.0.0", 1 },
                 { "refs/heads/hotfix/1.0.0", 1 }, { "refs/heads/hotfix/1.0.0", 0 }, { "refs/tags/v1", 0 },
                 { "refs/heads/hotfix/2.0.0", 1 } };
    struct hf_ci_request r;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof envs / sizeof envs[0]; i++) {
        environment = envs[i];
        assert_int_equal(hf_ci_read(&r, get, &err), 0);
        assert_string_equal(r.ref, want[i].ref);
        assert_int_equal(r.review, want[i].review);
        assert_string_equal(r.head, OID);
        assert_false(r.deleted);
        hf_ci_clear(&r);
    }
}

static void what_is_refused(void **state)
{
    static const char *const envs[][40] = {
        { "PATH", "/bin" },
        { "GITHUB_ACTIONS", "yes" },
        { GITHUB, "GITHUB_EVENT_NAME", "push" },
        { GITHUB, "GITHUB_REF", "main" },
        { "GITHUB_ACTIONS", "true", "GITHUB_SERVER_URL", "u", "GITHUB_REPOSITORY", "r", "GITHUB_RUN_ID", "7", "GITHUB_SHA", "HEAD",
          "GITHUB_REF", "refs/heads/x" },
        { GITHUB, "GITHUB_REF", "refs/heads/a\nb" },
        { GITHUB, "GITHUB_REF", "refs/heads/x", "HOTFIX_ROLLOUT", "25" },
        { GITHUB, "GITHUB_REF", "refs/heads/x", "HOTFIX_BASE", "--upload-pack=x" },
        { GITHUB, "GITHUB_REF", "refs/heads/x", "HOTFIX_FORCE", "maybe" },
    };
    struct hf_ci_request r;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof envs / sizeof envs[0]; i++) {
        environment = envs[i];
        err.msg[0] = '\0';
        assert_int_equal(hf_ci_read(&r, get, &err), -1);
        assert_true(err.msg[0] != '\0');
        hf_ci_clear(&r);
    }
}

/* The same run is the same job, whatever the attempt; another run, ref, commit or channel is another. */
static void the_job(void **state)
{
    static const char *const env[] = { GITHUB, "GITHUB_REF", "refs/heads/hotfix/1.0.0", "HOTFIX_FORCE", "false", NULL };
    char app[] = "com.example", name[] = "production", beta[] = "beta";
    struct hf_channel c = { .app = app, .name = name };
    char a[HF_JOB_HEX + 1], b[HF_JOB_HEX + 1];
    struct hf_ci_request r;
    struct hf_err err;

    (void)state;
    environment = env;
    assert_int_equal(hf_ci_read(&r, get, &err), 0);
    assert_int_equal(hf_ci_job(a, &r, &c, &err), 0);
    assert_int_equal(hf_ci_job(b, &r, &c, &err), 0);
    assert_string_equal(a, b);
    assert_true(hf_is_hex(a, HF_JOB_HEX));
    c.name = beta;
    assert_int_equal(hf_ci_job(b, &r, &c, &err), 0);
    assert_string_not_equal(a, b);
    c.name = name;
    strcpy(r.run, "8");
    assert_int_equal(hf_ci_job(b, &r, &c, &err), 0);
    assert_string_not_equal(a, b);
    hf_ci_clear(&r);
}

static void the_place(void **state)
{
    static const struct {
        const char *message, *path;
        unsigned long line;
    } cases[] = {
        { "HotPath/a.m:12: syntax error", "HotPath/a.m", 12 },
        { "PatchGenerator cannot read the code: HotPath/a b.m:4: syntax error", "b.m", 4 },
        { "hotfix.ini:2: wrong", "hotfix.ini", 2 },
        { "see https://example.com:8080/x", NULL, 0 },
        { "at 12:30 it was", NULL, 0 },
        { "/etc/passwd.x:1: no", NULL, 0 },
        { "../x.m:1: no", NULL, 0 },
        { "x.m:0: no", NULL, 0 },
        { "x.m:99999999999999999999: no", NULL, 0 },
        { "the channel production: 1 file", NULL, 0 },
    };
    const char *path;
    unsigned long line;
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].path == NULL) {
            assert_int_equal(hf_ci_place(cases[i].message, &path, &n, &line), 0);
            continue;
        }
        assert_int_equal(hf_ci_place(cases[i].message, &path, &n, &line), 1);
        assert_int_equal(n, strlen(cases[i].path));
        assert_memory_equal(path, cases[i].path, n);
        assert_int_equal(line, cases[i].line);
    }
}

static void escapes(void **state)
{
    struct hf_buf b;

    (void)state;
    hf_buf_init(&b, 1000);
    hf_ci_escape_command(&b, "a%b\r\nc:d,e", 10, 0);
    assert_string_equal(b.p, "a%25b%0D%0Ac:d,e");
    hf_buf_free(&b);
    hf_ci_escape_command(&b, "a:b,c", 5, 1);
    assert_string_equal(b.p, "a%3Ab%2Cc");
    hf_buf_free(&b);
    hf_ci_escape_markdown(&b, "<i>|`*\n", 7);
    assert_string_equal(b.p, "&#60;i&#62;&#124;&#96;&#42;");
    hf_buf_free(&b);
}

static void refs_of_a_remote(void **state)
{
    static const char good[] = "ref: refs/heads/main\tHEAD\n" OID "\tHEAD\n" OID "\trefs/tags/v1\n"
                               "2222222222222222222222222222222222222222\trefs/tags/v1^{}\n";
    static const char *const bad[] = { OID " refs/heads/x\n", OID "\trefs/heads/a:b\n", "x\trefs/heads/x\n", OID "\t--force\n" };
    struct hf_ci_refs r;
    struct hf_err err;
    size_t i;

    (void)state;
    assert_int_equal(hf_ci_refs_parse(&r, good, sizeof good - 1, &err), 0);
    assert_string_equal(r.head, "refs/heads/main");
    assert_int_equal(r.count, 1);
    assert_string_equal(hf_ci_refs_find(&r, "refs/tags/v1")->peeled, "2222222222222222222222222222222222222222");
    assert_null(hf_ci_refs_find(&r, "refs/heads/main"));
    hf_ci_refs_free(&r);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hf_ci_refs_parse(&r, bad[i], strlen(bad[i]), &err), -1);
        hf_ci_refs_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ref),   cmocka_unit_test(what_is_refused), cmocka_unit_test(the_job),
        cmocka_unit_test(the_place), cmocka_unit_test(escapes),         cmocka_unit_test(refs_of_a_remote),
    };

    return cmocka_run_group_tests_name("ci", tests, NULL, NULL);
}
