/* fuzz_job.c: a file of the spool: what is taken for a job is written again, and reads the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "publisher/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int same(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static int agree(const struct hf_job *a, const struct hf_job *b)
{
    const struct hf_params *p = &a->params, *q = &b->params;

    return same(a->id, b->id) && same(a->ref, b->ref) && same(a->old, b->old) && same(a->commit, b->commit) &&
           same(a->channel, b->channel) && same(a->why, b->why) && a->created == b->created && a->tries == b->tries &&
           same(p->target, q->target) && same(p->base, q->base) && same(p->window, q->window) && same(p->notes, q->notes) &&
           p->rollout == q->rollout && p->priority == q->priority && p->force == q->force;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_err err = {HF_OK, ""};
    struct hf_job j, again;
    struct hf_buf out;

    if (hf_job_parse(&j, data, size, &err) != 0) {
        if (err.code == HF_OK || err.msg[0] == '\0')
            abort();
        hf_job_clear(&j);
        return 0;
    }
    hf_buf_init(&out, HF_JOB_MAX_BYTES);
    if (hf_job_write(&out, &j, &err) != 0 || hf_job_parse(&again, out.p, out.n, &err) != 0 || !agree(&j, &again))
        abort();
    hf_buf_free(&out);
    hf_job_clear(&again);
    hf_job_clear(&j);
    return 0;
}
