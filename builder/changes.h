/* changes.h: what changed between the trees of two commits, and what of it a patch may carry. */
#ifndef HF_CHANGES_H
#define HF_CHANGES_H

#include "builder/change.h"
#include "builder/git.h"

/* The files that differ between the trees of two commits (git's filter ACMRTUXB; a rename is a deletion and an addition) and
 * that include and exclude admit. Refused as a whole, naming the path (escaped): submodules, symbolic links, pointers of LFS
 * and git-annex, ciphertext, files with a filter (checkout.h), paths with "..", ".git" in any case, invalid UTF-8, a control
 * byte; files or totals over the limit. With a base also names that are no file's or not one file's on some device (names.h),
 * among the changed files and against those beside them. Runs no tool, and its cost is that of the change: the content of files
 * over 4 KiB is judged by hf_changes_export. */
int hf_changes_of(struct hf_changes **out, const struct hf_repo *r, const struct hf_changes_ask *ask, struct hf_err *err);

/* The same without native. */
int hf_changes_find(struct hf_changes **out, const struct hf_repo *r, const char *base, const char *commit, const char *include,
                    const char *exclude, struct hf_err *err);

/* The same to be compared with other changes, never to be built: what could not be in a patch is left out, not refused, so that a
 * commit that was released by older rules, or a file elsewhere in the tree, does not stand in the way. No file is read. */
int hf_changes_compare(struct hf_changes **out, const struct hf_repo *r, const char *base, const char *commit,
                       const char *include, const char *exclude, struct hf_err *err);

/* Somebody who wants to see each file as it is written: number `i` of the changes, and its bytes. Called once a file, in no
 * order, and by several threads at a time. */
typedef void hf_export_fn(void *arg, size_t i, const void *p, size_t n);

/* Writes the files below `folder`, which exists, is empty and private: folders 0700, files 0600 (0700 executable). see: may be
 * NULL. Many files are written by several threads, which have ended when this returns; the error is that of the first file,
 * in the order of `c`, that has one. */
int hf_changes_export(const struct hf_repo *r, const struct hf_changes *c, const char *folder, hf_export_fn *see, void *arg,
                      struct hf_err *err);

#endif
