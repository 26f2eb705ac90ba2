/* change.h: the files that differ between two trees, as they were found (changes.h finds them). */
#ifndef HF_CHANGE_H
#define HF_CHANGE_H

#include <stdint.h>

#include "builder/some.h"
#include "core/manifest.h"

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

void hf_changes_free(struct hf_changes *c);

#endif
