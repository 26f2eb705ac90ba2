/* select.h: which paths a patch may hold: gitignore rules, separated by spaces. No files, no git. */
#ifndef HF_SELECT_H
#define HF_SELECT_H

#include "core/err.h"

#define HF_SELECT_MAX_RULES 256

struct hf_select;

/* Reads the rules of `include`, which says what is admitted, and of `exclude`, which takes away from that ("" and NULL: none).
 *
 * A rule has the form of a line of .gitignore, see gitignore(5): * and ? and [...] stay within a component, a component ** is
 * any number of them; a rule with a slash at its beginning or inside is tied to the top of the tree, one without matches at any
 * depth; a slash at the end: folders only. What matches a folder covers all that is in it. A leading ! turns the rule round,
 * and the last rule that matches decides, inside a folder that an earlier one covers too (there git differs). A backslash takes
 * the next character as it is, also a space. Bytes are compared, case counts.
 *
 * HF_E_CONFIG names the rule that is wrong. *out is freed with hf_select_free. */
int hf_select_parse(struct hf_select **out, const char *include, const char *exclude, struct hf_err *err);
void hf_select_free(struct hf_select *s);

/* 1 when the file with this path ("a/b/c", from the top of the tree) is admitted. */
int hf_select_holds(const struct hf_select *s, const char *path);

/* 1 when one pattern, without a slash at its beginning or end, matches the whole path, component by component: git's
 * wildmatch() with WM_PATHNAME. A pattern that is broken matches nothing. Takes at most the product of both lengths in steps.
 * */
int hf_select_match(const char *pattern, const char *path);

#endif
