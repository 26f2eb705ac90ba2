/* release.c: see release.h. The order of things: base, rules, changes, build, bytes compared, objects, manifest. */
#include "publisher/release.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/base.h"
#include "builder/ocpatch.h"
#include "core/escape.h"
#include "publisher/rules.h"

#define LISTED_MAX 20 /* changed files that the pusher sees by name */

/* One release on its way. */
struct run {
    const struct hf_release_ask *ask;
    struct hf_ledger ledger;
    struct hf_manifest *before; /* in force when we began; NULL when there was none */
    struct hf_range *range;
    struct hf_base base;
    struct hf_changes *changes;
    char *work;
    struct hf_built built;
    int none;  /* no difference to the base: the release has no file */
    int empty; /* the same, where the builder says that with a file */
    struct hf_released *out;
};

static void __attribute__((format(printf, 3, 4))) say(const struct hf_say *s, enum hf_say_level level, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    if (s == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    s->line(s->arg, level, text);
}

/* What a builder says on its way. */
static void tell(void *arg, int warning, const char *text)
{
    say(arg, warning ? HF_SAY_WARNING : HF_SAY_STEP, "%s", text);
}

int hf_job_new(char job[HF_JOB_HEX + 1], struct hf_err *err)
{
    uint8_t r[HF_JOB_HEX / 2];

    if (hf_random(r, sizeof r, err) != 0)
        return -1;
    hf_hex(job, r, sizeof r);
    return 0;
}

static void list_changes(const struct hf_say *s, const struct hf_changes *c)
{
    char shown[160];
    size_t i;

    for (i = 0; i < c->file_count && i < LISTED_MAX; i++)
        say(s, HF_SAY_STEP, "  %s", hf_escape(shown, sizeof shown, c->files[i].path, strlen(c->files[i].path)));
    if (c->file_count > LISTED_MAX)
        say(s, HF_SAY_STEP, "  and %zu more", c->file_count - LISTED_MAX);
    for (i = 0; i < c->deleted_count && i < LISTED_MAX; i++)
        say(s, HF_SAY_WARNING, "cannot be removed by a patch: %s",
            hf_escape(shown, sizeof shown, c->deleted[i], strlen(c->deleted[i])));
    if (c->deleted_count > LISTED_MAX)
        say(s, HF_SAY_WARNING, "cannot be removed by a patch: %zu more", c->deleted_count - LISTED_MAX);
}

int hf_build_only(struct hf_built *out, const struct hf_setup *s, const struct hf_channel *c, const char *base,
                  const char *commit, const char *target, const char *work, const struct hf_say *sink, struct hf_err *err)
{
    struct hf_changes *changes = NULL;
    struct hf_build_ask b = {
        .repo = s->repo, .config = s->config, .channel = c, .base = base, .commit = commit, .target = target, .work = work};
    struct hf_say words = sink != NULL ? *sink : (struct hf_say){NULL, NULL};
    int rc = -1;

    if (hf_changes_find(&changes, s->repo, base, commit, c->include, c->exclude, err) != 0)
        return -1;
    list_changes(sink, changes);
    if (changes->file_count == 0) {
        hf_fail(err, HF_E_POLICY, "nothing that include admits differs between %.12s and %.12s", base, commit);
        goto out;
    }
    b.changes = changes;
    b.tell = sink != NULL ? tell : NULL;
    b.tell_arg = &words;
    rc = hf_build(out, &b, err);
out:
    hf_changes_free(changes);
    return rc;
}

/* Reads the manifest in force; none yet is fine. */
static int read_before(struct run *r, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};

    if (hf_ledger_read(&r->before, &r->ledger, &why) != 0 && why.code != HF_E_NOTFOUND) {
        *err = why;
        return -1;
    }
    return 0;
}

static int find_base(struct run *r, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    struct hf_base_ask ask = {a->params->base, a->channel->base, a->params->target, r->before, a->old};
    const struct hf_release *live = hf_rules_live(r->before, a->params->target, r->range);

    if (hf_base_find(&r->base, a->setup->repo, &ask, err) != 0)
        return -1;
    say(a->say, HF_SAY_STEP, "from %s (%.12s) to %.12s", r->base.how, r->base.oid, a->commit);
    if (r->base.untagged)
        say(a->say, HF_SAY_WARNING,
            "no tag says what the app '%s' was built from, so what was pushed to this branch before is not in the patch; if "
            "devices need that too, push a commit with -o hotfix.base=REV, the release",
            a->params->target);
    if (live != NULL && hf_repo_contains(a->setup->repo, a->commit, live->source.commit, NULL) == 0)
        say(a->say, HF_SAY_WARNING, "%.12s does not contain %.12s, which patch %" PRId64 " was built from", a->commit,
            live->source.commit, live->patch);
    return 0;
}

/* Changes and build; or the finding that nothing is left to patch. */
static int build(struct run *r, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    const struct hf_setup *s = a->setup;
    struct hf_say words = a->say != NULL ? *a->say : (struct hf_say){NULL, NULL};
    struct hf_build_ask b = {.repo = s->repo,
                             .config = s->config,
                             .channel = a->channel,
                             .base = r->base.oid,
                             .commit = a->commit,
                             .target = a->params->target,
                             .tell = a->say != NULL ? tell : NULL,
                             .tell_arg = &words};

    if (hf_changes_find(&r->changes, s->repo, r->base.oid, a->commit, a->channel->include, a->channel->exclude, err) != 0)
        return -1;
    r->out->files = r->changes->file_count;
    list_changes(a->say, r->changes);
    r->empty = r->changes->file_count == 0 && hf_build_empty_is_file(a->channel->builder);
    if (r->changes->file_count == 0 && !r->empty) {
        r->none = 1;
        return 0;
    }
    if (hf_work_make(&r->work, a->work, err) != 0)
        return -1;
    b.work = r->work;
    b.changes = r->changes;
    return hf_build(&r->built, &b, err);
}

