/* failed.h: jobs that failed for good, and what settles them: a later push that is released, a branch that is deleted, or the
 * release tag that was missing. A closed job is one line `closed` in the log, with why, and leaves the spool. */
#ifndef HF_FAILED_H
#define HF_FAILED_H

#include "publisher/setup.h"
#include "publisher/spool.h"

/* The failed jobs as they were when they were read; {0} when there is none. */
struct hf_failed {
    char **names;
    struct hf_job *jobs; /* those that cannot be read have an empty id */
    char *tagged;        /* of each: its tag came with this push */
    char **tag;          /* of each: the tag that its release would start from, once it was asked for; "" for none */
    size_t count;
};

/* Reads the failed jobs: one look into the folder when there is none. Freed with hf_failed_clear, after a failure too. */
int hf_failed_read(struct hf_failed *out, struct hf_spool *s, struct hf_err *err);
void hf_failed_clear(struct hf_failed *f);

/* Closes the failed jobs of a ref, channel (its label) and target: that is released. by: patch number, or 0 when there was
 * nothing to publish. What cannot be closed stays for the next time. */
void hf_failed_released(struct hf_spool *s, const char *ref, const char *channel, const char *target, int64_t by, int64_t now);

/* Closes those of a list whose branch is gone. */
void hf_failed_gone(const struct hf_failed *f, struct hf_spool *s, const struct hf_repo *repo, int64_t now);

/* A ref that was just pushed, by its full name: marks the jobs of the list whose release tag it is. */
void hf_failed_see_tag(struct hf_failed *f, const struct hf_setup *setup, const char *ref);

/* Moves the marked job i back to those that wait, and hands it over in *out (freed by the caller). 1 done, 0 not one of these, or
 * its branch has moved on. */
int hf_failed_retry(struct hf_failed *f, size_t i, struct hf_spool *s, const struct hf_repo *repo, struct hf_job *out);

#endif
