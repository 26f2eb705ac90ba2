/* release.c: see release.h. The order of things: base, rules, changes, build, bytes compared, objects, manifest. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publisher/release_in.h"
#include "publisher/rules.h"

int hf_job_new(char job[HF_JOB_HEX + 1], struct hf_err *err)
{
    uint8_t r[HF_JOB_HEX / 2];

    if (hf_random(r, sizeof r, err) != 0)
        return -1;
    hf_hex(job, r, sizeof r);
    return 0;
}

/* Reads the manifest in force; none yet is fine. */
static int read_before(struct hf_making *r, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};

    if (r->ask->setup->store == NULL)
        return 0;
    if (hf_ledger_read(&r->before, &r->ledger, &why) != 0 && why.code != HF_E_NOTFOUND) {
        *err = why;
        return -1;
    }
    return 0;
}

/* 1, and the outcome, when there is nothing to publish over what is in force. */
static int nothing_new(struct hf_making *r, const struct hf_manifest *m)
{
    struct hf_released *out = r->out;
    const struct hf_release *live = hf_rules_live(m, r->ask->params->target, r->range);

    out->outcome = HF_NO_CHANGE;
    if (r->none || (r->empty && live == NULL))
        return live == NULL || !live->has_file;
    out->outcome = HF_SAME_BYTES;
    if (live == NULL || !live->has_file || strcmp(live->file.sums.sha256, r->built.sums.sha256) != 0)
        return 0;
    out->live = live->patch;
    out->live_rollout = live->rollout;
    return 1;
}

static int put_object(struct hf_making *r, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];
    int fd, rc;

    if (r->none)
        return 0;
    fd = open(r->built.path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open the patch: %s", strerror(errno));
    snprintf(key, sizeof key, "%s/objects/%s", r->ask->channel->app, r->built.sums.sha256);
    rc = hf_store_put_object(r->ask->setup->store, key, fd, &r->built.sums, err);
    close(fd);
    return rc;
}

static void fill_file(struct hf_release *rel, const struct hf_built *b)
{
    rel->has_file = 1;
    rel->file.size = (int64_t)b->sums.size;
    snprintf(rel->file.key, sizeof rel->file.key, "objects/%s", b->sums.sha256);
    if (b->numbered)
        snprintf(rel->file.name, sizeof rel->file.name, "v%" PRId64 ".zip", rel->patch);
    else
        snprintf(rel->file.name, sizeof rel->file.name, "%s", b->name);
    snprintf(rel->file.sums.md5, sizeof rel->file.sums.md5, "%s", b->sums.md5);
    snprintf(rel->file.sums.sha256, sizeof rel->file.sums.sha256, "%s", b->sums.sha256);
}

static int fill_release(struct hf_release *rel, const struct hf_making *r, const struct hf_manifest *m, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    uint8_t salt[8];

    memset(rel, 0, sizeof *rel);
    if (hf_random(salt, sizeof salt, err) != 0 || hf_range_parse(&rel->range, a->params->target, err) != 0)
        return -1;
    rel->patch = m->last + 1;
    snprintf(rel->job, sizeof rel->job, "%s", a->job);
    snprintf(rel->target, sizeof rel->target, "%s", a->params->target);
    rel->rollout = a->params->rollout;
    hf_hex(rel->salt, salt, sizeof salt);
    rel->priority = (enum hf_priority)a->params->priority;
    snprintf(rel->window, sizeof rel->window, "%s", a->params->window != NULL ? a->params->window : "");
    rel->published = a->now > m->published ? a->now : m->published;
    rel->notes = strdup(a->params->notes != NULL ? a->params->notes : "");
    if (rel->notes == NULL)
        return hf_nomem(err);
    snprintf(rel->source.ref, sizeof rel->source.ref, "%s", a->ref);
    snprintf(rel->source.base, sizeof rel->source.base, "%s", r->base.oid);
    snprintf(rel->source.commit, sizeof rel->source.commit, "%s", a->commit);
    rel->source.files = (int64_t)r->out->files;
    if (r->none) {
        snprintf(rel->source.builder, sizeof rel->source.builder, "none");
    } else {
        snprintf(rel->source.builder, sizeof rel->source.builder, "%s", r->built.builder);
        fill_file(rel, &r->built);
    }
    return 0;
}

