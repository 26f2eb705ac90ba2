/* rules.c: see rules.h. */
#include "publisher/rules.h"

#include <inttypes.h>
#include <string.h>

#include "core/escape.h"

static int same_range(const struct hf_range *a, const struct hf_range *b)
{
    const struct hf_version *va = hf_range_exact(a), *vb = hf_range_exact(b);

    return va != NULL && vb != NULL && hf_version_cmp(va, vb) == 0 && strcmp(va->build, vb->build) == 0;
}

int hf_rules_same_target(const struct hf_release *r, const char *target, const struct hf_range *range)
{
    return strcmp(r->target, target) == 0 || same_range(r->range, range);
}

int hf_rules_same_targets(const char *a, const char *b)
{
    struct hf_range *x = NULL, *y = NULL;
    int same = strcmp(a, b) == 0 ||
               (hf_range_parse(&x, a, NULL) == 0 && hf_range_parse(&y, b, NULL) == 0 && same_range(x, y));

    hf_range_free(x);
    hf_range_free(y);
    return same;
}

int hf_rules_targets_overlap(const char *a, const char *b)
{
    struct hf_range *x = NULL, *y = NULL;
    int overlap = hf_range_parse(&x, a, NULL) != 0 || hf_range_parse(&y, b, NULL) != 0 || hf_range_overlaps(x, y);

    hf_range_free(x);
    hf_range_free(y);
    return overlap;
}

const struct hf_release *hf_rules_live(const struct hf_manifest *m, const char *target, const struct hf_range *range)
{
    size_t i;

    for (i = 0; m != NULL && i < m->release_count; i++)
        if (m->releases[i].state == HF_LIVE && hf_rules_same_target(&m->releases[i], target, range))
            return &m->releases[i];
    return NULL;
}

const struct hf_release *hf_rules_current(const struct hf_manifest *m, const char *target, const struct hf_range *range)
{
    for (size_t i = 0; m != NULL && i < m->release_count; i++)
        if (m->releases[i].state <= HF_PAUSED && hf_rules_same_target(&m->releases[i], target, range))
            return &m->releases[i];
    return NULL;
}

/* 1 when a newer live release than number i comes from the same ref, for some of these versions too: that one speaks for it. */
static int ref_spoke(const struct hf_manifest *m, size_t i, const struct hf_range *range)
{
    size_t k;

    for (k = 0; k < i; k++)
        if (m->releases[k].state == HF_LIVE && strcmp(m->releases[k].source.ref, m->releases[i].source.ref) == 0 &&
            hf_range_overlaps(m->releases[k].range, range))
            return 1;
    return 0;
}

int hf_rules_overlap(const struct hf_manifest *m, const struct hf_repo *repo, const char *ref, const char *commit,
                     const struct hf_range *range, struct hf_err *err)
{
    char shown[96];
    size_t i;
    int contained;

    for (i = 0; m != NULL && i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if (r->state != HF_LIVE || strcmp(r->source.ref, ref) == 0 || !hf_range_overlaps(r->range, range) ||
            ref_spoke(m, i, range))
            continue;
        contained = strcmp(r->source.commit, commit) == 0 ||
                    (repo != NULL && hf_repo_contains(repo, commit, r->source.commit, NULL) == 1);
        if (!contained)
            return hf_fail(
                err, HF_E_POLICY,
                "patch %" PRId64 " for %s, from %s, is live for some of the same versions and its commit %.12s is not "
                "contained in %.12s: devices would lose that fix; merge it, or push with -o hotfix.force (publish --force)",
                r->patch, r->target, hf_escape(shown, sizeof shown, r->source.ref, strlen(r->source.ref)), r->source.commit,
                commit);
    }
    return 0;
}

int hf_rules_newest(const struct hf_manifest *m, const struct hf_repo *repo, const char *ref, const char *commit,
                    const struct hf_range *range, int64_t seen, struct hf_err *err)
{
    size_t i;
    int contains;

    for (i = 0; m != NULL && repo != NULL && i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if ((r->state != HF_LIVE && r->state != HF_PAUSED) || strcmp(r->source.ref, ref) != 0 ||
            !hf_range_overlaps(r->range, range))
            continue;
        if (strcmp(r->source.commit, commit) == 0)
            break;
        /* The newest one speaks for the ref. */
        contains = hf_repo_contains(repo, r->source.commit, commit, NULL);
        if (contains == 1)
            return hf_fail(err, HF_E_POLICY,
                           "patch %" PRId64 " for %s was built from %.12s, which is newer than %.12s and contains it: an older "
                           "commit is not published over a newer one; go back with `hotfix rollback %" PRId64 "`, or force it",
                           r->patch, r->target, r->source.commit, commit, r->patch);
        if (contains < 0 && r->patch > seen)
            return hf_fail(err, HF_E_AGAIN,
                           "patch %" PRId64 " for %s was published meanwhile from %.12s, which is not in this clone: run the job "
                           "again",
                           r->patch, r->target, r->source.commit);
        break;
    }
    return 0;
}

static int droppable(const struct hf_manifest *m, size_t i, int64_t keep)
{
    const struct hf_release *r = &m->releases[i];
    int64_t newer = 0;
    int full = 0;
    size_t k;

    if (r->state != HF_LIVE && r->state != HF_PAUSED)
        return 0;
    for (k = 0; k < i; k++) {
        if (!hf_rules_same_target(&m->releases[k], r->target, r->range))
            continue;
        newer++;
        full |= m->releases[k].state == HF_LIVE && m->releases[k].rollout == HF_ROLLOUT_ALL &&
                m->releases[k].instead == 0; /* as hf_inherit sees it: what it holds back must not be forgotten */
    }
    return full && newer > keep;
}

void hf_rules_trim(struct hf_manifest *m, int64_t keep)
{
    size_t i = m->release_count;

    while (i-- > 0) {
        if (!droppable(m, i, keep))
            continue;
        hf_release_clear(&m->releases[i]);
        memmove(&m->releases[i], &m->releases[i + 1], (m->release_count - i - 1) * sizeof m->releases[0]);
        m->release_count--;
    }
}
