/* patchstate.h: what may be done to a release that is published: pure edits of a manifest. */
#ifndef HF_PATCHSTATE_H
#define HF_PATCHSTATE_H

#include "core/manifest.h"

enum hf_patch_act {
    HF_ACT_ROLLOUT,
    HF_ACT_PAUSE,
    HF_ACT_RESUME,
    HF_ACT_ROLLBACK,
    HF_ACT_REVOKE
};

struct hf_patch_edit {
    enum hf_patch_act act;
    /* 0, rollback only: the newest live release of the only target. The first edit writes its number here, so that an edit that
     * is made once more after a lost race does not go back another step. */
    int64_t patch;
    int rollout;        /* HF_ACT_ROLLOUT: how many of 10,000 */
    const char *reason; /* words for people, kept in the manifest until it is resumed; NULL: none */

    /* What the edit found and did. */
    enum hf_state was;
    int rollout_was;
    size_t also;         /* revoke: how many other releases had the same bytes, and are revoked with it */
    const char *nothing; /* words, static: why there was nothing to change; NULL when something was changed */
};

/* The edit of hf_ledger_change: 0 changed, 1 nothing to change, -1: HF_E_NOTFOUND (no such patch), HF_E_POLICY (what it is in
 * does not allow it, with what to do instead), HF_E_USAGE (patch 0 with several targets: names them). arg is a struct
 * hf_patch_edit. */
int hf_patchstate_edit(struct hf_manifest *m, void *arg, struct hf_err *err);

#define HF_PATCH_NEXT_MAX 16

/* What devices get that a release was for, or no longer is: the live releases for its target, newest first, until one takes
 * them all. */
struct hf_patch_next {
    const struct hf_release *of[HF_PATCH_NEXT_MAX]; /* borrowed from the manifest */
    size_t n;
    int shipped; /* 1: some, or all, get none of these and run the app as shipped */
};

void hf_patchstate_next(struct hf_patch_next *out, const struct hf_manifest *m, const struct hf_release *rel);

#endif
