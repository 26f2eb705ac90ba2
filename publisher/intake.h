/* intake.h: what was pushed becomes a job: one for each channel that releases the ref. */
#ifndef HF_INTAKE_H
#define HF_INTAKE_H

#include "publisher/job.h"
#include "publisher/say.h"
#include "publisher/setup.h"

struct hf_intake {
    struct hf_setup *setup; /* the repository and hotfix.ini */
    const struct hf_channel *channel;
    const char *ref, *star; /* the ref, and what the channel's pattern leaves of its name (hf_match_ref) */
    const char *old;        /* the commit that it was at; "" when it is new, or nobody knows */
    const char *commit;
    const struct hf_params *options; /* what the push said; NULL: nothing */
    int64_t now;                     /* seconds since 1970 */
    const struct hf_say *say;        /* is told of a ref without a target; NULL: nobody is */
};

/* Makes the job of a pushed ref for a channel: its target comes from the options or the ref's name, and trailers are read where
 * hotfix.ini allows them. 1: made; 0: nothing says which versions it is for; -1: refused. out is cleared with hf_job_clear in
 * each case. */
int hf_intake(struct hf_job *out, const struct hf_intake *in, struct hf_err *err);

#endif
