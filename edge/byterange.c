/* byterange.c: see byterange.h. */
#include "edge/byterange.h"

#include <string.h>
#include <strings.h>

/* Digits at *s, at least one; what is over the largest number stays there. -1 when there is none. */
static int number(uint64_t *out, const char **s)
{
    uint64_t v = 0;

    if (**s < '0' || **s > '9')
        return -1;
    for (; **s >= '0' && **s <= '9'; (*s)++) {
        unsigned d = (unsigned)(**s - '0');

        v = v > (UINT64_MAX - d) / 10 ? UINT64_MAX : v * 10 + d;
    }
    *out = v;
    return 0;
}

enum hf_bytes hf_byterange(uint64_t *off, uint64_t *len, const char *s, uint64_t size)
{
    uint64_t first = 0, last = UINT64_MAX, suffix = 0;
    int is_suffix;

    *off = 0;
    *len = size;
    if (s == NULL || strncasecmp(s, "bytes=", 6) != 0)
        return HF_BYTES_WHOLE;
    s += 6;
    is_suffix = *s == '-';
    if (is_suffix) {
        s++;
        if (number(&suffix, &s) < 0)
            return HF_BYTES_WHOLE;
    } else {
        if (number(&first, &s) < 0 || *s++ != '-')
            return HF_BYTES_WHOLE;
        if (*s >= '0' && *s <= '9' && number(&last, &s) < 0)
            return HF_BYTES_WHOLE;
    }
    if (*s != '\0' || last < first)
        return HF_BYTES_WHOLE;
    if (is_suffix)
        first = suffix < size ? size - suffix : 0;
    if (is_suffix ? suffix == 0 || size == 0 : first >= size) {
        *len = 0;
        return HF_BYTES_NONE;
    }
    *off = first;
    *len = last < size ? last - first + 1 : size - first;
    return HF_BYTES_PART;
}

int hf_etag_listed(const char *if_none_match, const char *etag)
{
    size_t n = strlen(etag);
    const char *s = if_none_match, *end;

    if (s == NULL)
        return 0;
    if (strcmp(s, "*") == 0)
        return 1;
    for (;;) {
        s += strspn(s, " \t,");
        if (strncmp(s, "W/", 2) == 0)
            s += 2;
        if (*s != '"' || (end = strchr(s + 1, '"')) == NULL)
            return 0;
        if ((size_t)(end - s) + 1 == n && memcmp(s, etag, n) == 0)
            return 1;
        s = end + 1;
    }
}

int hf_if_range(const char *if_range, const char *etag)
{
    return if_range == NULL || strcmp(if_range, etag) == 0;
}
