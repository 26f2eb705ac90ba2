/* post_receive.c: what was pushed becomes jobs on disk, and the jobs become releases; the pusher hears how it went. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/escape.h"
#include "hooks/lines.h"
#include "hooks/relay.h"
#include "hooks/say.h"
#include "hooks/tell.h"
#include "publisher/failed.h"
#include "publisher/intake.h"
#include "publisher/joblog.h"
#include "publisher/match.h"

#define MARGIN_SECONDS 10      /* beyond [build] timeout, until the pusher is let go */
#define LOCK_SECONDS (60 * 60) /* a worker waits so long for another one on the same ref */

struct push {
    struct hf_voice voice;
    struct hf_say say;
    struct hf_setup setup;
    struct hf_spool *spool;
    struct hf_failed failed;  /* jobs of earlier pushes */
    struct hf_params options; /* of the whole push */
    struct hf_job *jobs;      /* this push's, all in the spool */
    char *told;               /* one for each job: its end was said */
    size_t count;
    struct timespec start;
};

static int64_t now(void)
{
    return time(NULL);
}

static double since(const struct timespec *start)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)(t.tv_sec - start->tv_sec) + (double)(t.tv_nsec - start->tv_nsec) / 1e9;
}

/* " on beta", where there is more than one channel. */
static const char *on_channel(char out[64], const struct push *p, const char *label)
{
    out[0] = '\0';
    if (p->setup.config->channel_count > 1)
        snprintf(out, 64, " on %s", label);
    return out;
}

/* Where a job stands in this push; p->count when it is of another. */
static size_t place_of(const struct push *p, const struct hf_job *j)
{
    size_t i;

    for (i = 0; i < p->count && strcmp(p->jobs[i].id, j->id) != 0; i++)
        ;
    return i;
}

/* What this push has tried once is for the next push, or for `hotfix retry`. */
static int wanted(void *arg, const struct hf_job *j)
{
    const struct push *p = arg;
    size_t i = place_of(p, j);

    return i == p->count || !p->told[i];
}

/* A job of this push: its whole end. One of another push that waited: a short word. */
static void ended(void *arg, const struct hf_job *j, enum hf_job_end end, const struct hf_released *r, const struct hf_err *why,
                  double seconds)
{
    struct push *p = arg;
    char on[64], text[HF_RANGE_MAX + 256];
    size_t i = place_of(p, j);

    (void)seconds;
    if (i < p->count) {
        p->told[i] = 1;
        hf_tell(&p->voice, j, end, r, why, since(&p->start), on_channel(on, p, j->channel));
        return;
    }
    if (end == HF_JOB_RELEASED && r->patch > 0) {
        snprintf(text, sizeof text, "what waited from before is released too: patch %" PRId64 " for %s%s", r->patch, r->target,
                 on_channel(on, p, j->channel));
        hf_voice_say(&p->voice, "hint", text);
    }
}

/* Another worker on the same ref did our job while we waited for the lock: the log knows. */
static void tell_from_log(struct push *p, const struct hf_job *j)
{
    json_t *line = hf_joblog_last(hf_spool_log_path(p->spool), j->id);
    const char *outcome = hf_joblog_string(line, "outcome");
    char on[64], text[HF_ERR_MAX_MESSAGE + 256];

    on_channel(on, p, j->channel);
    if (strcmp(outcome, "published") == 0) {
        snprintf(text, sizeof text, "patch %" PRId64 " for %s%s, by a push that ran at the same time",
                 (int64_t)json_integer_value(json_object_get(line, "patch")), j->params.target, on);
        hf_voice_say(&p->voice, "success", text);
    } else if (strcmp(outcome, "nothing") == 0) {
        snprintf(text, sizeof text, "nothing to publish for %s%s", j->params.target, on);
        hf_voice_say(&p->voice, "success", text);
    } else if (strcmp(outcome, "superseded") == 0) {
        hf_tell(&p->voice, j, HF_JOB_SUPERSEDED, NULL, NULL, 0, on);
    } else {
        snprintf(text, sizeof text, "not released for %s%s: %s", j->params.target, on,
                 line != NULL ? hf_joblog_string(line, "message") : "the job is gone from the spool; see hotfix log");
        hf_voice_say(&p->voice, "error", text);
    }
    json_decref(line);
}

