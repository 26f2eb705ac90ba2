/* test_decide_leave.c: who gets what: what a device must leave, may keep, or goes back from (rules 4 to 6). */
#include "tests/unit/deciding.h"

/* Rule 4 */

static void rule_4_a_withdrawn_patch_goes_to_the_one_before_or_to_none(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2)->state = HF_WITHDRAWN;
    expect("1.0.0", 2, 1);
    m->releases[1].state = HF_PAUSED;
    expect("1.0.0", 2, REMOVE);
    assert_null(d.release);
    assert_int_equal(d.priority, HF_NORMAL);
}

static void rule_4_a_revoked_patch_goes_to_the_one_before_or_to_none(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2)->state = HF_REVOKED;
    revoke(m, 2);
    expect("1.0.0", 2, 1);
    m->releases[1].state = HF_WITHDRAWN;
    expect("1.0.0", 2, REMOVE);
    assert_int_equal(d.priority, HF_MANDATORY);
}

static void rule_4_revoked_bytes_are_left_even_if_no_release_lists_them(void **state)
{
    (void)state;
    revoke(m, 9);
    expect("1.0.0", 9, REMOVE);
    assert_int_equal(d.priority, HF_MANDATORY);
    expect("1.0.0", 8, NOTHING);
    release_add(m, 1, "1.0.0", 1);
    expect("1.0.0", 9, 1);
    expect("1.0.0", 0, 1);
}

static void rule_4_a_live_release_with_revoked_bytes_is_left_too(void **state)
{
    struct hf_facts r = device("1.0.0", 0);

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2);
    revoke(m, 2);
    expect("1.0.0", 2, 1);
    r.md5 = md5_of(2); /* who knows only the MD5 is told through its release */
    expect_for(r, 1);
}

static void rule_4_a_patch_for_other_versions_is_left(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    expect("2.0.0", 1, REMOVE);
    release_add(m, 2, "2.0.0", 2);
    expect("2.0.0", 1, 2);
    m->releases[1].state = HF_PAUSED;
    expect("2.0.0", 1, 2);
}

static void rule_4_the_candidate_may_be_the_app_as_shipped(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 0);
    release_add(m, 2, "1.0.0", 2)->state = HF_WITHDRAWN;
    expect("1.0.0", 2, REMOVE);
    assert_int_equal(d.release->patch, 1);
}

static void rule_4_a_newer_candidate_is_installed_instead(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1)->state = HF_WITHDRAWN;
    release_add(m, 2, "1.0.0", 2);
    expect("1.0.0", 1, 2);
}

static void the_own_release_is_the_newest_whose_target_holds_the_version(void **state)
{
    /* The same bytes under three numbers: withdrawn for 1.0.0, live for 1.1.0. */
    (void)state;
    release_add(m, 1, "1.0.0", 1)->state = HF_WITHDRAWN;
    release_add(m, 2, "1.1.0", 1)->state = HF_PAUSED;
    release_add(m, 3, "1.2.0", 1)->state = HF_WITHDRAWN;
    expect("1.0.0", 1, REMOVE);
    expect("1.1.0", 1, NOTHING);
    assert_int_equal(d.release->patch, 2);
    assert_int_equal(d.up_to_date, 1);
    expect("1.2.0", 1, REMOVE);
    expect("1.3.0", 1, REMOVE); /* no target holds it: the newest with that hash */
}

/* Rule 5 */

static void rule_5_what_is_not_listed_is_unknown_and_kept(void **state)
{
    (void)state;
    release_add(m, 1, "2.0.0", 1);
    expect("1.0.0", 9, NOTHING);
    assert_int_equal(d.up_to_date, 0);
    assert_null(d.release);
}

static void rule_5_a_pause_takes_nothing_back(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2)->state = HF_PAUSED;
    expect("1.0.0", 2, NOTHING);
    assert_int_equal(d.up_to_date, 1);
    assert_int_equal(d.release->patch, 2);
    expect("1.0.0", 0, 1);
    expect("1.0.0", 1, NOTHING);
    m->releases[1].state = HF_PAUSED;
    expect("1.0.0", 2, NOTHING);
    assert_int_equal(d.up_to_date, 1);
}

static void rule_5_a_rollout_that_shrinks_takes_nothing_back(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2)->rollout = 9000;
    expect("1.0.0", 1, 2);
    m->releases[0].rollout = 1000;
    expect("1.0.0", 2, NOTHING);
    expect("1.0.0", 1, NOTHING);
    m->releases[0].rollout = 0;
    expect("1.0.0", 2, NOTHING);
}

static void rule_5_a_newer_release_still_reaches_the_paused(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1)->state = HF_PAUSED;
    release_add(m, 2, "1.0.0", 2);
    expect("1.0.0", 1, 2);
}

/* Rule 6 */

static void rule_6_back_to_the_app_as_shipped(void **state)
{
    struct hf_facts r = device("1.0.0", 0);

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 0);
    expect("1.0.0", 1, REMOVE);
    assert_int_equal(d.release->patch, 2);
    expect("1.0.0", 9, REMOVE); /* unknown, but something */
    r.md5 = md5_of(9);
    expect_for(r, REMOVE);
    expect("1.0.0", 0, NOTHING);
    assert_int_equal(d.up_to_date, 1);
    expect("2.0.0", 0, NOTHING);
}

static void rule_6_who_has_something_newer_keeps_it(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 0);
    release_add(m, 2, "1.0.0", 2)->state = HF_PAUSED;
    expect("1.0.0", 2, NOTHING);
}

static void rule_6_a_partial_way_back_leaves_the_others(void **state)
{
    struct hf_facts r = device("1.0.0", 1);

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 0)->rollout = 8591;
    expect_for(r, REMOVE);
    r.client = "b"; /* another bucket */
    m->releases[0].rollout = hf_rollout_bucket(SALT, "b");
    expect_for(r, NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        decide_test(rule_4_a_withdrawn_patch_goes_to_the_one_before_or_to_none),
        decide_test(rule_4_a_revoked_patch_goes_to_the_one_before_or_to_none),
        decide_test(rule_4_revoked_bytes_are_left_even_if_no_release_lists_them),
        decide_test(rule_4_a_live_release_with_revoked_bytes_is_left_too),
        decide_test(rule_4_a_patch_for_other_versions_is_left),
        decide_test(rule_4_the_candidate_may_be_the_app_as_shipped),
        decide_test(rule_4_a_newer_candidate_is_installed_instead),
        decide_test(the_own_release_is_the_newest_whose_target_holds_the_version),
        decide_test(rule_5_what_is_not_listed_is_unknown_and_kept),
        decide_test(rule_5_a_pause_takes_nothing_back),
        decide_test(rule_5_a_rollout_that_shrinks_takes_nothing_back),
        decide_test(rule_5_a_newer_release_still_reaches_the_paused),
        decide_test(rule_6_back_to_the_app_as_shipped),
        decide_test(rule_6_who_has_something_newer_keeps_it),
        decide_test(rule_6_a_partial_way_back_leaves_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
