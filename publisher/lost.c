/* lost.c: see lost.h. */
#include "publisher/lost.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/rules.h"

#define LISTED_MAX 5
#define PATH_SHOWN 64

struct lost {
    size_t count;
    struct hf_buf list; /* the first few paths, escaped */
};

static void add(struct lost *l, const char *path)
{
    char shown[PATH_SHOWN];

    if (l->count++ < LISTED_MAX)
        hf_buf_fmt(&l->list, "%s%s", l->count > 1 ? ", " : "", hf_escape(shown, sizeof shown, path, strlen(path)));
}

/* 1 when the new release leaves out the change that the earlier one made to this file, and no person reverted it. */
static int is_lost(const struct hf_content *c, const struct hf_tip *tip, const struct hf_change *f, int shipped)
{
    const struct hf_change *now = hf_content_file(c->ours, f->path);

    if (hf_content_file(tip->changes, f->path) != NULL)
        return 0; /* the new patch has this file */
    if (now != NULL && !shipped)
        return 1; /* its base has it otherwise than theirs: so have some of their devices */
    if (now != NULL && strcmp(now->oid, f->oid) == 0)
        return 0; /* the app as shipped has this content already */
    if (hf_content_deleted(tip->changes, f->path) || hf_content_deleted(c->ours, f->path))
        return 1;
    return !c->contained;
}

/* Files that the earlier patch had and that include no longer admits. The manifest keeps their number only, so these are the
 * changed files that are not admitted now. */
static int add_excluded(struct lost *l, const struct hf_content *c, const struct hf_tip *tip, const struct hf_release *r,
                        struct hf_err *err)
{
    const char *base = r->source.base[0] != '\0' ? r->source.base : tip->base;
    struct hf_changes *theirs = NULL, *ours = NULL;
    struct hf_err why = {HF_OK, ""};
    int rc = 0;

    if (hf_changes_compare(&theirs, tip->repo, base, r->source.commit, "*", "", &why) != 0 ||
        hf_changes_compare(&ours, tip->repo, base, tip->commit, "*", "", &why) != 0) {
        if (why.code == HF_E_NOMEM) {
            *err = why;
            rc = -1;
        } else {
            add(l, "files that [build] include no longer admits");
        }
        goto out;
    }
    for (size_t i = 0; i < theirs->file_count; i++) {
        const char *path = theirs->files[i].path;
        int reverted = hf_content_file(ours, path) == NULL && !hf_content_deleted(ours, path);

        if (hf_content_file(c->theirs, path) == NULL && !(reverted && c->contained))
            add(l, path);
    }
out:
    hf_changes_free(theirs);
    hf_changes_free(ours);
    return rc;
}

/* 1 when all devices that both releases are for were shipped from the base of the new one. */
static int shipped_from(const struct hf_content *c, const struct hf_release *r, const struct hf_range *range)
{
    return c->same_base || (hf_range_exact(range) != NULL && hf_range_exact(r->range) == NULL);
}

static int judge_one(const struct hf_release *r, const struct hf_tip *tip, const struct hf_range *range, struct hf_err *err)
{
    struct lost l = {0, {0}};
    struct hf_content c;
    int rc = hf_content_find(&c, tip, r, err);

    hf_buf_init(&l.list, (PATH_SHOWN + 2) * LISTED_MAX + 32);
    if (rc != 0)
        goto out;
    if (!c.compared) {
        if (!c.contained)
            rc = hf_fail(err, HF_E_POLICY,
                         "patch %" PRId64 " for %s was built from %.12s, which cannot be compared with %.12s: devices might lose "
                         "that fix; fetch that commit, or push with -o hotfix.force (publish --force)",
                         r->patch, r->target, r->source.commit, tip->commit);
        goto out;
    }
    for (size_t i = 0; i < c.theirs->file_count; i++)
        if (is_lost(&c, tip, &c.theirs->files[i], shipped_from(&c, r, range)))
            add(&l, c.theirs->files[i].path);
    if ((int64_t)c.theirs->file_count < r->source.files)
        rc = add_excluded(&l, &c, tip, r, err);
    if (rc != 0 || l.count == 0)
        goto out;
    if (l.count > LISTED_MAX)
        hf_buf_fmt(&l.list, " and %zu more", l.count - LISTED_MAX);
    rc = hf_fail(err, HF_E_POLICY,
                 "patch %" PRId64 " for %s changed %s, and this release goes back to what was shipped there: devices would lose "
                 "that fix; take it back with `git revert`, or push with -o hotfix.force (publish --force)",
                 r->patch, r->target, l.list.p != NULL ? l.list.p : "files");
out:
    hf_buf_free(&l.list);
    hf_content_clear(&c);
    return rc;
}

/* 1 when a newer release for the same target is live or paused: that one counts. */
static int is_outdone(const struct hf_manifest *m, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (m->releases[k].state <= HF_PAUSED &&
            hf_rules_same_target(&m->releases[k], m->releases[i].target, m->releases[i].range))
            return 1;
    return 0;
}

int hf_lost_judge(const struct hf_manifest *m, const struct hf_tip *tip, const struct hf_range *range, struct hf_err *err)
{
    int rc = 0;

    if (tip->changes == NULL || tip->repo == NULL)
        return 0;
    for (size_t i = 0; rc == 0 && m != NULL && i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if (r->state <= HF_PAUSED && r->has_file && r->source.files > 0 && hf_range_overlaps(r->range, range) &&
            !is_outdone(m, i))
            rc = judge_one(r, tip, range, err);
    }
    return rc;
}