/* In a process of its own: this push's jobs, ref by ref, then those that wait from before. */
static void work(void *arg, int fd)
{
    struct push *p = arg;
    struct hf_worker w = {.setup = &p->setup,
                          .spool = p->spool,
                          .say = &p->say,
                          .now = now,
                          .ended = ended,
                          .arg = p,
                          .wanted = wanted,
                          .lock_seconds = LOCK_SECONDS};
    struct hf_err err;
    size_t i;

    p->voice.fd = fd;
    for (i = 0; i < p->count; i++) {
        if (p->told[i])
            continue;
        err = (struct hf_err){HF_OK, ""};
        if (hf_worker_run(&w, p->jobs[i].ref, &err) != 0)
            hf_voice_say(&p->voice, "error", err.msg);
        else if (!p->told[i])
            tell_from_log(p, &p->jobs[i]);
    }
    w.say = NULL;
    hf_worker_run(&w, NULL, &err);
}

/* Takes the job over. */
static int add_job(struct push *p, const struct hf_job *j, struct hf_err *err)
{
    struct hf_job *all = reallocarray(p->jobs, p->count + 1, sizeof *all);

    if (all == NULL)
        return hf_nomem(err);
    p->jobs = all;
    all[p->count++] = *j;
    return 0;
}

/* One ref may belong to several channels; each gives one job, and one that is refused does not stop the others. */
static void take_line(struct push *p, const struct hf_line *line)
{
    const struct hf_config *c = p->setup.config;
    struct hf_intake in = {.setup = &p->setup,
                           .ref = line->ref,
                           .old = hf_is_zeros(line->old) ? "" : line->old,
                           .commit = line->new,
                           .options = &p->options,
                           .now = now(),
                           .say = &p->say};
    char star[HF_RANGE_MAX + 1];
    struct hf_err err;
    struct hf_job j;
    size_t i;
    int rc;

    for (i = 0; i < c->channel_count; i++) {
        if (!hf_match_ref(&c->channels[i], line->ref, star, sizeof star))
            continue;
        if (hf_is_zeros(line->new)) {
            hf_voice_say(&p->voice, "hint", "the branch is gone; what was released from it stays released");
            return;
        }
        err = (struct hf_err){HF_OK, ""};
        in.channel = &c->channels[i];
        in.star = star;
        rc = hf_intake(&j, &in, &err);
        if (rc == 1 && hf_spool_put(p->spool, &j, &err) == 0) {
            /* One that stays changes nothing: a tip with a job is never looked for. */
            (void)hf_spool_forget(p->spool, j.ref, j.commit, j.channel, NULL);
            if (add_job(p, &j, &err) == 0)
                continue;
        }
        hf_job_clear(&j);
        if (rc != 0) {
            hf_voice_say(&p->voice, "error", err.msg);
            hf_voice_say(&p->voice, "hint",
                         "your push is in the repository, but not released; `hotfix retry` on the server finds it");
        }
    }
}

/* Jobs of this push that are in the spool still. */
static size_t still_waiting(const struct push *p)
{
    char **names;
    size_t n, i, k, found = 0;

    if (hf_spool_list(p->spool, 0, &names, &n, NULL) != 0)
        return p->count;
    for (i = 0; i < n; i++)
        for (k = 0; k < p->count; k++)
            found += strstr(names[i], p->jobs[k].id) != NULL;
    hf_spool_names_free(names, n);
    return found;
}

/* By the kernel's memory killer, or an operator. What the worker had in hand is whole; the pusher must not take silence for
 * success. */
static void died(struct push *p)
{
    if (still_waiting(p) > 0) {
        hf_voice_say(&p->voice, "error", "not known to be released: the process that worked on it was killed");
        hf_voice_say(&p->voice, "hint", "nothing is lost; the next push, or `hotfix retry` on the server, goes on with it");
    } else {
        hf_voice_say(&p->voice, "hint", "the process that worked on it was killed at its end; see `hotfix log` on the server");
    }
}

