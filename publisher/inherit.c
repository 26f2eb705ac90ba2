/* inherit.c: see inherit.h. */
#include "publisher/inherit.h"

#include <string.h>

#include "publisher/rules.h"

static int is_held(const struct hf_release *r)
{
    return r->state == HF_PAUSED || (r->state == HF_LIVE && r->rollout < HF_ROLLOUT_ALL);
}

/* 1 when a newer live release of the same target goes to every device: release i no longer holds anything back. A release that a
 * rollback made is not such a release, since no person decided that it is good. */
static int is_outdone(const struct hf_manifest *m, size_t i)
{
    const struct hf_release *old = &m->releases[i];

    for (size_t k = 0; k < i; k++) {
        const struct hf_release *r = &m->releases[k];

        if (r->state == HF_LIVE && r->rollout == HF_ROLLOUT_ALL && r->instead == 0 &&
            hf_rules_same_target(r, old->target, old->range))
            return 1;
    }
    return 0;
}

void hf_inherit(struct hf_held *out, const struct hf_manifest *m, const struct hf_range *range)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; m != NULL && i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if (!is_held(r) || !hf_range_overlaps(r->range, range) || is_outdone(m, i))
            continue;
        if (out->rollout == NULL || r->rollout < out->rollout->rollout)
            out->rollout = r;
        if (out->pause == NULL && r->state == HF_PAUSED)
            out->pause = r;
    }
}
