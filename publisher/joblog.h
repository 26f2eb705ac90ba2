/* joblog.h: the log of jobs, read: one line of JSON for each try of each job. */
#ifndef HF_JOBLOG_H
#define HF_JOBLOG_H

#include "core/json.h"

#define HF_JOBLOG_MAX_LINE (64 * 1024)

/* Calls f with each line's object (borrowed), oldest first, of the log and of the one before it. Lines that cannot be read are
 * skipped: a log is for people. Stops at, and returns, the first value of f that is not 0. A log that is not there is empty. */
int hf_joblog_each(const char *path, int (*f)(json_t *line, void *arg), void *arg, struct hf_err *err);

/* The last line of a job, to be json_decref'ed; NULL when there is none. */
json_t *hf_joblog_last(const char *path, const char *job);

/* A string member, or "". Borrowed. */
const char *hf_joblog_string(json_t *line, const char *name);

#endif
