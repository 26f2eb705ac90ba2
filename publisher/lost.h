/* lost.h: a fix that devices have and that a new release would take from them without anybody having said so.
 * docs/formats.md, "A fix that is taken back". */
#ifndef HF_LOST_H
#define HF_LOST_H

#include "publisher/content.h"

/* Judges a new release for `range` over the newest live or paused release of each overlapping target. HF_E_POLICY, naming the
 * paths, when a file of that release's patch is missing in the new one: it was deleted or is no longer included, or the new
 * commit does not contain that release's commit. It is fine when the new commit contains it and has the file as the base has it:
 * a person reverted it with git. m may be NULL. A patch that was built elsewhere (tip->changes NULL) is not judged. */
int hf_lost_judge(const struct hf_manifest *m, const struct hf_tip *tip, const struct hf_range *range, struct hf_err *err);

#endif
