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

/* 1 when a release was rolled back or revoked. */
int hf_over_is_out(const struct hf_release *r);

/* 1 when `over` (NULL: nothing is said) names the release r: by its number, or by its commit, also a shortened one. */
int hf_over_names(const char *over, const struct hf_release *r);

/* "patch 27 for 1.0.0 was rolled back (crashes at start)", of a release that is out. Returns out. */
#define HF_OVER_WORDS (160 + HF_RANGE_MAX + 96)
const char *hf_over_words(char out[static HF_OVER_WORDS], const struct hf_release *r);

#endif
