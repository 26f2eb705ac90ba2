/* decide.c: see decide.h; the rules are numbered as in docs/formats.md. */
#include "core/decide.h"

#include <string.h>
#include <strings.h>

static int empty(const char *s)
{
    return s == NULL || s[0] == '\0';
}

static int has_any(const struct hf_request *r)
{
    return !empty(r->sha256) || !empty(r->md5);
}

/* 1 when the file is what the device says it has. */
static int has_file(const struct hf_request *r, const struct hf_release *rel)
{
    if (!rel->has_file)
        return 0;
    if (!empty(r->sha256))
        return strcmp(r->sha256, rel->file.sums.sha256) == 0;
    return !empty(r->md5) && strcasecmp(r->md5, rel->file.sums.md5) == 0; /* old clients write it either way */
}

static int gave_up_on(const struct hf_request *r, const struct hf_release *rel)
{
    size_t i;

    for (i = 0; i < r->failed_count; i++)
        if (!empty(r->failed[i]) && strcmp(r->failed[i], rel->file.sums.sha256) == 0)
            return 1;
    return 0;
}

const struct hf_release *hf_own_release(const struct hf_manifest *m, const struct hf_version *v, const struct hf_request *r)
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
                       const struct hf_request *r)
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
static const struct hf_release *candidate(const struct hf_manifest *m, const struct hf_version *v, const struct hf_request *r)
{
    size_t i;

    for (i = 0; i < m->release_count; i++)
        if (hf_why_not(m, &m->releases[i], v, r)[0] == '\0')
            return &m->releases[i];
    return NULL;
}

/* Why the device must leave what it has (rule 4), or NULL. */
static const char *must_leave(const struct hf_manifest *m, const struct hf_version *v, const struct hf_request *r,
                              const struct hf_release *own)
{
    if (!empty(r->sha256) && hf_manifest_revoked(m, r->sha256))
        return "the device's patch is revoked";
    if (own == NULL)
        return NULL;
    if (own->state == HF_REVOKED || hf_manifest_revoked(m, own->file.sums.sha256))
        return "the device's patch is revoked";
    if (own->state == HF_WITHDRAWN)
        return "the device's patch was withdrawn";
    if (!hf_range_holds(own->range, v))
        return "the device's patch is for other versions";
    return NULL;
}

/* Rule 7: the strongest of the candidate's and of those that the device has missed. */
static enum hf_priority priority(const struct hf_manifest *m, const struct hf_version *v, const struct hf_request *r,
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

static const struct hf_delta *delta_for(const struct hf_release *rel, const struct hf_request *r)
{
    size_t i;

    if (empty(r->sha256))
        return NULL;
    for (i = 0; i < rel->delta_count; i++)
        if (strcmp(rel->deltas[i].from, r->sha256) == 0)
            return &rel->deltas[i];
    return NULL;
}

static void nothing(struct hf_decision *out, const struct hf_release *rel, int up_to_date, const char *reason)
{
    out->action = HF_NOTHING;
    out->release = rel;
    out->up_to_date = up_to_date;
    out->reason = reason;
}

static void change(struct hf_decision *out, const struct hf_request *r, const struct hf_release *rel, const char *reason)
{
    out->action = rel != NULL && rel->has_file ? HF_INSTALL : HF_REMOVE;
    out->release = rel;
    out->delta = out->action == HF_INSTALL ? delta_for(rel, r) : NULL;
    out->reason = reason;
}

int hf_decide(struct hf_decision *out, const struct hf_manifest *m, const struct hf_request *r, int64_t now, struct hf_err *err)
{
    struct hf_version v;
    const struct hf_release *cand, *own;
    const char *leave;

    memset(out, 0, sizeof *out);
    out->priority = HF_NORMAL;
    if (now >= m->expires)
        return hf_fail(err, HF_E_EXPIRED, "the manifest has expired");
    if (empty(r->version) || hf_version_parse(&v, r->version, strlen(r->version), NULL) != 0)
        return hf_fail(err, HF_E_INPUT, "Invalid version");
    cand = candidate(m, &v, r);
    if (cand != NULL && has_file(r, cand)) {
        nothing(out, cand, 1, "the device has the newest patch for it");
        return 0;
    }
    own = hf_own_release(m, &v, r);
    leave = must_leave(m, &v, r, own);
    if (leave != NULL) {
        change(out, r, cand, leave);
        if (cand != NULL)
            out->priority = priority(m, &v, r, cand, own);
        else if (own == NULL || own->state == HF_REVOKED || hf_manifest_revoked(m, own->file.sums.sha256))
            out->priority = HF_MANDATORY;
        return 0;
    }
    if (cand == NULL) {
        nothing(out, own, own != NULL, own != NULL ? "the device keeps the patch that it has" : "no patch for this device");
        return 0;
    }
    if (own != NULL && own->patch > cand->patch) {
        nothing(out, own, 1, "the device has a newer patch than the one it would get");
        return 0;
    }
    if (!cand->has_file && !has_any(r)) {
        nothing(out, cand, 1, "back to the app as shipped, which the device runs");
        return 0;
    }
    change(out, r, cand, cand->has_file ? "a patch for it" : "back to the app as shipped");
    out->priority = priority(m, &v, r, cand, own);
    return 0;
}
