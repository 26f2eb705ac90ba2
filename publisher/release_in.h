/* release_in.h: what release.c and patch.c share: one release while it is made. For these two alone. */
#ifndef HF_RELEASE_IN_H
#define HF_RELEASE_IN_H

#include "builder/base.h"
#include "publisher/release.h"

struct hf_making {
    const struct hf_release_ask *ask;
    struct hf_ledger ledger;
    const struct hf_manifest *before; /* in force when we began; NULL when there was none */
    struct hf_manifest *own;          /* the same, when it was read here and is ours to free */
    const struct hf_manifest *then;   /* in force when the release was asked for; NULL: nothing, or nobody knows */
    struct hf_manifest *own_then;     /* the same, when it is ours to free */
    struct hf_range *range;
    struct hf_base base;
    struct hf_changes *changes; /* NULL: built elsewhere */
    char *work;
    struct hf_built built;
    int none;  /* no difference to the base: the release has no file */
    int empty; /* the same, where the builder says that with a file */
    struct hf_over over;
    char held[HF_TAKEOVER_WORDS]; /* what was taken over from releases that are held back, in words, or "" */
    struct hf_released *out;
};

/* patch.c: finds base and changes in the repository. A base that is missing: HF_E_POLICY, and base.missing. */
int hf_making_base(struct hf_making *m, struct hf_err *err);
int hf_making_changes(struct hf_making *m, struct hf_err *err);

/* patch.c: builds them (none, where no file is left to patch). */
int hf_making_build(struct hf_making *m, struct hf_err *err);

/* patch.c: fills built with the file of the ask, which no channel of the app may have revoked. */
int hf_making_take(struct hf_making *m, struct hf_err *err);

#endif
