/* test_inherit.c: which releases hold back a new one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "publisher/inherit.h"
#include "tests/unit/releases.h"

static struct hf_manifest *m;
static struct hf_held held;

static int begin(void **state)
{
    (void)state;
    m = manifest_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    hf_manifest_free(m);
    return 0;
}

static struct hf_release *add(int64_t patch, const char *target, int rollout)
{
    struct hf_release *r = release_add(m, patch, target, 1);

    r->rollout = rollout;
    return r;
}

static void look(const char *target)
{
    struct hf_range *range = NULL;

    assert_int_equal(hf_range_parse(&range, target, NULL), 0);
    hf_inherit(&held, m, range);
    hf_range_free(range);
}

static void nothing_is_held_back_by_an_empty_or_a_full_channel(void **state)
{
    struct hf_range *range = NULL;

    (void)state;
    assert_int_equal(hf_range_parse(&range, "1.0.0", NULL), 0);
    hf_inherit(&held, NULL, range);
    hf_range_free(range);
    assert_null(held.rollout);
    add(1, "1.0.0", HF_ROLLOUT_ALL);
    look("1.0.0");
    assert_null(held.rollout);
    assert_null(held.pause);
}

static void the_lowest_rollout_of_overlapping_targets_counts(void **state)
{
    (void)state;
    add(1, "1.0.0", 500);
    add(2, "1.0.1", 5000);
    add(3, "2.0.0", 1);
    look("1.0.x");
    assert_int_equal(held.rollout->patch, 1);
    look("1.0.1");
    assert_int_equal(held.rollout->patch, 2);
    look("3.0.0");
    assert_null(held.rollout);
}

static void a_newer_release_for_everyone_ends_it_for_its_own_target_alone(void **state)
{
    (void)state;
    add(1, "1.0.0", 500);
    add(2, "1.0.x", HF_ROLLOUT_ALL);
    look("1.0.0");
    assert_int_equal(held.rollout->patch, 1);
    add(3, "1.0.0", HF_ROLLOUT_ALL);
    look("1.0.0");
    assert_null(held.rollout);
}

static void what_a_rollback_made_ends_nothing(void **state)
{
    (void)state;
    add(1, "1.0.0", 500);
    add(2, "1.0.0", HF_ROLLOUT_ALL)->instead = 1;
    look("1.0.0");
    assert_int_equal(held.rollout->patch, 1);
}

static void a_pause_holds_whatever_the_rollout(void **state)
{
    (void)state;
    add(1, "1.0.0", HF_ROLLOUT_ALL)->state = HF_PAUSED;
    add(2, "1.0.0", 500);
    look("1.0.0");
    assert_int_equal(held.pause->patch, 1);
    assert_int_equal(held.rollout->patch, 2);
    add(3, "1.0.0", HF_ROLLOUT_ALL)->state = HF_PAUSED;
    look("1.0.0");
    assert_int_equal(held.pause->patch, 3);
}

static void what_is_rolled_back_or_revoked_holds_nothing_back(void **state)
{
    (void)state;
    add(1, "1.0.0", 500)->state = HF_WITHDRAWN;
    add(2, "1.0.0", 500)->state = HF_REVOKED;
    look("1.0.0");
    assert_null(held.rollout);
    assert_null(held.pause);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_held_back_by_an_empty_or_a_full_channel, begin, end),
        cmocka_unit_test_setup_teardown(the_lowest_rollout_of_overlapping_targets_counts, begin, end),
        cmocka_unit_test_setup_teardown(a_newer_release_for_everyone_ends_it_for_its_own_target_alone, begin, end),
        cmocka_unit_test_setup_teardown(what_a_rollback_made_ends_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_pause_holds_whatever_the_rollout, begin, end),
        cmocka_unit_test_setup_teardown(what_is_rolled_back_or_revoked_holds_nothing_back, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
