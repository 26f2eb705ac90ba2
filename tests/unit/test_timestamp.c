/* test_timestamp.c: times, lengths of time, windows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/timestamp.h"

static void known_times(void **state)
{
    static const struct {
        int64_t t;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},          {951782399, "2000-02-28T23:59:59Z"},    {951782400, "2000-02-29T00:00:00Z"},
        {951868800, "2000-03-01T00:00:00Z"},  {1795327500, "2026-11-22T06:05:00Z"},   {2147483648, "2038-01-19T03:14:08Z"},
        {4107542400, "2100-03-01T00:00:00Z"}, {253402300799, "9999-12-31T23:59:59Z"},
    };
    char text[HF_TIMESTAMP_LEN + 1];
    int64_t t;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        hf_timestamp_format(text, cases[i].t);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(hf_timestamp_parse(&t, cases[i].text, NULL), 0);
        assert_int_equal(t, cases[i].t);
    }
}

static void every_day_agrees_with_the_c_library(void **state)
{
    char ours[HF_TIMESTAMP_LEN + 1], theirs[32];
    int64_t t, back;
    time_t tt;
    struct tm tm;

    (void)state;
    for (t = 43210; t < 16725225600; t += 86400 * 3 + 3607) { /* to the year 2500 */
        tt = (time_t)t;
        assert_non_null(gmtime_r(&tt, &tm));
        strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%SZ", &tm);
        hf_timestamp_format(ours, t);
        assert_string_equal(ours, theirs);
        assert_int_equal(hf_timestamp_parse(&back, ours, NULL), 0);
        assert_int_equal(back, t);
    }
}

static void other_forms_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-22",
        "2026-11-22T06:05:00",
        "2026-11-22T06:05:00z",
        "2026-11-22t06:05:00Z",
        "2026-11-22 06:05:00Z",
        "2026-11-22T06:05:00.0Z",
        "2026-11-22T06:05:00+00:00",
        "2026-13-22T06:05:00Z",
        "2026-00-22T06:05:00Z",
        "2026-02-29T06:05:00Z",
        "2100-02-29T06:05:00Z",
        "2026-04-31T06:05:00Z",
        "2026-11-00T06:05:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T06:60:00Z",
        "2026-11-22T06:05:60Z",
        "1969-12-31T23:59:59Z",
        "+026-11-22T06:05:00Z",
        "2026-1 -22T06:05:00Z",
        " 2026-11-22T06:05:00Z",
        "2026-11-22T06:05:00ZZ",
    };
    struct hf_err err;
    int64_t t = 77;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_timestamp_parse(&t, bad[i], &err) != -1)
            fail_msg("'%s' accepted", bad[i]);
        assert_int_equal(err.code, HF_E_INPUT);
    }
    assert_int_equal(t, 77);
    hf_timestamp_parse(&t, "now\n", &err);
    assert_string_equal(err.msg, "'now\\x0a' is not a time: write 2026-11-22T06:05:00Z, from 1970 on");
}

static void lengths_of_time(void **state)
{
    static const char *const bad[] = {"",    "30",    "d",      "30D",        "30 d",
                                      "-1d", "+1d",   "1.5h",   "30dd",       "1d12h",
                                      "0s",  "3651d", "87601h", "315360001s", "99999999999999999999d",
                                      " 1d", "1w"};
    struct hf_err err;
    int64_t t = 0;
    size_t i;

    (void)state;
    assert_int_equal(hf_duration_parse(&t, "30d", &err), 0);
    assert_int_equal(t, 2592000);
    assert_int_equal(hf_duration_parse(&t, "12h", &err), 0);
    assert_int_equal(t, 43200);
    assert_int_equal(hf_duration_parse(&t, "90m", &err), 0);
    assert_int_equal(t, 5400);
    assert_int_equal(hf_duration_parse(&t, "1s", &err), 0);
    assert_int_equal(t, 1);
    assert_int_equal(hf_duration_parse(&t, "3650d", &err), 0);
    assert_int_equal(t, 315360000);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_duration_parse(&t, bad[i], &err) != -1)
            fail_msg("'%s' accepted", bad[i]);
        assert_int_equal(err.code, HF_E_INPUT);
    }
    hf_duration_parse(&t, "30", &err);
    assert_string_equal(err.msg, "'30' is not a length of time: write 30d, 12h, 90m or 45s");
    hf_duration_parse(&t, "0d", &err);
    assert_string_equal(err.msg, "'0d' is out of range: from 1s to 3650d");
}

static void windows(void **state)
{
    static const char *const bad[] = {"",
                                      "02:00",
                                      "2:00-5:00",
                                      "02:00-24:00",
                                      "02:60-05:00",
                                      "02:00_05:00",
                                      "02:00-05:00 ",
                                      "02-00-05-00",
                                      "02:00 - 05:00",
                                      "0a:00-05:00",
                                      "02:00-05:0"};
    struct hf_err err;
    size_t i;

    (void)state;
    assert_int_equal(hf_window_check("02:00-05:00", &err), 0);
    assert_int_equal(hf_window_check("22:30-05:00", &err), 0);
    assert_int_equal(hf_window_check("00:00-23:59", &err), 0);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_window_check(bad[i], &err) != -1)
            fail_msg("'%s' accepted", bad[i]);
        assert_int_equal(err.code, HF_E_INPUT);
    }
    assert_int_equal(hf_window_check("02:00-02:00", &err), -1);
    assert_string_equal(err.msg, "the window '02:00-02:00' ends where it begins: leave it out for the whole day");
}

static void dates_of_http_answers(void **state)
{
    static const char *const bad[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Sunday, 06-Nov-94 08:49:37 GMT",  /* RFC 850 */
        "Sun Nov  6 08:49:37 1994",        /* asctime */
        "sun, 06 Nov 1994 08:49:37 GMT",   /* names have their case */
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Mon, 06 Nov 1994 08:49:37 GMT",   /* it was a Sunday */
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 06 Nov 1994 08-49-37 GMT",
        "Wed, 31 Dec 1969 23:59:59 GMT",
    };
    char text[40];
    int64_t t = 77;
    struct tm tm;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_http_date_parse(&t, bad[i], strlen(bad[i])) != -1)
            fail_msg("'%s' accepted", bad[i]);
        assert_int_equal(t, 77);
    }
    assert_int_equal(hf_http_date_parse(&t, "Sun, 06 Nov 1994 08:49:37 GMT", 29), 0);
    assert_int_equal(t, 784111777);
    for (int64_t want = 0; want < INT64_C(4102444800); want += 86400 * 3 + 3607) {
        time_t at = (time_t)want;

        assert_non_null(gmtime_r(&at, &tm));
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        assert_int_equal(hf_http_date_parse(&t, text, strlen(text)), 0);
        assert_int_equal(t, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_times),
        cmocka_unit_test(every_day_agrees_with_the_c_library),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(dates_of_http_answers),
        cmocka_unit_test(lengths_of_time),
        cmocka_unit_test(windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
