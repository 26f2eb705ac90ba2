/* patchstate.c: see patchstate.h. */
#include "publisher/patchstate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "publisher/rules.h"

#define LISTED_MAX 6 /* live releases that an error names */

enum answer {
    CHANGE,
    NOTHING,
    REFUSE
};

struct rule {
    enum answer answer;
    enum hf_state becomes; /* CHANGE */
    const char *words;     /* NOTHING: "it ..."; REFUSE: "it ..., so ...; what to do" */
};

/* What each act does to a release in each state. A release that devices were told to leave never comes back under its number:
 * to a device, and to whoever reads the history, a number means one thing. */
static const struct rule rules[][HF_REVOKED + 1] =
    {
        [HF_ACT_ROLLOUT] =
            {
                [HF_LIVE] = {CHANGE, HF_LIVE, NULL},
                [HF_PAUSED] = {CHANGE, HF_PAUSED, NULL},
                [HF_WITHDRAWN] = {REFUSE, HF_WITHDRAWN,
                                  "it was rolled back and no rollout brings it back; publish the fix again, with a new number"},
                [HF_REVOKED] = {REFUSE, HF_REVOKED,
                                "it is revoked and offered to nobody, whatever its rollout; publish another fix"},
            },
        [HF_ACT_PAUSE] =
            {
                [HF_LIVE] = {CHANGE, HF_PAUSED, NULL},
                [HF_PAUSED] = {NOTHING, HF_PAUSED, "it is paused already"},
                [HF_WITHDRAWN] =
                    {REFUSE, HF_WITHDRAWN,
                     "it was rolled back, which stops more than a pause: nobody is offered it and nobody keeps it"},
                [HF_REVOKED] =
                    {REFUSE, HF_REVOKED,
                     "it is revoked, which stops more than a pause: nobody is offered it and nobody keeps it"},
            },
        [HF_ACT_RESUME] =
            {
                [HF_LIVE] = {NOTHING, HF_LIVE, "it is live already"},
                [HF_PAUSED] = {CHANGE, HF_LIVE, NULL},
                [HF_WITHDRAWN] =
                    {REFUSE, HF_WITHDRAWN,
                     "it was rolled back, and devices were told to leave it; publish the fix again, with a new number"},
                [HF_REVOKED] = {REFUSE, HF_REVOKED,
                                "it is revoked, and its bytes may never be offered again; publish another fix"},
            },
        [HF_ACT_ROLLBACK] =
            {
                [HF_LIVE] = {CHANGE, HF_WITHDRAWN, NULL},
                [HF_PAUSED] = {CHANGE, HF_WITHDRAWN, NULL},
                [HF_WITHDRAWN] = {NOTHING, HF_WITHDRAWN, "it is rolled back already"},
                [HF_REVOKED] = {NOTHING, HF_REVOKED, "it is revoked, so devices leave it already"},
            },
        [HF_ACT_REVOKE] =
            {
                [HF_LIVE] = {CHANGE, HF_REVOKED, NULL},
                [HF_PAUSED] = {CHANGE, HF_REVOKED, NULL},
                [HF_WITHDRAWN] = {CHANGE, HF_REVOKED, NULL},
                [HF_REVOKED] = {NOTHING, HF_REVOKED, "it is revoked already"},
            },
};

static const char *const verbs[] = {"change the rollout of", "pause", "resume", "roll back", "revoke"};

static int set_reason(struct hf_release *r, const char *reason, struct hf_err *err)
{
    char *copy = NULL;

    if (reason != NULL && (copy = strdup(reason)) == NULL)
        return hf_nomem(err);
    free(r->reason);
    r->reason = copy;
    return 0;
}

/* Which patch "the newest live one" is, when all live releases are for one target. */
static int resolve(struct hf_patch_edit *e, const struct hf_manifest *m, struct hf_err *err)
{
    const struct hf_release *first = NULL;
    struct hf_buf list;
    size_t i, targets = 0, live = 0;

    hf_buf_init(&list, 4096);
    for (i = 0; i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if (r->state != HF_LIVE)
            continue;
        if (first == NULL)
            first = r;
        if (first == r || !hf_rules_same_target(r, first->target, first->range))
            targets++;
        if (++live <= LISTED_MAX)
            hf_buf_fmt(&list, "%spatch %" PRId64 " for %.60s", live > 1 ? ", " : "", r->patch, r->target);
    }
    if (live > LISTED_MAX)
        hf_buf_fmt(&list, " and %zu more", live - LISTED_MAX);
    if (first == NULL)
        hf_fail(err, HF_E_POLICY, "no release of %s/%s is live: there is nothing to roll back", m->app, m->channel);
    else if (targets > 1)
        hf_fail(err, HF_E_USAGE, "several targets of %s/%s have live releases, so name the patch: %s", m->app, m->channel,
                list.p);
    else
        e->patch = first->patch;
    hf_buf_free(&list);
    return e->patch != 0 ? 0 : -1;
}

