/* jsalong.h: the scripts that a JSPatch pack needs though they did not change: main.js, which is all that the Loader runs, and
 * what scripts of the pack include(). */
#ifndef HF_JSALONG_H
#define HF_JSALONG_H

#include "builder/build.h"

/* Finds them in the commit, among the files that the channel's include and exclude admit. A name is one in the folder of
 * main.js, as JSPatch finds it in a checkout, else the only one of that name: on the device all scripts lie in one folder. *out
 * holds the files (none: no file); freed with hf_changes_free. Refused (HF_E_POLICY), with the script and the line: an
 * include() of a script that the commit does not have, or more than once, or of a path. Tells the pusher what is taken along,
 * and which calls cannot be known. */
int hf_js_along(struct hf_changes **out, const struct hf_build_ask *ask, struct hf_err *err);

#endif
