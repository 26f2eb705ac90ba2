/* worker.h: the jobs of the spool, worked on: by the hook that put them there, by the next push, or by `hotfix retry`. */
#ifndef HF_WORKER_H
#define HF_WORKER_H

#include "publisher/release.h"
#include "publisher/spool.h"

/* How a job ended, or did not. */
enum hf_job_end {
    HF_JOB_RELEASED,   /* done: published, or nothing to publish */
    HF_JOB_SUPERSEDED, /* closed: its ref has moved on, or is gone */
    HF_JOB_WAITS,      /* failed for now; it stays */
    HF_JOB_FAILED      /* failed for good; it is in failed/ */
};

struct hf_worker {
    struct hf_setup *setup; /* config and repo open; store and key are opened when the first job needs them */
    struct hf_spool *spool;
    const struct hf_say *say; /* progress of each job */
    int64_t (*now)(void);
    /* Each job that was worked on; done and err are of use by `end`. */
    void (*ended)(void *arg, const struct hf_job *j, enum hf_job_end end, const struct hf_released *done,
                  const struct hf_err *err, double seconds);
    void *arg;
    int (*wanted)(void *arg, const struct hf_job *j); /* 0: not now; NULL: every job */
    int64_t lock_seconds;                             /* how long to wait for another worker on the same ref */
};

/* Works on the jobs that wait for this ref, oldest first; ref NULL: on all that wait, ref by ref. -1 only when the spool itself
 * cannot be read or a ref's lock cannot be had; a job that fails is told through `ended`. */
int hf_worker_run(struct hf_worker *w, const char *ref, struct hf_err *err);

/* Puts jobs into the spool for every ref that a channel matches and whose tip was never published, is not seen, waits nowhere and
 * has not failed. *made counts them. */
int hf_worker_find(struct hf_worker *w, size_t *made, struct hf_err *err);

#endif
