/* argv.h: a command line from a template: [command] argv. No shell, no quotes: items are separated by spaces and tabs. Pure. */
#ifndef HF_ARGV_H
#define HF_ARGV_H

#include <stddef.h>

#include "core/err.h"

#define HF_ARGV_MAX_ITEMS 256 /* of the template */

/* What the names in a template stand for; NULL: none was made, because the template does not ask for it. */
struct hf_argv_values {
    const char *output, *target, *base, *commit, *tree, *base_tree; /* inside an item */
    char *const *files, *const *refs;                               /* a whole item each */
    size_t file_count, ref_count;
};

/* What a template asks for. */
struct hf_argv_needs {
    int base, commit, target, tree, base_tree, refs;
};

/* Judges a template: the absolute path of a program first; only known names in braces; {files} and {refs} as whole items;
 * {output} somewhere. HF_E_CONFIG says which item is wrong. needs may be NULL. */
int hf_argv_check(struct hf_argv_needs *needs, const char *template, struct hf_err *err);

/* *out: ended by a NULL, freed with hf_argv_free. The template was checked. */
int hf_argv_expand(char ***out, const char *template, const struct hf_argv_values *values, struct hf_err *err);
void hf_argv_free(char **argv);

#endif
