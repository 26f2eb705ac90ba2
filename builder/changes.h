/* changes.h: what changed between the trees of two commits, and what of it a patch may carry. */
#ifndef HF_CHANGES_H
#define HF_CHANGES_H

#include "builder/git.h"
#include "builder/some.h"

#define HF_CHANGES_MAX_FILES 10000
#define HF_CHANGES_MAX_FILE_BYTES ((int64_t)64 * 1024 * 1024 + 1024)
#define HF_CHANGES_MAX_TOTAL_BYTES ((int64_t)512 * 1024 * 1024)
#define HF_CHANGES_MAX_PATH 1024

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
