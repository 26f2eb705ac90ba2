/* collect.h: what of a difference between two trees goes into a patch: the rules that select, the limits, and what is refused.
 * Knows no git: changes.c walks the trees and tells it what it finds. */
#ifndef HF_COLLECT_H
#define HF_COLLECT_H

#include "builder/change.h"
#include "builder/select.h"

enum hf_entry_kind {
    HF_ENTRY_FILE,
    HF_ENTRY_LINK,
    HF_ENTRY_SUBMODULE,
    HF_ENTRY_OTHER
};

struct hf_collect {
    struct hf_select *select, *native;
    int compare;                /* see hf_changes_compare */
    int device;                 /* there is a base: the files go to devices, and what does not go is told */
    struct hf_changes *changes; /* taken out by the caller, who then sets it to NULL */
    size_t seen;                /* admitted files, counted on when there are too many to keep */
    size_t room, deleted_room;
};

int hf_collect_init(struct hf_collect *c, const struct hf_changes_ask *ask, struct hf_err *err);
void hf_collect_clear(struct hf_collect *c);

/* A path that the new tree no longer has. */
int hf_collect_deleted(struct hf_collect *c, const char *path, struct hf_err *err);

/* Judges an entry that is new or has changed, by its path and kind. 1: its blob is wanted (then call hf_collect_file), 0: not,
 * -1: refused. malformed: its path is not one that git makes. */
int hf_collect_entry(struct hf_collect *c, const char *path, enum hf_entry_kind kind, int malformed, struct hf_err *err);

/* Up to what size the content of a file is looked at here: a tool's whole tree is exported in any case, which looks at all. */
int64_t hf_collect_look(const struct hf_collect *c);

/* Takes a file, as the last one of changes. small: its bytes, when there are at most hf_collect_look() of them, else NULL. */
int hf_collect_file(struct hf_collect *c, const char *path, const char *oid, int64_t size, int executable, const void *small,
                    struct hf_err *err);

/* Sorts, and judges the whole. */
int hf_collect_end(struct hf_collect *c, struct hf_err *err);

/* Fails with the path and the reason, and what to do. */
int hf_collect_refuse(struct hf_err *err, enum hf_code code, const char *path, const char *why);

#endif
