/* range_expand.c: writes npm's shorthands out as comparators, by the rules of node-semver (includePrerelease off).
 * Where npm itself would guess (`>1.2` is `>=1.3.0` there), the text is refused and the clear ways to write it are shown. */
#include "core/range_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

int hf_range_fail(struct hf_err *err, struct span at, const char *why)
{
    char shown[160];

    return hf_fail(err, HF_E_INPUT, "'%s' %s", hf_escape(shown, sizeof shown, at.p, at.n), why);
}

static int add(struct hf_range *r, enum op op, const struct hf_version *v, struct hf_err *err)
{
    static const struct hf_version zero;
    struct comparator *p;
    size_t room;

    /* `>=0.0.0` holds every version; node-semver drops it too, which matters only to 0.0.0's own pre-releases. */
    if (op == OP_GE && v->pre[0] == '\0' && memcmp(v->part, zero.part, sizeof zero.part) == 0)
        return 0;
    if (r->cmp_count == r->cmp_room) {
        room = r->cmp_room * 2;
        p = realloc(r->cmp, room * sizeof *p);
        if (p == NULL)
            return hf_nomem(err);
        r->cmp = p;
        r->cmp_room = room;
    }
    r->cmp[r->cmp_count].op = op;
    r->cmp[r->cmp_count].v = *v;
    r->cmp_count++;
    r->sets[r->set_count - 1].count++;
    return 0;
}

/* The next version in the part i: 1.2.3 at 1 is 1.3.0. With pre "0" it is the lowest of that version's pre-releases, so
 * that `<1.3.0-0` keeps 1.3.0-beta out. */
static struct hf_version next(const struct hf_version *v, unsigned i, const char *pre)
{
    struct hf_version out;

    memset(&out, 0, sizeof out);
    memcpy(out.part, v->part, (i + 1) * sizeof out.part[0]);
    out.part[i]++;
    out.parts = 3;
    strcpy(out.pre, pre);
    return out;
}

static int add_between(struct hf_range *r, const struct hf_version *v, unsigned i, struct hf_err *err)
{
    struct hf_version end = next(v, i, "0");

    return add(r, OP_GE, v, err) != 0 || add(r, OP_LT, &end, err) != 0 ? -1 : 0;
}

/* How far ~ and ^ reach: the part that must not grow, plus one. */
static unsigned reach(enum kind kind, const struct hf_version *v)
{
    if (kind == TILDE)
        return v->parts == 1 ? 0 : 1;
    if (v->part[0] > 0 || v->parts == 1)
        return 0;
    if (v->part[1] > 0 || v->parts == 2)
        return 1;
    return 2;
}

/* A comparator whose version has an x. */
static int expand_x(struct hf_range *r, enum kind kind, const struct partial *p, struct hf_err *err)
{
    struct hf_version v = p->v;

    if (v.parts == 0) {
        if (kind == LESS || kind == MORE)
            return hf_range_fail(err, p->text, "with '<' or '>' holds no version");
        return 0;
    }
    switch (kind) {
    case BARE:
    case EQUAL:
        return add_between(r, &v, v.parts - 1, err);
    case TILDE:
    case CARET:
        return add_between(r, &v, reach(kind, &v), err);
    case MORE_EQUAL:
        return add(r, OP_GE, &v, err);
    case MORE:
        v = next(&v, v.parts - 1, "");
        return add(r, OP_GE, &v, err);
    case LESS_EQUAL:
        v = next(&v, v.parts - 1, "0");
        return add(r, OP_LT, &v, err);
    case LESS:
        strcpy(v.pre, "0");
        return add(r, OP_LT, &v, err);
    }
    return 0;
}

/* Says both things that `>1.2` or `<=1.2` may mean. */
static int fail_ambiguous(enum kind kind, const struct hf_version *v, struct hf_err *err)
{
    unsigned long long a = v->part[0], b = v->part[1];
    char text[48], full[48], after[48];

    if (v->parts == 1) {
        snprintf(text, sizeof text, "%llu", a);
        snprintf(full, sizeof full, "%llu.0.0", a);
        snprintf(after, sizeof after, "%llu.0.0", a + 1);
    } else {
        snprintf(text, sizeof text, "%llu.%llu", a, b);
        snprintf(full, sizeof full, "%llu.%llu.0", a, b);
        snprintf(after, sizeof after, "%llu.%llu.0", a, b + 1);
    }
    if (kind == MORE)
        return hf_fail(err, HF_E_INPUT, "'>%s' can be read in two ways: write '>%s' or '>=%s'", text, full, after);
    return hf_fail(err, HF_E_INPUT, "'<=%s' can be read in two ways: write '<=%s' or '<%s'", text, full, after);
}

int hf_range_expand(struct hf_range *r, enum kind kind, const struct partial *p, struct hf_err *err)
{
    static const enum op ops[] = {
        /* ~ and ^ are done before it is asked */
        [BARE] = OP_EQ,
        [EQUAL] = OP_EQ,
        [LESS] = OP_LT,
        [LESS_EQUAL] = OP_LE,
        [MORE] = OP_GT,
        [MORE_EQUAL] = OP_GE,
    };

    if (p->v.build[0] != '\0' && kind != BARE && kind != EQUAL)
        return hf_range_fail(err, p->text, "has a build, and builds are never ordered: use '=' or no operator");
    if (p->x)
        return expand_x(r, kind, p, err);
    if (kind == TILDE || kind == CARET) {
        if (p->v.parts > 3)
            return hf_range_fail(err, p->text, "has more than three numbers: '~' and '^' work with up to three");
        return add_between(r, &p->v, reach(kind, &p->v), err);
    }
    if ((kind == MORE || kind == LESS_EQUAL) && p->v.parts < 3)
        return fail_ambiguous(kind, &p->v, err);
    return add(r, ops[kind], &p->v, err);
}

int hf_range_expand_hyphen(struct hf_range *r, const struct partial *a, const struct partial *b, struct hf_err *err)
{
    struct hf_version end;

    if (a->v.build[0] != '\0' || b->v.build[0] != '\0')
        return hf_range_fail(err, a->v.build[0] != '\0' ? a->text : b->text,
                             "has a build, and builds are never ordered: leave it out of a hyphen range");
    if (a->v.parts > 3 || b->v.parts > 3) {
        if (a->x || a->v.parts < 3)
            return hf_range_fail(err, a->text, "is not full: with more than three numbers both ends need three or more");
        if (b->x || b->v.parts < 3)
            return hf_range_fail(err, b->text, "is not full: with more than three numbers both ends need three or more");
    }
    if (a->v.parts > 0 && add(r, OP_GE, &a->v, err) != 0)
        return -1;
    if (b->v.parts == 0)
        return 0;
    if (b->v.parts < 3 && b->v.pre[0] == '\0') {
        end = next(&b->v, b->v.parts - 1, "0");
        return add(r, OP_LT, &end, err);
    }
    return add(r, OP_LE, &b->v, err);
}
