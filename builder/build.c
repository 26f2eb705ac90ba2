/* build.c: see build.h. Each builder turns the exported files into one file in the work folder. */
#include "builder/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builder/changes.h"
#include "builder/make.h"
#include "builder/ocpatch.h"
#include "builder/zip.h"

/* A zip of the changed files. */
static int make_archive(struct hf_built *out, const struct hf_build_ask *ask, const char *tree, struct hf_err *err)
{
    const struct hf_changes *c = ask->changes;
    struct hf_zip_entry *entries = calloc(c->file_count, sizeof *entries);
    char **paths = calloc(c->file_count, sizeof *paths);
    int rc = -1;

    if (entries == NULL || paths == NULL) {
        hf_nomem(err);
        goto out;
    }
    if (hf_changes_export(ask->repo, c, tree, NULL, NULL, err) != 0)
        goto out;
    for (size_t i = 0; i < c->file_count; i++) {
        if (asprintf(&paths[i], "%s/%s", tree, c->files[i].path) < 0) {
            paths[i] = NULL;
            hf_nomem(err);
            goto out;
        }
        entries[i] = (struct hf_zip_entry){c->files[i].path, paths[i], c->files[i].executable};
    }
    snprintf(out->name, sizeof out->name, "patch.zip");
    if (snprintf(out->path, sizeof out->path, "%s/%s", ask->work, out->name) >= (int)sizeof out->path) {
        hf_fail(err, HF_E_LIMIT, "the path of the work folder is too long");
        goto out;
    }
    rc = hf_zip_write(out->path, entries, c->file_count, err);
out:
    for (size_t i = 0; paths != NULL && i < c->file_count; i++)
        free(paths[i]);
    free(paths);
    free(entries);
    return rc;
}

static int judge_ocpatch(const void *p, size_t n, const char *target, struct hf_err *err)
{
    struct hf_ocpatch patch;

    return hf_ocpatch_read(&patch, p, n, err) == 0 ? hf_ocpatch_for(&patch, target, err) : -1;
}

static int judge_ocpatch_file(const char *path, const char *target, struct hf_err *err)
{
    struct hf_ocpatch patch;

    return hf_ocpatch_file(&patch, path, target, err);
}

/* What each builder does; what it needs stands in core/builders.c. Without a judge any file may be a patch. */
static const struct {
    hf_make_fn *make;
    size_t judges; /* bytes that the judge takes at most */
    int (*judge)(const void *p, size_t n, const char *target, struct hf_err *err);
    int (*judge_file)(const char *path, const char *target, struct hf_err *err);
} builders[HF_BUILDERS] = {
    [HF_BUILDER_ARCHIVE] = {.make = make_archive},
    [HF_BUILDER_OCRUNNER] = {hf_make_ocrunner, HF_OCPATCH_MAX_BYTES, judge_ocpatch, judge_ocpatch_file},
    [HF_BUILDER_JSPATCH] = {.make = hf_make_jspatch},
    [HF_BUILDER_COMMAND] = {.make = hf_make_command},
};

size_t hf_build_judges(const struct hf_builder *builder)
{
    return builder != NULL ? builders[builder->id].judges : 0;
}

int hf_build_judge(const struct hf_builder *builder, const void *p, size_t n, const char *target, struct hf_err *err)
{
    return builders[builder->id].judge != NULL ? builders[builder->id].judge(p, n, target, err) : 0;
}

int hf_build_judge_file(const struct hf_builder *builder, const char *path, const char *target, struct hf_err *err)
{
    return builders[builder->id].judge_file != NULL ? builders[builder->id].judge_file(path, target, err) : 0;
}

int hf_build(struct hf_built *out, const struct hf_build_ask *ask, struct hf_err *err)
{
    const struct hf_builder *builder = ask->channel->builder;
    char *tree = NULL;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (ask->changes->file_count == 0 && !builder->of_nothing)
        return hf_fail(err, HF_E_INPUT, "there is no changed file to build a patch from");
    snprintf(out->builder, sizeof out->builder, "%s", builder->name);
    if (asprintf(&tree, "%s/files", ask->work) < 0)
        return hf_nomem(err);
    if (mkdir(tree, 0700) < 0) {
        hf_fail(err, errno == ENOSPC || errno == EDQUOT ? HF_E_AGAIN : HF_E_FAIL, "cannot make the folder '%s': %s", tree,
                strerror(errno));
        goto out;
    }
    if (builders[builder->id].make(out, ask, tree, err) == 0)
        rc = out->sums.size > 0 ? 0 : hf_make_sums(out, err);
out:
    free(tree);
    return rc;
}
