/* foresee.h: pre-receive's look ahead: what is known to become of a push's releases, before any ref moves. */
#ifndef HF_FORESEE_H
#define HF_FORESEE_H

#include "hooks/lines.h"
#include "hooks/say.h"
#include "publisher/job.h"
#include "publisher/release.h"
#include "publisher/spool.h"

#define HF_FORESEE_STORE_MS 5000 /* a push waits so long for the store, all its channels together */

struct hf_foresee {
    struct hf_setup *setup; /* repository (in git's quarantine) and config */
    struct hf_voice *voice; /* gets a warning when the store cannot be read */
    struct hf_pushed_ref *pushed;
    size_t pushed_count;
    int pushed_cut;         /* there were more */
    struct hf_spool *spool; /* NULL: not opened */
    int64_t ms;             /* left for reading the store */
    int warned;             /* the pusher knows that the store cannot be read */
    struct hf_foreseen_channel *channels;
};

/* tags: the refs of the push that a base may come from, borrowed until hf_foresee_end, which is called after a failure too. */
int hf_foresee_begin(struct hf_foresee *f, struct hf_setup *s, const struct hf_lines *tags, struct hf_voice *v,
                     struct hf_err *err);

/* Judges the release that a job would become. -1: it is known to fail, and the push is refused. */
int hf_foresee_job(struct hf_foresee *f, const struct hf_channel *c, const struct hf_job *j, struct hf_err *err);
void hf_foresee_end(struct hf_foresee *f);

#endif
