/* undone.c: see undone.h. */
#include "publisher/undone.h"

#include <inttypes.h>
#include <stdio.h>

static void describe(char out[32], const struct hf_release *r)
{
    char percent[8];

    hf_percent_format(percent, r->rollout);
    snprintf(out, 32, "%s at %s", hf_state_name(r->state), percent);
}

static int is_undone(const struct hf_release *now, const struct hf_release *then)
{
    return now->state < then->state || (now->state == HF_LIVE && now->rollout > then->rollout);
}

size_t hf_undone_print(const struct hf_manifest *now, const struct hf_manifest *then)
{
    char was[32], is[32];
    size_t n = 0;

    for (size_t i = 0; i < then->release_count; i++) {
        const struct hf_release *t = &then->releases[i], *r = hf_manifest_find(now, t->patch);

        describe(was, t);
        if (r == NULL) {
            fprintf(stderr, "patch %" PRId64 " for %s (%s) is not in it\n", t->patch, t->target, was);
        } else if (is_undone(r, t)) {
            describe(is, r);
            fprintf(stderr, "patch %" PRId64 " for %s: %s, would be %s again\n", t->patch, t->target, was, is);
            n++;
        }
    }
    for (size_t i = 0; i < then->revoked_count; i++) {
        if (hf_manifest_revoked(now, then->revoked[i]))
            continue;
        fprintf(stderr, "the bytes %.12s... are revoked, and would not be any more\n", then->revoked[i]);
        n++;
    }
    return n;
}
