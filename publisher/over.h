/* over.h: a release over one that was rolled back. What a person took away from devices does not return because somebody pushed:
 * the new release says which rolled-back release it claims to fix (`over`). docs/formats.md, "Over what was rolled back". */
#ifndef HF_OVER_H
#define HF_OVER_H

#include "publisher/content.h"
#include "publisher/params.h"

struct hf_over_ask {
    struct hf_tip tip;
    const struct hf_range *range;   /* the target of the new release */
    const struct hf_params *params; /* `over` and `force` count */
    const char *sha256;             /* of the patch that was built; NULL before it is built */
};

struct hf_over {
    int64_t over; /* what the new release records; 0: nothing */
    int rollout;  /* the most that it may begin with, unless this push names a rollout */
    int64_t of;   /* the patch that this bound comes from; 0: there is none */
};

/* Judges a new release over the withdrawn and revoked releases of m (NULL: none). HF_E_POLICY, with the reason of the rollback
 * and what to do: it holds such a release and does not say `over`, or it has the bytes of one without `force`, or
 * revoked bytes. */
int hf_over_judge(struct hf_over *out, const struct hf_manifest *m, const struct hf_over_ask *ask, struct hf_err *err);

#endif
