/* findings.h: what check and verify find: a line each, "ok: ", "warning: " or "error: ", with what to do about it. */
#ifndef HF_FINDINGS_H
#define HF_FINDINGS_H

#include <stddef.h>

#include "core/json.h"

enum hf_found_level {
    HF_FOUND_OK,
    HF_FOUND_WARNING,
    HF_FOUND_ERROR
};

struct hf_findings {
    json_t *list; /* NULL: each is printed on stdout at once */
    size_t warnings, errors;
    int bad; /* 1: no memory for the list */
};

void hf_findings_init(struct hf_findings *f, int json);

/* One finding in words, without a newline, foreign bytes escaped. mend: what to do, or NULL. */
void hf_found(struct hf_findings *f, enum hf_found_level level, const char *mend, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Says how many there were (the line that ends the text), or prints the JSON. Returns the exit status: 1 when there was an
 * error. */
int hf_findings_end(struct hf_findings *f);

#endif
