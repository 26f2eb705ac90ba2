/* pre_receive.c: refuses a push whose release is known to fail, before any ref moves: wrong push options, names of refs or
 * trailers, and what foresee.c finds. It reads what was pushed in git's quarantine, and runs no builder. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/escape.h"
#include "hooks/foresee.h"
#include "hooks/lines.h"
#include "hooks/say.h"
#include "publisher/intake.h"
#include "publisher/match.h"
#include "publisher/other_commits.h"

/* The jobs of a push, as post-receive will make them. */
struct jobs {
    struct hf_job *job;
    size_t count, room;
};

static int add(struct jobs *to, const struct hf_job *j, struct hf_err *err)
{
    struct hf_job *more;

    if (to->count == to->room) {
        more = reallocarray(to->job, to->room * 2 + 8, sizeof *more);
        if (more == NULL)
            return hf_nomem(err);
        to->job = more;
        to->room = to->room * 2 + 8;
    }
    to->job[to->count++] = *j;
    return 0;
}

static void clear(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        hf_job_clear(&jobs->job[i]);
    free(jobs->job);
}

/* Makes the job of each channel that releases this ref, and looks ahead: what cannot be one is refused now, wrong trailers of the
 * tip among it. */
static int check_ref(const struct hf_line *line, struct hf_setup *s, const struct hf_params *options, struct hf_foresee *ahead,
                     struct jobs *jobs, struct hf_err *err)
{
    const struct hf_config *c = s->config;
    struct hf_intake in = {.setup = s,
                           .ref = line->ref,
                           .old = hf_is_zeros(line->old) ? "" : line->old,
                           .commit = line->new,
                           .options = options,
                           .now = time(NULL)};
    char star[HF_RANGE_MAX + 1];
    struct hf_job j;
    size_t i;
    int rc = 0;

    for (i = 0; rc >= 0 && i < c->channel_count && !hf_is_zeros(line->new); i++) {
        if (!hf_match_ref(&c->channels[i], line->ref, star, sizeof star))
            continue;
        in.channel = &c->channels[i];
        in.star = star;
        rc = hf_intake(&j, &in, err);
        if (rc == 1 && hf_foresee_job(ahead, &c->channels[i], &j, err) == 0 && add(jobs, &j, err) == 0)
            continue;
        rc = rc == 0 ? 0 : -1;
        hf_job_clear(&j);
    }
    return rc < 0 ? -1 : 0;
}

/* hotfix.target and hotfix.base speak of one release; a push of several must name each by its branch. */
static int check_single(const struct hf_params *options, size_t releases, struct hf_err *err)
{
    if (releases > 1 && (options->target != NULL || options->base != NULL))
        return hf_fail(err, HF_E_POLICY,
                       "hotfix.%s holds for the whole push, which would release %zu branches; push one at a time",
                       options->target != NULL ? "target" : "base", releases);
    return 0;
}

/* Push options are said once. They are written down before the ref moves: were post-receive killed before its job is on disk,
 * `hotfix retry` would find the tip later and release it without them, a rollout of 5% to everybody. */
static int announce(const struct jobs *jobs, struct hf_setup *s, struct hf_err *err)
{
    struct hf_spool *spool = NULL;
    int rc = hf_spool_open(&spool, hf_repo_dir(s->repo), err) == 0 ? hf_spool_ready(spool, err) : -1;

    for (size_t i = 0; rc == 0 && i < jobs->count; i++)
        rc = hf_spool_announce(spool, &jobs->job[i], err);
    hf_spool_close(spool);
    return rc == 0 ? 0 : hf_fail_in(err, "your push options could not be kept: ");
}

struct wanted {
    struct hf_config *config;
    const struct hf_params *options;
};

