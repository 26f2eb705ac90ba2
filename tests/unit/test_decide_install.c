/* test_decide_install.c: who gets what: what is installed, how, and how soon (rule 7); rollouts; devices that know little. */
#include "tests/unit/deciding.h"

static struct hf_delta *give_delta(struct hf_release *rel, int from, const char *codec)
{
    struct hf_delta *p = reallocarray(rel->deltas, rel->delta_count + 1, sizeof *p);

    assert_non_null(p);
    rel->deltas = p;
    p += rel->delta_count++;
    memset(p, 0, sizeof *p);
    strcpy(p->from, sum_of(from));
    strcpy(p->codec, codec);
    return p;
}

static void rule_7_the_candidate_is_installed(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    expect("1.0.0", 0, 1);
    assert_ptr_equal(d.release, &m->releases[0]);
    assert_null(d.delta);
    expect("1.0.0", 9, 1); /* unknown bytes count for nothing */
}

static void rule_7_with_the_delta_from_what_the_device_has(void **state)
{
    struct hf_facts r = device("1.0.0", 0);

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2);
    release_add(m, 3, "1.0.0", 3);
    give_delta(&m->releases[0], 1, "zstd");
    give_delta(&m->releases[0], 2, "zstd");
    expect("1.0.0", 2, 3);
    assert_ptr_equal(d.delta, &m->releases[0].deltas[1]);
    expect("1.0.0", 1, 3);
    assert_ptr_equal(d.delta, &m->releases[0].deltas[0]);
    expect("1.0.0", 9, 3);
    assert_null(d.delta);
    expect("1.0.0", 0, 3);
    assert_null(d.delta);
    r.md5 = md5_of(2); /* a client that knows no SHA-256 knows no deltas */
    expect_for(r, 3);
    assert_null(d.delta);
}

static void rule_7_a_way_back_may_have_a_delta_too(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    give_delta(&m->releases[0], 2, "zstd");
    release_add(m, 2, "1.0.0", 2)->state = HF_WITHDRAWN;
    expect("1.0.0", 2, 1);
    assert_non_null(d.delta);
}

static void rule_7_the_priority_is_the_candidates(void **state)
{
    static const enum hf_priority all[] = {HF_IDLE, HF_NORMAL, HF_MANDATORY};
    size_t i;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    for (i = 0; i < 3; i++) {
        m->releases[0].priority = all[i];
        expect("1.0.0", 0, 1);
        assert_int_equal(d.priority, all[i]);
    }
}

static void rule_7_a_missed_stronger_priority_counts(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2)->priority = HF_MANDATORY;
    release_add(m, 3, "1.0.0", 3)->priority = HF_IDLE;
    expect("1.0.0", 1, 3);
    assert_int_equal(d.priority, HF_MANDATORY);
    expect("1.0.0", 0, 3); /* who has nothing missed them all */
    assert_int_equal(d.priority, HF_MANDATORY);
    expect("1.0.0", 9, 3);
    assert_int_equal(d.priority, HF_MANDATORY);
    expect("1.0.0", 2, 3); /* has it */
    assert_int_equal(d.priority, HF_IDLE);
}

static void rule_7_what_rule_2_does_not_admit_is_not_missed(void **state)
{
    struct hf_facts r = device("1.0.0", 1);
    struct hf_release *missed;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2)->priority = HF_MANDATORY;
    release_add(m, 3, "1.0.0", 3);
    missed = &m->releases[1];
    expect("1.0.0", 1, 3);
    assert_int_equal(d.priority, HF_MANDATORY);
    missed->state = HF_WITHDRAWN;
    expect("1.0.0", 1, 3);
    assert_int_equal(d.priority, HF_NORMAL);
    missed->state = HF_LIVE;
    missed->rollout = 0;
    expect("1.0.0", 1, 3);
    assert_int_equal(d.priority, HF_NORMAL);
    missed->rollout = HF_ROLLOUT_ALL;
    r.failed[0] = sum_of(2);
    r.failed_count = 1;
    expect_for(r, 3);
    assert_int_equal(d.priority, HF_NORMAL);
    revoke(m, 2);
    expect("1.0.0", 1, 3);
    assert_int_equal(d.priority, HF_NORMAL);
}

static void rule_7_the_way_back_has_the_priority_of_what_it_goes_to(void **state)
{
    (void)state;
    release_add(m, 1, "1.0.0", 1)->priority = HF_IDLE;
    release_add(m, 2, "1.0.0", 2)->priority = HF_MANDATORY;
    m->releases[0].state = HF_WITHDRAWN;
    expect("1.0.0", 2, 1);
    assert_int_equal(d.priority, HF_IDLE);
}

static void a_device_with_only_an_md5_is_served(void **state)
{
    struct hf_facts r = device("1.0.0", 0);
    char upper[HF_MD5_HEX + 1];

    (void)state;
    release_add(m, 1, "1.0.0", 10);
    release_add(m, 2, "1.0.0", 11);
    r.sha256 = NULL;
    r.client = NULL;
    r.md5 = md5_of(10);
    expect_for(r, 2);
    memset(upper, 'B', HF_MD5_HEX);
    upper[HF_MD5_HEX] = '\0';
    r.md5 = upper;
    expect_for(r, NOTHING);
    assert_int_equal(d.up_to_date, 1);
    m->releases[0].state = HF_WITHDRAWN;
    expect_for(r, 1);
    r.md5 = "";
    expect_for(r, 1);
}

