/* fuzz_question.c: a request's JSON, and the decision that it leads to over one manifest with everything in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/question.h"
#include "tests/unit/releases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hf_manifest *everything(void)
{
    struct hf_manifest *m = manifest_new();
    struct hf_release *r;

    release_add(m, 1, "1.0.0", 1);
    release_add(m, 2, "1.0.x", 2)->state = HF_PAUSED;
    release_add(m, 3, ">=1.0.0 <2.0.0", 3)->state = HF_WITHDRAWN;
    release_add(m, 4, "2.0.0", 4)->state = HF_REVOKED;
    revoke(m, 4);
    release_add(m, 5, "2.0.0", 0);
    release_add(m, 6, "1.0.0", 6)->rollout = 5000;
    release_add(m, 7, "3.0.0+7", 7)->priority = HF_MANDATORY;
    r = release_add(m, 8, "3.0.0", 8);
    r->deltas = calloc(1, sizeof *r->deltas);
    r->delta_count = 1;
    strcpy(r->deltas[0].from, sum_of(7));
    release_add(m, 9, "4.0.0-beta.2 || 4.x", 9);
    return m;
}

/* What must hold of any decision, whatever was asked. */
static void check(const struct hf_decision *d, const struct hf_manifest *m, const struct hf_facts *r)
{
    struct hf_version v;

    if (d->reason == NULL || (d->delta != NULL && d->action != HF_INSTALL))
        abort();
    if (d->action != HF_INSTALL)
        return;
    if (d->release == NULL || !d->release->has_file || hf_manifest_revoked(m, d->release->file.sums.sha256))
        abort();
    if (hf_version_parse(&v, r->version, strlen(r->version), NULL) != 0 || hf_why_not(m, d->release, &v, r)[0] != '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hf_manifest *m;
    struct hf_question a;
    struct hf_decision d;
    struct hf_err err = {HF_OK, ""};

    if (m == NULL)
        m = everything();
    if (hf_question_parse(&a, data, size, &err) != 0) {
        if (err.code != HF_E_INPUT && err.code != HF_E_LIMIT)
            abort();
        return 0;
    }
    if (hf_decide(&d, m, &a.facts, NOW, &err) == 0)
        check(&d, m, &a.facts);
    else if (err.code != HF_E_INPUT)
        abort();
    hf_question_clear(&a);
    return 0;
}
