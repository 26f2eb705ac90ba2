/* repack.h: a rollback on a channel whose devices only go forward. JSPatch's stock Loader takes a pack with a higher number and
 * cannot remove one; so what devices go back to is released once more: the older pack, or an empty one, under a new number. */
#ifndef HF_REPACK_H
#define HF_REPACK_H

#include "builder/build.h"
#include "publisher/patchstate.h"
#include "publisher/setup.h"

struct hf_repack {
    struct hf_patch_edit *edit; /* what is done to the release itself */
    int64_t now;
    char job[HF_JOB_HEX + 1];
    char *work;        /* holds the empty pack; NULL: none could be made */
    struct hf_err why; /* then: why */
    struct hf_built empty;
    int64_t patch; /* out: the new number; 0: none was needed */
    int64_t of;    /* out: whose bytes it has; 0: those of the empty pack */
};

/* 1 when a channel needs this. */
int hf_repack_needed(const struct hf_channel *c, enum hf_patch_act act);

/* Builds the empty pack below `tmp`, and puts it into the store, where nobody finds it before a manifest names it. That it could
 * not be made is no failure: there may be an older pack. Ended with hf_repack_end, after a failure too. */
int hf_repack_begin(struct hf_repack *r, const struct hf_setup *s, const struct hf_channel *c, const char *tmp,
                    struct hf_err *err);

/* The edit of hf_ledger_change; arg is a struct hf_repack. */
int hf_repack_edit(struct hf_manifest *m, void *arg, struct hf_err *err);
void hf_repack_end(struct hf_repack *r);

#endif
