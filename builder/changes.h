/* changes.h: what git knows, without git's types: commits, tags, ancestry, and what changed between two trees.
 * changes.c is the one file that includes git2.h. Object ids are lower-case hex (40 or 64 digits). */
#ifndef HF_CHANGES_H
#define HF_CHANGES_H

#include <stddef.h>
#include <stdint.h>

#include "builder/some.h"
#include "core/err.h"
#include "core/manifest.h"

#define HF_CHANGES_MAX_FILES 10000
#define HF_CHANGES_MAX_FILE_BYTES ((int64_t)64 * 1024 * 1024 + 1024)
#define HF_CHANGES_MAX_TOTAL_BYTES ((int64_t)512 * 1024 * 1024)
#define HF_CHANGES_MAX_PATH 1024

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

struct hf_change {
    char *path; /* in the new tree */
    char oid[HF_OID_MAX + 1];
    int64_t size;
    int executable;
};

/* Files whose bytes in the repository, which a patch carries, are not those of a checkout, by what .gitattributes say of them. */
enum hf_other {
    HF_OTHER_ENCODING, /* working-tree-encoding */
    HF_OTHER_LINES,    /* eol=crlf */
    HF_OTHER_IDENT,    /* ident */
    HF_OTHER_EXPORT,   /* export-ignore: git archive would leave it out */
    HF_OTHER_COUNT
};

/* Sorted by path, bytewise. `deleted`: paths that `include` admits and the new tree no longer has. */
struct hf_changes {
    struct hf_change *files;
    size_t file_count;
    char **deleted;
    size_t deleted_count;
    int64_t total; /* bytes of all files */
    /* With a base: what differs, too, and is not in the patch. */
    struct hf_some left;   /* include and exclude do not admit it */
    struct hf_some native; /* the same, where `native` matches: not counted in left */
    struct hf_some junk;   /* .DS_Store and ._*, which are left out whatever include says */
    struct hf_some other[HF_OTHER_COUNT];
};

struct hf_changes_ask {
    const char *base; /* oid; NULL: the empty tree, so all files of the commit, for a tool and not for a device */
    const char *commit;
    const char *include, *exclude; /* select.h */
    int compare;                   /* 1: only to be compared with other changes, see hf_changes_compare */
    const char *native;            /* rules of the same form: files that no patch can carry; NULL: none */
};

/* The files that differ between the trees of two commits (git's filter ACMRTUXB; a rename is a deletion and an addition) and
 * that include and exclude admit. Refused as a whole, naming the path (escaped): submodules, symbolic links, pointers of LFS
 * and git-annex, ciphertext, files with a filter (checkout.h), paths with "..", ".git" in any case, invalid UTF-8, a control
 * byte; files or totals over the limit. With a base also names that are no file's or not one file's on some device (names.h),
 * among the changed files and against those beside them. Runs no tool, and its cost is that of the change: the content of files
 * over 4 KiB is judged by hf_changes_export. */
int hf_changes_of(struct hf_changes **out, const struct hf_repo *r, const struct hf_changes_ask *ask, struct hf_err *err);

/* The same without native. */
int hf_changes_find(struct hf_changes **out, const struct hf_repo *r, const char *base, const char *commit, const char *include,
                    const char *exclude, struct hf_err *err);

/* The same to be compared with other changes, never to be built: what could not be in a patch is left out, not refused, so that a
 * commit that was released by older rules, or a file elsewhere in the tree, does not stand in the way. No file is read. */
int hf_changes_compare(struct hf_changes **out, const struct hf_repo *r, const char *base, const char *commit,
                       const char *include, const char *exclude, struct hf_err *err);
void hf_changes_free(struct hf_changes *c);

/* Somebody who wants to see each file as it is written: number `i` of the changes, and its bytes. Called once a file, in no
 * order, and by several threads at a time. */
typedef void hf_export_fn(void *arg, size_t i, const void *p, size_t n);

/* Writes the files below `folder`, which exists, is empty and private: folders 0700, files 0600 (0700 executable). see: may be
 * NULL. Many files are written by several threads, which have ended when this returns; the error is that of the first file,
 * in the order of `c`, that has one. */
int hf_changes_export(const struct hf_repo *r, const struct hf_changes *c, const char *folder, hf_export_fn *see, void *arg,
                      struct hf_err *err);

#endif