/* NULL with err when there is no such release. */
static struct hf_release *find(struct hf_patch_edit *e, struct hf_manifest *m, struct hf_err *err)
{
    struct hf_release *r;

    if (e->patch == 0 && resolve(e, m, err) != 0)
        return NULL;
    r = hf_manifest_find(m, e->patch);
    if (r == NULL && e->patch > m->last)
        hf_fail(err, HF_E_NOTFOUND, "there is no patch %" PRId64 " in %s/%s: the newest number is %" PRId64, e->patch, m->app,
                m->channel, m->last);
    else if (r == NULL)
        hf_fail(err, HF_E_NOTFOUND, "patch %" PRId64 " is no longer in the manifest of %s/%s: newer releases took its place",
                e->patch, m->app, m->channel);
    return r;
}

/* The bytes of r never again, under any number. */
static int revoke(struct hf_manifest *m, struct hf_release *r, struct hf_patch_edit *e, struct hf_err *err)
{
    size_t i;

    if (!hf_manifest_revoked(m, r->file.sums.sha256)) {
        void *more = m->revoked_count < HF_MANIFEST_MAX_REVOKED
                         ? reallocarray(m->revoked, m->revoked_count + 1, sizeof *m->revoked)
                         : NULL;

        if (m->revoked_count >= HF_MANIFEST_MAX_REVOKED)
            return hf_fail(err, HF_E_LIMIT, "%d files are revoked already, which is the limit; roll the patch back instead",
                           HF_MANIFEST_MAX_REVOKED);
        if (more == NULL)
            return hf_nomem(err);
        m->revoked = more;
        memcpy(m->revoked[m->revoked_count++], r->file.sums.sha256, HF_SHA256_HEX + 1);
    }
    e->also = 0;
    for (i = 0; i < m->release_count; i++) {
        struct hf_release *other = &m->releases[i];

        if (other == r || !other->has_file || other->state == HF_REVOKED ||
            strcmp(other->file.sums.sha256, r->file.sums.sha256) != 0)
            continue;
        other->state = HF_REVOKED;
        e->also++;
        if (set_reason(other, e->reason, err) != 0)
            return -1;
    }
    return 0;
}

int hf_patchstate_edit(struct hf_manifest *m, void *arg, struct hf_err *err)
{
    struct hf_patch_edit *e = arg;
    const struct rule *rule;
    struct hf_release *r = find(e, m, err);

    if (r == NULL)
        return -1;
    rule = &rules[e->act][r->state];
    e->was = r->state;
    e->rollout_was = r->rollout;
    e->also = 0;
    e->nothing = rule->answer == NOTHING ? rule->words : NULL;
    if (rule->answer == NOTHING)
        return 1;
    if (rule->answer == REFUSE)
        return hf_fail(err, HF_E_POLICY, "cannot %s patch %" PRId64 ": %s", verbs[e->act], r->patch, rule->words);
    if (e->act == HF_ACT_ROLLOUT) {
        if (r->rollout == e->rollout) {
            e->nothing = "that is its rollout already";
            return 1;
        }
        r->rollout = e->rollout;
        return 0;
    }
    if (e->act == HF_ACT_REVOKE && !r->has_file)
        return hf_fail(err, HF_E_POLICY,
                       "cannot revoke patch %" PRId64 ": it has no file, so there are no bytes to revoke; roll it back instead",
                       r->patch);
    if (e->act == HF_ACT_REVOKE && revoke(m, r, e, err) != 0)
        return -1;
    r->state = rule->becomes;
    return set_reason(r, e->reason, err);
}

/* 1 when every version that rel was for is held by r. */
static int covers(const struct hf_release *r, const struct hf_release *rel)
{
    const struct hf_version *one = hf_range_exact(rel->range);

    return one != NULL ? hf_range_holds(r->range, one) : hf_rules_same_target(r, rel->target, rel->range);
}

void hf_patchstate_next(struct hf_patch_next *out, const struct hf_manifest *m, const struct hf_release *rel)
{
    size_t i;

    memset(out, 0, sizeof *out);
    out->shipped = 1;
    for (i = 0; i < m->release_count && out->n < HF_PATCH_NEXT_MAX; i++) {
        const struct hf_release *r = &m->releases[i];

        if (r->state != HF_LIVE || r->rollout == 0 || r->unknown_critical || !hf_range_overlaps(r->range, rel->range) ||
            (r->has_file && hf_manifest_revoked(m, r->file.sums.sha256)))
            continue;
        out->of[out->n++] = r;
        if (r->rollout == HF_ROLLOUT_ALL && covers(r, rel)) {
            out->shipped = 0;
            return;
        }
    }
}
