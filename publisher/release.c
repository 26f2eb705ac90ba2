/* release.c: see release.h. The order of things: base, rules, changes, build, bytes compared, objects, manifest. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publisher/lost.h"
#include "publisher/release_in.h"
#include "publisher/rules.h"

/* Reads the manifest in force; none yet is fine. */
static int read_before(struct hf_making *r, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};

    if (r->ask->setup->store == NULL)
        return 0;
    if (hf_ledger_read(&r->own, &r->ledger, &why) != 0 && why.code != HF_E_NOTFOUND) {
        *err = why;
        return -1;
    }
    r->before = r->own;
    return 0;
}

/* The manifest that was in force when a release was asked for that had to wait. What cannot be read is not known: then all that
 * is held back now may have been decided later. */
static void read_then(struct hf_making *r)
{
    const struct hf_release_ask *a = r->ask;
    struct hf_err why = {HF_OK, ""};

    r->then = r->before;
    if (!a->waited || (r->before != NULL && r->before->serial == a->seen))
        return;
    r->then = NULL;
    if (a->seen > 0 && (a->params->live || !a->params->rollout_default) &&
        hf_ledger_read_serial(&r->own_then, &r->ledger, a->seen, &why) == 0)
        r->then = r->own_then;
}

/* 1, and the outcome, when there is nothing to publish over what the newest release has, be it paused: what was pushed over
 * that one must not be forgotten when it is resumed. `live` over a paused one is something new. */
static int nothing_new(struct hf_making *r, const struct hf_manifest *m)
{
    struct hf_released *out = r->out;
    const struct hf_release *now = hf_rules_current(m, r->ask->params->target, r->range);

    out->outcome = HF_NO_CHANGE;
    if (now != NULL && now->state == HF_PAUSED && r->ask->params->live)
        return 0;
    if (r->none || (r->empty && now == NULL))
        return now == NULL || !now->has_file;
    out->outcome = HF_SAME_BYTES;
    if (now == NULL || !now->has_file || strcmp(now->file.sums.sha256, r->built.sums.sha256) != 0)
        return 0;
    out->live = now->patch;
    out->live_rollout = now->rollout;
    out->paused = now->state == HF_PAUSED;
    if (r->ask->params->rollout_default)
        out->rollout = now->rollout; /* the push named none, so there is nothing to suggest */
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
    hf_key_patch(key, r->ask->channel->app, r->built.sums.sha256);
    rc = hf_store_put_object(r->ask->setup->store, key, fd, &r->built.sums, HF_TYPE_BYTES, err);
    close(fd);
    return rc;
}

static void fill_file(struct hf_release *rel, const struct hf_built *b)
{
    rel->has_file = 1;
    rel->file.size = (int64_t)b->sums.size;
    hf_object_key(rel->file.key, b->sums.sha256);
    if (b->numbered)
        snprintf(rel->file.name, sizeof rel->file.name, "v%" PRId64 ".zip", rel->patch);
    else
        snprintf(rel->file.name, sizeof rel->file.name, "%s", b->name);
    snprintf(rel->file.sums.md5, sizeof rel->file.sums.md5, "%s", b->sums.md5);
    snprintf(rel->file.sums.sha256, sizeof rel->file.sums.sha256, "%s", b->sums.sha256);
}

