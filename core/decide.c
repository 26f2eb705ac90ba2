/* decide.c: see decide.h; the rules are numbered as in docs/formats.md. */
#include "core/decide.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word, *text;
} whys[HF_WHYS] = {
    [HF_WHY_OFFERED] = {"offered", "a patch for it"},
    [HF_WHY_AS_SHIPPED] = {"as_shipped", "back to the app as shipped"},
    [HF_WHY_REVOKED] = {"revoked", "the device's patch is revoked"},
    [HF_WHY_WITHDRAWN] = {"withdrawn", "the device's patch was withdrawn"},
    [HF_WHY_OTHER_VERSION] = {"other_version", "the device's patch is for other versions"},
    [HF_WHY_NEWEST] = {"newest", "the device has the newest patch for it"},
    [HF_WHY_KEEPS] = {"keeps", "the device keeps the patch that it has"},
    [HF_WHY_NO_PATCH] = {"no_patch", "no patch for this device"},
    [HF_WHY_NEWER] = {"newer", "the device has a newer patch than the one it would get"},
    [HF_WHY_RUNS_AS_SHIPPED] = {"runs_as_shipped", "back to the app as shipped, which the device runs"},
};

const char *hf_why_text(enum hf_why why)
{
    return whys[why].text;
}

const char *hf_why_word(enum hf_why why)
{
    return whys[why].word;
}

const char *hf_action_name(enum hf_action a)
{
    static const char *const names[] = {"nothing", "install", "remove"};

    return names[a];
}

static int empty(const char *s)
{
    return s == NULL || s[0] == '\0';
}

static int has_any(const struct hf_facts *r)
{
    return !empty(r->sha256) || !empty(r->md5);
}

/* 1 when the file is what the device says it has. */
static int has_file(const struct hf_facts *r, const struct hf_release *rel)
{
    if (!rel->has_file)
        return 0;
    if (!empty(r->sha256))
        return strcmp(r->sha256, rel->file.sums.sha256) == 0;
    return !empty(r->md5) && strcasecmp(r->md5, rel->file.sums.md5) == 0; /* old clients write it either way */
}

static int gave_up_on(const struct hf_facts *r, const struct hf_release *rel)
{
    size_t i;

    for (i = 0; i < r->failed_count; i++)
        if (!empty(r->failed[i]) && strcmp(r->failed[i], rel->file.sums.sha256) == 0)
            return 1;
    return 0;
}

const struct hf_release *hf_own_release(const struct hf_manifest *m, const struct hf_version *v, const struct hf_facts *r)
{
    const struct hf_release *other = NULL;
    size_t i;

    for (i = 0; i < m->release_count; i++) {
        const struct hf_release *rel = &m->releases[i];

        if (!has_file(r, rel))
            continue;
        if (hf_range_holds(rel->range, v))
            return rel;
        if (other == NULL)
            other = rel;
    }
    return other;
}

const char *hf_why_not(const struct hf_manifest *m, const struct hf_release *rel, const struct hf_version *v,
                       const struct hf_facts *r)
{
    switch (rel->state) {
    case HF_PAUSED:
        return "paused";
    case HF_WITHDRAWN:
        return "withdrawn";
    case HF_REVOKED:
        return "revoked";
    case HF_LIVE:
        break;
    }
    if (rel->unknown_critical)
        return "needs a newer hotfix than this one";
    if (!hf_range_holds(rel->range, v))
        return "for other versions";
    if (rel->has_file && hf_manifest_revoked(m, rel->file.sums.sha256))
        return "its bytes are revoked";
    if (rel->has_file && gave_up_on(r, rel))
        return "the device gave up on it";
    if (!hf_rollout_holds(rel->rollout, rel->salt, r->client))
        return "the device is not in its rollout";
    return "";
}

/* Rule 2. */
static const struct hf_release *candidate(const struct hf_manifest *m, const struct hf_version *v, const struct hf_facts *r)
{
    size_t i;

    for (i = 0; i < m->release_count; i++)
        if (hf_why_not(m, &m->releases[i], v, r)[0] == '\0')
            return &m->releases[i];
    return NULL;
}