/* hf_lines_read's `wanted`: refs that are released, and those that may say what the app was built from. */
static int is_wanted(void *arg, const char *ref)
{
    const struct wanted *w = arg;
    const char *base = w->options->base;
    size_t n = strlen(ref), k = base != NULL ? strlen(base) : 0;

    if (hf_match_any(w->config, ref))
        return 1;
    if (k > 0 && n >= k && strcmp(ref + n - k, base) == 0)
        return 2;
    for (size_t i = 0; i < w->config->channel_count; i++)
        if (hf_ref_matches(w->config->channels[i].base, ref))
            return 2;
    return 0;
}

/* 1 when some channel releases what the line pushes. */
static int is_released(const struct hf_setup *s, const struct hf_line *line)
{
    return !hf_is_zeros(line->new) && hf_match_any(s->config, line->ref);
}

static void warn(void *voice, const char *text)
{
    hf_voice_say(voice, "warning", text);
}

/* Commits behind the tips say nothing that counts; who wrote such words there should know. */
static void warn_of_other_commits(const struct hf_lines *lines, const struct hf_setup *s, struct hf_voice *v)
{
    struct hf_say say = hf_voice_sink(v);

    for (size_t i = 0; i < lines->count; i++) {
        const struct hf_line *l = &lines->line[i];

        if (!hf_is_zeros(l->new))
            hf_other_commits(s, hf_is_zeros(l->old) ? "" : l->old, l->new, &say);
    }
}

static int check_lines(const struct hf_params *options, struct hf_voice *v, struct hf_err *err)
{
    const char *dir = getenv("GIT_DIR");
    struct hf_err why = {HF_OK, ""};
    struct hf_foresee ahead = {0};
    struct hf_lines lines = {0}, tags = {0};
    struct hf_setup s;
    struct jobs jobs = {0};
    struct wanted wanted = {NULL, options};
    size_t i, releases = 0;
    int rc = 0;

    if (hf_setup_open(&s, dir != NULL ? dir : ".", 1, NULL, &why) != 0) {
        /* A release set-up that is broken is the operator's to mend; it must not keep people from their repository. */
        if (hf_params_any(options)) {
            *err = why;
            rc = hf_fail_in(err, "your push options could not be kept: ");
        } else {
            hf_voice_say(v, "warning", why.msg);
        }
        goto out;
    }
    wanted.config = s.config;
    rc = hf_lines_read(&lines, &tags, STDIN_FILENO, is_wanted, &wanted, err);
    if (rc == 0)
        rc = hf_foresee_begin(&ahead, &s, &tags, v, err);
    for (i = 0; rc >= 0 && i < lines.count; i++)
        if (is_released(&s, &lines.line[i]))
            releases++;
    if (rc >= 0)
        rc = check_single(options, releases, err);
    if (rc == 0 && releases > 0)
        rc = hf_params_bare_options(getenv, warn, v, err);
    for (i = 0; rc >= 0 && i < lines.count; i++)
        rc = check_ref(&lines.line[i], &s, options, &ahead, &jobs, err);
    if (rc == 0 && releases > 0 && hf_params_any(options))
        rc = announce(&jobs, &s, err);
    if (rc == 0)
        warn_of_other_commits(&lines, &s, v);
out:
    if (ahead.setup != NULL)
        hf_foresee_end(&ahead);
    clear(&jobs);
    hf_lines_clear(&lines);
    hf_lines_clear(&tags);
    hf_setup_close(&s);
    return rc;
}

int main(void)
{
    struct hf_voice voice = {.fd = STDERR_FILENO};
    struct hf_params options;
    struct hf_err err = {HF_OK, ""};
    int rc = 1;

    signal(SIGPIPE, SIG_IGN);
    hf_params_init(&options);
    if (hf_params_push_options(&options, getenv, &err) == 0 && check_lines(&options, &voice, &err) == 0)
        rc = 0;
    if (rc != 0) {
        hf_voice_say(&voice, "error", err.msg);
        hf_voice_say(&voice, "hint", "nothing was pushed; mend it and push again");
    }
    hf_params_clear(&options);
    return rc;
}
