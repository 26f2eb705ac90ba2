/* test_clock.c: when a publisher's clock may date a manifest: the pure rule, and the dates that git has. */
#include "tests/unit/shell.h"

#include "publisher/clock.h"

#define NOW INT64_C(1790000000) /* 2026-09-21T14:13:20Z */
#define DAY INT64_C(86400)

static char words[HF_CLOCK_WORDS];

static enum hf_clock_verdict look(struct hf_clock_facts f, int64_t now)
{
    words[0] = '\0';
    return hf_clock_look(&f, now, words);
}

static void with_nothing_to_compare_it_goes_on(void **state)
{
    (void)state;
    assert_int_equal(look((struct hf_clock_facts){0}, NOW), HF_CLOCK_GOOD);
    assert_int_equal(look((struct hf_clock_facts){0}, 0), HF_CLOCK_GOOD);
}

static void the_newest_fact_vouches(void **state)
{
    const int64_t limit = 45 * DAY;
    struct hf_clock_facts all = {.in_force = NOW - 200 * DAY, .remembered = NOW - 300 * DAY, .bucket = NOW - 250 * DAY};

    (void)state;
    assert_int_equal(look((struct hf_clock_facts){.in_force = NOW - limit}, NOW), HF_CLOCK_GOOD);
    assert_int_equal(look((struct hf_clock_facts){.in_force = NOW - limit - 1}, NOW), HF_CLOCK_IS_AHEAD);
    assert_int_equal(look((struct hf_clock_facts){.remembered = NOW - limit - 1}, NOW), HF_CLOCK_IS_AHEAD);
    assert_int_equal(look((struct hf_clock_facts){.bucket = NOW - limit - 1}, NOW), HF_CLOCK_IS_AHEAD);
    assert_int_equal(look((struct hf_clock_facts){.committed = NOW - limit - 1}, NOW), HF_CLOCK_IS_AHEAD);
    assert_string_equal(words, "the clock of this machine says 2026-09-21T14:13:20Z, but the newest time to compare it with is 45 days "
                               "earlier: the newest commit is dated at 2026-08-07T14:13:19Z");
    /* 200 days of silence, and any one that is of today. */
    assert_int_equal(look(all, NOW), HF_CLOCK_IS_AHEAD);
    assert_non_null(strstr(words, "200 days earlier: the manifest in force was published at 2026-03-05T14:13:20Z"));
    all.committed = NOW;
    assert_int_equal(look(all, NOW), HF_CLOCK_GOOD);
    all.committed = 0;
    all.bucket = NOW + 3;
    assert_int_equal(look(all, NOW), HF_CLOCK_GOOD);
    all.bucket = 0;
    all.remembered = NOW - DAY;
    assert_int_equal(look(all, NOW), HF_CLOCK_GOOD);
}

static void a_day_before_what_was_signed_or_told_is_behind(void **state)
{
    (void)state;
    assert_int_equal(look((struct hf_clock_facts){.in_force = NOW + DAY}, NOW), HF_CLOCK_GOOD);
    assert_int_equal(look((struct hf_clock_facts){.in_force = NOW + DAY + 1}, NOW), HF_CLOCK_IS_BEHIND);
    assert_string_equal(words, "the clock of this machine says 2026-09-21T14:13:20Z, but the manifest in force was published at "
                               "2026-09-22T14:13:21Z, 1 day later");
    assert_int_equal(look((struct hf_clock_facts){.remembered = NOW + DAY + 1}, NOW), HF_CLOCK_IS_BEHIND);
    assert_int_equal(look((struct hf_clock_facts){.bucket = NOW + DAY + 1}, NOW), HF_CLOCK_IS_BEHIND);
    assert_int_equal(look((struct hf_clock_facts){.later = NOW + DAY + 1}, NOW), HF_CLOCK_IS_BEHIND);
    /* One that is behind is so whatever else would vouch for it. */
    assert_int_equal(look((struct hf_clock_facts){.in_force = NOW, .committed = NOW, .bucket = NOW + 5000 * DAY}, NOW),
                     HF_CLOCK_IS_BEHIND);
    /* A clock of 1970 or of no sense is judged all the same. */
    assert_int_equal(look((struct hf_clock_facts){.in_force = NOW}, 0), HF_CLOCK_IS_BEHIND);
    assert_int_equal(look((struct hf_clock_facts){.in_force = NOW}, -5), HF_CLOCK_IS_BEHIND);
    assert_int_equal(look((struct hf_clock_facts){.in_force = NOW}, HF_MAX_INT), HF_CLOCK_IS_AHEAD);
}

static void the_future_begins_after_a_minute(void **state)
{
    (void)state;
    assert_false(hf_clock_future(NOW - 5, NOW));
    assert_false(hf_clock_future(NOW + 60, NOW));
    assert_true(hf_clock_future(NOW + 61, NOW));
}

/* A commit in r.git, dated, on a ref. */
static char *commit(const char *ref, int64_t date)
{
    return strdup(sh("cd r.git; t=$(git mktree </dev/null); c=$(GIT_COMMITTER_DATE='@%lld +0' git commit-tree -m m $t);"
                     "git update-ref %s $c; echo $c",
                     (long long)date, ref));
}

static void dates_of_branches_and_the_push(void **state)
{
    struct hf_repo *repo;
    struct hf_err err;
    char *tip, *tag, *ahead;

    (void)state;
    sh("git init -q --bare r.git");
    if (hf_repo_open(&repo, in_top("r.git"), 0, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(hf_repo_newest(repo, NULL, NOW), 0);
    tip = commit("refs/heads/main", NOW - 100);
    assert_int_equal(hf_repo_newest(repo, NULL, NOW), NOW - 100);
    free(commit("refs/heads/older", NOW - 200));
    tag = commit("refs/tags/v1", NOW - 50); /* a tag is no tip of a branch */
    assert_int_equal(hf_repo_newest(repo, NULL, NOW), NOW - 100);
    assert_int_equal(hf_repo_newest(repo, tag, NOW), NOW - 50); /* but it may be what is released */
    free(commit("refs/remotes/origin/main", NOW - 70));
    assert_int_equal(hf_repo_newest(repo, tip, NOW), NOW - 70);
    /* A committer's clock may be wrong as well: what it dates after ours says nothing. */
    ahead = commit("refs/heads/ahead", NOW + 1);
    assert_int_equal(hf_repo_newest(repo, ahead, NOW), NOW - 70);
    assert_int_equal(hf_repo_newest(repo, ahead, NOW + 1), NOW + 1);
    /* A tip that is not there is left out, and so is a commit. */
    sh("cd r.git; echo 1111111111111111111111111111111111111111 >refs/heads/broken");
    assert_int_equal(hf_repo_newest(repo, "2222222222222222222222222222222222222222", NOW), NOW - 70);
    hf_repo_close(repo);
    free(tip);
    free(tag);
    free(ahead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_nothing_to_compare_it_goes_on),
        cmocka_unit_test(the_newest_fact_vouches),
        cmocka_unit_test(a_day_before_what_was_signed_or_told_is_behind),
        cmocka_unit_test(the_future_begins_after_a_minute),
        cmocka_unit_test(dates_of_branches_and_the_push),
    };

    return cmocka_run_group_tests(tests, make_top, remove_top);
}
