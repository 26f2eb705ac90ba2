/* job.h: one release that somebody pushed, as it lies in the spool until it is done. */
#ifndef HF_JOB_H
#define HF_JOB_H

#include "core/buf.h"
#include "publisher/params.h"

#define HF_JOB_FORMAT 1
#define HF_JOB_MAX_BYTES (64 * 1024)
#define HF_JOB_MAX_WHY 512

struct hf_job {
    char id[HF_JOB_HEX + 1];
    char ref[HF_MANIFEST_MAX_REF + 1];
    char old[HF_OID_MAX + 1]; /* "" when the ref was new, or nobody knows */
    char commit[HF_OID_MAX + 1];
    char channel[HF_CHANNEL_MAX + 1]; /* its label in hotfix.ini */
    int64_t created;                  /* seconds since 1970 */
    int64_t tries;
    int64_t seen;                 /* the serial in force at its push, as this publisher knew it; 0: it knew none */
    char why[HF_JOB_MAX_WHY + 1]; /* why the last try failed */
    struct hf_params params;      /* what push options and trailers said; target is set */
};

/* A fresh job id: 32 random hex digits. */
int hf_job_new(char id[HF_JOB_HEX + 1], struct hf_err *err);

/* A fresh one with a random id and empty parameters. */
int hf_job_init(struct hf_job *j, const char *ref, const char *old, const char *commit, const char *channel, int64_t now,
                struct hf_err *err);
void hf_job_clear(struct hf_job *j);

int hf_job_write(struct hf_buf *out, const struct hf_job *j, struct hf_err *err);

/* Reads what hf_job_write wrote, strictly. Cleared with hf_job_clear, after a failure too. */
int hf_job_parse(struct hf_job *out, const void *p, size_t n, struct hf_err *err);

/* 1 when a failure may pass by itself or by an operator's hand, so that the job waits. */
int hf_job_may_pass(enum hf_code code);

#endif
