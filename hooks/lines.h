/* lines.h: what git tells a receive hook on stdin: one "old new ref" a line. */
#ifndef HF_LINES_H
#define HF_LINES_H

#include <stddef.h>

#include "core/err.h"
#include "core/manifest.h"

#define HF_LINES_MAX 10000 /* refs of one push that are of interest */
#define HF_LINES_MAX_BYTES (4u * 1024 * 1024)
#define HF_LINES_MAX_REF 1024

struct hf_line {
    char old[HF_OID_MAX + 1]; /* zeros: the ref is new */
    char new[HF_OID_MAX + 1]; /* zeros: the ref is deleted */
    char *ref;                /* owned by the lines */
};

struct hf_lines {
    struct hf_line *line;
    size_t count, room;
    size_t bytes; /* as they were read */
    int cut;      /* there were more: see hf_lines_read */
};

/* Reads a descriptor to its end, however long, and keeps the lines whose ref is wanted: a mirror has more refs than a team has
 * releases. Every line must have its form. wanted returns 1: into out, and too many are HF_E_LIMIT; 2: into beside (NULL:
 * dropped), which is cut when they are too many; 0: dropped. The limits are those of what is kept. Both are freed with
 * hf_lines_clear, after a failure too. */
int hf_lines_read(struct hf_lines *out, struct hf_lines *beside, int fd, int (*wanted)(void *arg, const char *ref), void *arg,
                  struct hf_err *err);
void hf_lines_clear(struct hf_lines *l);

/* 1 when an object id is all zeros. */
int hf_is_zeros(const char *oid);

#endif
