/* test_takeover.c: what a new release begins with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "publisher/takeover.h"
#include "tests/unit/releases.h"

struct shop {
    struct hf_manifest *then, *now; /* when it was pushed, and when it is released */
    struct hf_params params;
    struct hf_over over;
    struct hf_leftover left;
    struct hf_release rel;
    char words[HF_TAKEOVER_WORDS];
};

static int begin(void **state)
{
    static struct shop s;

    memset(&s, 0, sizeof s);
    s.then = manifest_new();
    s.now = manifest_new();
    hf_params_init(&s.params);
    s.params.rollout = HF_ROLLOUT_ALL;
    s.params.rollout_default = 1;
    s.over.rollout = s.left.rollout = HF_ROLLOUT_ALL;
    *state = &s;
    return 0;
}

static int end(void **state)
{
    struct shop *s = *state;

    hf_release_clear(&s->rel);
    hf_manifest_free(s->then);
    hf_manifest_free(s->now);
    return 0;
}

static struct hf_release *add(struct hf_manifest *m, int64_t patch, int rollout, enum hf_state state)
{
    struct hf_release *r = release_add(m, patch, "1.0.0", 1);

    r->rollout = rollout;
    r->state = state;
    return r;
}

static void take(struct shop *s)
{
    struct hf_range *range = NULL;
    struct hf_takeover t = { .params = &s->params, .over = &s->over, .left = &s->left, .then = s->then };

    hf_release_clear(&s->rel);
    memset(&s->rel, 0, sizeof s->rel);
    assert_int_equal(hf_range_parse(&range, "1.0.0", NULL), 0);
    t.range = range;
    assert_int_equal(hf_takeover(&s->rel, s->words, &t, s->now, NULL), 0);
    hf_range_free(range);
}

static void the_lowest_of_all_bounds(void **state)
{
    struct shop *s = *state;

    take(s);
    assert_int_equal(s->rel.rollout, HF_ROLLOUT_ALL);
    assert_string_equal(s->words, "");
    assert_int_equal(strlen(s->rel.salt), 16);
    add(s->now, 1, 3000, HF_LIVE);
    take(s);
    assert_int_equal(s->rel.rollout, 3000);
    assert_string_equal(s->rel.salt, s->now->releases[0].salt);
    assert_non_null(strstr(s->words, "30% of devices, as patch 1; the same devices get it"));
    s->over.rollout = 2000;
    s->over.of = 7;
    take(s);
    assert_int_equal(s->rel.rollout, 2000);
    assert_non_null(strstr(s->words, "20% of devices, as patch 7 had when it was taken back"));
    s->left.rollout = 500;
    strcpy(s->left.commit, "1234567890abcdef");
    take(s);
    assert_int_equal(s->rel.rollout, 500);
    assert_non_null(strstr(s->words, "5% of devices, as the push of 1234567890ab asked, which was never released"));
    assert_string_equal(s->rel.salt, s->now->releases[0].salt);
}

static void what_is_named_answers_for_what_was_there(void **state)
{
    struct shop *s = *state;

    add(s->then, 1, 3000, HF_PAUSED);
    add(s->now, 1, 3000, HF_PAUSED);
    s->over.rollout = s->left.rollout = 500;
    s->params.rollout_default = 0;
    s->params.live = 1;
    take(s);
    assert_int_equal(s->rel.rollout, HF_ROLLOUT_ALL);
    assert_int_equal(s->rel.state, HF_LIVE);
    assert_string_equal(s->words, "");
    s->params.live = 0; /* a rollout does not lift a pause */
    take(s);
    assert_int_equal(s->rel.state, HF_PAUSED);
}

static void what_is_named_does_not_answer_for_what_came_later(void **state)
{
    struct shop *s = *state;

    add(s->then, 1, 5000, HF_LIVE);
    add(s->now, 1, 3000, HF_PAUSED)->reason = strdup("stop");
    s->params.rollout_default = 0;
    s->params.live = 1;
    take(s);
    assert_int_equal(s->rel.rollout, 3000);
    assert_int_equal(s->rel.state, HF_PAUSED);
    assert_string_equal(s->rel.reason, "stop");
    assert_non_null(strstr(s->words, "30% of devices, as patch 1 since this was pushed"));
    assert_non_null(strstr(s->words, "paused, as patch 1 since this was pushed"));
    s->params.rollout = 100; /* lower than that: what is named is enough */
    take(s);
    assert_int_equal(s->rel.rollout, 100);
    /* A release that came later, and one that nobody knows the age of. */
    s->params.rollout = HF_ROLLOUT_ALL;
    hf_manifest_free(s->then);
    s->then = NULL;
    take(s);
    assert_int_equal(s->rel.rollout, 3000);
    assert_int_equal(s->rel.state, HF_PAUSED);
}

static void a_raise_by_hand_is_no_bound(void **state)
{
    struct shop *s = *state;

    add(s->then, 1, 500, HF_LIVE);
    add(s->now, 1, 5000, HF_LIVE);
    s->params.rollout_default = 0;
    take(s);
    assert_int_equal(s->rel.rollout, HF_ROLLOUT_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_lowest_of_all_bounds, begin, end),
        cmocka_unit_test_setup_teardown(what_is_named_answers_for_what_was_there, begin, end),
        cmocka_unit_test_setup_teardown(what_is_named_does_not_answer_for_what_came_later, begin, end),
        cmocka_unit_test_setup_teardown(a_raise_by_hand_is_no_bound, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
