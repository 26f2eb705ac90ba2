/* names.h: names that are one file on a device. names.c is the one file that includes utf8proc.h, and only the publisher's
 * programs link it. */
#ifndef HF_NAMES_H
#define HF_NAMES_H

#include <stddef.h>

#include "core/err.h"

/* What is wrong with a path for a device, to stand behind "it"; NULL: nothing. '\' and ':' part folders somewhere, and a '.' or a
 * blank at the end of a component gets lost. */
const char *hf_name_fault(const char *path);

/* The form of a path (or of one component) that is the same for all that are one file on some device: upper and lower case and
 * the normal forms of Unicode (NFC, NFD) are equal. s: n bytes of valid UTF-8 without a NUL. *out is freed by the caller.
 * HF_E_INPUT: not UTF-8. */
int hf_name_fold(char **out, const char *s, size_t n, struct hf_err *err);

/* Finds two of n paths that are one file, or a file and a folder, on some device. 1: *a and *b are their indexes, 0: none, -1: no
 * memory. path(arg, i): the paths, which are valid UTF-8. */
int hf_names_clash(size_t *a, size_t *b, size_t n, const char *(*path)(const void *arg, size_t i), const void *arg,
                   struct hf_err *err);

#endif
