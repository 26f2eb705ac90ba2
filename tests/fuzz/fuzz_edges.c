/* fuzz_edges.c: what `hotfix status --edge` is told: whatever comes, the sums stay within their bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "publisher/edges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_edges e = {NULL, 0};
    struct hf_err err = {HF_OK, ""};
    size_t i, k;

    if (hf_edges_add(&e, data, size, &err) == 0 && hf_edges_add(&e, data, size, &err) != 0)
        abort(); /* what was taken once is taken twice */
    for (i = 0; i < e.count; i++) {
        if (e.list[i].patch < 1 || hf_edges_find(&e, e.list[i].app, e.list[i].channel, e.list[i].patch) != &e.list[i])
            abort();
        for (k = 0; k < HF_RESULTS; k++)
            if (e.list[i].n[k] < 0)
                abort();
    }
    hf_edges_free(&e);
    return 0;
}
