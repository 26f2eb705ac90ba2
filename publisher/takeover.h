/* takeover.h: what a new release begins with: rollout, salt, pause. What people held back stays held back unless this push says
 * otherwise, and what it says answers for what was known when it was made. docs/formats.md, "What a new release takes over". */
#ifndef HF_TAKEOVER_H
#define HF_TAKEOVER_H

#include "core/manifest.h"
#include "publisher/over.h"
#include "publisher/params.h"

#define HF_TAKEOVER_WORDS 512

/* The limit of earlier pushes of the same ref that never became a release (leftover.h). */
struct hf_leftover {
    int rollout;                 /* HF_ROLLOUT_ALL: there is none */
    char commit[HF_OID_MAX + 1]; /* of the push that asked for it */
};

struct hf_takeover {
    const struct hf_params *params;
    const struct hf_range *range;
    const struct hf_over *over;
    const struct hf_leftover *left; /* NULL: there is none */
    const struct hf_manifest *then; /* in force when the push was made; NULL: nothing, or nobody knows */
};

/* Fills rollout, salt, over, state and reason of rel, for the manifest m that it will be in. words: what was taken over, for
 * people, or "". */
int hf_takeover(struct hf_release *rel, char words[HF_TAKEOVER_WORDS], const struct hf_takeover *t, const struct hf_manifest *m,
                struct hf_err *err);

#endif
