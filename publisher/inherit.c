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

static const struct hf_release *same_patch(const struct hf_manifest *m, int64_t patch)
{
    for (size_t i = 0; m != NULL && i < m->release_count; i++)
        if (m->releases[i].patch == patch)
            return &m->releases[i];
    return NULL;
}

/* Takes r up where it is lower, or the first that is paused. was: what it was then; NULL: it was not there. */
static void take(struct hf_held *out, const struct hf_release *r, const struct hf_release *was)
{
    if ((was == NULL || r->rollout < was->rollout) && (out->rollout == NULL || r->rollout < out->rollout->rollout))
        out->rollout = r;
    if (out->pause == NULL && r->state == HF_PAUSED && (was == NULL || was->state != HF_PAUSED))
        out->pause = r;
}

void hf_inherit_later(struct hf_held *out, const struct hf_manifest *m, const struct hf_range *range,
                      const struct hf_manifest *then)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; m != NULL && i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if (is_held(r) && hf_range_overlaps(r->range, range) && !is_outdone(m, i))
            take(out, r, same_patch(then, r->patch));
    }
}

void hf_inherit(struct hf_held *out, const struct hf_manifest *m, const struct hf_range *range)
{
    hf_inherit_later(out, m, range, NULL);
}
