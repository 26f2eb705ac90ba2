/* base.c: see base.h. */
#include "builder/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "core/manifest.h"

#define SHOWN 160
#define MAX_REF 1024
#define SHORT_OID 10 /* digits that people read */

/* How well a tag names the target, best last. */
enum fit {
    FIT_NONE,
    FIT_VERSION_ALONE,
    FIT_TEXT_ALONE,
    FIT_VERSION,
    FIT_TEXT
};

/* The tag found so far. */
struct tag_search {
    const struct hf_repo *repo;
    const struct hf_base_ask *ask;
    const struct hf_range *range;
    const struct hf_version *exact; /* of the range, or NULL */
    size_t before, after;           /* bytes of the pattern around its star */
    enum fit fit;
    struct hf_version version;
    char ref[MAX_REF];
    char oid[HF_OID_MAX + 1];
    struct hf_err *err;
};

static const char *shown(char out[SHOWN], const char *s)
{
    return hf_escape(out, SHOWN, s, strlen(s));
}

/* "refs/tags/v1.0.0" as people write it. */
static const char *short_ref(const char *ref)
{
    return strncmp(ref, "refs/tags/", 10) == 0 ? ref + 10 : ref;
}

static int is_zeros(const char *oid)
{
    return oid[strspn(oid, "0")] == '\0';
}

/* How a tag with this text fits a target of one version. A target with a build prefers its own tag and takes the version's; a
 * target without one never takes the tag of some build. */
static enum fit fit_exact(const struct hf_version *target, const char *target_text, const struct hf_version *tag,
                          const char *text)
{
    if (strcmp(text, target_text) == 0)
        return FIT_TEXT;
    if (hf_version_cmp(target, tag) != 0)
        return FIT_NONE;
    if (strcmp(target->build, tag->build) == 0)
        return FIT_VERSION;
    if (tag->build[0] != '\0')
        return FIT_NONE;
    return strncmp(text, target_text, strlen(text)) == 0 && target_text[strlen(text)] == '+' ? FIT_TEXT_ALONE : FIT_VERSION_ALONE;
}

/* Compares a tag with the best one so far. Two that are equally good must name the same commit. rev: what the tag will name. */
static int judge_named(struct tag_search *s, const char *ref, const char *rev)
{
    size_t n = strlen(ref) - s->before - s->after;
    char text[HF_VERSION_MAX + 1], oid[HF_OID_MAX + 1], a[SHOWN], b[SHOWN];
    struct hf_version v;
    enum fit fit;
    int better;

    if (n > HF_VERSION_MAX || strlen(ref) >= sizeof s->ref)
        return 0;
    memcpy(text, ref + s->before, n);
    text[n] = '\0';
    if (hf_version_parse(&v, text, n, NULL) < 0)
        return 0;
    if (s->exact != NULL) {
        fit = fit_exact(s->exact, s->ask->target, &v, text);
        better = (fit > s->fit) - (fit < s->fit);
    } else {
        fit = hf_range_holds(s->range, &v) ? FIT_VERSION : FIT_NONE;
        better = s->fit == FIT_NONE ? 1 : hf_version_cmp(&s->version, &v);
    }
    if (fit == FIT_NONE || better < 0)
        return 0;
    if (hf_repo_commit(s->repo, oid, rev, s->err) < 0)
        return -1;
    if (better == 0 && strcmp(oid, s->oid) != 0)
        return hf_fail(s->err, HF_E_POLICY,
                       "the tags '%s' and '%s' are one version and name two commits: say which by hotfix.base",
                       shown(a, short_ref(s->ref)), shown(b, short_ref(ref)));
    if (better > 0) {
        s->fit = fit;
        s->version = v;
        snprintf(s->ref, sizeof s->ref, "%s", ref);
        snprintf(s->oid, sizeof s->oid, "%s", oid);
    }
    return 0;
}

static int judge_tag(const char *ref, void *arg)
{
    struct tag_search *s = arg;

    for (size_t i = 0; i < s->ask->pushed_count; i++)
        if (strcmp(s->ask->pushed[i].ref, ref) == 0)
            return 0; /* judge_pushed() looks at what becomes of it */
    return judge_named(s, ref, ref);
}

static int judge_pushed(struct tag_search *s)
{
    for (size_t i = 0; i < s->ask->pushed_count; i++) {
        const struct hf_pushed_ref *p = &s->ask->pushed[i];

        if (!is_zeros(p->oid) && hf_ref_matches(s->ask->tags, p->ref) && judge_named(s, p->ref, p->oid) != 0)
            return -1;
    }
    return 0;
}

/* Fills s->oid when a tag serves the target; s->fit says whether one did. */
static int find_tag(struct tag_search *s)
{
    const char *star = s->ask->tags == NULL ? NULL : strchr(s->ask->tags, '*');
    char a[SHOWN];

    if (s->ask->tags == NULL || s->ask->tags[0] == '\0')
        return 0;
    if (star == NULL || strchr(star + 1, '*') != NULL)
        return hf_fail(s->err, HF_E_CONFIG, "[build] base is '%s': it must hold one *, which stands for the version",
                       shown(a, s->ask->tags));
    s->before = (size_t)(star - s->ask->tags);
    s->after = strlen(star + 1);
    if (hf_repo_refs(s->repo, s->ask->tags, judge_tag, s, s->err) != 0)
        return -1;
    return judge_pushed(s);
}

/* 1 when a release is of the target: the same version however it is written, or the same words of a range. */
static int same_target(const struct hf_release *r, const char *target, const struct hf_version *exact)
{
    const struct hf_version *theirs = r->range == NULL ? NULL : hf_range_exact(r->range);

    if (exact == NULL || theirs == NULL)
        return strcmp(r->target, target) == 0;
    return hf_version_cmp(theirs, exact) == 0 && strcmp(theirs->build, exact->build) == 0;
}

