/* test_decide.c: who gets what: what is a candidate (rules 1 to 3). The rules are numbered as in docs/formats.md. */
#include "tests/unit/deciding.h"

/* Rule 1 */

static void rule_1_an_expired_manifest_decides_nothing(void **state)
{
    struct hf_facts r = device("1.0.0", 0);
    struct hf_err err;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    assert_int_equal(hf_decide(&d, m, &r, m->expires - 1, &err), 0);
    assert_int_equal(hf_decide(&d, m, &r, m->expires, &err), -1);
    assert_int_equal(err.code, HF_E_EXPIRED);
}

static void rule_1_a_version_must_parse(void **state)
{
    static const char *const bad[] = {NULL, "", "x", "1..0", "1.0.0-", "v1", "1.0 ", ">=1.0.0"};
    struct hf_facts r = device("1.0.0", 0);
    struct hf_err err;
    size_t i;

    (void)state;
    release_add(m, 1, ">=0.0.0", 1);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        r.version = bad[i];
        if (hf_decide(&d, m, &r, NOW, &err) == 0)
            fail_msg("'%s' accepted", bad[i]);
        assert_int_equal(err.code, HF_E_INPUT);
        assert_string_equal(err.msg, "Invalid version");
    }
}

/* Rule 2 */

static void rule_2_the_newest_release_is_the_candidate(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2);
    expect("1.0.0", 0, 2);
    expect("1.0.0", 1, 2);
}

static void rule_2_only_live_releases_are_candidates(void **state)
{
    static const enum hf_state others[] = {HF_PAUSED, HF_WITHDRAWN, HF_REVOKED};
    size_t i;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2);
    for (i = 0; i < 3; i++) {
        m->releases[0].state = others[i];
        expect("1.0.0", 0, 1);
    }
    m->releases[1].state = HF_PAUSED;
    expect("1.0.0", 0, NOTHING);
    assert_int_equal(d.up_to_date, 0);
}

static void rule_2_the_target_must_hold_the_version(void **state)
{
    (void)state;
    release_add(m, 1, ">=1.0.0 <1.2.0", 1);
    release_add(m, 2, "1.1.1", 2);
    release_add(m, 3, "1.1.1+345", 3);
    expect("1.1.0", 0, 1);
    expect("1.1.1", 0, 2);
    expect("1.1.1+344", 0, 2);
    expect("1.1.1+345", 0, 3);
    expect("1.2.0", 0, NOTHING);
    expect("2.0.0", 0, NOTHING);
    assert_null(d.release);
    assert_int_equal(d.up_to_date, 0);
}

static void rule_2_the_rollout_must_hold_the_device(void **state)
{
    /* client-0001 lies in bucket 8590. */
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2)->rollout = 8590;
    expect("1.0.0", 0, 1);
    m->releases[0].rollout = 8591;
    expect("1.0.0", 0, 2);
    m->releases[0].rollout = 0;
    expect("1.0.0", 0, 1);
}

static void rule_2_without_a_client_id_only_whole_rollouts(void **state)
{
    struct hf_facts r = device("1.0.0", 0);

    (void)state;
    release_add(m, 1, "1.0.0", 1)->rollout = 9999;
    r.client = "";
    expect_for(r, NOTHING);
    r.client = NULL;
    expect_for(r, NOTHING);
    m->releases[0].rollout = 10000;
    expect_for(r, 1);
}

static void rule_2_revoked_bytes_are_no_candidate_under_any_number(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2);
    release_add(m, 3, "1.0.0", 3);
    revoke(m, 3);
    expect("1.0.0", 0, 2);
    revoke(m, 2);
    expect("1.0.0", 0, 1);
}

static void rule_2_what_the_device_gave_up_on_is_no_candidate(void **state)
{
    struct hf_facts r = device("1.0.0", 0);

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2);
    r.failed[0] = sum_of(9);
    r.failed[1] = sum_of(2);
    r.failed_count = 2;
    expect_for(r, 1);
    r.failed[0] = sum_of(1);
    expect_for(r, NOTHING);
    release_add(m, 3, "1.0.0", 3); /* the next release does reach it */
    expect_for(r, 3);
    r.failed_count = 0;
    expect_for(r, 3);
}

static void rule_2_an_unknown_critical_member_is_no_candidate(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2)->unknown_critical = 1;
    expect("1.0.0", 0, 1);
}

/* Rule 3 */

static void rule_3_who_has_the_candidate_has_nothing_to_do(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2);
    expect("1.0.0", 2, NOTHING);
    assert_int_equal(d.up_to_date, 1);
    assert_int_equal(d.release->patch, 2);
}

static void rule_3_the_same_bytes_under_another_number_are_the_same(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 1)->state = HF_WITHDRAWN;
    expect("1.0.0", 1, NOTHING);
    assert_int_equal(d.release->patch, 1);
    release_add(m, 3, "1.0.x", 1);
    expect("1.0.0", 1, NOTHING);
    assert_int_equal(d.release->patch, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        decide_test(rule_1_an_expired_manifest_decides_nothing),
        decide_test(rule_1_a_version_must_parse),
        decide_test(rule_2_the_newest_release_is_the_candidate),
        decide_test(rule_2_only_live_releases_are_candidates),
        decide_test(rule_2_the_target_must_hold_the_version),
        decide_test(rule_2_the_rollout_must_hold_the_device),
        decide_test(rule_2_without_a_client_id_only_whole_rollouts),
        decide_test(rule_2_revoked_bytes_are_no_candidate_under_any_number),
        decide_test(rule_2_what_the_device_gave_up_on_is_no_candidate),
        decide_test(rule_2_an_unknown_critical_member_is_no_candidate),
        decide_test(rule_3_who_has_the_candidate_has_nothing_to_do),
        decide_test(rule_3_the_same_bytes_under_another_number_are_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