static void relay(struct push *p)
{
    const char *dir = hf_repo_dir(p->setup.repo);
    char text[4352], shown[4096];
    enum hf_relay_end end = hf_relay(STDERR_FILENO, p->setup.config->build.timeout + MARGIN_SECONDS, work, p);

    if (end == HF_RELAY_DIED)
        died(p);
    if (end != HF_RELAY_LATE)
        return;
    snprintf(text, sizeof text,
             "still at work after %.0f s; it goes on without you. Follow it on the server with: hotfix log --repo %s",
             since(&p->start), hf_escape(shown, sizeof shown, dir, strlen(dir)));
    hf_voice_say(&p->voice, "hint", text);
}

/* A push of any ref gives what waits another chance. */
static int any_waiting(const struct push *p)
{
    char **names;
    size_t n;

    if (hf_spool_list(p->spool, 0, &names, &n, NULL) != 0)
        return 0;
    hf_spool_names_free(names, n);
    return n > 0;
}

/* For hf_lines_read, which shows every ref of the push. */
static int wanted_line(void *arg, const char *ref)
{
    struct push *p = arg;

    hf_failed_see_tag(&p->failed, &p->setup, ref);
    return hf_match_any(p->setup.config, ref);
}

/* Jobs that failed for good and that this push settles: those of branches that are gone, and those whose missing tag it brings,
 * which become this push's. */
static void settle_failed(struct push *p)
{
    char text[HF_RANGE_MAX + 128];
    struct hf_job j;
    size_t i;

    hf_failed_gone(&p->failed, p->spool, p->setup.repo, now());
    for (i = 0; i < p->failed.count; i++) {
        if (!hf_failed_retry(&p->failed, i, p->spool, p->setup.repo, &j))
            continue;
        snprintf(text, sizeof text, "the release for %s that had failed is tried again: its tag is here now", j.params.target);
        hf_voice_say(&p->voice, "hint", text);
        if (add_job(p, &j, NULL) != 0)
            hf_job_clear(&j); /* it waits, and is worked on as one of those */
    }
}

/* pre-receive has said it. */
static void quiet(void *arg, const char *text)
{
    (void)arg;
    (void)text;
}

static int take_push(struct push *p, struct hf_err *err)
{
    const char *dir = getenv("GIT_DIR");
    struct hf_lines lines = {0};
    size_t i;
    int rc = -1;

    if (hf_params_push_options(&p->options, getenv, err) != 0 ||
        hf_setup_open(&p->setup, dir != NULL ? dir : ".", 0, NULL, err) != 0 ||
        hf_spool_open(&p->spool, hf_repo_dir(p->setup.repo), err) != 0 || hf_failed_read(&p->failed, p->spool, err) != 0 ||
        hf_lines_read(&lines, NULL, STDIN_FILENO, wanted_line, p, err) != 0 ||
        (lines.count > 0 && hf_params_bare_options(getenv, quiet, NULL, err) != 0))
        goto out;
    settle_failed(p);
    for (i = 0; i < lines.count; i++)
        take_line(p, &lines.line[i]);
    p->told = calloc(p->count + 1, 1);
    if (p->told == NULL) {
        hf_nomem(err);
        goto out;
    }
    if (p->count > 0 || any_waiting(p))
        relay(p);
    rc = 0;
out:
    hf_lines_clear(&lines);
    return rc;
}

int main(void)
{
    struct push p = {.voice = {.fd = STDERR_FILENO}};
    struct hf_err err = {HF_OK, ""};
    size_t i;

    signal(SIGPIPE, SIG_IGN);
    clock_gettime(CLOCK_MONOTONIC, &p.start);
    p.say = hf_voice_sink(&p.voice);
    hf_params_init(&p.options);
    if (take_push(&p, &err) != 0) {
        hf_voice_say(&p.voice, "error", err.msg);
        hf_voice_say(&p.voice, "hint", "your push is in the repository, but not released; `hotfix retry` on the server finds it");
    }
    for (i = 0; i < p.count; i++)
        hf_job_clear(&p.jobs[i]);
    free(p.jobs);
    free(p.told);
    hf_params_clear(&p.options);
    hf_failed_clear(&p.failed);
    hf_spool_close(p.spool);
    hf_setup_close(&p.setup);
    return 0;
}
