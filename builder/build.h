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

/* 0 when this version of hotfix has the builder, else HF_E_CONFIG. */
int hf_builder_check(const char *name, struct hf_err *err);

/* Builds. The same two commits and the same tool give the same bytes. HF_E_INPUT/HF_E_POLICY/HF_E_LIMIT: for good;
 * HF_E_AGAIN: may work later. */
int hf_build(struct hf_built *out, const struct hf_build_ask *ask, struct hf_err *err);

/* 1 when a patch that takes devices back to the app as shipped is a file of this builder, made from no changed file at all: its
 * devices cannot be told to remove one. */
int hf_build_empty_is_file(const char *builder);

/* Makes a private folder below `parent` ("hotfix-XXXXXX"); freed by the caller after hf_work_remove, which removes it with
 * all that is in it, never following a link out of it. */
int hf_work_make(char **out, const char *parent, struct hf_err *err);
void hf_work_remove(const char *work);

#endif
