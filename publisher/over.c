/* over.c: see over.h. */
#include "publisher/over.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/escape.h"

#define REASON_SHOWN 160
#define PATH_SHOWN 96
#define HOW_MAX (2 * PATH_SHOWN + 64)

struct judge {
    const struct hf_manifest *m;
    const struct hf_over_ask *ask;
    struct hf_over *out;
    const struct hf_release *held; /* the highest rolled-back release that the new one holds, or NULL */
    char how[HOW_MAX];             /* how it holds it, in words */
    int64_t forced;                /* the highest one whose bytes come back by force; 0: none */
};

int hf_over_is_out(const struct hf_release *r)
{
    return r->state == HF_WITHDRAWN || r->state == HF_REVOKED;
}

static int is_in(const struct hf_release *r)
{
    return r->state == HF_LIVE || r->state == HF_PAUSED;
}

const char *hf_over_words(char out[static HF_OVER_WORDS], const struct hf_release *r)
{
    char reason[REASON_SHOWN] = "";

    if (r->reason != NULL && r->reason[0] != '\0')
        hf_escape(reason, sizeof reason, r->reason, strlen(r->reason));
    snprintf(out, HF_OVER_WORDS, "patch %" PRId64 " for %s was %s%s%s%s", r->patch, r->target,
             r->state == HF_REVOKED ? "revoked" : "rolled back", reason[0] != '\0' ? " (" : "", reason,
             reason[0] != '\0' ? ")" : "");
    return out;
}

static int fail_revoked(const struct hf_release *r, struct hf_err *err)
{
    char what[HF_OVER_WORDS];

    return hf_fail(err, HF_E_POLICY, "%s, and its bytes may never be published again: push a commit that differs from it",
                   hf_over_words(what, r));
}

static int fail_same(const struct hf_release *r, struct hf_err *err)
{
    char what[HF_OVER_WORDS];

    return hf_fail(err, HF_E_POLICY,
                   "%s, and this release has the same bytes: fix it and push again; to publish the same bytes once more, push "
                   "with -o hotfix.force (publish --force)",
                   hf_over_words(what, r));
}

/* 1 when all versions that the new release and r share have these bytes by a person's word: by one that said so over r, or by
 * one that is in force for all that the new one is for. A release for some of these versions says nothing about the others: it
 * may have been there when r was rolled back. */
static int published_since(const struct judge *j, const struct hf_release *r)
{
    for (size_t i = 0; i < j->m->release_count && j->m->releases[i].patch > r->patch; i++) {
        const struct hf_release *n = &j->m->releases[i];

        if (!is_in(n) || !n->has_file || strcmp(n->file.sums.sha256, r->file.sums.sha256) != 0)
            continue;
        if ((n->instead == 0 && hf_range_covers(n->range, j->ask->range)) ||
            (n->over >= r->patch && hf_range_covers(n->range, r->range)))
            return 1;
    }
    return 0;
}

/* 1, and how in words, when the new release holds r. */
static int holds(char how[HOW_MAX], const struct hf_content *c, const struct hf_release *r)
{
    const struct hf_change *kept, *was;
    char shown[PATH_SHOWN], there[PATH_SHOWN];

    if (!r->has_file || r->source.files == 0 || hf_content_reverted(c))
        return 0;
    if (!c->known) {
        snprintf(how, HOW_MAX, "its commit %.12s is not in this repository", r->source.commit);
        return 1;
    }
    if (c->contained) {
        snprintf(how, HOW_MAX, "its commit %.12s is part of this one", r->source.commit);
        return 1;
    }
    if (!c->compared) {
        snprintf(how, HOW_MAX, "its files cannot be compared with this commit");
        return 1;
    }
    kept = hf_content_kept(c, &was);
    if (kept == NULL)
        return 0;
    hf_escape(shown, sizeof shown, kept->path, strlen(kept->path));
    if (was == NULL)
        snprintf(how, HOW_MAX, "%s is as it was there", shown);
    else
        snprintf(how, HOW_MAX, "%s is what %s was there", shown, hf_escape(there, sizeof there, was->path, strlen(was->path)));
    return 1;
}

/* 1 when the release n held r, so that a higher `over` of n answers for r too. -1: out of memory. */
static int held(const struct judge *j, const struct hf_release *n, const struct hf_release *r, struct hf_err *err)
{
    const struct hf_tip *tip = &j->ask->tip;
    const struct hf_tip then = {tip->repo, tip->channel, n->source.base, n->source.commit, NULL};
    struct hf_content c;
    char how[HOW_MAX];
    int rc = hf_content_find(&c, &then, r, err);

    if (rc == 0)
        rc = holds(how, &c, r);
    hf_content_clear(&c);
    return rc;
}

/* 1 when the release n answers for r in the new one: it says so, it is neither withdrawn nor revoked, the new commit contains
 * its commit, and it is for all versions that the new release and r share. -1: out of memory. */
