/* fuzz_ocpatch.c: the head of an OCRunner patch. What is read is bounded, printable, and read alike once more; the digest is made to
 * fit, since no input would guess it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builder/ocpatch.h"
#include "core/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const void *p, size_t n)
{
    struct hf_ocpatch patch, again;
    struct hf_err err = {HF_OK, ""};

    if (hf_ocpatch_read(&patch, p, n, &err) != 0) {
        if (err.code != HF_E_INPUT && err.code != HF_E_SIG)
            abort();
        return;
    }
    if (strlen(patch.app_version) > HF_OCPATCH_MAX_VERSION || patch.nodes > n)
        abort();
    for (const char *s = patch.app_version; *s != '\0'; s++)
        if (*s < ' ' || *s > '~')
            abort();
    if (hf_ocpatch_read(&again, p, n, &err) != 0 || memcmp(&patch, &again, sizeof patch) != 0)
        abort();
    hf_ocpatch_for(&patch, "1.1.1", &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy;

    look(data, size);
    if (size < 32)
        return 0;
    copy = malloc(size);
    if (copy == NULL)
        return 0;
    memcpy(copy, data, size);
    hf_sha256(copy, copy + 32, size - 32);
    look(copy, size);
    free(copy);
    return 0;
}
