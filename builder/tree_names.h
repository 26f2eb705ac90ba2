/* tree_names.h: the names of all files of a commit, and a few of its files, taken though they did not change. */
#ifndef HF_TREE_NAMES_H
#define HF_TREE_NAMES_H

#include "builder/changes.h"
#include "builder/objects.h"

/* Calls f(path, arg) for each regular file of a commit, in no order that counts, without reading a file. Stops at, and returns,
 * the first value of f that is not 0. HF_E_LIMIT: the commit has millions of entries. */
int hf_tree_names(const struct hf_repo *r, const char *commit, int (*f)(const char *path, void *arg), void *arg,
                  struct hf_err *err);

/* The files at these n paths of a commit, which has them: judged like changed files (hf_changes_of). *out is freed with
 * hf_changes_free. */
int hf_changes_pick(struct hf_changes **out, const struct hf_repo *r, const char *commit, char *const *paths, size_t n,
                    struct hf_err *err);

#endif
