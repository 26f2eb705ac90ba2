/* base.h: the commit that a patch starts from. A patch is cumulative: from the release tag of its target. */
#ifndef HF_BASE_H
#define HF_BASE_H

#include "builder/git.h"

struct hf_base_ask {
    const char *given;                  /* hotfix.base: any revision, or NULL */
    const char *tags;                   /* [build] base: "refs/tags/v*"; the * stands for the version */
    const char *target;                 /* as written */
    const struct hf_manifest *manifest; /* the one in force, or NULL */
    const char *old;                    /* the old tip of the pushed ref; NULL or zeros when it is new */
    const struct hf_pushed_ref *pushed; /* refs of the same push that are not in force yet */
    size_t pushed_count;
};

struct hf_base {
    char oid[HF_OID_MAX + 1];
    char how[192]; /* in words, for the pusher: "tag v1.0.0" */
    int missing;   /* after HF_E_POLICY: no commit is known, so a tag that is pushed later may help */
    int untagged;  /* only the old tip was left to start from: what was pushed before it is not in the patch */
};

/* In order: given; the tag of the target (for a range: of its lowest tagged version); the base that the newest release of that
 * target records; old; else HF_E_POLICY with what to do. A tag that has moved away from the recorded base: HF_E_POLICY. */
int hf_base_find(struct hf_base *out, const struct hf_repo *r, const struct hf_base_ask *ask, struct hf_err *err);

#endif
