/* ocpatch.h: the head of an OCRunner binary patch: what a publisher must know of a file before it believes it. Pure.
 *
 *     0..31   SHA-256 of all that follows (without a key: it finds accidents only)
 *     32, 33  01 01
 *     34      03, u32 n, then n bytes, each XOR 0x41: the strings
 *             02, u32 offset, u32 length: the app version that it is for, in the strings
 *             02, u32 offset, u32 length: the version of the format
 *             04, u32: how many nodes stand at the top level; they follow
 *
 * Integers are little-endian. */
#ifndef HF_OCPATCH_H
#define HF_OCPATCH_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define HF_OCPATCH_MAX_BYTES (64 * 1024 * 1024)
#define HF_OCPATCH_MAX_VERSION 64

struct hf_ocpatch {
    char app_version[HF_OCPATCH_MAX_VERSION + 1]; /* "1.1.1", ">=1.0", "*" */
    char format[HF_OCPATCH_MAX_VERSION + 1];      /* "1000.0.1" */
    uint32_t nodes;
};

/* Reads p[0..n). HF_E_INPUT says what is wrong with it; HF_E_SIG when its SHA-256 is. */
int hf_ocpatch_read(struct hf_ocpatch *out, const void *p, size_t n, struct hf_err *err);

/* The constraint that stands for a target: the text of the target's one version, without its build. HF_E_INPUT when the target is
 * not one exact version. `builder` ("ocrunner") stands in the error. */
int hf_ocpatch_version(char out[HF_OCPATCH_MAX_VERSION + 1], const char *target, const char *builder, struct hf_err *err);

/* HF_E_POLICY when the patch is not for this target. */
int hf_ocpatch_for(const struct hf_ocpatch *patch, const char *target, struct hf_err *err);

/* All of it for a file: reads, and compares with the target. */
int hf_ocpatch_file(struct hf_ocpatch *out, const char *path, const char *target, struct hf_err *err);

#endif