/* What the rules say about it over the releases that are there. */
static int judge(const struct hf_making *r, const struct hf_manifest *m, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    int64_t seen = r->before != NULL ? r->before->last : 0;

    if (a->params->force)
        return 0;
    if (hf_rules_overlap(m, a->setup->repo, a->ref, a->commit, r->range, err) != 0)
        return -1;
    return a->newest_only ? hf_rules_newest(m, a->setup->repo, a->ref, a->commit, r->range, seen, err) : 0;
}

/* Somebody has seen the patch before, and these must be its bytes. */
static int as_expected(const struct hf_making *r, struct hf_err *err)
{
    const char *want = r->ask->expect;

    if (want == NULL || (r->none && want[0] == '\0') || strcmp(want, r->built.sums.sha256) == 0)
        return 0;
    return hf_fail(err, HF_E_SIG,
                   "the patch is not the one that was expected: its SHA-256 is %s, not %s; nothing was published",
                   r->none ? "none, since nothing is left to patch" : r->built.sums.sha256, want[0] != '\0' ? want : "none");
}

/* 1 when the manifest has this job: then it is done, whatever happened since. */
static int job_done(struct hf_making *r, const struct hf_manifest *m)
{
    size_t i;

    for (i = 0; m != NULL && i < m->release_count; i++) {
        if (strcmp(m->releases[i].job, r->ask->job) != 0)
            continue;
        r->out->outcome = HF_JOB_DONE;
        r->out->patch = m->releases[i].patch;
        return 1;
    }
    return 0;
}

/* The edit of the ledger: everything that was judged on the manifest we began with is judged again on the one we change. */
static int add_release(struct hf_manifest *m, void *arg, struct hf_err *err)
{
    struct hf_making *r = arg;
    const struct hf_release_ask *a = r->ask;
    struct hf_release rel;

    r->out->patch = 0; /* an attempt that lost its race had a number */
    if (job_done(r, m))
        return 1;
    if (nothing_new(r, m))
        return 1;
    if (!r->none && hf_manifest_revoked(m, r->built.sums.sha256))
        return hf_fail(err, HF_E_POLICY, "these bytes are revoked: patch %.12s... may never be published again",
                       r->built.sums.sha256);
    if (judge(r, m, err) != 0)
        return -1;
    if (fill_release(&rel, r, m, err) != 0 || hf_manifest_add(m, &rel, err) != 0) {
        hf_release_clear(&rel);
        return -1;
    }
    m->last++;
    r->out->outcome = r->none || r->empty ? HF_PUBLISHED_NONE : HF_PUBLISHED;
    r->out->patch = m->last;
    hf_rules_trim(m, a->setup->config->release.keep);
    return 0;
}

/* The edit for a job that is done: none. */
static int change_nothing(struct hf_manifest *m, void *arg, struct hf_err *err)
{
    (void)m;
    (void)arg;
    (void)err;
    return 1;
}

/* Changes the manifest; where there is nothing to change, the ledger at least completes its history. */
static int change_ledger(struct hf_making *r, int (*edit)(struct hf_manifest *m, void *arg, struct hf_err *err),
                         struct hf_err *err)
{
    struct hf_manifest *after = NULL;

    if (hf_ledger_change(&after, &r->ledger, r->ask->now, edit, r, err) != 0)
        return -1;
    r->out->serial = after->serial;
    hf_manifest_free(after);
    return 0;
}

