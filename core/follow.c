/* follow.c: see follow.h. */
#include "core/follow.h"

#include <string.h>

#include "core/digest.h"

int hf_follow_note(struct hf_follow *out, const struct hf_jws *jws, int64_t serial, struct hf_err *err)
{
    memset(out, 0, sizeof *out);
    if (hf_sha256(out->payload, jws->payload.p, jws->payload.n) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot compute SHA-256");
    out->serial = serial;
    out->verified = jws->verified;
    out->signatures = jws->signatures;
    memcpy(out->kid, jws->kid, sizeof out->kid);
    return 0;
}

int hf_follow_same_signer(const struct hf_follow *a, const struct hf_follow *b)
{
    unsigned i, k;

    for (i = 0; i < a->signatures; i++)
        for (k = 0; k < b->signatures; k++)
            if ((a->verified & (1u << i)) && (b->verified & (1u << k)) && strcmp(a->kid[i], b->kid[k]) == 0)
                return 1;
    return 0;
}

int hf_follow_check(const struct hf_follow *now, const struct hf_follow *next, struct hf_err *err)
{
    if (now == NULL || !hf_follow_same_signer(now, next) || next->serial > now->serial)
        return 0;
    if (next->serial < now->serial)
        return hf_fail(err, HF_E_POLICY, "its serial %lld is lower than %lld, which is in force", (long long)next->serial,
                       (long long)now->serial);
    if (memcmp(now->payload, next->payload, sizeof now->payload) == 0)
        return 0; /* signed once more, by another key */
    return hf_fail(err, HF_E_POLICY, "its serial %lld is in force with other content", (long long)now->serial);
}
