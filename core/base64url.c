/* base64url.c: see base64url.h. */
#include "core/base64url.h"

#include <limits.h>
#include <stdint.h>

size_t hf_base64url(char *out, const void *p, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *s = p;
    size_t i, o = 0;
    uint32_t bits = 0;
    unsigned have = 0;

    for (i = 0; i < n; i++) {
        bits = bits << 8 | s[i];
        for (have += 8; have >= 6;) {
            have -= 6;
            out[o++] = letters[bits >> have & 63];
        }
    }
    if (have > 0)
        out[o++] = letters[bits << (6 - have) & 63];
    out[o] = '\0';
    return o;
}

static int value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    if (c == '_')
        return 63;
    return -1;
}

long hf_unbase64url(void *out, size_t max, const char *s, size_t n)
{
    uint8_t *to = out;
    size_t i, o = 0, bytes = n / 4 * 3 + n % 4 * 3 / 4;
    uint32_t bits = 0;
    unsigned have = 0;
    int v;

    if (n % 4 == 1 || bytes > max || bytes > LONG_MAX)
        return -1;
    for (i = 0; i < n; i++) {
        v = value(s[i]);
        if (v < 0)
            return -1;
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            to[o++] = (uint8_t)(bits >> have & 255);
        }
    }
    /* Bits behind the last byte must be 0, or the same bytes would have several spellings. */
    if ((bits & ((1u << have) - 1)) != 0)
        return -1;
    return (long)o;
}
