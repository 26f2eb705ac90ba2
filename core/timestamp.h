/* timestamp.h: RFC 3339 in UTC with seconds, the only form of time in our formats: 2026-11-22T06:05:00Z. */
#ifndef HF_TIMESTAMP_H
#define HF_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define HF_TIMESTAMP_LEN 20

/* Writes 20 characters and a NUL. t is seconds since 1970, in the years 1970 to 9999. */
void hf_timestamp_format(char out[HF_TIMESTAMP_LEN + 1], int64_t t);

/* Reads exactly that form (a real date, no leap second). */
int hf_timestamp_parse(int64_t *out, const char *s, struct hf_err *err);

/* Reads the Date of an HTTP answer in the one form that servers must send (RFC 9110, IMF-fixdate: "Sun, 06 Nov 1994 08:49:37
 * GMT", a real date whose weekday is right, from 1970 on, no leap second). s has n bytes and needs no NUL. 0 and the time in
 * seconds since 1970, or -1 for anything else; *out is unchanged then. */
int hf_http_date_parse(int64_t *out, const char *s, size_t n);

/* A length of time as people write it in hotfix.ini: 30d, 12h, 90m, 45s; from 1 s to 3650 d. Seconds. */
int hf_duration_parse(int64_t *out, const char *s, struct hf_err *err);

/* A daily window in the device's local time, "02:00-05:00" (it may span midnight; start and end differ). */
int hf_window_check(const char *s, struct hf_err *err);

#endif
