/* ci_fetch.h: what a CI's clone lacks, fetched from where it was cloned, by git itself: an argv, never a shell. A clone that has
 * all of its history keeps it; only for one that is shallow already single commits are fetched, or it is made whole. */
#ifndef HF_CI_FETCH_H
#define HF_CI_FETCH_H

#include "builder/git.h"
#include "core/range.h"
#include "publisher/ci_refs.h"
#include "publisher/say.h"

struct hf_ci_clone {
    const struct hf_say *say;
    char git[4096]; /* the program */
    char dir[4096]; /* the clone's git directory */
    char **env;     /* for git: what it needs of ours, and none of our secrets */
    struct hf_ci_refs refs;
    int asked; /* the remote answered; refs is what it has */
};

/* Finds git; says "" in dir when nothing may be fetched. Closed with hf_ci_clone_close, after a failure too. */
int hf_ci_clone_open(struct hf_ci_clone *c, const struct hf_repo *repo, const struct hf_say *say, struct hf_err *err);
void hf_ci_clone_close(struct hf_ci_clone *c);

/* Asks the remote "origin" for its default branch, the ref, and all tags. One that cannot be asked is said, and no failure:
 * c->asked stays 0. */
int hf_ci_clone_ask(struct hf_ci_clone *c, const char *ref, struct hf_err *err);

/* 1 when this is a clone without all of its history. */
int hf_ci_clone_shallow(const struct hf_ci_clone *c);

/* Makes a shallow clone whole; nothing else for one that is whole. */
int hf_ci_clone_deepen(struct hf_ci_clone *c, struct hf_err *err);

/* Fetches one commit by its id. -1 and HF_E_NOTFOUND when the remote does not give it. */
int hf_ci_clone_commit(struct hf_ci_clone *c, const char *oid, struct hf_err *err);

/* Fetches one ref under its own name. */
int hf_ci_clone_ref(struct hf_ci_clone *c, const char *ref, struct hf_err *err);

/* Fetches those tags of a pattern ("refs/tags/v*") whose version the target holds, where the clone lacks them or has others. */
int hf_ci_clone_tags(struct hf_ci_clone *c, const struct hf_repo *repo, const char *pattern, const struct hf_range *range,
                     struct hf_err *err);

/* The bytes of a file in a commit's tree. HF_E_NOTFOUND. */
int hf_ci_clone_file(struct hf_ci_clone *c, struct hf_buf *out, const char *commit, const char *path, struct hf_err *err);

#endif
