/* build.c: see build.h. Each builder turns the exported files into one file in the work folder. */
#include "builder/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/make.h"
#include "builder/zip.h"
#include "core/escape.h"

#define SHOWN 160

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

/* The builders that [build] builder may name. */
static const struct {
    const char *name;
    hf_make_fn *make;
    int empty; /* can make a patch of nothing */
} builders[] = {
    {"archive", make_archive, 0},
    {"ocrunner", hf_make_ocrunner, 0},
    {"jspatch", hf_make_jspatch, 1},
    {"command", hf_make_command, 0},
};

int hf_build_empty_is_file(const char *builder)
{
    for (size_t i = 0; i < sizeof builders / sizeof builders[0]; i++)
        if (strcmp(builders[i].name, builder) == 0)
            return builders[i].empty;
    return 0;
}

static int find_builder(hf_make_fn **out, const char *name, struct hf_err *err)
{
    char a[SHOWN];

    for (size_t i = 0; i < sizeof builders / sizeof builders[0]; i++) {
        if (strcmp(builders[i].name, name) != 0)
            continue;
        *out = builders[i].make;
        return 0;
    }
    return hf_fail(err, HF_E_CONFIG, "there is no builder '%s': archive, ocrunner, jspatch or command",
                   hf_escape(a, sizeof a, name, strlen(name)));
}

int hf_builder_check(const char *name, struct hf_err *err)
{
    hf_make_fn *build = NULL;

    return find_builder(&build, name, err);
}

/* The sums of what was built; size and all are judged before anybody reads it. */
static int take_sums(struct hf_built *out, struct hf_err *err)
{
    char a[SHOWN];
    struct stat st;
    int fd = open(out->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc = -1;

    if (fd < 0 || fstat(fd, &st) < 0)
        hf_fail(err, HF_E_FAIL, "cannot open '%s': %s", hf_escape(a, sizeof a, out->path, strlen(out->path)), strerror(errno));
    else if (!S_ISREG(st.st_mode))
        hf_fail(err, HF_E_INPUT, "the builder made something that is not a file");
    else if (st.st_size == 0)
        hf_fail(err, HF_E_INPUT, "the builder made an empty file");
    else if (st.st_size > HF_FILE_MAX_BYTES)
        hf_fail(err, HF_E_LIMIT, "the patch has %lld bytes, and at most %lld are allowed", (long long)st.st_size,
                (long long)HF_FILE_MAX_BYTES);
    else
        rc = hf_digest_fd(&out->sums, fd, err);
    if (fd >= 0)
        close(fd);
    return rc;
}

int hf_build(struct hf_built *out, const struct hf_build_ask *ask, struct hf_err *err)
{
    hf_make_fn *make = NULL;
    char *tree = NULL;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (find_builder(&make, ask->channel->builder, err) < 0)
        return -1;
    if (ask->changes->file_count == 0 && !hf_build_empty_is_file(ask->channel->builder))
        return hf_fail(err, HF_E_INPUT, "there is no changed file to build a patch from");
    snprintf(out->builder, sizeof out->builder, "%s", ask->channel->builder);
    if (asprintf(&tree, "%s/files", ask->work) < 0)
        return hf_nomem(err);
    if (mkdir(tree, 0700) < 0) {
        hf_fail(err, errno == ENOSPC || errno == EDQUOT ? HF_E_AGAIN : HF_E_FAIL, "cannot make the folder '%s': %s", tree,
                strerror(errno));
        goto out;
    }
    if (hf_changes_export(ask->repo, ask->changes, tree, err) == 0 && make(out, ask, tree, err) == 0)
        rc = take_sums(out, err);
out:
    free(tree);
    return rc;
}
