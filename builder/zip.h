/* zip.h: a zip whose bytes depend on nothing but its files: stored, sorted, one time, fixed mode bits, no extra fields. */
#ifndef HF_ZIP_H
#define HF_ZIP_H

#include <stddef.h>

#include "core/err.h"

struct hf_zip_entry {
    const char *name; /* in the zip: "a/b.m", UTF-8 */
    const char *path; /* of the file that holds its bytes */
    int executable;   /* 0755, else 0644 */
};

/* Writes a zip, which must not exist yet. The entries come sorted by name, bytewise, none twice. */
int hf_zip_write(const char *path, const struct hf_zip_entry *entries, size_t n, struct hf_err *err);

#endif
