/* match.c: see match.h. */
#include "publisher/match.h"

#include <string.h>

/* One pattern of n bytes against the whole ref. */
static int match_one(const char *pattern, size_t n, const char *ref, char *star, size_t max)
{
    const char *at = memchr(pattern, '*', n);
    size_t head, tail, len = strlen(ref), got;

    star[0] = '\0';
    if (at == NULL)
        return len == n && memcmp(pattern, ref, n) == 0;
    head = (size_t)(at - pattern);
    tail = n - head - 1;
    if (len <= head + tail || memcmp(pattern, ref, head) != 0 || memcmp(at + 1, ref + len - tail, tail) != 0)
        return 0;
    got = len - head - tail;
    if (got >= max || memchr(ref + head, '/', got) != NULL)
        return 0;
    memcpy(star, ref + head, got);
    star[got] = '\0';
    return 1;
}

int hf_match_ref(const struct hf_channel *c, const char *ref, char *star, size_t max)
{
    const char *p = c->refs;
    size_t n;

    for (;;) {
        p += strspn(p, " \t");
        n = strcspn(p, " \t");
        if (n == 0)
            return 0;
        if (match_one(p, n, ref, star, max))
            return 1;
        p += n;
    }
}

int hf_match_any(void *config, const char *ref)
{
    const struct hf_config *c = config;
    char star[HF_RANGE_MAX + 1];

    for (size_t i = 0; i < c->channel_count; i++)
        if (hf_match_ref(&c->channels[i], ref, star, sizeof star))
            return 1;
    return 0;
}

int hf_match_each(const struct hf_channel *c, const struct hf_repo *repo, int (*f)(const char *ref, void *arg), void *arg,
                  struct hf_err *err)
{
    char pattern[HF_MANIFEST_MAX_REF + 1];
    const char *p = c->refs;
    size_t n;
    int rc;

    for (;; p += n) {
        p += strspn(p, " \t");
        n = strcspn(p, " \t");
        if (n == 0)
            return 0;
        if (n >= sizeof pattern)
            continue;
        memcpy(pattern, p, n);
        pattern[n] = '\0';
        rc = hf_repo_refs(repo, pattern, f, arg, err);
        if (rc != 0)
            return rc;
    }
}
