/* escape.c: see escape.h. */
#include "core/escape.h"

#include <stdint.h>
#include <string.h>

/* Reads one character of UTF-8 from s[0..n), n > 0. Returns its length in bytes, or 0 when there is none. */
static size_t utf8_next(uint32_t *cp, const unsigned char *s, size_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* a smaller one is overlong */
    size_t len, i;
    uint32_t c = s[0];

    if (c < 0x80) {
        *cp = c;
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf)
        len = 2;
    else if (c >= 0xe0 && c <= 0xef)
        len = 3;
    else if (c >= 0xf0 && c <= 0xf4)
        len = 4;
    else
        return 0;
    if (len > n)
        return 0;
    c &= 0x7fu >> len;
    for (i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *cp = c;
    return len;
}

/* Characters that move the cursor, break the line, turn the direction of text, or are never seen. */
static int is_unsafe(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } unsafe[] = {
        {0x00, 0x1f},       /* C0 */
        {0x7f, 0x9f},       /* DEL, C1 */
        {0x61c, 0x61c},     /* Arabic letter mark */
        {0x200e, 0x200f},   /* left-to-right and right-to-left mark */
        {0x2028, 0x2029},   /* line and paragraph separator */
        {0x202a, 0x202e},   /* bidirectional embeddings and overrides */
        {0x2066, 0x2069},   /* bidirectional isolates */
        {0xfeff, 0xfeff},   /* byte order mark */
        {0xfff9, 0xfffb},   /* annotations */
        {0xe0000, 0xe007f}, /* tags */
    };
    size_t i;

    for (i = 0; i < sizeof unsafe / sizeof *unsafe; i++) {
        if (c >= unsafe[i].first && c <= unsafe[i].last)
            return 1;
    }
    return 0;
}

/* How many of the bytes are ASCII, from the first on, in steps of eight: most of any source. */
static size_t ascii(const unsigned char *p, size_t n)
{
    uint64_t eight;
    size_t i;

    for (i = 0; n - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, p + i, sizeof eight);
        if ((eight & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    return i;
}

int hf_utf8_ok(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    uint32_t cp;
    size_t i, len;

    for (i = 0; i < n; i += len) {
        len = p[i] < 0x80 ? ascii(p + i, n - i) : 0;
        if (len > 0)
            continue;
        len = utf8_next(&cp, p + i, n - i);
        if (len == 0)
            return 0;
    }
    return 1;
}

/* The next unit to write: a character as it is, or "\\", or "\xHH" for one byte. Returns how many bytes of s it eats. */
static size_t next_unit(char unit[8], size_t *unit_n, const unsigned char *s, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t cp = 0;
    size_t len = utf8_next(&cp, s, n);

    if (len == 1 && cp == '\\') {
        memcpy(unit, "\\\\", 2);
        *unit_n = 2;
        return 1;
    }
    if (len > 0 && !is_unsafe(cp)) {
        memcpy(unit, s, len);
        *unit_n = len;
        return len;
    }
    unit[0] = '\\';
    unit[1] = 'x';
    unit[2] = digits[s[0] >> 4];
    unit[3] = digits[s[0] & 15];
    *unit_n = 4;
    return 1;
}

const char *hf_escape(char *out, size_t max, const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    char unit[8];
    size_t i, used = 0, unit_n = 0, mark = 0; /* mark: the last place where "..." still fits */

    for (i = 0; i < n;) {
        i += next_unit(unit, &unit_n, p + i, n - i);
        if (used + unit_n >= max) {
            memcpy(out + mark, "...", 4);
            return out;
        }
        memcpy(out + used, unit, unit_n);
        used += unit_n;
        if (used + 4 <= max)
            mark = used;
    }
    out[used] = '\0';
    return out;
}
