/* built.h: what a builder is asked for, and what it made. */
#ifndef HF_BUILT_H
#define HF_BUILT_H

#include "builder/change.h"
#include "core/config.h"
#include "core/digest.h"

struct hf_repo;

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

#endif
