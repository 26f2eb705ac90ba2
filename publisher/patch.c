/* patch.c: the patch of a release: where it starts, what differs, what was built; or the file that was built elsewhere. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder/build.h"
#include "core/escape.h"
#include "publisher/policy.h"
#include "publisher/release_in.h"
#include "publisher/rules.h"

#define LISTED_MAX 20 /* changed files that the pusher sees by name */

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
    hf_policy_say(s, c);
}

int hf_build_only(struct hf_built *out, const struct hf_setup *s, const struct hf_channel *c, const char *base,
                  const char *commit, const char *target, const char *work, const struct hf_say *sink, struct hf_err *err)
{
    struct hf_changes *changes = NULL;
    struct hf_build_ask b = {
        .repo = s->repo, .config = s->config, .channel = c, .base = base, .commit = commit, .target = target, .work = work};
    struct hf_say words = sink != NULL ? *sink : (struct hf_say){NULL, NULL};
    struct hf_err why;
    int rc = -1;

    if (hf_policy_find(&changes, s->repo, c, base, commit, err) != 0)
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
    /* A file to try, which may be what a release may not be. */
    if (rc == 0 && hf_policy_size(s->config, (int64_t)out->sums.size, sink, &why) != 0)
        say(sink, HF_SAY_WARNING, "it cannot be released: %s", why.msg);
out:
    hf_changes_free(changes);
    return rc;
}

int hf_making_base(struct hf_making *r, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;
    struct hf_base_ask ask = {.given = a->params->base,
                              .tags = a->channel->base,
                              .target = a->params->target,
                              .manifest = r->before,
                              .old = a->old,
                              .pushed = a->pushed,
                              .pushed_count = a->pushed_count};
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

int hf_making_changes(struct hf_making *r, struct hf_err *err)
{
    const struct hf_release_ask *a = r->ask;

    if (hf_policy_find(&r->changes, a->setup->repo, a->channel, r->base.oid, a->commit, err) != 0)
        return -1;
    r->out->files = r->changes->file_count;
    list_changes(a->say, r->changes);
    if (hf_policy_judge(a->setup->config, r->changes, a->params->force, err) != 0)
        return -1;
    r->empty = r->changes->file_count == 0 && a->channel->builder->of_nothing;
    r->none = r->changes->file_count == 0 && !r->empty;
    return 0;
}

int hf_making_build(struct hf_making *r, struct hf_err *err)
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

    if (r->none)
        return 0;
    if (hf_work_make(&r->work, a->work, err) != 0)
        return -1;
    b.work = r->work;
    b.changes = r->changes;
    if (hf_build(&r->built, &b, err) != 0)
        return -1;
    return hf_policy_size(s->config, (int64_t)r->built.sums.size, a->say, err);
}

/* What a file that was built elsewhere must be for its channel. */
static int judge_file(struct hf_making *r, struct hf_err *err)
{
    const struct hf_builder *builder = r->ask->channel->builder;

    if (hf_build_judge_file(builder, r->ask->file, r->ask->params->target, err) != 0)
        return hf_fail_in(err, "%s: ", r->ask->file);
    if (hf_build_judges(builder) > 0)
        snprintf(r->built.builder, sizeof r->built.builder, "%s (built elsewhere)", builder->name);
    else
        snprintf(r->built.builder, sizeof r->built.builder, "file");
    r->built.numbered = builder->numbered;
    return 0;
}

/* Takes a patch that was built elsewhere. */
static int take_file(struct hf_making *r, struct hf_err *err)
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
    if (rc == 0)
        rc = hf_policy_size(a->setup->config, (int64_t)r->built.sums.size, a->say, err);
    return rc == 0 ? judge_file(r, err) : rc;
}

/* A file from elsewhere may be one that another channel of the app has revoked. A channel that cannot be read might say so. */
static int revoked_elsewhere(const struct hf_making *r, struct hf_err *err)
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

/* A candidate that is signed by its digest: the files that it was built from, for the rules alone. Without them the rules that
 * need them were judged where it was built. */
static void find_judged(struct hf_making *m)
{
    const struct hf_release_ask *a = m->ask;

    (void)hf_changes_compare(&m->changes, a->setup->repo, a->source->base, a->commit, a->channel->include, a->channel->exclude,
                             NULL);
}

int hf_making_take(struct hf_making *m, struct hf_err *err)
{
    const struct hf_source *source = m->ask->source;

    if (m->ask->file[0] == '\0')
        m->none = 1;
    else if (take_file(m, err) != 0 || revoked_elsewhere(m, err) != 0)
        return -1;
    if (source == NULL)
        return 0;
    memcpy(m->base.oid, source->base, sizeof m->base.oid);
    if (!m->none)
        memcpy(m->built.builder, source->builder, sizeof m->built.builder);
    m->out->files = (size_t)source->files;
    if (m->ask->setup->repo != NULL && source->base[0] != '\0')
        find_judged(m);
    return 0;
}
