/* range.h: the app versions that a patch may run on: one version, or a range in npm's semver syntax. */
#ifndef HF_RANGE_H
#define HF_RANGE_H

#include "core/version.h"

#define HF_RANGE_MAX 256     /* characters */
#define HF_RANGE_MAX_SETS 16 /* alternatives, joined by || */
#define HF_RANGE_MAX_TERMS 16

struct hf_range;

/* Reads a target. *out is freed with hf_range_free. The error says what is wrong and what to write instead.
 * A bare version ("1.2", "1.1.1+345") is one version, not a range: docs/decisions.md. */
int hf_range_parse(struct hf_range **out, const char *s, struct hf_err *err);
void hf_range_free(struct hf_range *r);

/* 1 when the target holds the version. */
int hf_range_holds(const struct hf_range *r, const struct hf_version *v);

/* The version when the target is exactly one, else NULL. Borrowed. */
const struct hf_version *hf_range_exact(const struct hf_range *r);

/* 1 when some version may be held by both (may err on the side of 1, never on the side of 0). */
int hf_range_overlaps(const struct hf_range *a, const struct hf_range *b);

/* 1 when all versions of b are held by a (may err on the side of 0, never on the side of 1): b is one of a's versions, or is
 * written as a. */
int hf_range_covers(const struct hf_range *a, const struct hf_range *b);

#endif
