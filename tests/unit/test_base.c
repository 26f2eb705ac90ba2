/* test_base.c: which commit a patch starts from: each rule in its turn, and each refusal. */
#include "tests/unit/shell.h"

#include "builder/base.h"
#include "core/range.h"

static struct hf_repo *repo;
static char c[5][HF_OID_MAX + 1]; /* c[1] to c[4]: commits, each on the one before */

#define TAGS "refs/tags/v*"

static int make_repo(void **state)
{
    struct hf_err err;

    if (make_top(state) < 0)
        return -1;
    sh("git init -q --bare r.git");
    for (int i = 1; i < 5; i++) {
        if (i == 1)
            strcpy(c[i], sh("cd r.git; git commit-tree -m %d $(git mktree < /dev/null)", i));
        else
            strcpy(c[i], sh("cd r.git; git commit-tree -m %d -p %s $(git mktree < /dev/null)", i, c[i - 1]));
    }
    return hf_repo_open(&repo, in_top("r.git"), 0, &err);
}

static int close_repo(void **state)
{
    hf_repo_close(repo);
    return remove_top(state);
}

/* "v1.0.0=1 v1.1.0=2": these tags, and no others. */
static void tags(const char *list)
{
    sh("cd r.git; git for-each-ref --format='delete %%(refname)' | git update-ref --stdin");
    for (const char *p = list; *p != '\0'; p += strspn(p, " ")) {
        size_t n = strcspn(p, "=");

        sh("cd r.git; git update-ref 'refs/tags/%.*s' %s", (int)n, p, c[p[n + 1] - '0']);
        p += n + 2;
    }
}

static struct hf_base_ask ask_for(const char *target)
{
    return (struct hf_base_ask){ .tags = TAGS, .target = target };
}

/* Finds the base: the number of the commit, and the words. */
static void expect(struct hf_base_ask ask, int number, const char *how)
{
    struct hf_base base;
    struct hf_err err;

    if (hf_base_find(&base, repo, &ask, &err) < 0)
        fail_msg("%s: %s", ask.target, err.msg);
    assert_string_equal(base.oid, c[number]);
    assert_string_equal(base.how, how);
}

