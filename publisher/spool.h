/* spool.h: jobs on disk: <git dir>/hotfix/spool (0700). A job is there, fsynced, before work on it begins, and leaves only when
 * it is done: published, closed, or moved to failed/. File names sort in the order in which the jobs came. */
#ifndef HF_SPOOL_H
#define HF_SPOOL_H

#include "publisher/job.h"

#define HF_SPOOL_MAX_JOBS 10000
#define HF_SPOOL_NAME_MAX 64
#define HF_SPOOL_SEEN_MAX (16u * 1024 * 1024) /* bytes of the tips that need no release */

struct hf_spool;

/* Opens the spool below <git dir>/hotfix, making it if need be. */
int hf_spool_open(struct hf_spool **out, const char *git_dir, struct hf_err *err);
void hf_spool_close(struct hf_spool *s);

/* 0 when jobs can be added, as far as permissions tell. */
int hf_spool_ready(const struct hf_spool *s, struct hf_err *err);

/* Adds a job. HF_E_AGAIN when the disk is full. */
int hf_spool_put(struct hf_spool *s, const struct hf_job *j, struct hf_err *err);

/* Before the ref moves: what a push will ask for, when its options say more than its commits. It becomes a job only when the
 * hook behind the move could not put one: hf_spool_announced gives it (HF_E_NOTFOUND: there is none), hf_spool_forget takes it
 * away. One for a ref, commit and channel. A job that is closed because its branch has moved on leaves one, too, when it asked
 * for less than all devices (leftover.h). hf_spool_sweep takes away those of pushes that never came, after some days. */
#define HF_SPOOL_ANNOUNCED_DAYS 30
int hf_spool_announce(struct hf_spool *s, const struct hf_job *j, struct hf_err *err);
int hf_spool_announced(struct hf_spool *s, const char *ref, const char *commit, const char *channel, struct hf_job *out,
                       struct hf_err *err);
int hf_spool_forget(struct hf_spool *s, const char *ref, const char *commit, const char *channel, struct hf_err *err);
void hf_spool_sweep(struct hf_spool *s, int64_t now);

/* Calls f for each announcement that can be read, in no order; stops at, and returns, the first value of f that is not 0. */
int hf_spool_each_announced(struct hf_spool *s, int (*f)(void *arg, const struct hf_job *j), void *arg, struct hf_err *err);

/* The names of the jobs that wait (failed: that failed for good), oldest first. *names is freed with hf_spool_names_free. */
int hf_spool_list(struct hf_spool *s, int failed, char ***names, size_t *count, struct hf_err *err);
void hf_spool_names_free(char **names, size_t count);

/* Calls f with each job that can be read, oldest first; stops at, and returns, the first value of f that is not 0. */
int hf_spool_each(struct hf_spool *s, int failed, int (*f)(void *arg, const struct hf_job *j), void *arg, struct hf_err *err);

/* Reads one. HF_E_NOTFOUND when somebody else has done it meanwhile. */
int hf_spool_load(struct hf_spool *s, int failed, const char *name, struct hf_job *out, struct hf_err *err);

/* Writes a job that waits anew (its tries and why). */
int hf_spool_update(struct hf_spool *s, const char *name, const struct hf_job *j, struct hf_err *err);

/* Takes a job out: it is done. */
int hf_spool_done(struct hf_spool *s, const char *name, struct hf_err *err);

/* Moves a job to failed/, with its why; or a failed one back to those that wait. */
int hf_spool_fail(struct hf_spool *s, const char *name, const struct hf_job *j, struct hf_err *err);
int hf_spool_revive(struct hf_spool *s, const char *name, const struct hf_job *j, struct hf_err *err);
/* Takes a failed job out. */
int hf_spool_drop_failed(struct hf_spool *s, const char *name, struct hf_err *err);

/* Takes the lock under which jobs of a ref are worked on, one after the other; waits up to `seconds`. A descriptor whose closing
 * gives it back, or -1 with HF_E_AGAIN. */
int hf_spool_lock(struct hf_spool *s, const char *ref, int64_t seconds, struct hf_err *err);

/* Tips that need no release, in a channel: those that `hotfix init` found (in each), those that turned out to have nothing to
 * publish, and those whose bytes were there already. What the last ones have must be in each later patch, so they are no base. */
enum hf_spool_seen {
    HF_SPOOL_UNSEEN,
    HF_SPOOL_SAME,
    HF_SPOOL_NOTHING
};
int hf_spool_see(struct hf_spool *s, const struct hf_job *j, enum hf_spool_seen as, struct hf_err *err);
enum hf_spool_seen hf_spool_seen(struct hf_spool *s, const char *commit, const char *ref, const char *channel);
/* Adds a tip to a list; and records such a list as the first that are seen. *first is 0 when that was done before. */
void hf_spool_tip(struct hf_buf *tips, const char *commit, const char *ref);
int hf_spool_see_first(struct hf_spool *s, const struct hf_buf *tips, int *first, struct hf_err *err);

/* The log of jobs, <git dir>/hotfix/log.jsonl: appends one line of JSON. A line is written at once, or not. */
int hf_spool_log(struct hf_spool *s, const char *line, size_t n, struct hf_err *err);
/* The log's path, borrowed. */
const char *hf_spool_log_path(const struct hf_spool *s);

#endif
