/* version.c: see version.h. The rules are those of semver.org 2.0.0, for one to eight numbers. */
#include "core/version.h"

#include <string.h>

#include "core/escape.h"

#define MAX_NUMBER ((UINT64_C(1) << 53) - 1)

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_ident(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

static int all_digits(const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (!is_digit(s[i]))
            return 0;
    }
    return 1;
}

/* Reads dotted numbers; returns where they end, or NULL. Leading zeros are numbers too: 2024.01.05 is a version that
 * apps really carry. */
static const char *read_numbers(struct hf_version *v, const char *s, const char *end)
{
    uint64_t n;

    for (;;) {
        if (v->parts == HF_VERSION_MAX_PARTS || s == end || !is_digit(*s))
            return NULL;
        for (n = 0; s < end && is_digit(*s); s++) {
            n = n * 10 + (uint64_t)(*s - '0');
            if (n > MAX_NUMBER)
                return NULL;
        }
        v->part[v->parts++] = n;
        if (s == end || *s != '.')
            return s;
        s++;
    }
}

/* Reads dotted identifiers into out; returns where they end, or NULL. */
static const char *read_idents(char *out, const char *s, const char *end, int numeric_zeros_ok)
{
    const char *from = s, *id;
    size_t n;

    for (;;) {
        for (id = s; s < end && is_ident(*s); s++)
            ;
        n = (size_t)(s - id);
        if (n == 0 || (!numeric_zeros_ok && n > 1 && id[0] == '0' && all_digits(id, n)))
            return NULL;
        if (s == end || *s != '.')
            break;
        s++;
    }
    memcpy(out, from, (size_t)(s - from));
    out[s - from] = '\0';
    return s;
}

/* Says what is wrong. Apart, because a version is parsed for each question that the edge answers. */
static int refuse(const char *s, size_t n, struct hf_err *err)
{
    char shown[160];

    hf_escape(shown, sizeof shown, s, n);
    if (n > HF_VERSION_MAX)
        return hf_fail(err, HF_E_LIMIT, "the version '%s' is over the limit of %d characters", shown, HF_VERSION_MAX);
    if (n > 1 && (s[0] == 'v' || s[0] == 'V') && is_digit(s[1]))
        return hf_fail(err, HF_E_INPUT, "'%s' is not a version: write it without the '%c'", shown, s[0]);
    return hf_fail(err, HF_E_INPUT,
                   "'%s' is not a version: write one to %d numbers with dots between them, like 1.1.1, "
                   "4.0.0-beta.2 or 1.1.1+345",
                   shown, HF_VERSION_MAX_PARTS);
}

int hf_version_parse(struct hf_version *out, const char *s, size_t n, struct hf_err *err)
{
    const char *p, *end = s + n;
    struct hf_version v;

    if (n > HF_VERSION_MAX)
        return refuse(s, n, err);
    memset(&v, 0, sizeof v);
    p = read_numbers(&v, s, end);
    if (p != NULL && p < end && *p == '-')
        p = read_idents(v.pre, p + 1, end, 0);
    if (p != NULL && p < end && *p == '+')
        p = read_idents(v.build, p + 1, end, 1);
    if (p != end)
        return refuse(s, n, err);
    *out = v;
    return 0;
}

/* One identifier against another (semver 11.4): numbers as numbers and below words, words by their bytes. */
static int ident_cmp(const char *a, size_t an, const char *b, size_t bn)
{
    int a_number = all_digits(a, an), b_number = all_digits(b, bn), c;

    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number && an != bn) /* they have no leading zeros: the longer one is the larger */
        return an < bn ? -1 : 1;
    c = memcmp(a, b, an < bn ? an : bn);
    if (c != 0)
        return c;
    return an < bn ? -1 : an > bn;
}

static int pre_cmp(const char *a, const char *b)
{
    size_t an, bn;
    int c;

    if (a[0] == '\0' || b[0] == '\0')
        return (a[0] == '\0') - (b[0] == '\0');
    for (;;) {
        an = strcspn(a, ".");
        bn = strcspn(b, ".");
        c = ident_cmp(a, an, b, bn);
        if (c != 0)
            return c;
        a += an;
        b += bn;
        if (*a == '\0' || *b == '\0') /* all equal so far: the one that goes on is the higher */
            return (*a != '\0') - (*b != '\0');
        a++;
        b++;
    }
}

int hf_version_cmp(const struct hf_version *a, const struct hf_version *b)
{
    size_t i;

    for (i = 0; i < HF_VERSION_MAX_PARTS; i++) {
        if (a->part[i] != b->part[i])
            return a->part[i] < b->part[i] ? -1 : 1;
    }
    return pre_cmp(a->pre, b->pre);
}
