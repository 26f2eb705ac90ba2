/* worker.c: see worker.h. */
#include "publisher/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/escape.h"
#include "publisher/failed.h"
#include "publisher/joblog.h"
#include "publisher/leftover.h"
#include "publisher/match.h"
#include "publisher/rules.h"
#include "publisher/sweep.h"

#define FRESH_SECONDS 60 /* a job that was tried so soon has not waited: what is in force is what its push found */

static const char *end_name(enum hf_job_end end, const struct hf_released *r)
{
    switch (end) {
    case HF_JOB_RELEASED:
        return r->outcome == HF_PUBLISHED || r->outcome == HF_PUBLISHED_NONE || r->outcome == HF_JOB_DONE ? "published"
                                                                                                          : "nothing";
    case HF_JOB_SUPERSEDED:
        return "superseded";
    case HF_JOB_WAITS:
        return "waits";
    case HF_JOB_FAILED:
        break;
    }
    return "failed";
}

/* One line of JSON in the log of jobs. */
static void log_job(struct hf_worker *w, const struct hf_job *j, enum hf_job_end end, const struct hf_released *r,
                    const struct hf_err *why, double seconds)
{
    json_t *o = hf_joblog_line(j, end_name(end, r), w->now(), seconds);

    if (end == HF_JOB_RELEASED && r->patch > 0) {
        json_object_set_new(o, "patch", json_integer(r->patch));
        json_object_set_new(o, "serial", json_integer(r->serial));
    }
    if (why != NULL && why->msg[0] != '\0')
        json_object_set_new(o, "message", json_string(why->msg));
    hf_joblog_write(w->spool, o);
}

/* 1 when the ref no longer points to the job's commit: a later push has a job of its own, or the branch is gone. */
static int moved_on(const struct hf_worker *w, const struct hf_job *j)
{
    char tip[HF_OID_MAX + 1];
    struct hf_err why = {HF_OK, ""};

    if (hf_repo_commit(w->setup->repo, tip, j->ref, &why) != 0)
        return why.code == HF_E_NOTFOUND;
    return strcmp(tip, j->commit) != 0;
}

struct follower {
    const struct hf_job *j;
    char tip[HF_OID_MAX + 1];
};

static int is_follower(void *arg, const struct hf_job *other)
{
    const struct follower *f = arg;

    return strcmp(other->ref, f->j->ref) == 0 && strcmp(other->commit, f->tip) == 0 &&
           strcmp(other->channel, f->j->channel) == 0 && hf_rules_same_targets(other->params.target, f->j->params.target);
}

/* 1 when the push that moved the ref asks for a release of the same target: its branch says so, as that of j did, or its job. */
static int is_followed(const struct hf_worker *w, const struct hf_job *j)
{
    struct follower f = {.j = j};
    const struct hf_channel *c;
    char star[HF_RANGE_MAX + 1];

    if (hf_repo_commit(w->setup->repo, f.tip, j->ref, NULL) != 0)
        return 1; /* the branch is gone: nobody wants a release of it */
    if (hf_config_channel(&c, w->setup->config, NULL, j->channel, NULL) == 0 && hf_match_ref(c, j->ref, star, sizeof star) &&
        hf_rules_same_targets(star, j->params.target))
        return 1;
    return hf_spool_each(w->spool, 0, is_follower, &f, NULL) == 1;
}

static int open_setup(struct hf_worker *w, struct hf_err *err)
{
    if (w->setup->store != NULL && w->setup->signer != NULL)
        return 0;
    return hf_setup_store(w->setup, err) != 0 || hf_setup_signer(w->setup, err) != 0 ? -1 : 0;
}

/* The ref's old tip as a base of last resort: only one that is known to need no release. A tip whose own release failed would
 * take its fix out of the patch. */
static const char *old_tip(const struct hf_worker *w, const struct hf_job *j)
{
    return j->old[0] != '\0' && hf_spool_seen(w->spool, j->old, j->ref, j->channel) == HF_SPOOL_NOTHING ? j->old : NULL;
}

static int release_job(struct hf_worker *w, const struct hf_job *j, struct hf_released *done, struct hf_err *err)
{
    char work[4096];
    struct hf_params params = j->params; /* shares its strings; the defaults that are filled in are not the job's */
    struct hf_leftover left;
    struct hf_release_ask ask = {.setup = w->setup,
                                 .params = &params,
                                 .left = &left,
                                 .waited = j->tries > 0 || w->now() - j->created > FRESH_SECONDS,
                                 .seen = j->seen,
                                 .job = j->id,
                                 .ref = j->ref,
                                 .commit = j->commit,
                                 .old = old_tip(w, j),
                                 .work = work,
                                 .now = w->now(),
                                 .say = w->say};

    if (hf_config_channel(&ask.channel, w->setup->config, NULL, j->channel, err) != 0 || open_setup(w, err) != 0)
        return -1;
    if (hf_leftover_find(&left, w->spool, j, err) != 0)
        return -1;
    snprintf(work, sizeof work, "%s/hotfix", hf_repo_dir(w->setup->repo));
    hf_params_defaults(&params, ask.channel);
    return hf_release(done, &ask, err);
}

/* Puts the job where its end belongs. The log is written before the job leaves the spool: who finds the job gone finds the line.
 */
