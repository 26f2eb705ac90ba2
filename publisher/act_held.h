/* act_held.h: what somebody who changes a release should know of the others: patches are cumulative, so that a newer one may
 * hold the commit of one that is taken back. */
#ifndef HF_ACT_HELD_H
#define HF_ACT_HELD_H

#include "builder/git.h"
#include "publisher/patchstate.h"

/* Prints warnings on standard error, for release r of m after the act. repo NULL: nobody can tell which commit holds which. */
void hf_act_held(const struct hf_manifest *m, const struct hf_release *r, enum hf_patch_act act, const struct hf_repo *repo);

#endif
