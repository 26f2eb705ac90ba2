/* attributes_in.h: .gitattributes as they are kept: attributes.c answers by them, attributes_read.c reads them. For these two
 * alone. */
#ifndef HF_ATTRIBUTES_IN_H
#define HF_ATTRIBUTES_IN_H

#include "builder/attributes.h"

#define HF_ATTR_MAX_NAMES 128 /* what we ask for, and macros */
#define HF_ATTR_MAX_LINE 2048 /* git reads no longer one either */
#define HF_ATTR_MAX_DEPTH 512

struct hf_attr_assign {
    unsigned name; /* index into hf_attrs.names */
    struct hf_attr_value value;
};

struct hf_attr_assigns {
    struct hf_attr_assign *v;
    size_t n;
};

/* A line that assigns something of interest. */
struct hf_attr_line {
    char *pattern; /* without the leading and the trailing slash */
    int anchored;  /* has a slash in front or inside: matches the path from the folder of the file; else the last component */
    int folder_only;
    int literal; /* no character with a meaning */
    struct hf_attr_assigns assigns;
};

struct hf_attr_file {
    char *bytes; /* lines and values point into it */
    size_t folder_n;
    struct hf_attr_line *lines;
    size_t n, room;
};

struct hf_attrs {
    char *names[HF_ATTR_MAX_NAMES]; /* first those of enum hf_attr, then macros */
    size_t name_count;
    struct hf_attr_assigns macro[HF_ATTR_MAX_NAMES]; /* what a name stands for, when it is a macro */
    int is_macro[HF_ATTR_MAX_NAMES];
    struct hf_attr_file files[HF_ATTR_MAX_DEPTH];
    size_t file_count;
    size_t cost;
};

/* Reads a file into f; top: it may define macros. hf_attr_file_clear also after a failure. */
int hf_attr_file_read(struct hf_attrs *a, struct hf_attr_file *f, const char *p, size_t n, int top, struct hf_err *err);
void hf_attr_file_clear(struct hf_attr_file *f);

#endif
