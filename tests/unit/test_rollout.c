/* test_rollout.c: percentages, and which devices they mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/rollout.h"

static void percentages(void **state)
{
    static const struct {
        const char *text;
        int value;
        const char *back;
    } good[] = {{"25%", 2500, "25%"},    {"0.5%", 50, "0.5%"},   {"12.34%", 1234, "12.34%"}, {"0%", 0, "0%"},
                {"100%", 10000, "100%"}, {"100.00%", 10000, "100%"}, {"0.05%", 5, "0.05%"},   {"99.99%", 9999, "99.99%"},
                {"7.10%", 710, "7.1%"},  {"0.01%", 1, "0.01%"},  {"10.0%", 1000, "10%"}};
    char text[8];
    size_t i;
    int v;

    (void)state;
    for (i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(hf_percent_parse(&v, good[i].text, NULL), 0);
        assert_int_equal(v, good[i].value);
        hf_percent_format(text, v);
        assert_string_equal(text, good[i].back);
    }
    for (i = 0; i <= 10000; i++) { /* what is written can be read */
        hf_percent_format(text, (int)i);
        assert_int_equal(hf_percent_parse(&v, text, NULL), 0);
        assert_int_equal(v, i);
    }
}

static void wrong_percentages_say_the_right_form(void **state)
{
    static const struct {
        const char *text, *msg;
    } bad[] = {
        {"25", "'25' has no unit: write 25%"},
        {"100", "'100' has no unit: write 100%"},
        {"250%", "'250%' is more than 100%"},
        {"100.01%", "'100.01%' is more than 100%"},
        {"99999999999999999999%", "'99999999999999999999%' is more than 100%"},
        {"0.125%", "'0.125%' has more than two decimals"},
        {"", "'' is not a percentage: write 25% or 0.5%, from 0% to 100%"},
        {"0.25", "'0.25' is not a percentage: write 25% or 0.5%, from 0% to 100%"},
        {"%", NULL}, {".5%", NULL}, {"5.%", NULL}, {"25 %", NULL}, {" 25%", NULL}, {"25%%", NULL}, {"-1%", NULL}, {"+1%", NULL},
        {"1e1%", NULL}, {"025%", NULL}, {"25%x", NULL}, {"1,5%", NULL}, {"all", NULL}, {"2 5%", NULL}, {"25\n%", NULL},
    };
    struct hf_err err;
    size_t i;
    int v = 77;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_percent_parse(&v, bad[i].text, &err) != -1)
            fail_msg("'%s' accepted", bad[i].text);
        assert_int_equal(err.code, HF_E_INPUT);
        if (bad[i].msg != NULL)
            assert_string_equal(err.msg, bad[i].msg);
    }
    assert_int_equal(v, 77);
}

static void buckets_match_the_documented_vectors(void **state)
{
    char id[HF_CLIENT_ID_MAX + 2];

    (void)state;
    assert_int_equal(hf_rollout_bucket("9f2c01d4a6b7e853", "client-0001"), 8590);
    assert_int_equal(hf_rollout_bucket("9f2c01d4a6b7e853", "6fa459ea-ee8a-3ca4-894e-db77e160355e"), 4842);
    assert_int_equal(hf_rollout_bucket("00", "a"), 7835);
    assert_int_equal(hf_rollout_bucket("9f2c01d4a6b7e853", "\xe8\xae\xbe\xe5\xa4\x87-7"), 5912);
    memset(id, 'a', sizeof id);
    id[HF_CLIENT_ID_MAX] = '\0';
    assert_true(hf_rollout_bucket("00", id) >= 0);
    id[HF_CLIENT_ID_MAX] = 'a'; /* refused, never cut: two devices must not share a bucket by that */
    id[HF_CLIENT_ID_MAX + 1] = '\0';
    assert_int_equal(hf_rollout_bucket("00", id), -1);
    assert_int_equal(hf_rollout_holds(9999, "00", id), 0);
}

