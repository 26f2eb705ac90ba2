/* version.h: versions of apps. Dotted numbers, optional pre-release and build: 1.2, 1.1.1, 4.0.0-beta.2, 1.1.1+345.
 * 1.2 equals 1.2.0. Builds are never ordered. */
#ifndef HF_VERSION_H
#define HF_VERSION_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define HF_VERSION_MAX 64      /* characters */
#define HF_VERSION_MAX_PARTS 8 /* numbers */

struct hf_version {
    unsigned parts;                      /* how many numbers were written; those behind them are 0 */
    uint64_t part[HF_VERSION_MAX_PARTS]; /* each at most 2^53 - 1 */
    char pre[HF_VERSION_MAX + 1];        /* "beta.2", or "" */
    char build[HF_VERSION_MAX + 1];      /* "345", or "" */
};

/* Reads s[0..n) whole. HF_E_INPUT with a message that shows the text, or HF_E_LIMIT. */
int hf_version_parse(struct hf_version *out, const char *s, size_t n, struct hf_err *err);

/* <0, 0, >0 by semver precedence: numbers, then pre-release (none is the highest). The build takes no part. */
int hf_version_cmp(const struct hf_version *a, const struct hf_version *b);

#endif
