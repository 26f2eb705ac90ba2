/* fuzz_jws.c: an envelope, judged by two pinned keys: that of RFC 8037 and one more. The corpus has some that they signed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/manifest.h"
#include "tests/unit/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char pem[] = RFC_PUBLIC_PEM OTHER_PUBLIC_PEM;
    static struct hf_trust *trust;
    struct hf_manifest *m = NULL;
    struct hf_jws j;
    struct hf_err err = {HF_OK, ""};
    unsigned i;

    if (trust == NULL && hf_trust_parse(&trust, pem, strlen(pem), "keys.h", &err) != 0)
        abort();
    if (hf_jws_verify(&j, data, size, trust, &err) == 0) {
        if (j.verified == 0 || j.signatures > HF_JWS_MAX_SIGNATURES || j.verified >> j.signatures != 0)
            abort();
        for (i = 0; i < j.signatures; i++)
            if ((j.verified & 1u << i) != 0 && hf_trust_find(trust, j.kid[i]) < 0)
                abort();
    } else if (err.code == HF_OK || j.payload.n != 0 || j.verified != 0) {
        abort();
    }
    hf_jws_free(&j);
    if (hf_manifest_open(&m, NULL, data, size, trust, NULL, NULL, &err) == 0 && m->serial < 1)
        abort();
    hf_manifest_free(m);
    return 0;
}
