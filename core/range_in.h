/* range_in.h: what range.c, range_parse.c and range_expand.c share, and nobody else sees.
 * A range is alternatives ("sets"); a version must satisfy all comparators of one of them. A set without comparators is
 * `*`. All of npm's shorthands (~ ^ x hyphen) are written out as comparators while parsing, as node-semver does. */
#ifndef HF_RANGE_IN_H
#define HF_RANGE_IN_H

#include "core/range.h"

enum op {
    OP_LT,
    OP_LE,
    OP_EQ,
    OP_GE,
    OP_GT
};

struct comparator {
    enum op op;
    struct hf_version v; /* only an OP_EQ has a build */
};

struct set {
    size_t first, count; /* its comparators in hf_range.cmp */
};

struct hf_range {
    struct comparator *cmp;
    size_t cmp_count, cmp_room;
    struct set sets[HF_RANGE_MAX_SETS];
    size_t set_count;
    int exact; /* written as one version */
};

enum kind {
    BARE,
    EQUAL,
    LESS,
    LESS_EQUAL,
    MORE,
    MORE_EQUAL,
    TILDE,
    CARET
};

/* A piece of the text. */
struct span {
    const char *p;
    size_t n;
};

/* 1.2.x: the numbers that are there, and whether x stands behind them. */
struct partial {
    struct hf_version v; /* v.parts may be 0 here: `*` */
    int x;
    struct span text;
};

/* HF_E_INPUT: "'<the piece>' <why>". Returns -1. */
int hf_range_fail(struct hf_err *err, struct span at, const char *why);

/* Adds the comparators that an operator and a version, or `A - B`, stand for to the last set of r. In a hyphen range both
 * ends are included; a B that is not full means all that begins so. */
int hf_range_expand(struct hf_range *r, enum kind kind, const struct partial *p, struct hf_err *err);
int hf_range_expand_hyphen(struct hf_range *r, const struct partial *a, const struct partial *b, struct hf_err *err);

/* 1 when no version can satisfy all n comparators a and all m comparators b. May err on the side of 0. */
int hf_range_nothing_in(const struct comparator *a, size_t n, const struct comparator *b, size_t m);

#endif
