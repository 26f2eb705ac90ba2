/* trust.c: see trust.h. */
#include "core/trust.h"

int hf_trust_load(struct hf_trust **out, const struct hf_config *c, struct hf_err *err)
{
    struct hf_buf pem;
    int rc = -1;

    if (c->trust.keys.kind == HF_SECRET_NONE)
        return hf_fail(err, HF_E_CONFIG, HF_TRUST_WORDS ": name the public keys that manifests must be signed with (file:PATH)");
    if (hf_secret_read(&pem, &c->trust.keys, HF_TRUST_WORDS, err) == 0)
        rc = hf_trust_parse(out, pem.p != NULL ? pem.p : "", pem.n, HF_TRUST_WORDS, err);
    hf_buf_wipe(&pem);
    return rc;
}
