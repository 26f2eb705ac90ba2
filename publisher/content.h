/* content.h: what two releases have in common, told by git: the files that the patch of an earlier release changed, and what a
 * new commit makes of them. */
#ifndef HF_CONTENT_H
#define HF_CONTENT_H

#include "builder/changes.h"
#include "core/config.h"
#include "core/manifest.h"

/* The side of the new release. All of it is borrowed. */
struct hf_tip {
    const struct hf_repo *repo;       /* NULL: built elsewhere, so that nothing can be compared */
    const struct hf_channel *channel; /* its include and exclude say which files belong to a patch */
    const char *base;                 /* the commit that the new patch starts from; "" when unknown */
    const char *commit;
    const struct hf_changes *changes; /* from base to commit; NULL: built elsewhere */
};

struct hf_content {
    int known;                       /* 0: the earlier release's commit is not in the repository */
    int contained;                   /* 1: the new commit contains the earlier release's commit */
    int compared;                    /* 1: theirs and ours could be found */
    int same_base;                   /* both patches start from the same commit */
    struct hf_changes *theirs;       /* from the earlier release's base to its commit: the files of its patch */
    struct hf_changes *ours;         /* from the same base to the new commit */
    const struct hf_change **by_oid; /* the files of ours, by content */
};

/* Compares a release with the tip. What git cannot say is not an error: see `known` and `compared`. -1: out of memory only.
 * Freed with hf_content_clear, after a failure too. */
int hf_content_find(struct hf_content *out, const struct hf_tip *tip, const struct hf_release *r, struct hf_err *err);
void hf_content_clear(struct hf_content *c);

/* The file with this path, or NULL. */
const struct hf_change *hf_content_file(const struct hf_changes *c, const char *path);

/* 1 when the commit that `c` leads to no longer has a file that its base had. */
int hf_content_deleted(const struct hf_changes *c, const char *path);

/* 1 when the earlier release changed files, and the new commit has each of them as the base has it. */
int hf_content_reverted(const struct hf_content *c);

/* The first file that the new commit has exactly as the earlier release had it, or NULL. *was: where the earlier one had it, when
 * that is another path; else NULL. */
const struct hf_change *hf_content_kept(const struct hf_content *c, const struct hf_change **was);

/* 1 when the new commit changes a file of the earlier patch too, to whatever. */
int hf_content_touched(const struct hf_content *c);

/* 1 when the new patch would hold the very files of the earlier one. */
int hf_content_same(const struct hf_content *c);

#endif
