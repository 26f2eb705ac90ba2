/* yesno.h: yes and no as people and other programs write them: hotfix.ini, the environment, push options. */
#ifndef HF_YESNO_H
#define HF_YESNO_H

#include "core/err.h"

/* Reads 1, true, yes, on and 0, false, no, off, in any case, with blanks around them. 1: *out is 1 or 0. 0: text is NULL, empty
 * or blank, which says nothing, and *out stays. -1: anything else, HF_E_INPUT with `what` ("HOTFIX_PLAN") and the escaped text.
 * */
int hf_yes_no(int *out, const char *text, const char *what, struct hf_err *err);

#endif
