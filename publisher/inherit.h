/* inherit.h: what a new release takes over from the releases of the same app versions that are held back. Pure.
 * docs/formats.md, "What a new release takes over". */
#ifndef HF_INHERIT_H
#define HF_INHERIT_H

#include "core/manifest.h"

struct hf_held {
    const struct hf_release *rollout; /* the release whose rollout and salt the new one takes; NULL: none is held back */
    const struct hf_release *pause;   /* the newest paused one; NULL: none is paused */
};

/* Finds the releases of m that hold back a new release for `range`: those that are live or paused, whose target overlaps, and
 * that are paused or below 100 %, unless a newer live release of the same target is at 100 %. m may be NULL. The results are
 * borrowed from m. */
void hf_inherit(struct hf_held *out, const struct hf_manifest *m, const struct hf_range *range);

/* The same, of what people decided after `then`, the manifest that was in force when the new release was asked for (NULL: nobody
 * knows, so all of it): pauses that were not there, and rollouts that were higher or not there. */
void hf_inherit_later(struct hf_held *out, const struct hf_manifest *m, const struct hf_range *range,
                      const struct hf_manifest *then);

#endif