static void expect_refusal(struct hf_base_ask ask, enum hf_code code, const char *words)
{
    struct hf_base base;
    struct hf_err err;

    if (hf_base_find(&base, repo, &ask, &err) == 0)
        fail_msg("%s: found %s", ask.target, base.how);
    assert_int_equal(err.code, code);
    if (strstr(err.msg, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, err.msg);
}

/* A manifest with releases that name their target and base; newest first. */
struct past {
    const char *target, *base;
    enum hf_state state;
};

static struct hf_manifest *past(const struct past *list, size_t n)
{
    struct hf_manifest *m = NULL;
    struct hf_err err;

    assert_int_equal(hf_manifest_new(&m, "com.example.app", "production", &err), 0);
    m->releases = calloc(n, sizeof *m->releases);
    assert_non_null(m->releases);
    for (size_t i = 0; i < n; i++) {
        struct hf_release *r = &m->releases[i];

        r->patch = (int64_t)(n - i);
        r->state = list[i].state;
        snprintf(r->target, sizeof r->target, "%s", list[i].target);
        snprintf(r->source.base, sizeof r->source.base, "%s", list[i].base);
        assert_int_equal(hf_range_parse(&r->range, r->target, &err), 0);
    }
    m->release_count = n;
    return m;
}

static void given(void **state)
{
    struct hf_base_ask ask = ask_for("1.0.0");

    (void)state;
    tags("v1.0.0=1 v0.9=2");
    ask.given = "v0.9";
    expect(ask, 2, "v0.9, as given");
    ask.given = c[3];
    sh("cd r.git; git update-ref refs/heads/x %s", c[3]);
    ask.target = "not a version"; /* of no interest when the base is given */
    ask.given = "x~1";
    expect(ask, 2, "x~1, as given");
    ask.given = "nowhere\n";
    expect_refusal(ask, HF_E_NOTFOUND, "hotfix.base: 'nowhere\\x0a' is no commit of this repository");
    ask = ask_for("1.0.0");
    ask.given = "";
    expect(ask, 1, "tag v1.0.0");
}

static void tag_of_one_version(void **state)
{
    (void)state;
    tags("v1.2=2 v1.3.0=1 vX=1 v=1 v1.2.0.1=1 w1.2.0=1");
    expect(ask_for("1.2.0"), 2, "tag v1.2");
    expect(ask_for("1.2"), 2, "tag v1.2");
    expect(ask_for("1.2.0.0"), 2, "tag v1.2");
    tags("v1.2=2 v1.2.0=3");
    expect(ask_for("1.2.0"), 3, "tag v1.2.0");
    expect(ask_for("1.2"), 2, "tag v1.2");
    expect_refusal(ask_for("1.2.0.0"), HF_E_POLICY, "the tags 'v1.2' and 'v1.2.0' are one version and name two commits");
    tags("v1.2=2 v1.2.0=2");
    expect(ask_for("1.2.0.0"), 2, "tag v1.2");
    tags("v1.0.0-beta.2=1 v1.0.0=2");
    expect(ask_for("1.0.0-beta.2"), 1, "tag v1.0.0-beta.2");
    tags("v1.0.0-beta.2=1");
    expect_refusal(ask_for("1.0.0"), HF_E_POLICY, "no commit is known that the app '1.0.0' was built from");
}

static void tag_of_a_build(void **state)
{
    (void)state;
    tags("v1.1.1=1 v1.1.1+345=2 v1.1.1+344=3");
    expect(ask_for("1.1.1+345"), 2, "tag v1.1.1+345");
    expect(ask_for("1.1.1+346"), 1, "tag v1.1.1");
    expect(ask_for("1.1.1"), 1, "tag v1.1.1");
    tags("v1.1=1 v1.1.0=2 v1.1+7=3");
    expect(ask_for("1.1.0+7"), 3, "tag v1.1+7");
    expect(ask_for("1.1.0+8"), 2, "tag v1.1.0");
    /* One build is not the version as such. */
    tags("v1.1.1+345=2");
    expect_refusal(ask_for("1.1.1"), HF_E_POLICY, "no commit is known");
    expect_refusal(ask_for("1.1.1+344"), HF_E_POLICY, "no commit is known");
}

static void tag_of_a_range(void **state)
{
    (void)state;
    tags("v1.0.9=1 v1.1.10=2 v1.1.2=3 v1.1.3-beta=1 v1.2=4");
    expect(ask_for("1.1.x"), 3, "tag v1.1.2");
    expect(ask_for(">=1.1.3 <1.3"), 2, "tag v1.1.10");
    expect(ask_for(">=1.2.0"), 4, "tag v1.2");
    expect_refusal(ask_for("~2.0.0"), HF_E_POLICY, "no commit is known that the app '~2.0.0' was built from");
    tags("v1.1=1 v1.1.0=2");
    expect_refusal(ask_for("~1.1.0"), HF_E_POLICY, "are one version and name two commits");
}

static void patterns(void **state)
{
    struct hf_base_ask ask = ask_for("1.0.0");

    (void)state;
    sh("cd r.git; git update-ref refs/heads/release/1.0.0/ios %s; git update-ref refs/tags/ios-1.0.0-rel %s", c[3], c[4]);
    ask.tags = "refs/tags/ios-*-rel";
    expect(ask, 4, "tag ios-1.0.0-rel");
    ask.tags = "refs/heads/release/*/ios";
    expect(ask, 3, "tag refs/heads/release/1.0.0/ios");
    ask.tags = "refs/tags/v";
    expect_refusal(ask, HF_E_CONFIG, "[build] base is 'refs/tags/v': it must hold one *");
    ask.tags = "refs/*/v*";
    expect_refusal(ask, HF_E_CONFIG, "must hold one *");
    ask.tags = "";
    expect_refusal(ask, HF_E_POLICY, "no commit is known");
    ask = ask_for("1..0");
    expect_refusal(ask, HF_E_INPUT, "1..0");
    tags("v1.0.0=1");
    sh("cd r.git; git update-ref refs/tags/v1.0.0 $(echo x | git hash-object -w --stdin)");
    expect_refusal(ask_for("1.0.0"), HF_E_NOTFOUND, "'refs/tags/v1.0.0' is no commit");
}

static void moved_tag(void **state)
{
    struct past list[] = { { "1.2", "", HF_LIVE }, { "1.2.0", c[1], HF_WITHDRAWN }, { "1.2", c[3], HF_LIVE }, { "1.3", c[4], HF_LIVE } };
    struct hf_manifest *m = past(list, 4);
    struct hf_base_ask ask = ask_for("1.2");
    char words[128];

    (void)state;
    ask.manifest = m;
    tags("v1.2.0=1");
    expect(ask, 1, "tag v1.2.0");
    tags("v1.2.0=2");
    snprintf(words, sizeof words, "the tag 'v1.2.0' names %.10s, but patch 3 for '1.2' started from %.10s", c[2], c[1]);
    expect_refusal(ask, HF_E_POLICY, words);
    ask.given = "v1.2.0";
    expect(ask, 2, "v1.2.0, as given");
    /* Another target's releases say nothing. */
    ask = ask_for("1.2.1");
    ask.manifest = m;
    tags("v1.2.1=2");
    expect(ask, 2, "tag v1.2.1");
    ask.target = "1.2+5"; /* one build of it is another target */
    tags("v1.2.0=2");
    expect(ask, 2, "tag v1.2.0");
    hf_manifest_free(m);
}

static void recorded_and_old(void **state)
{
    struct past list[] = { { "~1.1.0", "1234567890123456789012345678901234567890", HF_LIVE }, { "1.2.0", c[2], HF_REVOKED } };
    struct hf_manifest *m = past(list, 2);
    struct hf_base_ask ask = ask_for("1.2");

    (void)state;
    tags("v9=4");
    ask.manifest = m;
    ask.old = c[3];
    expect(ask, 2, "the base of patch 1");
    /* A recorded base that is gone is no reason to take a smaller step. */
    ask.target = "~1.1.0";
    expect_refusal(ask, HF_E_POLICY, "patch 2 started from 1234567890, which this repository lacks");
    ask.target = "1.3";
    expect(ask, 3, "the tip before this push");
    ask.old = "0000000000000000000000000000000000000000";
    expect_refusal(ask, HF_E_POLICY,
                   "no commit is known that the app '1.3' was built from: tag it, git tag v1.3 COMMIT && git push origin v1.3, or "
                   "give it by hotfix.base");
    ask.target = "~1.3.0";
    expect_refusal(ask, HF_E_POLICY,
                   "no commit is known that the app '~1.3.0' was built from: tag it as refs/tags/v*, with the version for *, and "
                   "push the tag, or give it by hotfix.base");
    ask.target = "1.3";
    ask.old = "1234567890123456789012345678901234567890";
    expect_refusal(ask, HF_E_POLICY, "no commit is known");
    ask.old = NULL;
    ask.manifest = NULL;
    expect_refusal(ask, HF_E_POLICY, "no commit is known");
    hf_manifest_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given),
        cmocka_unit_test(tag_of_one_version),
        cmocka_unit_test(tag_of_a_build),
        cmocka_unit_test(tag_of_a_range),
        cmocka_unit_test(patterns),
        cmocka_unit_test(moved_tag),
        cmocka_unit_test(recorded_and_old),
    };

    return cmocka_run_group_tests(tests, make_repo, close_repo);
}
