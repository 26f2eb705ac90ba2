/* build.h: from two commits to one file. */
#ifndef HF_BUILD_H
#define HF_BUILD_H

#include "builder/changes.h"
#include "core/config.h"
#include "core/digest.h"

struct hf_build_ask {
    const struct hf_repo *repo;
    const struct hf_config *config;
    const struct hf_channel *channel;
    const char *base;                 /* oid */
    const char *commit;               /* oid */
    const char *target;               /* as written */
    const char *work;                 /* a private folder (0700), empty; what is made stays in it until the caller removes it */
    const struct hf_changes *changes; /* from hf_changes_find; no file at all is for a builder whose patch can be empty */
    /* Where words for the person who pushed go, one line at a time, foreign bytes escaped; NULL: nowhere. */
    void (*tell)(void *arg, int warning, const char *text);
    void *tell_arg;
};

struct hf_built {
    char path[4096];                           /* of the patch, below work */
    char name[HF_FILE_NAME_MAX + 1];           /* what devices call it: "patch.zip" */
    char builder[HF_MANIFEST_MAX_BUILDER + 1]; /* its name, its version where it tells one, and its SHA-256 */
    int numbered;                              /* devices call it v<patch number>.zip, which only publishing tells */
    struct hf_sums sums;
};

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
