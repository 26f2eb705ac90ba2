/* fuzz_range.c: a target, and behind a newline another one or a version. What is promised of any two must hold. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct hf_range *r, const struct hf_version *v)
{
    const struct hf_version *exact = hf_range_exact(r);

    if (hf_range_overlaps(r, r) != 1)
        abort(); /* a target that holds nothing is refused */
    if (exact != NULL && !hf_range_holds(r, exact))
        abort();
    if (v != NULL && exact != NULL && hf_range_holds(r, v) && hf_version_cmp(exact, v) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_range *a = NULL, *b = NULL;
    struct hf_version v;
    struct hf_err err = {HF_OK, ""};
    char text[1024], *second;
    int has_version;

    if (size >= sizeof text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    second = strchr(text, '\n');
    if (second != NULL)
        *second++ = '\0';
    else
        second = text;
    has_version = hf_version_parse(&v, second, strlen(second), &err) == 0;
    if (has_version && hf_version_cmp(&v, &v) != 0)
        abort();
    if (hf_range_parse(&a, text, &err) != 0 && (err.code == HF_OK || err.msg[0] == '\0'))
        abort();
    if (hf_range_parse(&b, second, &err) != 0)
        b = NULL;
    if (a != NULL)
        check(a, has_version ? &v : NULL);
    if (a != NULL && b != NULL) {
        if (hf_range_overlaps(a, b) != hf_range_overlaps(b, a))
            abort();
        if (has_version && hf_range_holds(a, &v) && hf_range_holds(b, &v) && !hf_range_overlaps(a, b))
            abort();
    }
    hf_range_free(a);
    hf_range_free(b);
    return 0;
}