static void the_sha256_wins_over_the_md5(void **state)
{
    struct hf_facts r = device("1.0.0", 1);

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.0", 2);
    r.md5 = md5_of(2);
    expect_for(r, 2);
}

static void a_changed_target_moves_devices(void **state)
{
    /* 1.0.x was too wide: withdrawn, and published again for 1.0.0 alone. */
    (void)state;
    release_add(m, 1, "1.0.x", 1)->state = HF_WITHDRAWN;
    release_add(m, 2, "1.0.0", 1);
    expect("1.0.0", 1, NOTHING);
    expect("1.0.1", 1, REMOVE);
    expect("1.0.0", 0, 2);
    expect("1.0.1", 0, NOTHING);
}

static void reasons_name_each_rule(void **state)
{
    struct hf_facts r = device("1.0.0", 0);
    struct hf_version v;
    struct hf_release *rel;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    rel = &m->releases[0];
    assert_int_equal(hf_version_parse(&v, "1.0.0", 5, NULL), 0);
    assert_string_equal(hf_why_not(m, rel, &v, &r), "");
    rel->rollout = 1;
    assert_string_equal(hf_why_not(m, rel, &v, &r), "the device is not in its rollout");
    r.failed[0] = sum_of(1);
    r.failed_count = 1;
    assert_string_equal(hf_why_not(m, rel, &v, &r), "the device gave up on it");
    revoke(m, 1);
    assert_string_equal(hf_why_not(m, rel, &v, &r), "its bytes are revoked");
    assert_int_equal(hf_version_parse(&v, "1.0.1", 5, NULL), 0);
    assert_string_equal(hf_why_not(m, rel, &v, &r), "for other versions");
    rel->unknown_critical = 1;
    assert_string_equal(hf_why_not(m, rel, &v, &r), "needs a newer hotfix than this one");
    rel->state = HF_PAUSED;
    assert_string_equal(hf_why_not(m, rel, &v, &r), "paused");
    rel->state = HF_WITHDRAWN;
    assert_string_equal(hf_why_not(m, rel, &v, &r), "withdrawn");
    rel->state = HF_REVOKED;
    assert_string_equal(hf_why_not(m, rel, &v, &r), "revoked");
}

static void the_rollout_vectors(void **state)
{
    (void)state;
    assert_int_equal(hf_rollout_bucket(SALT, "client-0001"), 8590);
    assert_int_equal(hf_rollout_bucket(SALT, "6fa459ea-ee8a-3ca4-894e-db77e160355e"), 4842);
    assert_int_equal(hf_rollout_bucket("00", "a"), 7835);
    assert_int_equal(hf_rollout_bucket(SALT, "\xe8\xae\xbe\xe5\xa4\x87-7"), 5912);
}

#define DEVICES 1000

static void a_growing_rollout_drops_nobody(void **state)
{
    static const int steps[] = {0, 100, 1000, 2500, 2501, 5000, 9999, 10000};
    unsigned char in[DEVICES] = {0};
    char id[32];
    struct hf_facts r = device("1.0.0", 0);
    size_t s;
    int i, before = 0, now;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    r.client = id;
    for (s = 0; s < sizeof steps / sizeof *steps; s++) {
        m->releases[0].rollout = steps[s];
        for (i = now = 0; i < DEVICES; i++) {
            snprintf(id, sizeof id, "device-%d", i);
            assert_int_equal(hf_decide(&d, m, &r, NOW, NULL), 0);
            if (in[i] && d.action != HF_INSTALL)
                fail_msg("%s was in, and is out at %d", id, steps[s]);
            in[i] = d.action == HF_INSTALL;
            now += in[i];
        }
        assert_true(now >= before);
        /* Within five standard deviations (at most 16 each) of the share that was asked for. */
        assert_true(abs(now - steps[s] * DEVICES / HF_ROLLOUT_ALL) <= 80);
        before = now;
    }
    assert_int_equal(before, DEVICES);
}

static void another_salt_draws_other_devices(void **state)
{
    char id[32];
    int i, both = 0;

    (void)state;
    for (i = 0; i < DEVICES; i++) {
        snprintf(id, sizeof id, "device-%d", i);
        both += hf_rollout_holds(5000, SALT, id) && hf_rollout_holds(5000, "9f2c01d4a6b7e854", id);
    }
    assert_true(abs(both - DEVICES / 4) <= 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        decide_test(rule_7_the_candidate_is_installed),
        decide_test(rule_7_with_the_delta_from_what_the_device_has),
        decide_test(rule_7_a_way_back_may_have_a_delta_too),
        decide_test(rule_7_the_priority_is_the_candidates),
        decide_test(rule_7_a_missed_stronger_priority_counts),
        decide_test(rule_7_what_rule_2_does_not_admit_is_not_missed),
        decide_test(rule_7_the_way_back_has_the_priority_of_what_it_goes_to),
        decide_test(a_device_with_only_an_md5_is_served),
        decide_test(the_sha256_wins_over_the_md5),
        decide_test(a_changed_target_moves_devices),
        decide_test(reasons_name_each_rule),
        decide_test(the_rollout_vectors),
        decide_test(a_growing_rollout_drops_nobody),
        decide_test(another_salt_draws_other_devices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
