/* build.h: from two commits to one file. */
#ifndef HF_BUILD_H
#define HF_BUILD_H

#include "builder/built.h"

/* Builds. The same two commits and the same tool give the same bytes. HF_E_INPUT/HF_E_POLICY/HF_E_LIMIT: for good;
 * HF_E_AGAIN: may work later. */
int hf_build(struct hf_built *out, const struct hf_build_ask *ask, struct hf_err *err);

/* Some patches say themselves which app version they are for, and a device obeys that in silence. Judges a finished file:
 * HF_E_INPUT or HF_E_SIG when it is none of the builder's, HF_E_POLICY when it is not for the target. */
int hf_build_judge_file(const struct hf_builder *builder, const char *path, const char *target, struct hf_err *err);

/* The same for its bytes, at most hf_build_judges() of them; 0: the builder (NULL: nobody knows which) judges nothing. */
size_t hf_build_judges(const struct hf_builder *builder);
int hf_build_judge(const struct hf_builder *builder, const void *p, size_t n, const char *target, struct hf_err *err);

/* Makes a private folder below `parent` ("hotfix-XXXXXX"); freed by the caller after hf_work_remove, which removes it with
 * all that is in it, never following a link out of it. */
int hf_work_make(char **out, const char *parent, struct hf_err *err);
void hf_work_remove(const char *work);

#endif
