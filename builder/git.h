/* git.h: what git knows, without git's types: repositories, commits, refs, ancestry. git.c is the one file that includes git2.h.
 * Object ids are lower-case hex (40 or 64 digits). */
#ifndef HF_GIT_H
#define HF_GIT_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/manifest.h"

struct hf_repo;

/* Opens a repository (bare or not), never above `path` and never as git's environment says, unless from_env is set:
 * then GIT_DIR, GIT_OBJECT_DIRECTORY and the rest count, as they must inside pre-receive's quarantine.
 * A repository that belongs to somebody else: HF_E_POLICY with what to do. */
int hf_repo_open(struct hf_repo **out, const char *path, int from_env, struct hf_err *err);
void hf_repo_close(struct hf_repo *r);

/* The repository's git directory, absolute, without a slash at the end. Borrowed. */
const char *hf_repo_dir(const struct hf_repo *r);

/* The commit that a revision names (an oid, a ref, a tag that is peeled). HF_E_NOTFOUND when there is none. */
int hf_repo_commit(const struct hf_repo *r, char oid[HF_OID_MAX + 1], const char *rev, struct hf_err *err);

/* 1 when `commit` is `ancestor` or has it among its ancestors, 0 when not, -1 on an error. */
int hf_repo_contains(const struct hf_repo *r, const char *commit, const char *ancestor, struct hf_err *err);

/* Calls f(name, arg) with the full name of each ref that a glob matches ("refs/tags/v*"; * is one path component or a part
 * of one), in the order of their names. Stops at, and returns, the first value of f that is not 0. */
int hf_repo_refs(const struct hf_repo *r, const char *glob, int (*f)(const char *name, void *arg), void *arg, struct hf_err *err);

/* A ref that a push is about to create or move; zeros: to delete. Git shows a hook the refs as they are before the push. */
struct hf_pushed_ref {
    const char *ref;
    const char *oid;
};

/* 1 when a glob as hf_repo_refs takes it matches the name. */
int hf_ref_matches(const char *glob, const char *name);

/* The newest committer date, in seconds since 1970, of `commit` (NULL: none) and of the tips of the branches, local and remote
 * ones, leaving out dates after `now`. 0 when there is none. Looks at no more than HF_REFS_MAX_TIPS branches, and leaves out tips
 * that cannot be read. */
#define HF_REFS_MAX_TIPS 4096
int64_t hf_repo_newest(const struct hf_repo *r, const char *commit, int64_t now);

/* A commit's message, raw (bounded to 64 KiB: HF_E_LIMIT above). Freed by the caller. */
int hf_repo_message(const struct hf_repo *r, char **out, const char *commit, struct hf_err *err);

/* Calls f(oid, arg) for `from` and its ancestors, newest first, at most `max`: those that `old` does not have, or with old ""
 * those that no tag has. Stops at, and returns, the first value of f that is not 0. */
int hf_repo_log(const struct hf_repo *r, const char *from, const char *old, size_t max, int (*f)(const char *oid, void *arg),
                void *arg, struct hf_err *err);

/* A value of the repository's git configuration; HF_E_NOTFOUND when unset. *out is freed by the caller. set: writes it into
 * the repository's own file. */
int hf_repo_config_get(const struct hf_repo *r, char **out, const char *name, struct hf_err *err);
int hf_repo_config_set(struct hf_repo *r, const char *name, const char *value, struct hf_err *err);

#endif
