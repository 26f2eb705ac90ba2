/* undone.h: what going back from one manifest to an older one undoes. */
#ifndef HF_UNDONE_H
#define HF_UNDONE_H

#include "core/manifest.h"

/* Prints on standard error, a line each, which patches devices would get again, or more of them, in `now` than in `then`, the
 * newer one: those that were paused, rolled back, revoked, or had a lower rollout. Returns how many; and says which are no
 * longer there, which do not count. */
size_t hf_undone_print(const struct hf_manifest *now, const struct hf_manifest *then);

#endif
