/* oclog.h: what PatchGenerator prints: the files that it read, and its errors. Pure: nothing here is believed, it is compared. */
#ifndef HF_OCLOG_H
#define HF_OCLOG_H

#include <stddef.h>

#include "core/buf.h"

/* One parse error. Pieces of the text, not ended by a NUL. */
struct hf_oclog_error {
    const char *path; /* as the tool names it; NULL when it named none */
    size_t path_n;
    unsigned long line; /* 0: not said */
    const char *source; /* the offending line */
    size_t source_n;
};

/* 1 when stderr (or stdout) speaks of a parse error, whatever the exit status was. */
int hf_oclog_failed(const struct hf_buf *text);

/* Finds the next parse error from *at on (begin with 0). 1: found, *at is behind it; 0: no more. */
int hf_oclog_next(struct hf_oclog_error *out, const struct hf_buf *text, size_t *at);

/* Compares the paths that stand below a heading ("References:", "InputFiles:") with those that were given, in order.
 * HF_E_INPUT names the first that was left out, or that was read and not given, without `prefix` (the folder; may end the path of
 * any of them). */
int hf_oclog_list(const struct hf_buf *text, const char *heading, char *const *given, size_t n, const char *prefix,
                  struct hf_err *err);

#endif
