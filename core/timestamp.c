/* timestamp.c: see timestamp.h. Civil dates by arithmetic: no time zone, no locale, no time_t of 32 bits. */
#include "core/timestamp.h"

#include <stdio.h>
#include <string.h>

#include "core/escape.h"

#define DAY 86400
#define MAX_TIME INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define MAX_DURATION (INT64_C(3650) * DAY)

/* Days from 1970-01-01 to a date. Years are counted from March, so that the leap day is the last of its year. */
static int64_t days_from_date(int y, int m, int d)
{
    int64_t year = m <= 2 ? y - 1 : y, era = year / 400, of_era = year - era * 400;
    int64_t day_of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719468;
}

static void date_from_days(int64_t days, int *y, int *m, int *d)
{
    int64_t z = days + 719468, era = z / 146097, of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t day_of_year = of_era - (365 * year + year / 4 - year / 100), mp = (5 * day_of_year + 2) / 153;

    *d = (int)(day_of_year - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = (int)(year + era * 400 + (*m <= 2));
}

void hf_timestamp_format(char out[HF_TIMESTAMP_LEN + 1], int64_t t)
{
    int y, m, d, s, i;
    char text[96]; /* room for what the compiler thinks seven ints may need */

    if (t < 0)
        t = 0;
    if (t > MAX_TIME)
        t = MAX_TIME;
    date_from_days(t / DAY, &y, &m, &d);
    s = (int)(t % DAY);
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", y, m, d, s / 3600, s / 60 % 60, s % 60);
    for (i = 0; i < HF_TIMESTAMP_LEN; i++)
        out[i] = text[i];
    out[i] = '\0';
}

/* The value of n digits, or -1. */
static int digits(const char *s, int n)
{
    int i, v = 0;

    for (i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

static int days_in_month(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
        return 29;
    return days[m - 1];
}

int hf_timestamp_parse(int64_t *out, const char *s, struct hf_err *err)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    char shown[64];
    int y, mo, d, h, mi, sec;
    size_t i;

    if (strlen(s) != HF_TIMESTAMP_LEN)
        goto bad;
    for (i = 0; i < HF_TIMESTAMP_LEN; i++) {
        if (form[i] != '0' && s[i] != form[i])
            goto bad;
    }
    y = digits(s, 4);
    mo = digits(s + 5, 2);
    d = digits(s + 8, 2);
    h = digits(s + 11, 2);
    mi = digits(s + 14, 2);
    sec = digits(s + 17, 2);
    if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > days_in_month(y, mo))
        goto bad;
    if (h < 0 || h > 23 || mi < 0 || mi > 59 || sec < 0 || sec > 59)
        goto bad;
    *out = days_from_date(y, mo, d) * DAY + h * 3600 + mi * 60 + sec;
    return 0;
bad:
    return hf_fail(err, HF_E_INPUT, "'%s' is not a time: write 2026-11-22T06:05:00Z, from 1970 on",
                   hf_escape(shown, sizeof shown, s, strlen(s)));
}

/* The index of the three letters at s among names of three letters each, or -1. */
static int name_index(const char *names, const char *s)
{
    int i;

    for (i = 0; names[i * 3] != '\0'; i++)
        if (memcmp(names + i * 3, s, 3) == 0)
            return i;
    return -1;
}

int hf_http_date_parse(int64_t *out, const char *s, size_t n)
{
    static const char form[] = "aaa, 00 aaa 0000 00:00:00 GMT";
    int weekday, y, mo, d, h, mi, sec;
    int64_t days;
    size_t i;

    if (n != sizeof form - 1)
        return -1;
    for (i = 0; i < n; i++) {
        if (form[i] != '0' && form[i] != 'a' && s[i] != form[i])
            return -1;
    }
    weekday = name_index("ThuFriSatSunMonTueWed", s); /* 1970-01-01 was a Thursday */
    d = digits(s + 5, 2);
    mo = name_index("JanFebMarAprMayJunJulAugSepOctNovDec", s + 8) + 1;
    y = digits(s + 12, 4);
    h = digits(s + 17, 2);
    mi = digits(s + 20, 2);
    sec = digits(s + 23, 2);
    if (weekday < 0 || y < 1970 || mo < 1 || d < 1 || d > days_in_month(y, mo))
        return -1;
    if (h < 0 || h > 23 || mi < 0 || mi > 59 || sec < 0 || sec > 59)
        return -1;
    days = days_from_date(y, mo, d);
    if (days % 7 != weekday)
        return -1;
    *out = days * DAY + h * 3600 + mi * 60 + sec;
    return 0;
}

int hf_duration_parse(int64_t *out, const char *s, struct hf_err *err)
{
    size_t n = strspn(s, "0123456789");
    char shown[64];
    int64_t unit, v;

    hf_escape(shown, sizeof shown, s, strlen(s));
    if (n == 0 || s[n] == '\0' || s[n + 1] != '\0')
        goto bad;
    switch (s[n]) {
    case 's':
        unit = 1;
        break;
    case 'm':
        unit = 60;
        break;
    case 'h':
        unit = 3600;
        break;
    case 'd':
        unit = DAY;
        break;
    default:
        goto bad;
    }
    v = n > 9 ? MAX_DURATION + 1 : (int64_t)digits(s, (int)n) * unit;
    if (v < 1 || v > MAX_DURATION)
        return hf_fail(err, HF_E_INPUT, "'%s' is out of range: from 1s to 3650d", shown);
    *out = v;
    return 0;
bad:
    return hf_fail(err, HF_E_INPUT, "'%s' is not a length of time: write 30d, 12h, 90m or 45s", shown);
}

/* HH:MM in minutes, or -1. */
static int clock_minutes(const char *s)
{
    int h = digits(s, 2), m;

    if (h < 0 || h > 23 || s[2] != ':')
        return -1;
    m = digits(s + 3, 2);
    return m < 0 || m > 59 ? -1 : h * 60 + m;
}

int hf_window_check(const char *s, struct hf_err *err)
{
    char shown[64];
    int from = -1, to = -1;

    if (strlen(s) == 11 && s[5] == '-') {
        from = clock_minutes(s);
        to = clock_minutes(s + 6);
    }
    hf_escape(shown, sizeof shown, s, strlen(s));
    if (from < 0 || to < 0)
        return hf_fail(err, HF_E_INPUT, "'%s' is not a window: write 02:00-05:00, from 00:00 to 23:59", shown);
    if (from == to)
        return hf_fail(err, HF_E_INPUT, "the window '%s' ends where it begins: leave it out for the whole day", shown);
    return 0;
}
