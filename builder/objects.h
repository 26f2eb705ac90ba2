/* objects.h: what git.c tells the other files of this folder alone: trees and files, without git's types. */
#ifndef HF_OBJECTS_H
#define HF_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct hf_repo; /* git.h */

#define HF_TREE_ID 20 /* bytes of an object id, raw */

/* Git's modes of the entries of a tree; executables are 0100755. */
#define HF_TREE_IS_FOLDER(mode) (((mode)&0170000) == 0040000)

struct hf_tree_entry {
    const char *name; /* foreign: may hold anything but a NUL */
    const unsigned char *id;
    unsigned mode;
};

/* One folder, sorted by name; a hostile one may hold a name twice. */
struct hf_tree {
    struct hf_tree_entry *entries;
    size_t n;
    void *of; /* what the entries borrow from */
};

/* The tree of a commit. */
int hf_tree_root(const struct hf_repo *r, unsigned char id[HF_TREE_ID], const char *commit, struct hf_err *err);

/* hf_tree_clear also after a failure. */
int hf_tree_read(struct hf_tree *t, const struct hf_repo *r, const unsigned char id[HF_TREE_ID], struct hf_err *err);
void hf_tree_clear(struct hf_tree *t);

/* The committer date of a commit, in seconds since 1970; what the committer's clock said, so it may be anything. */
int hf_git_commit_time(const struct hf_repo *r, int64_t *out, const char *commit, struct hf_err *err);

/* Calls f with the full name of each ref, in no order, until it does not return 0; returns what it returned last. */
int hf_git_each_ref(const struct hf_repo *r, int (*f)(const char *name, void *arg), void *arg, struct hf_err *err);

/* The size of a file, without reading it. */
int hf_tree_blob_size(const struct hf_repo *r, int64_t *out, const unsigned char id[HF_TREE_ID], struct hf_err *err);

/* The bytes of a file: `size` of them, borrowed from the object. */
struct hf_blob {
    const void *p;
    void *of;
};

/* Reads a file whose size was found, and judged, before; libgit2 compares the bytes with the id. hf_blob_clear also after a
 * failure. */
int hf_blob_read(struct hf_blob *out, const struct hf_repo *r, const char *oid, int64_t size, struct hf_err *err);
void hf_blob_clear(struct hf_blob *b);

/* The same repository once more, for another thread: a repository is used by one thread at a time. */
int hf_repo_again(struct hf_repo **out, const struct hf_repo *r, struct hf_err *err);

#endif
