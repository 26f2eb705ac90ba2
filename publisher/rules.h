/* rules.h: what a new release may not do to those that are there. */
#ifndef HF_RULES_H
#define HF_RULES_H

#include "builder/git.h"
#include "core/manifest.h"

/* 1 when two targets are the same: the same text, or equal versions with equal builds. */
int hf_rules_same_target(const struct hf_release *r, const char *target, const struct hf_range *range);

/* The same of two texts. One that is no target is the same as none. */
int hf_rules_same_targets(const char *a, const char *b);

/* 1 when some version may be held by both. One that is no target overlaps with each. */
int hf_rules_targets_overlap(const char *a, const char *b);

/* The newest release of a target that is live (or NULL). Borrowed. */
const struct hf_release *hf_rules_live(const struct hf_manifest *m, const char *target, const struct hf_range *range);

/* The newest release of a target that is live or paused (or NULL): what a new one follows. Borrowed. */
const struct hf_release *hf_rules_current(const struct hf_manifest *m, const char *target, const struct hf_range *range);

/* HF_E_POLICY when the newest live release of some other ref has an overlapping target and a commit that the new commit does not
 * contain: publishing would take its fix away from devices. repo NULL (built elsewhere): containment cannot be judged, a
 * different commit counts as not contained. */
int hf_rules_overlap(const struct hf_manifest *m, const struct hf_repo *repo, const char *ref, const char *commit,
                     const struct hf_range *range, struct hf_err *err);

/* HF_E_POLICY when the newest live or paused release of the same ref, for some of the same versions, has a commit that contains
 * this one: an older commit would be published over a newer one. A patch after number `seen` (nobody has looked at it yet) whose
 * commit the repository lacks: HF_E_AGAIN. For CI, where an old job can be started again; in a hook a ref that goes back is a
 * push. */
int hf_rules_newest(const struct hf_manifest *m, const struct hf_repo *repo, const char *ref, const char *commit,
                    const struct hf_range *range, int64_t seen, struct hf_err *err);

/* Drops releases that nothing needs any more: live or paused ones that have `keep` newer ones of the same target, of which one is
 * live at 100 %. Withdrawn and revoked ones stay: devices that have them must hear of it. */
void hf_rules_trim(struct hf_manifest *m, int64_t keep);

#endif
