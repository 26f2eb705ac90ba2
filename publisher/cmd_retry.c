/* cmd_retry.c: hotfix retry: what a hook could not finish, or never began. Fit for a timer: with nothing to do it says nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "publisher/cmd.h"
#include "publisher/progress.h"
#include "publisher/worker.h"

#define USAGE "hotfix retry [-c FILE] [--repo DIR] [-q] [--force-clock] [JOB...]"
#define LOCK_SECONDS (60 * 60)

struct retry_args {
    const char *ini, *repo;
    int quiet, force_clock;
};

struct retried {
    size_t waiting, failed;
};

static void ended(void *arg, const struct hf_job *j, enum hf_job_end end, const struct hf_released *r, const struct hf_err *why,
                  double seconds)
{
    struct retried *t = arg;
    char words[256] = "";

    (void)seconds;
    switch (end) {
    case HF_JOB_RELEASED:
        if (r->outcome == HF_PUBLISHED || r->outcome == HF_PUBLISHED_NONE)
            hf_released_limits(words, r);
        else if (r->patch == 0)
            hf_released_nothing(words, r);
        if (r->patch > 0)
            printf("patch %" PRId64 " for %s%s from %.12s\n", r->patch, j->params.target, words, j->commit);
        else
            printf("nothing to publish for %s from %.12s: %s\n", j->params.target, j->commit, words);
        break;
    case HF_JOB_SUPERSEDED:
        printf("closed: %.12s is not the tip of its branch any more\n", j->commit);
        break;
    case HF_JOB_WAITS:
        t->waiting++;
        fprintf(stderr, "hotfix: still not released for %s: %s\n", j->params.target, why->msg);
        break;
    case HF_JOB_FAILED:
        t->failed++;
        fprintf(stderr, "hotfix: not released for %s: %s\n", j->params.target, why->msg);
        break;
    }
}

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct retry_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"repo", required_argument, NULL, 'r'},
        {"quiet", no_argument, NULL, 'q'},
        {"force-clock", no_argument, NULL, 'F'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    memset(a, 0, sizeof *a);
    while ((c = getopt_long(argc, argv, "c:qh", options, NULL)) != -1) {
        if (c == 'c')
            a->ini = optarg;
        else if (c == 'r')
            a->repo = optarg;
        else if (c == 'q')
            a->quiet = 1;
        else if (c == 'F')
            a->force_clock = 1;
        else if (c == 'h') {
            puts("usage: " USAGE "\n\n"
                 "Works on the jobs that wait, and on refs whose tip was never published.\n"
                 "JOB (from hotfix log): a job that had failed for good is tried once more.\n\n"
                 "  -c, --config FILE    hotfix.ini (default: the repository's)\n"
                 "      --repo DIR       the repository (default: GIT_DIR, or this folder)\n"
                 "  -q, --quiet          no progress\n"
                 "      --force-clock    this machine's clock is right: sign, whatever it\n"
                 "                       is compared with");
            return 1;
        } else
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
    }
    return 0;
}

/* Moves a failed job, named by the first digits of its id, back to those that wait. */
static int revive(struct hf_spool *s, const char *id, struct hf_err *err)
{
    char **names;
    struct hf_job j;
    size_t n, i, found = 0;
    int rc = -1;

    if (strlen(id) < 4 || strspn(id, "0123456789abcdef") != strlen(id))
        return hf_fail(err, HF_E_USAGE, "'%.40s' is no job; hotfix log shows those that failed", id);
    if (hf_spool_list(s, 1, &names, &n, err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        if (strncmp(names[i] + 18, id, strlen(id)) != 0)
            continue;
        found++;
        rc = hf_spool_load(s, 1, names[i], &j, err);
        if (rc == 0)
            rc = hf_spool_revive(s, names[i], &j, err);
        hf_job_clear(&j);
        if (rc != 0)
            break;
    }
    hf_spool_names_free(names, n);
    return found > 0 ? rc : hf_fail(err, HF_E_NOTFOUND, "no failed job begins with %.40s; hotfix log shows those there are", id);
}

static int retry(const struct retry_args *a, char **jobs, struct retried *t, struct hf_err *err)
{
    struct hf_setup s;
    struct hf_progress progress;
    struct hf_worker w = {.setup = &s,
                          .say = a->quiet ? &hf_cmd_say_quiet : &hf_cmd_say,
                          .now = hf_cmd_now,
                          .ended = ended,
                          .arg = t,
                          .lock_seconds = LOCK_SECONDS};
    size_t made;
    int rc = -1;

    if (hf_setup_open(&s, hf_cmd_repo(a->repo), 0, a->ini, err) != 0)
        goto out;
    s.force_clock = a->force_clock;
    if (s.repo == NULL) {
        hf_fail(err, HF_E_USAGE, "this folder is no git repository, and -c names none: name one with --repo");
        goto out;
    }
    if (hf_spool_open(&w.spool, hf_repo_dir(s.repo), err) != 0)
        goto out;
    for (; *jobs != NULL; jobs++)
        if (revive(w.spool, *jobs, err) != 0)
            goto out;
    if (hf_setup_store(&s, err) != 0 || hf_setup_signer(&s, err) != 0 || hf_worker_find(&w, &made, err) != 0)
        goto out;
    hf_progress_watch(&progress, s.store, a->quiet);
    rc = hf_worker_run(&w, NULL, err);
out:
    hf_spool_close(w.spool);
    hf_setup_close(&s);
    return rc;
}

int hf_cmd_retry(int argc, char **argv)
{
    struct retry_args a;
    struct retried t = {0, 0};
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, argc, argv, &err);

    if (rc == 1)
        return 0;
    if (rc == 0)
        rc = retry(&a, argv + optind, &t, &err);
    if (rc != 0)
        return hf_cmd_fail(&err);
    return t.waiting + t.failed > 0 ? 1 : 0;
}
