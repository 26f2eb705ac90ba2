/* match.h: which channels a pushed ref belongs to, and which target its name says. */
#ifndef HF_MATCH_H
#define HF_MATCH_H

#include "builder/git.h"
#include "core/config.h"

/* 1 when one of the channel's patterns (separated by spaces; * is one path component) matches the ref. star, if there is a *,
 * gets what it stands for, else "" (bounded to max: over it counts as no match). */
int hf_match_ref(const struct hf_channel *c, const char *ref, char *star, size_t max);

/* 1 when some channel's patterns match the ref: hf_lines_read's `wanted` for a struct hf_config. */
int hf_match_any(void *config, const char *ref);

/* Calls f with the full name of each ref of the repository that the channel's patterns name, until it does not return 0; returns
 * that. */
int hf_match_each(const struct hf_channel *c, const struct hf_repo *repo, int (*f)(const char *ref, void *arg), void *arg,
                  struct hf_err *err);

#endif