/* The newest release of the target that records a base, whatever its state; or NULL. */
static const struct hf_release *find_recorded(const struct hf_manifest *m, const char *target, const struct hf_version *exact)
{
    for (size_t i = 0; m != NULL && i < m->release_count; i++)
        if (m->releases[i].source.base[0] != '\0' && same_target(&m->releases[i], target, exact))
            return &m->releases[i];
    return NULL;
}

/* What a name given by a person will stand for behind this push; the name itself when the push does not change that. */
static const char *behind_push(const struct hf_base_ask *ask)
{
    static const char *const folders[] = {"", "refs/", "refs/tags/", "refs/heads/"};
    char whole[MAX_REF];

    for (size_t k = 0; k < sizeof folders / sizeof folders[0]; k++) {
        snprintf(whole, sizeof whole, "%s%s", folders[k], ask->given);
        for (size_t i = 0; i < ask->pushed_count; i++)
            if (strcmp(ask->pushed[i].ref, whole) == 0 && !is_zeros(ask->pushed[i].oid))
                return ask->pushed[i].oid;
    }
    return ask->given;
}

static int use_given(struct hf_base *out, const struct hf_repo *r, const struct hf_base_ask *ask, struct hf_err *err)
{
    char a[SHOWN];

    if (hf_repo_commit(r, out->oid, behind_push(ask), err) < 0)
        return hf_fail_in(err, "hotfix.base: ");
    snprintf(out->how, sizeof out->how, "%s, as given", shown(a, ask->given));
    return 0;
}

static int use_tag(struct hf_base *out, const struct tag_search *s, const struct hf_release *recorded, struct hf_err *err)
{
    char a[SHOWN], b[SHOWN];

    if (recorded != NULL && strcmp(recorded->source.base, s->oid) != 0)
        return hf_fail(err, HF_E_POLICY,
                       "the tag '%s' names %.*s, but patch %lld for '%s' started from %.*s: if the tag was moved on purpose, "
                       "give the right commit by hotfix.base, else put the tag back",
                       shown(a, short_ref(s->ref)), SHORT_OID, s->oid, (long long)recorded->patch, shown(b, s->ask->target),
                       SHORT_OID, recorded->source.base);
    snprintf(out->oid, sizeof out->oid, "%s", s->oid);
    snprintf(out->how, sizeof out->how, "tag %s", shown(a, short_ref(s->ref)));
    return 0;
}

static int use_recorded(struct hf_base *out, const struct hf_repo *r, const struct hf_release *recorded, struct hf_err *err)
{
    if (hf_repo_commit(r, out->oid, recorded->source.base, err) < 0)
        return hf_fail(err, HF_E_POLICY,
                       "patch %lld started from %.*s, which this repository lacks: fetch that commit, or give one by hotfix.base",
                       (long long)recorded->patch, SHORT_OID, recorded->source.base);
    snprintf(out->how, sizeof out->how, "the base of patch %lld", (long long)recorded->patch);
    return 0;
}

/* A tag that people make with `git tag` is spelled out for them: a pattern is easily tagged as it is written. */
static int refuse(const struct tag_search *s, struct hf_err *err)
{
    const struct hf_base_ask *ask = s->ask;
    const char *star = ask->tags == NULL ? NULL : strchr(ask->tags, '*');
    char a[SHOWN], b[SHOWN], tag[SHOWN];

    if (star != NULL && s->exact != NULL && strncmp(ask->tags, "refs/tags/", 10) == 0) {
        snprintf(tag, sizeof tag, "%.*s%s%s", (int)(star - ask->tags - 10), ask->tags + 10, ask->target, star + 1);
        return hf_fail(err, HF_E_POLICY,
                       "no commit is known that the app '%s' was built from: tag it, git tag %s COMMIT && git push origin %s, "
                       "or give it by hotfix.base",
                       shown(a, ask->target), shown(b, tag), b);
    }
    return hf_fail(err, HF_E_POLICY,
                   "no commit is known that the app '%s' was built from: tag it as %s, with the version for *, and push the tag, "
                   "or give it by hotfix.base",
                   shown(a, ask->target), ask->tags == NULL || ask->tags[0] == '\0' ? "[build] base says" : shown(b, ask->tags));
}

int hf_base_find(struct hf_base *out, const struct hf_repo *r, const struct hf_base_ask *ask, struct hf_err *err)
{
    struct hf_range *range = NULL;
    struct tag_search s = {.repo = r, .ask = ask, .err = err};
    const struct hf_release *recorded;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (ask->given != NULL && ask->given[0] != '\0')
        return use_given(out, r, ask, err);
    if (hf_range_parse(&range, ask->target, err) < 0)
        return -1;
    s.range = range;
    s.exact = hf_range_exact(range);
    recorded = find_recorded(ask->manifest, ask->target, s.exact);
    if (find_tag(&s) != 0)
        goto out;
    if (s.fit != FIT_NONE) {
        rc = use_tag(out, &s, recorded, err);
    } else if (recorded != NULL) {
        rc = use_recorded(out, r, recorded, err);
    } else if (ask->old != NULL && !is_zeros(ask->old) && hf_repo_commit(r, out->oid, ask->old, err) == 0) {
        snprintf(out->how, sizeof out->how, "the tip before this push");
        out->untagged = 1;
        rc = 0;
    } else {
        out->missing = 1;
        rc = refuse(&s, err);
    }
out:
    hf_range_free(range);
    return rc;
}
