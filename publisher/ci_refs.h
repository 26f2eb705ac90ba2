/* ci_refs.h: what `git ls-remote --symref` prints: the refs of a remote. Pure; the bytes are the remote's. */
#ifndef HF_CI_REFS_H
#define HF_CI_REFS_H

#include "core/manifest.h"

#define HF_CI_MAX_REFS 200000

struct hf_ci_ref {
    char *name;
    char oid[HF_OID_MAX + 1];
    char peeled[HF_OID_MAX + 1]; /* of an annotated tag: its commit; else "" */
};

struct hf_ci_refs {
    char head[HF_MANIFEST_MAX_REF + 1]; /* what HEAD stands for: "refs/heads/main"; or "" */
    struct hf_ci_ref *refs;
    size_t count, room;
};

/* Lines that have another form are refused, and so is a ref's name that git would not take (control characters, spaces, a colon).
 * Freed with hf_ci_refs_free, after a failure too. */
int hf_ci_refs_parse(struct hf_ci_refs *out, const char *p, size_t n, struct hf_err *err);
void hf_ci_refs_free(struct hf_ci_refs *r);

/* NULL when it is not there. */
const struct hf_ci_ref *hf_ci_refs_find(const struct hf_ci_refs *r, const char *name);

#endif
