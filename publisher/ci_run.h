/* ci_run.h: a CI job from its request to its results. */
#ifndef HF_CI_RUN_H
#define HF_CI_RUN_H

#include "publisher/ci_expect.h"
#include "publisher/ci_fetch.h"
#include "publisher/ci_report.h"

struct hf_ci_args {
    const char *ini;        /* a hotfix.ini that was checked out from a protected ref; NULL: it is read from config_ref */
    const char *config_ref; /* the protected branch; NULL or "": the default branch */
    const char *config;     /* the path of hotfix.ini in it; NULL or "": "hotfix.ini" */
    const char *repo;       /* the clone */
    const char *expect;     /* what an earlier job's plan printed (ci_expect.h), or NULL: nothing is compared */
    char *const *env;       /* the environment, to look for variables that almost match; or NULL */
    const char *tmp;
    int plan, unsigned_only, force_clock;
    int64_t now;
    int64_t accept; /* HOTFIX_ACCEPT: see struct hf_ledger */
};

struct hf_ci {
    const struct hf_ci_args *args;
    struct hf_ci_request request;
    struct hf_ci_report *report;
    struct hf_say say;
    struct hf_ci_clone clone;
    struct hf_setup setup;
    struct hf_ci_expect expect;
    char *work;                          /* a private folder: hotfix.ini from the protected ref */
    char manifest[600 + HF_KEY_MAX + 2]; /* where devices read the manifest of the first channel, or "" */
};

/* Does the job; results are in the report. -1: something stopped all of it. Ends with hf_ci_run_clear, after a failure too. */
int hf_ci_run(struct hf_ci *ci, const struct hf_ci_args *args, struct hf_ci_report *report, char *(*get)(const char *),
              struct hf_err *err);
void hf_ci_run_clear(struct hf_ci *ci);

/* ci_setup.c: opens the clone, reads hotfix.ini from where nobody who pushes can change it, opens store and keys. */
int hf_ci_setup(struct hf_ci *ci, struct hf_err *err);

/* ci_variables.c: refuses a variable that is almost an input (HOTFIX_ROLOUT), and warns once of other HOTFIX_ ones that are not
 * known. Behind hf_ci_setup: those that hotfix.ini names are known. */
int hf_ci_variables(const struct hf_ci *ci, struct hf_err *err);

/* ci_release.c: one channel, whose pattern the ref matches; star is what its * stands for. */
void hf_ci_release(struct hf_ci *ci, const struct hf_channel *c, const char *star);

#endif