/* Must the device leave what it has (rule 4)? *why says why. */
static int must_leave(enum hf_why *why, const struct hf_manifest *m, const struct hf_version *v, const struct hf_facts *r,
                      const struct hf_release *own)
{
    *why = HF_WHY_REVOKED;
    if (!empty(r->sha256) && hf_manifest_revoked(m, r->sha256))
        return 1;
    if (own == NULL)
        return 0;
    if (own->state == HF_REVOKED || hf_manifest_revoked(m, own->file.sums.sha256))
        return 1;
    *why = HF_WHY_WITHDRAWN;
    if (own->state == HF_WITHDRAWN)
        return 1;
    *why = HF_WHY_OTHER_VERSION;
    return !hf_range_holds(own->range, v);
}

/* Rule 7: the strongest of the candidate's and of those that the device has missed. */
static enum hf_priority priority(const struct hf_manifest *m, const struct hf_version *v, const struct hf_facts *r,
                                 const struct hf_release *cand, const struct hf_release *own)
{
    enum hf_priority best = cand->priority;
    size_t i;

    for (i = 0; i < m->release_count; i++) {
        const struct hf_release *rel = &m->releases[i];

        if (own != NULL && rel->patch <= own->patch)
            break;
        if (rel->priority > best && hf_why_not(m, rel, v, r)[0] == '\0')
            best = rel->priority;
    }
    return best;
}

static const struct hf_delta *delta_for(const struct hf_release *rel, const struct hf_facts *r)
{
    size_t i;

    if (empty(r->sha256))
        return NULL;
    for (i = 0; i < rel->delta_count; i++)
        if (strcmp(rel->deltas[i].from, r->sha256) == 0)
            return &rel->deltas[i];
    return NULL;
}

static void nothing(struct hf_decision *out, const struct hf_release *rel, int up_to_date, enum hf_why why)
{
    out->action = HF_NOTHING;
    out->release = rel;
    out->up_to_date = up_to_date;
    out->why = why;
    out->reason = hf_why_text(why);
}

static void change(struct hf_decision *out, const struct hf_facts *r, const struct hf_release *rel, enum hf_why why)
{
    out->action = rel != NULL && rel->has_file ? HF_INSTALL : HF_REMOVE;
    out->release = rel;
    out->delta = out->action == HF_INSTALL ? delta_for(rel, r) : NULL;
    out->why = why;
    out->reason = hf_why_text(why);
}

int hf_decide(struct hf_decision *out, const struct hf_manifest *m, const struct hf_facts *r, int64_t now, struct hf_err *err)
{
    struct hf_version v;
    const struct hf_release *cand, *own;
    enum hf_why why;

    memset(out, 0, sizeof *out);
    out->priority = HF_NORMAL;
    if (now >= m->expires)
        return hf_fail(err, HF_E_EXPIRED, "the manifest has expired");
    if (empty(r->version) || hf_version_parse(&v, r->version, strlen(r->version), NULL) != 0)
        return hf_fail(err, HF_E_INPUT, "Invalid version");
    cand = candidate(m, &v, r);
    if (cand != NULL && has_file(r, cand)) {
        nothing(out, cand, 1, HF_WHY_NEWEST);
        return 0;
    }
    own = hf_own_release(m, &v, r);
    if (must_leave(&why, m, &v, r, own)) {
        change(out, r, cand, why);
        if (cand != NULL)
            out->priority = priority(m, &v, r, cand, own);
        else if (own == NULL || own->state == HF_REVOKED || hf_manifest_revoked(m, own->file.sums.sha256))
            out->priority = HF_MANDATORY;
        return 0;
    }
    if (cand == NULL) {
        nothing(out, own, own != NULL, own != NULL ? HF_WHY_KEEPS : HF_WHY_NO_PATCH);
        return 0;
    }
    if (own != NULL && own->patch > cand->patch) {
        nothing(out, own, 1, HF_WHY_NEWER);
        return 0;
    }
    if (!cand->has_file && !has_any(r)) {
        nothing(out, cand, 1, HF_WHY_RUNS_AS_SHIPPED);
        return 0;
    }
    change(out, r, cand, cand->has_file ? HF_WHY_OFFERED : HF_WHY_AS_SHIPPED);
    out->priority = priority(m, &v, r, cand, own);
    return 0;
}
