/* test_patchstate.c: what may be done to a published release, and what devices get then. */
#include "publisher/patchstate.h"

#include "tests/unit/deciding.h"

static struct hf_err err;

static int edit(enum hf_patch_act act, int64_t patch, struct hf_patch_edit *e)
{
    memset(e, 0, sizeof *e);
    memset(&err, 0, sizeof err);
    e->act = act;
    e->patch = patch;
    e->rollout = 2500;
    return hf_patchstate_edit(m, e, &err);
}

/* Each act in each state: C changes to the state named, N nothing, R refused. Written out once more, apart from the code's table. */
static void test_every_transition(void **state)
{
    static const struct {
        enum hf_patch_act act;
        enum hf_state from;
        int rc;
        enum hf_state to;
        const char *words;
    } all[] = {
        {HF_ACT_ROLLOUT, HF_LIVE, 0, HF_LIVE, NULL},
        {HF_ACT_ROLLOUT, HF_PAUSED, 0, HF_PAUSED, NULL},
        {HF_ACT_ROLLOUT, HF_WITHDRAWN, -1, HF_WITHDRAWN, "publish the fix again"},
        {HF_ACT_ROLLOUT, HF_REVOKED, -1, HF_REVOKED, "publish another fix"},
        {HF_ACT_PAUSE, HF_LIVE, 0, HF_PAUSED, NULL},
        {HF_ACT_PAUSE, HF_PAUSED, 1, HF_PAUSED, "it is paused already"},
        {HF_ACT_PAUSE, HF_WITHDRAWN, -1, HF_WITHDRAWN, "it was rolled back, which stops more than a pause"},
        {HF_ACT_PAUSE, HF_REVOKED, -1, HF_REVOKED, "it is revoked, which stops more than a pause"},
        {HF_ACT_RESUME, HF_LIVE, 1, HF_LIVE, "it is live already"},
        {HF_ACT_RESUME, HF_PAUSED, 0, HF_LIVE, NULL},
        {HF_ACT_RESUME, HF_WITHDRAWN, -1, HF_WITHDRAWN, "publish the fix again, with a new number"},
        {HF_ACT_RESUME, HF_REVOKED, -1, HF_REVOKED, "its bytes may never be offered again"},
        {HF_ACT_ROLLBACK, HF_LIVE, 0, HF_WITHDRAWN, NULL},
        {HF_ACT_ROLLBACK, HF_PAUSED, 0, HF_WITHDRAWN, NULL},
        {HF_ACT_ROLLBACK, HF_WITHDRAWN, 1, HF_WITHDRAWN, "it is rolled back already"},
        {HF_ACT_ROLLBACK, HF_REVOKED, 1, HF_REVOKED, "devices leave it already"},
        {HF_ACT_REVOKE, HF_LIVE, 0, HF_REVOKED, NULL},
        {HF_ACT_REVOKE, HF_PAUSED, 0, HF_REVOKED, NULL},
        {HF_ACT_REVOKE, HF_WITHDRAWN, 0, HF_REVOKED, NULL},
        {HF_ACT_REVOKE, HF_REVOKED, 1, HF_REVOKED, "it is revoked already"},
    };
    struct hf_patch_edit e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        hf_manifest_free(m);
        m = manifest_new();
        release_add(m, 1, "1.0.0", 1)->state = all[i].from;
        if (all[i].from == HF_REVOKED)
            revoke(m, 1);
        assert_int_equal(edit(all[i].act, 1, &e), all[i].rc);
        assert_int_equal(m->releases[0].state, all[i].to);
        assert_int_equal(e.was, all[i].from);
        if (all[i].rc == 0)
            assert_null(e.nothing);
        if (all[i].rc == 1)
            assert_non_null(strstr(e.nothing, all[i].words));
        if (all[i].rc == -1) {
            assert_int_equal(err.code, HF_E_POLICY);
            assert_non_null(strstr(err.msg, all[i].words));
            assert_non_null(strstr(err.msg, "patch 1"));
        }
    }
}

static void test_a_rollout_keeps_the_salt(void **state)
{
    struct hf_patch_edit e;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    assert_int_equal(edit(HF_ACT_ROLLOUT, 1, &e), 0);
    assert_int_equal(m->releases[0].rollout, 2500);
    assert_int_equal(e.rollout_was, HF_ROLLOUT_ALL);
    assert_string_equal(m->releases[0].salt, SALT);
    assert_int_equal(edit(HF_ACT_ROLLOUT, 1, &e), 1);
    assert_non_null(e.nothing);
}

