/* ini.h: the one door to inih: lines of `name = value` under `[section]`, read strictly.
 * A line is refused, with its number, when it is over HF_INI_MAX_LINE, holds a NUL, a control byte or invalid UTF-8, is
 * indented (inih would take it as a continuation), has something behind `]`, or is neither comment, section nor pair.
 * `;` or `#` begins a comment line; ` ;` ends a value. A CR at the end of a line is dropped. */
#ifndef HF_INI_H
#define HF_INI_H

#include <stddef.h>

#include "core/err.h"

#define HF_INI_MAX_LINE 1024 /* bytes, without the newline */
#define HF_INI_MAX_NAME 48   /* bytes of a section or key: inih keeps 49 */

/* Both return 0, or -1 with err set (ini.c puts "FILE:LINE: " in front and makes the code HF_E_CONFIG). Strings are valid
 * during the call only. */
struct hf_ini_events {
    int (*section)(void *ctx, const char *name, unsigned line, struct hf_err *err);
    int (*pair)(void *ctx, const char *key, const char *value, unsigned line, struct hf_err *err);
};

/* Reads n bytes; `file` stands in errors. *lines, which may be NULL, gets the number of the last line. */
int hf_ini_read(const char *p, size_t n, const char *file, const struct hf_ini_events *events, void *ctx, unsigned *lines,
                struct hf_err *err);

/* The code becomes HF_E_CONFIG, and "FILE:LINE: " stands before the message. Returns -1. */
int hf_ini_fail_at(struct hf_err *err, const char *file, unsigned line);

#endif
