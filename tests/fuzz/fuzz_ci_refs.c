/* fuzz_ci_refs.c: what git ls-remote may print: every ref that is taken has a name fit for a refspec, and an id. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "publisher/ci_refs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_oid(const char *s)
{
    return hf_is_hex(s, 40) || hf_is_hex(s, 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_err err = {HF_OK, ""};
    struct hf_ci_refs refs;
    size_t i;

    if (hf_ci_refs_parse(&refs, (const char *)data, size, &err) != 0 && (err.code == HF_OK || err.msg[0] == '\0'))
        abort();
    for (i = 0; i < refs.count; i++) {
        const struct hf_ci_ref *r = &refs.refs[i];

        if (strncmp(r->name, "refs/", 5) != 0 || strpbrk(r->name, ":*^~? \n\t\\") != NULL || !is_oid(r->oid) ||
            (r->peeled[0] != '\0' && !is_oid(r->peeled)) || hf_ci_refs_find(&refs, r->name) == NULL)
            abort();
    }
    hf_ci_refs_free(&refs);
    return 0;
}