/* What a file that was built elsewhere must be for its channel. */
static int judge_file(struct run *r, struct hf_err *err)
{
    const char *builder = r->ask->channel->builder;
    struct hf_ocpatch patch;

    snprintf(r->built.builder, sizeof r->built.builder, "file");
    if (strcmp(builder, "ocrunner") == 0) {
        if (hf_ocpatch_file(&patch, r->ask->file, r->ask->params->target, err) != 0)
            return hf_fail_in(err, "%s: ", r->ask->file);
        snprintf(r->built.builder, sizeof r->built.builder, "ocrunner (built elsewhere)");
    }
    r->built.numbered = strcmp(builder, "jspatch") == 0;
    return 0;
}

/* Takes a patch that was built elsewhere. */
static int take_file(struct run *r, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    int fd, rc;

    if (hf_file_name_check(a->file_name, err) != 0)
        return -1;
    fd = open(a->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hf_fail(err, HF_E_INPUT, "cannot open %s: %s", a->file, strerror(errno));
    rc = hf_digest_fd(&r->built.sums, fd, err);
    close(fd);
    snprintf(r->built.path, sizeof r->built.path, "%s", a->file);
    snprintf(r->built.name, sizeof r->built.name, "%s", a->file_name);
    r->out->files = 1;
    if (rc == 0 && (r->built.sums.size == 0 || r->built.sums.size > (uint64_t)HF_FILE_MAX_BYTES))
        return hf_fail(err, HF_E_LIMIT, "%s has %" PRIu64 " bytes; a patch has 1 to %" PRId64, a->file, r->built.sums.size,
                       HF_FILE_MAX_BYTES);
    return rc == 0 ? judge_file(r, err) : rc;
}

/* A file from elsewhere may be one that another channel of the app has revoked. A channel that cannot be read might say so. */
static int revoked_elsewhere(const struct run *r, struct hf_err *err)
{
    const struct hf_setup *s = r->ask->setup;
    const struct hf_channel *ours = r->ask->channel, *c;
    struct hf_manifest *m = NULL;
    struct hf_err why;
    size_t i;
    int revoked;

    for (i = 0; i < s->config->channel_count; i++) {
        struct hf_ledger l = hf_setup_ledger(s, c = &s->config->channels[i]);

        if (c == ours || strcmp(c->app, ours->app) != 0)
            continue;
        why = (struct hf_err){HF_OK, ""};
        if (hf_ledger_read(&m, &l, &why) != 0 && why.code != HF_E_NOTFOUND) {
            *err = why;
            return -1;
        }
        revoked = m != NULL && hf_manifest_revoked(m, r->built.sums.sha256);
        hf_manifest_free(m);
        if (revoked)
            return hf_fail(err, HF_E_POLICY, "these bytes are revoked in the channel %s: they may never be published again",
                           c->name);
    }
    return 0;
}

/* 1, and the outcome, when there is nothing to publish over what is in force. */
static int nothing_new(struct run *r, const struct hf_manifest *m)
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

static int put_object(struct run *r, struct hf_err *err)
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

static int fill_release(struct hf_release *rel, const struct run *r, const struct hf_manifest *m, struct hf_err *err)
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

/* 1 when the manifest has this job: then it is done, whatever happened since. */
static int job_done(struct run *r, const struct hf_manifest *m)
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
    struct run *r = arg;
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
    if (!a->params->force && hf_rules_overlap(m, a->setup->repo, a->ref, a->commit, r->range, err) != 0)
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
static int change_ledger(struct run *r, int (*edit)(struct hf_manifest *m, void *arg, struct hf_err *err), struct hf_err *err)
{
    struct hf_manifest *after = NULL;

    if (hf_ledger_change(&after, &r->ledger, r->ask->now, edit, r, err) != 0)
        return -1;
    r->out->serial = after->serial;
    hf_manifest_free(after);
    return 0;
}

static int commit_release(struct run *r, struct hf_err *err)
{
    /* The objects first: the manifest must never name what is not there. With nothing to publish the ledger is asked all the
     * same: a publisher that died behind the commit point may have left its job and its history to us. */
    if (!nothing_new(r, r->before) && put_object(r, err) != 0)
        return -1;
    return change_ledger(r, add_release, err);
}

static void release_end(struct run *r)
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
    struct run r = {.ask = ask, .out = out, .ledger = hf_setup_ledger(ask->setup, ask->channel)};
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
    if (!ask->params->force && hf_rules_overlap(r.before, ask->setup->repo, ask->ref, ask->commit, r.range, err) != 0)
        goto out;
    if (ask->file != NULL ? (take_file(&r, err) != 0 || revoked_elsewhere(&r, err) != 0)
                          : (find_base(&r, err) != 0 || build(&r, err) != 0))
        goto out;
    out->size = (int64_t)r.built.sums.size;
    memcpy(out->sha256, r.built.sums.sha256, sizeof out->sha256);
    rc = commit_release(&r, err);
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
