/* other_commits.h: commits of a push whose messages carry release parameters that do not count, since the tip's alone do. */
#ifndef HF_OTHER_COMMITS_H
#define HF_OTHER_COMMITS_H

#include "publisher/say.h"
#include "publisher/setup.h"

#define HF_OTHER_COMMITS_MAX 1000 /* that are looked at */

/* Tells `say`, in one warning, which of the commits that `commit` has and `old` has not carry a line that looks like a trailer
 * of ours: all but the tip, or where hotfix.ini has trailers = no the tip too. old "": those that no tag has. What cannot be
 * read is passed over: it is a courtesy. */
void hf_other_commits(const struct hf_setup *s, const char *old, const char *commit, const struct hf_say *say);

#endif
