/* fuzz_state.c: a state file that somebody wrote: what is taken for one is written again, and reads the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_device s, again;
    struct hf_buf out;
    struct hf_err err;

    if (hf_state_parse(&s, data, size, &err) != 0)
        return 0;
    hf_buf_init(&out, HF_STATE_MAX_BYTES);
    if (hf_state_write(&out, &s, &err) != 0 || hf_state_parse(&again, out.p, out.n, &err) != 0 ||
        memcmp(&s, &again, sizeof s) != 0)
        abort();
    hf_buf_free(&out);
    return 0;
}
