/* fuzz_manifest.c: what is read as a manifest's payload can be written, reads the same again, and is then written the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int right, const struct hf_err *err)
{
    if (right)
        return;
    fprintf(stderr, "%s\n", err->msg);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_manifest *a = NULL, *b = NULL;
    struct hf_buf first, second;
    struct hf_err err = {HF_OK, "the two readings differ"};

    /* Members that may be left out are written: near the limit that may be too much. */
    if (size > HF_MANIFEST_MAX_BYTES / 2 || hf_manifest_parse(&a, data, size, &err) != 0)
        return 0;
    hf_buf_init(&first, HF_MANIFEST_MAX_BYTES);
    hf_buf_init(&second, HF_MANIFEST_MAX_BYTES);
    must(hf_manifest_write(&first, a, &err) == 0, &err);
    must(hf_manifest_parse(&b, first.p, first.n, &err) == 0, &err);
    must(a->serial == b->serial && a->last == b->last && a->published == b->published && a->expires == b->expires, &err);
    must(a->release_count == b->release_count && a->revoked_count == b->revoked_count, &err);
    must(hf_manifest_write(&second, b, &err) == 0, &err);
    must(first.n == second.n && memcmp(first.p, second.p, first.n) == 0, &err);
    hf_buf_free(&first);
    hf_buf_free(&second);
    hf_manifest_free(a);
    hf_manifest_free(b);
    return 0;
}
