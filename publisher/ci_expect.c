/* ci_expect.c: see ci_expect.h. */
#include "publisher/ci_expect.h"

#include <string.h>

#include "core/escape.h"
#include "core/hex.h"
#include "core/name.h"

#define BLANKS " \t\r\n"
#define SHOWN 96

static int is_what(const char *s)
{
    return strcmp(s, HF_CI_EXPECT_NOTHING) == 0 || strcmp(s, HF_CI_EXPECT_SHIPPED) == 0 ||
           (strlen(s) == HF_SHA256_HEX && hf_is_hex(s, HF_SHA256_HEX));
}

static const char *find(const struct hf_ci_expect *e, const char *label)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->one[i].label, label) == 0)
            return e->one[i].what;
    return NULL;
}

/* Copies s[0..n) without blanks around it; 0 when it does not fit. */
static int copy(char *out, size_t max, const char *s, size_t n)
{
    size_t skip = 0;

    while (skip < n && strchr(BLANKS, s[skip]) != NULL)
        skip++;
    while (n > skip && strchr(BLANKS, s[n - 1]) != NULL)
        n--;
    if (n - skip >= max)
        return 0;
    memcpy(out, s + skip, n - skip);
    out[n - skip] = '\0';
    return 1;
}

static int add(struct hf_ci_expect *e, const char *s, size_t n)
{
    const char *colon = memchr(s, ':', n);
    char label[HF_CHANNEL_MAX + 1], what[HF_SHA256_HEX + 1];

    if (colon == NULL || e->count == HF_CONFIG_MAX_CHANNELS || !copy(label, sizeof label, s, (size_t)(colon - s)) ||
        !copy(what, sizeof what, colon + 1, n - (size_t)(colon + 1 - s)) || label[0] == '\0' || !is_what(what) ||
        find(e, label) != NULL)
        return -1;
    memcpy(e->one[e->count].label, label, sizeof label);
    memcpy(e->one[e->count++].what, what, sizeof what);
    return 0;
}

int hf_ci_expect_parse(struct hf_ci_expect *out, const char *text, struct hf_err *err)
{
    char shown[SHOWN], word[8];
    const char *s;
    size_t n;

    memset(out, 0, sizeof *out);
    if (text == NULL)
        return 0;
    n = strlen(text);
    if (copy(word, sizeof word, text, n) && strcmp(word, HF_CI_EXPECT_ANY) == 0)
        return 0;
    out->given = 1;
    if (copy(word, sizeof word, text, n) && strcmp(word, HF_CI_EXPECT_NOTHING) == 0)
        return 0;
    for (s = text;; s += n + 1) {
        n = strcspn(s, ",");
        if (add(out, s, n) != 0)
            return hf_fail(err, HF_E_INPUT,
                           "HOTFIX_EXPECT '%s' is not what a plan prints (production:<64 hex digits>); an output that the CI "
                           "masks "
                           "or loses arrives like that; to compare nothing, leave it unset or write 'any'",
                           hf_escape(shown, sizeof shown, text, strlen(text)));
        if (s[n] == '\0')
            return 0;
    }
}

int hf_ci_expect_check(const struct hf_ci_expect *e, const struct hf_channel *const *channels, size_t n, struct hf_err *err)
{
    char shown[SHOWN];
    size_t i, k;

    for (i = 0; e->given && i < n; i++)
        if (find(e, channels[i]->label) == NULL)
            return hf_fail(err, HF_E_POLICY,
                           "HOTFIX_EXPECT does not name the channel %s, which this ref is released on: the plan was another "
                           "one; plan again",
                           channels[i]->label);
    for (i = 0; i < e->count; i++) {
        for (k = 0; k < n && strcmp(channels[k]->label, e->one[i].label) != 0; k++)
            ;
        if (k == n)
            return hf_fail(err, HF_E_POLICY,
                           "HOTFIX_EXPECT names the channel '%s', which this ref is not released on: the plan was another one; "
                           "plan again",
                           hf_escape(shown, sizeof shown, e->one[i].label, strlen(e->one[i].label)));
    }
    return 0;
}

const char *hf_ci_expect_of(const struct hf_ci_expect *e, const struct hf_channel *c)
{
    return e->given ? find(e, c->label) : NULL;
}
