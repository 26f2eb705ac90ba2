/* joblog.h: the log of jobs, read: one line of JSON for each try of each job. */
#ifndef HF_JOBLOG_H
#define HF_JOBLOG_H

#include "core/json.h"
#include "publisher/spool.h"

#define HF_JOBLOG_MAX_LINE (64 * 1024)

/* A line for the log: what became of a job (`outcome`), and in how many seconds of work. NULL without memory. */
json_t *hf_joblog_line(const struct hf_job *j, const char *outcome, int64_t now, double seconds);

/* Appends a line and gives it back (NULL: nothing). What cannot be logged does not stop a release. */
void hf_joblog_write(struct hf_spool *s, json_t *line);

/* Calls f with each line's object (borrowed), oldest first, of the log and of the one before it. Lines that cannot be read are
 * skipped: a log is for people. Stops at, and returns, the first value of f that is not 0. A log that is not there is empty. */
int hf_joblog_each(const char *path, int (*f)(json_t *line, void *arg), void *arg, struct hf_err *err);

/* The last line of a job, to be json_decref'ed; NULL when there is none. */
json_t *hf_joblog_last(const char *path, const char *job);

/* A string member, or "". Borrowed. */
const char *hf_joblog_string(json_t *line, const char *name);

#endif
