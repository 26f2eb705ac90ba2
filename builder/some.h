/* some.h: a count of paths and the first few of them, for one line to a person. Bounded, however many there are. */
#ifndef HF_SOME_H
#define HF_SOME_H

#include <stddef.h>

#include "core/err.h"

#define HF_SOME_NAMED 5

struct hf_some {
    size_t count;
    char *path[HF_SOME_NAMED]; /* the first ones that were added; NULL behind them */
};

/* Counts a path, and keeps a copy of it when it is one of the first. -1: no memory. */
int hf_some_add(struct hf_some *s, const char *path, struct hf_err *err);
void hf_some_clear(struct hf_some *s);

/* Writes "a, b and 3 more" into out, escaped, each path cut to a readable length. max is at least 480. Returns out. */
const char *hf_some_text(char *out, size_t max, const struct hf_some *s);

#endif
