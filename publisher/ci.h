/* ci.h: what a CI job says of itself: one neutral request, whichever CI it is. The adapters (ci_github.c, ci_gitlab.c) only map
 * the names of environment variables. */
#ifndef HF_CI_H
#define HF_CI_H

#include "core/manifest.h"
#include "publisher/params.h"

#define HF_CI_MAX_TEXT 512 /* bytes of a repository's name, an address, a run's number */

enum hf_ci_kind {
    HF_CI_GITHUB, /* and those that speak like it: Gitea, Forgejo */
    HF_CI_GITLAB
};

struct hf_ci_request {
    enum hf_ci_kind kind;
    char server[HF_CI_MAX_TEXT + 1];     /* "https://github.com" */
    char repository[HF_CI_MAX_TEXT + 1]; /* "team/shop" */
    char run[HF_CI_MAX_TEXT + 1];        /* the run's number; the same when a run is started again */
    char url[HF_CI_MAX_TEXT + 1];        /* the run's page, for people; or "" */
    char ref[HF_MANIFEST_MAX_REF + 1];   /* what was pushed; in a review, what it would be merged into */
    char head[HF_OID_MAX + 1];
    char branch[HF_MANIFEST_MAX_REF + 1]; /* the default branch, where the CI says it; or "" */
    int deleted;                          /* the ref is gone */
    int review;                           /* a pull or merge request: nothing is ever published */
    struct hf_params params;              /* HOTFIX_TARGET, _BASE, _ROLLOUT, ...; an empty one: not said */
};

/* Reads the environment by `get` (getenv). HF_E_USAGE when this is no CI job that we know. Cleared with hf_ci_clear, after a
 * failure too. */
int hf_ci_read(struct hf_ci_request *out, char *(*get)(const char *), struct hf_err *err);
void hf_ci_clear(struct hf_ci_request *r);

/* The id of this run's release on a channel: the same when the run is started again, so that it never becomes two releases. */
int hf_ci_job(char job[HF_JOB_HEX + 1], const struct hf_ci_request *r, const struct hf_channel *c, struct hf_err *err);

/* 1 when a CI says yes by a variable of its own (GITHUB_ACTIONS). */
int hf_ci_is(char *(*get)(const char *), const char *name);

/* The adapters. Each fills what its CI says; 1 when this is its CI, 0 when not, -1 refused. */
int hf_ci_github(struct hf_ci_request *out, char *(*get)(const char *), struct hf_err *err);
int hf_ci_gitlab(struct hf_ci_request *out, char *(*get)(const char *), struct hf_err *err);

/* For the adapters: a variable that must be there, or NULL is "" (needed 0), at most `max` bytes with its NUL. */
int hf_ci_take(char *out, size_t max, char *(*get)(const char *), const char *name, int needed, struct hf_err *err);
/* "refs/heads/" or "refs/tags/" (prefix) and the variable's value. */
int hf_ci_take_ref(char out[HF_MANIFEST_MAX_REF + 1], const char *prefix, char *(*get)(const char *), const char *name,
                   struct hf_err *err);

#endif