/* Hands over what would be published, and publishes nothing. */
static int stop_here(struct hf_making *r, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    struct hf_manifest *m = r->before, *begun = NULL;
    struct hf_prospect p = {.before = r->before, .changes = r->changes, .how = r->base.how, .path = r->built.path};
    struct hf_release rel;
    int rc = -1;

    if (nothing_new(r, m))
        return 0;
    if (m != NULL && !r->none && hf_manifest_revoked(m, r->built.sums.sha256))
        return hf_fail(err, HF_E_POLICY, "these bytes are revoked: patch %.12s... may never be published again",
                       r->built.sums.sha256);
    if (m == NULL && hf_manifest_new(&begun, a->channel->app, a->channel->name, err) != 0)
        return -1;
    if (fill_release(&rel, r, m != NULL ? m : begun, err) == 0) {
        p.release = &rel;
        r->out->outcome = HF_PLANNED;
        rc = a->instead(a->instead_arg, &p, err);
    }
    hf_release_clear(&rel);
    hf_manifest_free(begun);
    return rc;
}

static int commit_release(struct hf_making *r, struct hf_err *err)
{
    /* The objects first: the manifest must never name what is not there. With nothing to publish the ledger is asked all the
     * same: a publisher that died behind the commit point may have left its job and its history to us. */
    if (!nothing_new(r, r->before) && put_object(r, err) != 0)
        return -1;
    return change_ledger(r, add_release, err);
}

static void release_end(struct hf_making *r)
{
    if (r->work != NULL)
        hf_work_remove(r->work);
    free(r->work);
    hf_changes_free(r->changes);
    hf_range_free(r->range);
    hf_manifest_free(r->before);
}

int hf_release(struct hf_released *out, const struct hf_release_ask *ask, struct hf_err *err)
{
    struct hf_making r = {.ask = ask, .out = out, .ledger = hf_setup_ledger(ask->setup, ask->channel)};
    int rc = -1;

    memset(out, 0, sizeof *out);
    out->rollout = ask->params->rollout;
    snprintf(out->target, sizeof out->target, "%s", ask->params->target);
    if (strlen(ask->ref) > HF_MANIFEST_MAX_REF) {
        hf_fail(err, HF_E_LIMIT, "the name of the ref is longer than %d bytes", HF_MANIFEST_MAX_REF);
        goto out;
    }
    if (hf_range_parse(&r.range, ask->params->target, err) != 0 || read_before(&r, err) != 0)
        goto out;
    /* We died behind the commit point, once: no rule and no build may speak against what is out already. */
    if (job_done(&r, r.before)) {
        rc = change_ledger(&r, change_nothing, err);
        goto out;
    }
    /* Judged again when the manifest is changed; here so that nobody waits for a build that cannot be published. */
    if (judge(&r, r.before, err) != 0)
        goto out;
    if ((ask->file != NULL ? hf_making_take(&r, err) : hf_making_build(&r, err)) != 0 || as_expected(&r, err) != 0)
        goto out;
    out->size = (int64_t)r.built.sums.size;
    memcpy(out->sha256, r.built.sums.sha256, sizeof out->sha256);
    rc = ask->instead != NULL ? stop_here(&r, err) : commit_release(&r, err);
out:
    release_end(&r);
    return rc;
}

void hf_released_nothing(char out[256], const struct hf_released *r)
{
    char percent[8], asked[8];

    if (r->outcome != HF_SAME_BYTES) {
        snprintf(out, 256, "no file that include admits differs from the release");
        return;
    }
    hf_percent_format(percent, r->live_rollout);
    hf_percent_format(asked, r->rollout);
    if (r->rollout == r->live_rollout)
        snprintf(out, 256, "the same bytes are live already, as patch %" PRId64 " at %s", r->live, percent);
    else
        snprintf(out, 256,
                 "the same bytes are live already, as patch %" PRId64 " at %s, and stay so: `hotfix rollout %" PRId64 " %s` "
                 "on the server changes that",
                 r->live, percent, r->live, asked);
}
