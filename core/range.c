/* range.c: what a range holds, and what two ranges share. Reading one is range_parse.c. */
#include "core/range_in.h"

#include <stdlib.h>
#include <string.h>

void hf_range_free(struct hf_range *r)
{
    if (r == NULL)
        return;
    free(r->cmp);
    free(r);
}

const struct hf_version *hf_range_exact(const struct hf_range *r)
{
    return r->exact ? &r->cmp[0].v : NULL;
}

/* By the numbers and the pre-release alone; builds are looked at by same_build(). */
static int satisfies(const struct hf_version *v, const struct comparator *c)
{
    int d = hf_version_cmp(v, &c->v);

    switch (c->op) {
    case OP_LT:
        return d < 0;
    case OP_LE:
        return d <= 0;
    case OP_EQ:
        return d == 0;
    case OP_GE:
        return d >= 0;
    case OP_GT:
        return d > 0;
    }
    return 0;
}

static int same_build(const struct hf_version *v, const struct comparator *c)
{
    return c->v.build[0] == '\0' || strcmp(c->v.build, v->build) == 0;
}

static int same_numbers(const struct hf_version *a, const struct hf_version *b)
{
    return memcmp(a->part, b->part, sizeof a->part) == 0;
}

/* node-semver's rule: a pre-release is for those who asked for one of the same numbers, so that 1.2.3-beta is not
 * held by `>=1.0.0` but by `>=1.2.3-alpha`. */
static int pre_release_asked_for(const struct hf_version *v, const struct comparator *c, size_t n)
{
    size_t i;

    if (v->pre[0] == '\0')
        return 1;
    for (i = 0; i < n; i++) {
        if (c[i].v.pre[0] != '\0' && same_numbers(v, &c[i].v))
            return 1;
    }
    return 0;
}

int hf_range_holds(const struct hf_range *r, const struct hf_version *v)
{
    const struct comparator *c;
    size_t s, i, n;

    for (s = 0; s < r->set_count; s++) {
        c = r->cmp + r->sets[s].first;
        n = r->sets[s].count;
        for (i = 0; i < n && satisfies(v, &c[i]) && same_build(v, &c[i]); i++)
            ;
        if (i == n && pre_release_asked_for(v, c, n))
            return 1;
    }
    return 0;
}

/* The tightest bounds seen so far; NULL is none. */
struct interval {
    const struct comparator *low, *high;
};

static void narrow(struct interval *in, const struct comparator *c)
{
    int d;

    if (c->op == OP_GT || c->op == OP_GE || c->op == OP_EQ) {
        d = in->low == NULL ? 1 : hf_version_cmp(&c->v, &in->low->v);
        if (d > 0 || (d == 0 && c->op == OP_GT))
            in->low = c;
    }
    if (c->op == OP_LT || c->op == OP_LE || c->op == OP_EQ) {
        d = in->high == NULL ? -1 : hf_version_cmp(&c->v, &in->high->v);
        if (d < 0 || (d == 0 && c->op == OP_LT))
            in->high = c;
    }
}

/* The build that all comparators which name one agree on goes to *build; 0 when two disagree. */
static int one_build(const char **build, const struct comparator *c, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (c[i].v.build[0] == '\0')
            continue;
        if (*build != NULL && strcmp(*build, c[i].v.build) != 0)
            return 0;
        *build = c[i].v.build;
    }
    return 1;
}

int hf_range_nothing_in(const struct comparator *a, size_t n, const struct comparator *b, size_t m)
{
    struct interval in = {NULL, NULL};
    const char *build = NULL;
    size_t i;
    int d;

    if (!one_build(&build, a, n) || !one_build(&build, b, m))
        return 1;
    for (i = 0; i < n; i++)
        narrow(&in, &a[i]);
    for (i = 0; i < m; i++)
        narrow(&in, &b[i]);
    if (in.low == NULL || in.high == NULL)
        return 0;
    d = hf_version_cmp(&in.low->v, &in.high->v);
    if (d != 0)
        return d > 0;
    if (in.low->op == OP_GT || in.high->op == OP_LT)
        return 1;
    /* Just one version is left, so each side can be asked for it. */
    return !pre_release_asked_for(&in.low->v, a, n) || !pre_release_asked_for(&in.low->v, b, m);
}

int hf_range_overlaps(const struct hf_range *a, const struct hf_range *b)
{
    size_t i, j;

    for (i = 0; i < a->set_count; i++) {
        for (j = 0; j < b->set_count; j++) {
            if (!hf_range_nothing_in(a->cmp + a->sets[i].first, a->sets[i].count, b->cmp + b->sets[j].first,
                                     b->sets[j].count))
                return 1;
        }
    }
    return 0;
}

static int same_comparators(const struct hf_range *a, const struct hf_range *b)
{
    for (size_t i = 0; i < a->cmp_count; i++) {
        const struct comparator *x = &a->cmp[i], *y = &b->cmp[i];

        if (x->op != y->op || hf_version_cmp(&x->v, &y->v) != 0 || strcmp(x->v.build, y->v.build) != 0)
            return 0;
    }
    return 1;
}

int hf_range_covers(const struct hf_range *a, const struct hf_range *b)
{
    if (b->exact)
        return hf_range_holds(a, &b->cmp[0].v);
    if (a->exact || a->cmp_count != b->cmp_count || a->set_count != b->set_count)
        return 0;
    for (size_t i = 0; i < a->set_count; i++) {
        if (a->sets[i].first != b->sets[i].first || a->sets[i].count != b->sets[i].count)
            return 0;
    }
    return same_comparators(a, b);
}
