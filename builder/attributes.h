/* attributes.h: what .gitattributes files say about a path, as gitattributes(5) has it. Knows no git and reads no file: the
 * caller pushes the bytes of each .gitattributes, from the top of a tree down, and takes them off again. */
#ifndef HF_ATTRIBUTES_H
#define HF_ATTRIBUTES_H

#include <stddef.h>

#include "core/err.h"

#define HF_ATTR_MAX_BYTES (1024 * 1024) /* of one .gitattributes */

enum hf_attr {
    HF_ATTR_FILTER,
    HF_ATTR_ENCODING, /* working-tree-encoding */
    HF_ATTR_EOL,
    HF_ATTR_TEXT,
    HF_ATTR_CRLF, /* the old name of text */
    HF_ATTR_IDENT,
    HF_ATTR_EXPORT_IGNORE,
    HF_ATTR_COUNT
};

struct hf_attr_value {
    enum {
        HF_ATTR_UNSPECIFIED,
        HF_ATTR_TRUE,
        HF_ATTR_FALSE,
        HF_ATTR_TEXT_VALUE
    } state;
    const char *text; /* of TEXT_VALUE; borrowed until the file is taken off */
};

struct hf_attrs;

int hf_attrs_new(struct hf_attrs **out, struct hf_err *err);
void hf_attrs_free(struct hf_attrs *a);

/* Adds the .gitattributes of a folder ("" for the top, else "a/b"), which lies below those that were pushed before. As in git,
 * a line that cannot be read counts for nothing, and macros are defined in the top folder only. HF_E_LIMIT: over
 * HF_ATTR_MAX_BYTES, or too many macros. */
int hf_attrs_push(struct hf_attrs *a, const char *folder, const char *p, size_t n, struct hf_err *err);

/* Takes the last one off that was pushed. */
void hf_attrs_pop(struct hf_attrs *a);

/* 1 when nothing that was pushed assigns an attribute that is asked for here. */
int hf_attrs_empty(const struct hf_attrs *a);

/* The values for a file ("a/b/c", below all folders that were pushed). HF_E_LIMIT: all calls together have compared more patterns
 * than any repository has. */
int hf_attrs_find(struct hf_attrs *a, struct hf_attr_value out[HF_ATTR_COUNT], const char *path, struct hf_err *err);

/* The same for a folder; what was pushed for it and for folders below it does not count. */
int hf_attrs_find_folder(struct hf_attrs *a, struct hf_attr_value out[HF_ATTR_COUNT], const char *path, struct hf_err *err);

/* The encoding that a checkout would write a file in; NULL: the one of the blob. */
const char *hf_attr_encoding(const struct hf_attr_value v[HF_ATTR_COUNT]);

/* Whether a checkout would end lines in CRLF on each platform. 0: no, 1: yes, 2: only in files that look like text. */
int hf_attr_crlf(const struct hf_attr_value v[HF_ATTR_COUNT]);

#endif