static int fill_release(struct hf_release *rel, struct hf_making *r, const struct hf_manifest *m, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    const struct hf_takeover t = {
        .params = a->params, .range = r->range, .over = &r->over, .left = a->left, .then = r->then};

    memset(rel, 0, sizeof *rel);
    if (hf_range_parse(&rel->range, a->params->target, err) != 0 || hf_takeover(rel, r->held, &t, m, err) != 0)
        return -1;
    rel->patch = m->last + 1;
    snprintf(rel->job, sizeof rel->job, "%s", a->job);
    snprintf(rel->target, sizeof rel->target, "%s", a->params->target);
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

/* What the rules say, as far as refs and commits alone tell. */
static int judge_refs(const struct hf_making *r, const struct hf_manifest *m, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    int64_t seen = r->before != NULL ? r->before->last : 0;

    if (a->params->force)
        return 0;
    if (hf_rules_overlap(m, a->setup->repo, a->ref, a->commit, r->range, err) != 0)
        return -1;
    return a->newest_only ? hf_rules_newest(m, a->setup->repo, a->ref, a->commit, r->range, seen, err) : 0;
}

/* What they say of its files. Judged before the build, and with the bytes that were built. */
static int judge_content(struct hf_making *r, const struct hf_manifest *m, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    struct hf_over_ask over = {.tip = {a->setup->repo, a->channel, r->base.oid, a->commit, r->changes},
                               .range = r->range,
                               .params = a->params,
                               .sha256 = r->built.sums.sha256[0] != '\0' ? r->built.sums.sha256 : NULL};

    if (!a->params->force && hf_lost_judge(m, &over.tip, r->range, err) != 0)
        return -1;
    return hf_over_judge(&r->over, m, &over, err);
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
    struct hf_release rel = {.patch = 0};

    r->out->patch = 0; /* an attempt that lost its race had a number */
    if (job_done(r, m))
        return 1;
    if (nothing_new(r, m))
        return 1;
    if (!r->none && hf_manifest_revoked(m, r->built.sums.sha256))
        return hf_fail(err, HF_E_POLICY, "these bytes are revoked: patch %.12s... may never be published again",
                       r->built.sums.sha256);
    if (judge_refs(r, m, err) != 0 || judge_content(r, m, err) != 0)
        return -1;
    if (fill_release(&rel, r, m, err) != 0 || hf_manifest_add(m, &rel, err) != 0) {
        hf_release_clear(&rel);
        return -1;
    }
    m->last++;
    r->out->outcome = r->none || r->empty ? HF_PUBLISHED_NONE : HF_PUBLISHED;
    r->out->patch = m->last;
    r->out->rollout = m->releases[0].rollout;
    r->out->paused = m->releases[0].state == HF_PAUSED;
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

static void tell_held(const struct hf_making *r)
{
    char text[HF_TAKEOVER_WORDS + 16];

    if (r->ask->say == NULL || r->held[0] == '\0')
        return;
    snprintf(text, sizeof text, "taken over: %s", r->held);
    r->ask->say->line(r->ask->say->arg, HF_SAY_HINT, text);
}

/* Hands over what would be published, and publishes nothing. */
static int stop_here(struct hf_making *r, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    const struct hf_manifest *m = r->before;
    struct hf_manifest *begun = NULL;
    struct hf_prospect p = {
        .params = a->params, .before = r->before, .changes = r->changes, .how = r->base.how, .path = r->built.path};
    struct hf_release rel = {.patch = 0};
    int rc = -1;

    if (nothing_new(r, m))
        return 0;
    if (m != NULL && !r->none && hf_manifest_revoked(m, r->built.sums.sha256))
        return hf_fail(err, HF_E_POLICY, "these bytes are revoked: patch %.12s... may never be published again",
                       r->built.sums.sha256);
    if (m == NULL && hf_manifest_new(&begun, a->channel->app, a->channel->name, err) != 0)
        return -1;
    if (judge_content(r, m, err) == 0 && fill_release(&rel, r, m != NULL ? m : begun, err) == 0) {
        tell_held(r);
        p.release = &rel;
        r->out->outcome = HF_PLANNED;
        rc = a->instead(a->instead_arg, &p, err);
    }
    hf_release_clear(&rel);
    hf_manifest_free(begun);
    return rc;
}

static int clock_allows(const struct hf_making *r, struct hf_err *err)
{
    struct hf_clock_facts facts = {.in_force = r->before != NULL ? r->before->published : 0};

    return hf_clock_allow(&r->ledger.clock, r->ask->setup->store, facts, r->ask->now, err);
}

static int commit_release(struct hf_making *r, struct hf_err *err)
{
    /* The objects first: the manifest must never name what is not there. With nothing to publish the ledger is asked all the
     * same: a publisher that died behind the commit point may have left its job and its history to us. */
    if (!nothing_new(r, r->before) && put_object(r, err) != 0)
        return -1;
    if (change_ledger(r, add_release, err) != 0)
        return -1;
    if (r->out->outcome == HF_PUBLISHED || r->out->outcome == HF_PUBLISHED_NONE)
        tell_held(r);
    return 0;
}

static void release_end(struct hf_making *r)
{
    if (r->work != NULL)
        hf_work_remove(r->work);
    free(r->work);
    hf_changes_free(r->changes);
    hf_range_free(r->range);
    hf_manifest_free(r->own);
    hf_manifest_free(r->own_then);
}

static int begin(struct hf_making *r, struct hf_err *err)
{
    const struct hf_release_ask *ask = r->ask;

    memset(r->out, 0, sizeof *r->out);
    r->out->rollout = ask->params->rollout;
    snprintf(r->out->target, sizeof r->out->target, "%s", ask->params->target);
    if (strlen(ask->ref) > HF_MANIFEST_MAX_REF)
        return hf_fail(err, HF_E_LIMIT, "the name of the ref is longer than %d bytes", HF_MANIFEST_MAX_REF);
    return hf_range_parse(&r->range, ask->params->target, err);
}

/* Everything before the builder. Judged again when the manifest is changed; here so that no one waits for a build that cannot be
 * published. */
static int prepare(struct hf_making *r, enum hf_foreseen *at, struct hf_err *err)
{
    *at = HF_FORESEEN_RULES;
    if (judge_refs(r, r->before, err) != 0)
        return -1;
    if (r->ask->file != NULL)
        return judge_content(r, r->before, err);
    *at = HF_FORESEEN_BASE;
    if (hf_making_base(r, err) != 0)
        return -1;
    *at = HF_FORESEEN_CHANGES;
    if (hf_making_changes(r, err) != 0)
        return -1;
    *at = HF_FORESEEN_RULES;
    return judge_content(r, r->before, err);
}

int hf_release_foresee(enum hf_foreseen *at, const struct hf_release_ask *ask, const struct hf_manifest *before,
                       struct hf_err *err)
{
    struct hf_released out;
    struct hf_making r = {.ask = ask, .out = &out, .before = before};
    int rc;

    *at = HF_FORESEEN_RULES;
    rc = begin(&r, err) == 0 ? prepare(&r, at, err) : -1;
    release_end(&r);
    return rc;
}

int hf_release(struct hf_released *out, const struct hf_release_ask *ask, struct hf_err *err)
{
    struct hf_making r = {.ask = ask, .out = out, .ledger = hf_setup_ledger(ask->setup, ask->channel)};
    enum hf_foreseen at;
    int rc = -1;

    r.ledger.clock.commit = ask->commit;
    if (begin(&r, err) != 0 || read_before(&r, err) != 0)
        goto out;
    read_then(&r);
    out->seen = ask->waited || r.before == NULL ? ask->seen : r.before->serial;
    /* We died behind the commit point, once: no rule and no build may speak against what is out already. */
    if (job_done(&r, r.before)) {
        rc = change_ledger(&r, change_nothing, err);
        goto out;
    }
    if (prepare(&r, &at, err) != 0) {
        /* Before the ref moved, the tag was there: it was pushed together with the branch and then not created. */
        if (r.base.missing && ask->setup->config->release.strict && err->code == HF_E_POLICY)
            err->code = HF_E_AGAIN;
        goto out;
    }
    /* Judged again when the manifest is changed; here so that nobody waits for a build that cannot be published. */
    if (ask->instead == NULL && clock_allows(&r, err) != 0)
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

void hf_released_limits(char out[HF_RELEASED_LIMITS], const struct hf_released *r)
{
    char percent[8];

    hf_percent_format(percent, r->rollout);
    snprintf(out, HF_RELEASED_LIMITS, "%s%s%s", r->rollout != HF_ROLLOUT_ALL ? " at " : "",
             r->rollout != HF_ROLLOUT_ALL ? percent : "", r->paused ? ", paused" : "");
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
    if (r->paused)
        snprintf(out, 256,
                 "the same bytes are there already, as patch %" PRId64 " at %s, paused: `hotfix resume %" PRId64 "` on the "
                 "server, or a push with -o hotfix.live, changes that",
                 r->live, percent, r->live);
    else if (r->rollout == r->live_rollout)
        snprintf(out, 256, "the same bytes are live already, as patch %" PRId64 " at %s", r->live, percent);
    else
        snprintf(out, 256,
                 "the same bytes are live already, as patch %" PRId64 " at %s, and stay so: `hotfix rollout %" PRId64 " %s` "
                 "on the server changes that",
                 r->live, percent, r->live, asked);
}
