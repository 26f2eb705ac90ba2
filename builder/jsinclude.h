/* jsinclude.h: which scripts a JSPatch script takes along: its calls of include(), without running it. */
#ifndef HF_JSINCLUDE_H
#define HF_JSINCLUDE_H

#include <stddef.h>

struct hf_js_include {
    const char *name; /* the literal argument: n bytes of the script; NULL: another expression, which only a run would know */
    size_t n;
    size_t line; /* from 1 */
};

/* Calls f for each include(...) of a script, in order. Comments, strings, regular expressions and templates are stepped over,
 * and so are methods of that name and its definition. Takes time in proportion to n, whatever the bytes are. Stops at, and
 * returns, the first value of f that is not 0. */
int hf_js_includes(const char *p, size_t n, int (*f)(void *arg, const struct hf_js_include *i), void *arg);

#endif