static int answers(const struct judge *j, const struct hf_release *n, const struct hf_release *r, struct hf_err *err)
{
    const struct hf_tip *tip = &j->ask->tip;

    if (n->over < r->patch || !is_in(n) ||
        !(hf_range_covers(n->range, j->ask->range) || hf_range_covers(n->range, r->range)))
        return 0;
    if (strcmp(n->source.commit, tip->commit) != 0 &&
        (tip->repo == NULL || hf_repo_contains(tip->repo, tip->commit, n->source.commit, NULL) != 1))
        return 0;
    return n->over == r->patch ? 1 : held(j, n, r, err);
}

/* The highest `over` of a release that answers for r. 0: no release does. -1: out of memory. */
static int64_t answered(const struct judge *j, const struct hf_release *r, struct hf_err *err)
{
    int64_t best = 0;

    for (size_t i = 0; i < j->m->release_count; i++) {
        const struct hf_release *n = &j->m->releases[i];
        int yes = n->over > best ? answers(j, n, r, err) : 0;

        if (yes < 0)
            return -1;
        if (yes)
            best = n->over;
    }
    return best;
}

/* The bytes, as far as they are known: those of the patch, or before it is built the files that would be in it. */
static int same_bytes(const struct judge *j, const struct hf_content *c, const struct hf_release *r)
{
    if (!r->has_file)
        return 0;
    if (j->ask->sha256 != NULL)
        return strcmp(j->ask->sha256, r->file.sums.sha256) == 0;
    return hf_content_same(c);
}

static void bound(struct hf_over *out, const struct hf_release *r)
{
    if (r->rollout < out->rollout || out->of == 0) {
        out->rollout = r->rollout;
        out->of = r->patch;
    }
}

static int judge_one(struct judge *j, const struct hf_release *r, const struct hf_content *c, struct hf_err *err)
{
    char how[HOW_MAX];
    int same = same_bytes(j, c, r);
    int64_t answer;

    if (same && r->state == HF_REVOKED)
        return fail_revoked(r, err);
    if (!hf_range_overlaps(r->range, j->ask->range))
        return 0;
    if (same && !j->ask->params->force && !published_since(j, r))
        return fail_same(r, err);
    if (same && r->patch > j->out->over)
        j->out->over = r->patch; /* who forces these bytes has decided about them */
    answer = answered(j, r, err);
    if (answer < 0)
        return -1;
    if (answer > j->out->over)
        j->out->over = answer;
    if (answer != 0)
        return 0;
    if (!holds(how, c, r)) {
        /* Another fix of the same file, which an amended commit is as well: it goes to no more devices than that one did. */
        if (hf_content_touched(c))
            bound(j->out, r);
        return 0;
    }
    if (same && r->patch > j->forced)
        j->forced = r->patch;
    bound(j->out, r);
    if (j->held == NULL) {
        j->held = r;
        memcpy(j->how, how, sizeof how);
    }
    return 0;
}

int hf_over_names(const char *over, const struct hf_release *r)
{
    char number[24];

    snprintf(number, sizeof number, "%" PRId64, r->patch);
    if (over == NULL)
        return 0;
    return strcmp(over, number) == 0 ||
           (strlen(over) >= HF_OVER_COMMIT_MIN && strncmp(r->source.commit, over, strlen(over)) == 0);
}

static int answer_for_held(struct judge *j, struct hf_err *err)
{
    const struct hf_release *r = j->held;
    const char *over = j->ask->params->over;
    char what[HF_OVER_WORDS], said[96] = "";

    if (hf_over_names(over, r) || j->forced >= r->patch) {
        if (r->patch > j->out->over)
            j->out->over = r->patch;
        return 0;
    }
    if (over != NULL)
        snprintf(said, sizeof said, "; over says '%.64s'", over);
    return hf_fail(err, HF_E_POLICY,
                   "%s, and this release still holds it: %s; revert it, or, if this commit fixes it, push with "
                   "-o hotfix.over=%" PRId64 " (publish --over %" PRId64 ")%s",
                   hf_over_words(what, r), j->how, r->patch, r->patch, said);
}

int hf_over_judge(struct hf_over *out, const struct hf_manifest *m, const struct hf_over_ask *ask, struct hf_err *err)
{
    struct judge j = {.m = m, .ask = ask, .out = out};
    struct hf_content content;
    int rc = 0;

    *out = (struct hf_over){0, HF_ROLLOUT_ALL, 0};
    for (size_t i = 0; rc == 0 && m != NULL && i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        /* Revoked bytes return for no target; after the build, hf_manifest_revoked() tells. */
        if (!hf_over_is_out(r) ||
            (!hf_range_overlaps(r->range, ask->range) && (r->state != HF_REVOKED || ask->sha256 != NULL)))
            continue;
        rc = hf_content_find(&content, &ask->tip, r, err);
        if (rc == 0)
            rc = judge_one(&j, r, &content, err);
        hf_content_clear(&content);
    }
    if (rc == 0 && j.held != NULL)
        rc = answer_for_held(&j, err);
    return rc;
}
