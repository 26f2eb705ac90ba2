/* fuzz_candidate.c: what is taken for a candidate is written again, and reads the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "publisher/candidate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int agree(const struct hf_candidate *a, const struct hf_candidate *b)
{
    return strcmp(a->app, b->app) == 0 && strcmp(a->channel, b->channel) == 0 && strcmp(a->job, b->job) == 0 &&
           strcmp(a->by, b->by) == 0 && a->created == b->created && strcmp(a->params.target, b->params.target) == 0 &&
           a->params.rollout == b->params.rollout && a->params.priority == b->params.priority &&
           strcmp(a->source.commit, b->source.commit) == 0 && strcmp(a->source.base, b->source.base) == 0 &&
           a->source.files == b->source.files && a->has_file == b->has_file && a->file.size == b->file.size &&
           strcmp(a->file.sums.sha256, b->file.sums.sha256) == 0 && strcmp(a->file.name, b->file.name) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_err err = {HF_OK, ""};
    struct hf_candidate c, again;
    struct hf_buf out;

    if (hf_candidate_parse(&c, data, size, &err) != 0) {
        if (err.code == HF_OK || err.msg[0] == '\0')
            abort();
        hf_candidate_clear(&c);
        return 0;
    }
    hf_buf_init(&out, (size_t)8 * HF_CANDIDATE_MAX_BYTES); /* escapes may make it longer than what was read */
    if (hf_candidate_write(&out, &c, &err) != 0)
        abort();
    if (out.n <= HF_CANDIDATE_MAX_BYTES) {
        if (hf_candidate_parse(&again, out.p, out.n, &err) != 0 || !agree(&c, &again))
            abort();
        hf_candidate_clear(&again);
    }
    hf_buf_free(&out);
    hf_candidate_clear(&c);
    return 0;
}
