/* check_spool.c: what was pushed and is not released: jobs that wait, and jobs that failed for good. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/escape.h"
#include "core/timestamp.h"
#include "publisher/check.h"
#include "publisher/spool.h"

/* The first of these that can be read, for an example. 1 when there was one. */
static int oldest(struct hf_spool *s, int failed, char **names, size_t n, struct hf_job *j)
{
    for (size_t i = 0; i < n; i++) {
        if (hf_spool_load(s, failed, names[i], j, NULL) == 0)
            return 1;
        hf_job_clear(j);
    }
    return 0;
}

static void look_at(struct hf_check *c, struct hf_spool *s, int failed)
{
    const char *mend = failed ? "push another commit or delete the branch, or see `hotfix log` and try it again: hotfix retry JOB"
                              : "mend what it says and run `hotfix retry`, by a timer at best";
    char **names, since[HF_TIMESTAMP_LEN + 1], why[2 * HF_JOB_MAX_WHY];
    struct hf_err err;
    struct hf_job j;
    size_t n;

    if (hf_spool_list(s, failed, &names, &n, &err) != 0) {
        hf_found(c->found, HF_FOUND_ERROR, NULL, "%s", err.msg);
        return;
    }
    if (n > 0 && oldest(s, failed, names, n, &j)) {
        hf_timestamp_format(since, j.created);
        hf_found(c->found, HF_FOUND_WARNING, mend, "%zu release%s %s; the oldest, %.8s of %s for %s: %s", n, n == 1 ? "" : "s",
                 failed ? "failed for good" : n == 1 ? "waits"
                                                     : "wait",
                 j.id, since, j.params.target,
                 j.why[0] != '\0' ? hf_escape(why, sizeof why, j.why, strlen(j.why)) : "no try has ended yet");
        hf_job_clear(&j);
    } else if (n > 0) {
        hf_found(c->found, HF_FOUND_ERROR, "only their owner reads them: run this as that user",
                 "%zu jobs in the spool cannot be read", n);
    }
    hf_spool_names_free(names, n);
}

void hf_check_spool(struct hf_check *c)
{
    char path[4096];
    struct hf_spool *s = NULL;
    struct hf_err err;

    /* Opening a spool makes one; a check makes nothing. */
    if (c->s->repo == NULL ||
        snprintf(path, sizeof path, "%s/hotfix/announced", hf_repo_dir(c->s->repo)) >= (int)sizeof path ||
        access(path, F_OK) != 0)
        return;
    if (hf_spool_open(&s, hf_repo_dir(c->s->repo), &err) != 0) {
        hf_found(c->found, HF_FOUND_ERROR, NULL, "%s", err.msg);
        return;
    }
    look_at(c, s, 0);
    look_at(c, s, 1);
    hf_spool_close(s);
}
