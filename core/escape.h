/* escape.h: foreign bytes made fit to be shown to a person. */
#ifndef HF_ESCAPE_H
#define HF_ESCAPE_H

#include <stddef.h>

/* Writes s[0..n) into out so that a terminal and a log line are safe from it: printable ASCII and valid UTF-8 (no C1
 * controls, no bidirectional overrides) stay, every other byte becomes \xHH, a backslash becomes \\. What does not fit
 * ends in "..." ; out always ends in a NUL. Returns out. max is at least 8. */
const char *hf_escape(char *out, size_t max, const char *s, size_t n);

/* 1 when the n bytes are valid UTF-8 (RFC 3629: no surrogates, nothing over U+10FFFF, no overlong forms). */
int hf_utf8_ok(const char *s, size_t n);

#endif