static int settle(struct hf_worker *w, const char *name, struct hf_job *j, enum hf_job_end end, const struct hf_released *done,
                  const struct hf_err *why, double seconds, struct hf_err *err)
{
    struct hf_job kept = *j;

    log_job(w, j, end, done, why, seconds);
    if (end == HF_JOB_SUPERSEDED || end == HF_JOB_RELEASED) {
        if (end == HF_JOB_RELEASED && done->patch == 0 &&
            hf_spool_see(w->spool, j, done->outcome == HF_SAME_BYTES ? HF_SPOOL_SAME : HF_SPOOL_NOTHING, err) != 0)
            return -1;
        if (end == HF_JOB_SUPERSEDED && hf_leftover_keep(w->spool, j, err) != 0)
            return -1;
        if (end == HF_JOB_RELEASED)
            hf_leftover_clear(w->spool, j);
        if (end == HF_JOB_RELEASED)
            hf_failed_released(w->spool, j->ref, j->channel, j->params.target, done->patch, w->now());
        return hf_spool_done(w->spool, name, err);
    }
    if (done->seen > 0)
        kept.seen = done->seen; /* by the store's word, where the first try was soon enough */
    kept.tries++;
    hf_escape(kept.why, sizeof kept.why, why->msg, strlen(why->msg));
    if (end == HF_JOB_FAILED)
        return hf_spool_fail(w->spool, name, &kept, err);
    hf_spool_update(w->spool, name, &kept, NULL); /* on a full disk it waits as it is, only without its why */
    return 0;
}

static int run_job(struct hf_worker *w, const char *name, struct hf_job *j, struct hf_err *err)
{
    enum hf_job_end end = HF_JOB_SUPERSEDED;
    struct hf_err why = {HF_OK, ""};
    struct hf_released done;
    struct timespec a, b;
    double seconds;
    int rc;

    memset(&done, 0, sizeof done);
    clock_gettime(CLOCK_MONOTONIC, &a);
    if (!moved_on(w, j)) {
        end = HF_JOB_RELEASED;
        if (release_job(w, j, &done, &why) != 0)
            end = hf_job_may_pass(why.code) ? HF_JOB_WAITS : HF_JOB_FAILED;
    } else if (!is_followed(w, j)) {
        end = HF_JOB_FAILED;
        hf_fail(&why, HF_E_POLICY,
                "its branch has moved on, to a commit that is not for %s; to release that one for it, push it with -o "
                "hotfix.target='%s'",
                j->params.target, j->params.target);
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    seconds = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    rc = settle(w, name, j, end, &done, &why, seconds, err);
    w->ended(w->arg, j, end, &done, &why, seconds);
    return rc;
}

/* A job that cannot be read is moved aside as it is: it must not stop those behind it. */
static void bad_job(struct hf_worker *w, const char *name, const struct hf_err *why)
{
    if (w->say != NULL) {
        char text[HF_ERR_MAX_MESSAGE + 256];

        snprintf(
            text, sizeof text,
            "a job in the spool (%s) cannot be read and is left alone: %s; until it is mended or removed, tips that were never "
            "published are not looked for",
            name, why->msg);
        w->say->line(w->say->arg, HF_SAY_WARNING, text);
    }
}

static int run_ref(struct hf_worker *w, const char *ref, struct hf_err *err)
{
    char **names = NULL;
    struct hf_err why;
    struct hf_job j;
    size_t n = 0, i;
    int rc = -1, lock = hf_spool_lock(w->spool, ref, w->lock_seconds, err);

    if (lock < 0)
        return -1;
    if (hf_spool_list(w->spool, 0, &names, &n, err) != 0)
        goto out;
    rc = 0;
    for (i = 0; rc == 0 && i < n; i++) {
        if (hf_spool_load(w->spool, 0, names[i], &j, &why) == 0 && strcmp(j.ref, ref) == 0 &&
            (w->wanted == NULL || w->wanted(w->arg, &j)))
            rc = run_job(w, names[i], &j, err);
        hf_job_clear(&j);
    }
out:
    hf_spool_names_free(names, n);
    close(lock);
    return rc;
}

int hf_worker_run(struct hf_worker *w, const char *ref, struct hf_err *err)
{
    char **names = NULL;
    struct hf_err why;
    struct hf_job j;
    size_t n = 0, i;
    int rc = 0;

    if (ref != NULL)
        return run_ref(w, ref, err);
    hf_sweep(hf_repo_dir(w->setup->repo), w->now());
    if (hf_spool_list(w->spool, 0, &names, &n, err) != 0)
        return -1;
    /* A ref's jobs are done at its first one; for the others of it, the file is gone, or it waits and was tried. */
    for (i = 0; i < n; i++) {
        if (hf_spool_load(w->spool, 0, names[i], &j, &why) == 0) {
            size_t k;
            int before = 0;

            for (k = 0; k < i && !before; k++)
                before = names[k] != NULL && strcmp(names[k], j.ref) == 0;
            if (!before && run_ref(w, j.ref, err) != 0)
                rc = -1;
            free(names[i]);
            names[i] = strdup(j.ref);
        } else if (why.code != HF_E_NOTFOUND) {
            bad_job(w, names[i], &why);
        }
        hf_job_clear(&j);
    }
    hf_spool_names_free(names, n);
    return rc;
}