static void test_patches_that_are_not_there(void **state)
{
    struct hf_patch_edit e;

    (void)state;
    release_add(m, 3, "1.0.0", 1);
    assert_int_equal(edit(HF_ACT_PAUSE, 4, &e), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_non_null(strstr(err.msg, "the newest number is 3"));
    assert_int_equal(edit(HF_ACT_PAUSE, 2, &e), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_non_null(strstr(err.msg, "newer releases took its place"));
}

static void test_the_newest_live_one_of_the_only_target(void **state)
{
    struct hf_patch_edit e;

    (void)state;
    assert_int_equal(edit(HF_ACT_ROLLBACK, 0, &e), -1);
    assert_int_equal(err.code, HF_E_POLICY);
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0", 2);
    release_add(m, 3, "1.0.0", 3)->state = HF_PAUSED;
    assert_int_equal(edit(HF_ACT_ROLLBACK, 0, &e), 0);
    assert_int_equal(e.patch, 2);
    assert_int_equal(m->releases[1].state, HF_WITHDRAWN);
    /* The same edit once more, after a lost race: it still means patch 2, and goes back no further. */
    assert_int_equal(hf_patchstate_edit(m, &e, &err), 1);
    assert_int_equal(e.patch, 2);
    assert_int_equal(m->releases[2].state, HF_LIVE);
    release_add(m, 4, "2.x", 4);
    assert_int_equal(edit(HF_ACT_ROLLBACK, 0, &e), -1);
    assert_int_equal(err.code, HF_E_USAGE);
    assert_non_null(strstr(err.msg, "patch 4 for 2.x, patch 1 for 1.0.0"));
    assert_int_equal(e.patch, 0);
}

static void test_many_targets_are_counted(void **state)
{
    struct hf_patch_edit e;
    char target[16];
    int64_t i;

    (void)state;
    for (i = 1; i <= 40; i++) {
        snprintf(target, sizeof target, "1.0.%d", (int)i);
        release_add(m, i, target, 1);
    }
    assert_int_equal(edit(HF_ACT_ROLLBACK, 0, &e), -1);
    assert_non_null(strstr(err.msg, " and 34 more"));
}

static void test_revoking_takes_all_releases_with_these_bytes(void **state)
{
    struct hf_patch_edit e;

    (void)state;
    release_add(m, 1, "1.0.0", 7);
    release_add(m, 2, "1.0.0", 2);
    release_add(m, 3, "2.0.0", 7)->state = HF_PAUSED;
    release_add(m, 4, "3.0.0", 7)->state = HF_WITHDRAWN;
    release_add(m, 5, "4.0.0", 0);
    assert_int_equal(edit(HF_ACT_REVOKE, 1, &e), 0);
    assert_int_equal(e.also, 2);
    assert_int_equal(m->releases[4].state, HF_REVOKED);
    assert_int_equal(m->releases[3].state, HF_LIVE);
    assert_int_equal(m->releases[2].state, HF_REVOKED);
    assert_int_equal(m->releases[1].state, HF_REVOKED);
    assert_int_equal(m->releases[0].state, HF_LIVE);
    assert_int_equal(m->revoked_count, 1);
    assert_true(hf_manifest_revoked(m, sum_of(7)));
    /* Devices leave it on every target. */
    expect("1.0.0", 7, 2);
    expect("2.0.0", 7, REMOVE);
    assert_int_equal(edit(HF_ACT_REVOKE, 5, &e), -1);
    assert_int_equal(err.code, HF_E_POLICY);
    assert_non_null(strstr(err.msg, "no file"));
}

static void test_revoked_has_a_limit(void **state)
{
    struct hf_patch_edit e;
    size_t i;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    m->revoked = calloc(HF_MANIFEST_MAX_REVOKED, sizeof *m->revoked);
    assert_non_null(m->revoked);
    for (i = 0; i < HF_MANIFEST_MAX_REVOKED; i++)
        snprintf(m->revoked[i], sizeof m->revoked[i], "%064zx", i);
    m->revoked_count = HF_MANIFEST_MAX_REVOKED;
    assert_int_equal(edit(HF_ACT_REVOKE, 1, &e), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_int_equal(m->releases[0].state, HF_LIVE);
}

/* The reason is written, read again, and gone when the release is live again. */
static void test_the_reason_is_kept_in_the_manifest(void **state)
{
    struct hf_patch_edit e = {.act = HF_ACT_PAUSE, .patch = 1, .reason = "crashes on \"old\" ones\nsince noon"};
    struct hf_manifest *back = NULL;
    struct hf_buf text;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    assert_int_equal(hf_patchstate_edit(m, &e, &err), 0);
    hf_buf_init(&text, HF_MANIFEST_MAX_BYTES);
    assert_int_equal(hf_manifest_write(&text, m, &err), 0);
    assert_int_equal(hf_manifest_parse(&back, text.p, text.n, &err), 0);
    hf_buf_free(&text);
    assert_string_equal(back->releases[0].reason, e.reason);
    hf_manifest_free(m);
    m = back;
    assert_int_equal(edit(HF_ACT_RESUME, 1, &e), 0);
    assert_null(m->releases[0].reason);
    assert_int_equal(hf_manifest_write(&text, m, &err), 0);
    assert_null(strstr(text.p, "reason"));
    hf_buf_free(&text);
}

static void test_what_devices_get_next(void **state)
{
    struct hf_patch_next next;
    struct hf_release *r;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.x", 2)->rollout = 2500;
    release_add(m, 3, "1.0.0", 3)->state = HF_PAUSED;
    release_add(m, 4, "1.0.0", 4)->rollout = 0;
    release_add(m, 5, "2.0.0", 5);
    r = release_add(m, 6, "1.0.0", 6);
    r->state = HF_WITHDRAWN;
    hf_patchstate_next(&next, m, r);
    assert_int_equal(next.n, 2);
    assert_int_equal(next.of[0]->patch, 2);
    assert_int_equal(next.of[1]->patch, 1);
    assert_int_equal(next.shipped, 0);
    /* A range goes back to what is for some of it only, and to the app as shipped for the rest. */
    r = release_add(m, 7, "1.x", 6);
    r->state = HF_WITHDRAWN;
    hf_patchstate_next(&next, m, r);
    assert_int_equal(next.n, 2);
    assert_int_equal(next.shipped, 1);
    revoke(m, 1);
    revoke(m, 2);
    hf_patchstate_next(&next, m, &m->releases[1]);
    assert_int_equal(next.n, 0);
    assert_int_equal(next.shipped, 1);
}

/* A thousand devices: how many get patch 1 (its bit in the answer), by the decision itself. */
static int devices_in(unsigned char in[1000])
{
    char id[32];
    int i, n = 0;

    for (i = 0; i < 1000; i++) {
        struct hf_facts r = {.version = "1.0.0", .client = id};

        snprintf(id, sizeof id, "device-%04d", i);
        assert_int_equal(hf_decide(&d, m, &r, NOW, &err), 0);
        in[i] = d.action == HF_INSTALL;
        n += in[i];
    }
    return n;
}

/* Four standard deviations around a share of 1,000: once in 16,000 draws would be outside, and the draws are fixed. */
static void test_a_rollout_reaches_its_share_and_growing_drops_nobody(void **state)
{
    static const struct {
        int rollout, low, high;
    } steps[] = {{0, 0, 0}, {100, 0, 22}, {500, 22, 78}, {2500, 196, 304}, {5000, 437, 563}, {7500, 696, 804}, {10000, 1000, 1000}};
    static const char *const salts[] = {"9f2c01d4a6b7e853", "00", "0123456789abcdef0123456789abcdef"};
    unsigned char before[1000], in[1000];
    struct hf_patch_edit e;
    size_t s, i;
    int k, n;

    (void)state;
    release_add(m, 1, "1.0.0", 1);
    for (s = 0; s < sizeof salts / sizeof salts[0]; s++) {
        strcpy(m->releases[0].salt, salts[s]);
        memset(before, 0, sizeof before);
        for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            e = (struct hf_patch_edit){.act = HF_ACT_ROLLOUT, .patch = 1, .rollout = steps[i].rollout};
            assert_true(hf_patchstate_edit(m, &e, &err) >= 0);
            n = devices_in(in);
            if (n < steps[i].low || n > steps[i].high)
                fail_msg("%d of 10,000 reached %d of 1,000 devices", steps[i].rollout, n);
            for (k = 0; k < 1000; k++)
                if (before[k] && !in[k])
                    fail_msg("device %d was dropped at %d", k, steps[i].rollout);
            memcpy(before, in, sizeof before);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        decide_test(test_every_transition),
        decide_test(test_a_rollout_keeps_the_salt),
        decide_test(test_patches_that_are_not_there),
        decide_test(test_the_newest_live_one_of_the_only_target),
        decide_test(test_many_targets_are_counted),
        decide_test(test_revoking_takes_all_releases_with_these_bytes),
        decide_test(test_revoked_has_a_limit),
        decide_test(test_the_reason_is_kept_in_the_manifest),
        decide_test(test_what_devices_get_next),
        decide_test(test_a_rollout_reaches_its_share_and_growing_drops_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
