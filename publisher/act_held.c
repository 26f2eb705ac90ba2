/* act_held.c: see act_held.h. */
#include "publisher/act_held.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "publisher/over.h"
#include "publisher/rules.h"

/* 1 when devices that r was for may get n, whose commit contains that of r and which does not say that it fixes it. */
static int holds(const struct hf_release *n, const struct hf_release *r, const struct hf_repo *repo)
{
    return !hf_over_is_out(n) && n != r && n->has_file && n->over < r->patch && hf_range_overlaps(n->range, r->range) &&
           (strcmp(n->source.commit, r->source.commit) == 0 ||
            (repo != NULL && hf_repo_contains(repo, n->source.commit, r->source.commit, NULL) == 1));
}

/* r is taken back. */
static void who_holds(const struct hf_manifest *m, const struct hf_release *r, const struct hf_repo *repo)
{
    for (size_t i = 0; i < m->release_count; i++) {
        const struct hf_release *n = &m->releases[i];

        if (holds(n, r, repo))
            fprintf(stderr,
                    "warning: patch %" PRId64 " for %s, which is %s, contains the commit of patch %" PRId64
                    ": unless it fixes that, 'hotfix rollback %" PRId64 "' too\n",
                    n->patch, n->target, hf_state_name(n->state), r->patch, n->patch);
    }
}

/* n goes to more devices. */
static void what_is_held(const struct hf_manifest *m, const struct hf_release *n, const struct hf_repo *repo)
{
    char words[HF_OVER_WORDS];

    for (size_t i = 0; i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if (hf_over_is_out(r) && holds(n, r, repo))
            fprintf(stderr, "warning: %s, and patch %" PRId64 " contains its commit\n", hf_over_words(words, r), n->patch);
        if (r->patch > n->patch && r->state == HF_PAUSED && hf_rules_same_target(r, n->target, n->range))
            fprintf(stderr,
                    "warning: patch %" PRId64 " is newer, and paused: until it is resumed devices get patch %" PRId64 "\n",
                    r->patch, n->patch);
    }
}

void hf_act_held(const struct hf_manifest *m, const struct hf_release *r, enum hf_patch_act act, const struct hf_repo *repo)
{
    switch (act) {
    case HF_ACT_ROLLBACK:
    case HF_ACT_REVOKE:
        who_holds(m, r, repo);
        break;
    case HF_ACT_RESUME:
    case HF_ACT_ROLLOUT:
        what_is_held(m, r, repo);
        break;
    case HF_ACT_PAUSE:
        break;
    }
}
