/* hex.c: see hex.h. */
#include "core/hex.h"

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

void hf_hex(char *out, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

int hf_is_hex(const char *s, size_t len)
{
    size_t i;

    if (s == NULL)
        return 0;
    for (i = 0; i < len; i++) {
        if (digit(s[i]) < 0) /* the NUL of a shorter string stops here */
            return 0;
    }
    return s[len] == '\0';
}

int hf_unhex(uint8_t *out, size_t n, const char *s)
{
    size_t i;
    int hi, lo;

    for (i = 0; i < n; i++) {
        hi = digit(s[2 * i]);
        if (hi < 0)
            return -1;
        lo = digit(s[2 * i + 1]);
        if (lo < 0)
            return -1;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return 0;
}