static void who_is_in(void **state)
{
    (void)state;
    assert_int_equal(hf_rollout_holds(7835, "00", "a"), 0);
    assert_int_equal(hf_rollout_holds(7836, "00", "a"), 1);
    assert_int_equal(hf_rollout_holds(0, "00", "a"), 0);
    assert_int_equal(hf_rollout_holds(9999, "00", NULL), 0);
    assert_int_equal(hf_rollout_holds(9999, "00", ""), 0);
    assert_int_equal(hf_rollout_holds(10000, "00", NULL), 1);
    assert_int_equal(hf_rollout_holds(10000, "00", ""), 1);
    assert_int_equal(hf_rollout_holds(10000, "00", "a"), 1);
}

/* Ids that programs send when they have none: in at 100 % only, like no id at all. */
static void ids_of_nobody_are_none(void **state)
{
    static const char *const nobody[] = {
        "", " ", "\t\r\n", "-", "{}", "()", "\"\"", "0", "00", "0000000000000000", " 000000000000000 ",
        "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", " { 00000000-0000-0000-0000-000000000000 } ",
        "(00000000-0000-0000-0000-000000000000)", "00:00:00:00:00:00", "0.0.0.0", "null", "NULL", "Null", "(null)", "(NULL)", "<null>",
        "{null}", "\"null\"", "'null'", " null ", "nil", "<nil>", "Nil", "none", "None", "NONE", "undefined", "Undefined", "[undefined]",
        "unknown", "UNKNOWN", "unknown\n", "{Unknown}", "\x7fnull\x01",
    };
    static const char *const real[] = {
        "a", "1", "10", "01", "0a", "client-0001", "device-0", "null-1", "nulls", "annul", "nullable", "none of these", "nil0", "0nil",
        "unknown device 7", "un-known", "no ne", "00000000-0000-0000-0000-000000000001", "{00000000-0000-0000-0000-0000000000a0}",
        "6fa459ea-ee8a-3ca4-894e-db77e160355e", "\xe8\xae\xbe", "null\xe5\xa4\x87", "\xef\xbc\x90",
    };
    size_t i;

    (void)state;
    assert_false(hf_client_id_real(NULL));
    for (i = 0; i < sizeof nobody / sizeof *nobody; i++) {
        if (hf_client_id_real(nobody[i]) || hf_rollout_holds(9999, "00", nobody[i]) || !hf_rollout_holds(10000, "00", nobody[i]))
            fail_msg("'%s' counts as a device", nobody[i]);
    }
    for (i = 0; i < sizeof real / sizeof *real; i++) {
        if (!hf_client_id_real(real[i]))
            fail_msg("'%s' counts as none", real[i]);
        assert_int_equal(hf_rollout_holds(hf_rollout_bucket("00", real[i]) + 1, "00", real[i]), 1);
    }
}

static void a_growing_rollout_drops_nobody_and_keeps_its_share(void **state)
{
    char id[32];
    int i, r, in, was, now;

    (void)state;
    in = 0;
    for (i = 0; i < 10000; i++) {
        snprintf(id, sizeof id, "device-%d", i);
        was = 0;
        for (r = 0; r <= 10000; r += 500) {
            now = hf_rollout_holds(r, "a1b2c3d4", id);
            assert_true(now >= was);
            was = now;
        }
        in += hf_rollout_holds(2500, "a1b2c3d4", id);
    }
    assert_in_range(in, 2500 - 200, 2500 + 200); /* over four standard deviations */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentages),
        cmocka_unit_test(wrong_percentages_say_the_right_form),
        cmocka_unit_test(buckets_match_the_documented_vectors),
        cmocka_unit_test(who_is_in),
        cmocka_unit_test(ids_of_nobody_are_none),
        cmocka_unit_test(a_growing_rollout_drops_nobody_and_keeps_its_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
