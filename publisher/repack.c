/* repack.c: see repack.h. */
#include "publisher/repack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "publisher/job.h"
#include "publisher/release.h"
#include "publisher/rules.h"

int hf_repack_needed(const struct hf_channel *c, enum hf_patch_act act)
{
    return (act == HF_ACT_ROLLBACK || act == HF_ACT_REVOKE) && c->builder->of_nothing;
}

static int put_empty(const struct hf_repack *r, const struct hf_setup *s, const struct hf_channel *c, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];
    int fd = open(r->empty.path, O_RDONLY | O_CLOEXEC), rc;

    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open the pack: %s", strerror(errno));
    hf_key_patch(key, c->app, r->empty.sums.sha256);
    rc = hf_store_put_object(s->store, key, fd, &r->empty.sums, HF_TYPE_BYTES, err);
    close(fd);
    return rc;
}

int hf_repack_begin(struct hf_repack *r, const struct hf_setup *s, const struct hf_channel *c, const char *tmp,
                    struct hf_err *err)
{
    static const char none[] = "0000000000000000000000000000000000000000";
    struct hf_changes nothing;
    struct hf_build_ask ask = {.repo = s->repo,
                               .config = s->config,
                               .channel = c,
                               .base = none,
                               .commit = none,
                               .target = "1",
                               .changes = &nothing}; /* an empty pack is the same for every version */

    memset(&nothing, 0, sizeof nothing);
    if (hf_job_new(r->job, err) != 0 || hf_work_make(&r->work, tmp, err) != 0)
        return -1;
    ask.work = r->work;
    if (hf_build(&r->empty, &ask, &r->why) == 0)
        return put_empty(r, s, c, err);
    hf_work_remove(r->work);
    free(r->work);
    r->work = NULL;
    return 0;
}

void hf_repack_end(struct hf_repack *r)
{
    if (r->work != NULL)
        hf_work_remove(r->work);
    free(r->work);
    r->work = NULL;
}

/* A live release for the same target, for all devices: newer than rel (which then stands in nobody's way), or the newest older
 * one with other bytes. */
static const struct hf_release *other(const struct hf_manifest *m, const struct hf_release *rel, int newer)
{
    for (size_t i = 0; i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if (r->state == HF_LIVE && r->rollout == HF_ROLLOUT_ALL && r->has_file && !r->unknown_critical &&
            hf_rules_same_target(r, rel->target, rel->range) && !hf_manifest_revoked(m, r->file.sums.sha256) &&
            (newer ? r->patch > rel->patch : r->patch < rel->patch && strcmp(r->file.sums.sha256, rel->file.sums.sha256) != 0))
            return r;
    }
    return NULL;
}

/* rel is what was withdrawn; from, whose bytes come back, or NULL: the empty pack's. */
static int fill(struct hf_release *out, const struct hf_repack *r, const struct hf_manifest *m, const struct hf_release *rel,
                const struct hf_release *from, struct hf_err *err)
{
    uint8_t salt[8];

    memset(out, 0, sizeof *out);
    if (hf_random(salt, sizeof salt, err) != 0 || hf_range_parse(&out->range, rel->target, err) != 0)
        return -1;
    out->patch = m->last + 1;
    out->instead = rel->patch;
    out->rollout = HF_ROLLOUT_ALL;
    out->priority = rel->priority;
    out->has_file = 1;
    out->published = r->now > m->published ? r->now : m->published;
    strcpy(out->job, r->job);
    strcpy(out->target, rel->target);
    hf_hex(out->salt, salt, sizeof salt);
    out->source = from != NULL ? from->source : rel->source;
    if (from != NULL) {
        out->file = from->file;
    } else {
        strcpy(out->source.commit, rel->source.base[0] != '\0' ? rel->source.base : rel->source.commit);
        out->source.files = 0;
        snprintf(out->source.builder, sizeof out->source.builder, "%s", r->empty.builder);
        hf_object_key(out->file.key, r->empty.sums.sha256);
        strcpy(out->file.sums.md5, r->empty.sums.md5);
        strcpy(out->file.sums.sha256, r->empty.sums.sha256);
        out->file.size = (int64_t)r->empty.sums.size;
    }
    snprintf(out->file.name, sizeof out->file.name, "v%" PRId64 ".zip", out->patch);
    if (asprintf(&out->notes, "instead of patch %" PRId64, rel->patch) < 0) {
        out->notes = NULL;
        return hf_nomem(err);
    }
    return 0;
}

int hf_repack_edit(struct hf_manifest *m, void *arg, struct hf_err *err)
{
    struct hf_repack *r = arg;
    const struct hf_release *rel, *from;
    struct hf_release add;
    int rc = hf_patchstate_edit(m, r->edit, err);

    r->patch = r->of = 0;
    if (rc != 0)
        return rc;
    rel = hf_manifest_find(m, r->edit->patch);
    if (rel == NULL || !rel->has_file || other(m, rel, 1) != NULL)
        return 0;
    from = other(m, rel, 0);
    if (from == NULL && r->work == NULL) {
        *err = r->why;
        return hf_fail_in(err, "the empty pack cannot be made: ");
    }
    /* What is rolled back is the empty pack itself: there is nothing to go back to. */
    if (from == NULL &&
        (strcmp(r->empty.sums.sha256, rel->file.sums.sha256) == 0 || hf_manifest_revoked(m, r->empty.sums.sha256)))
        return 0;
    r->of = from != NULL ? from->patch : 0;
    if (fill(&add, r, m, rel, from, err) != 0 || hf_manifest_add(m, &add, err) != 0) {
        hf_release_clear(&add);
        return -1;
    }
    r->patch = ++m->last;
    return 0;
}
