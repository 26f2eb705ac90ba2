/* jspatch.c: the builder `jspatch`: the pack that JSPatch's stock Loader fetches. A zip of `script.zip` (the scripts, in one
 * folder) and `key` (packkey.h). Its bytes depend on the scripts and the key alone, not on its number. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder/changes.h"
#include "builder/jsalong.h"
#include "builder/make.h"
#include "builder/names.h"
#include "builder/ocpatch.h"
#include "builder/packkey.h"
#include "builder/zip.h"
#include "core/escape.h"

#define MAIN "main.js"
#define SHOWN 240

struct pack {
    const struct hf_build_ask *ask;
    struct hf_make_files files, along; /* changed scripts; and those that go with them unchanged */
    struct hf_zip_entry *entries;
    char *main_js, *script, *key; /* paths in the work folder */
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static int by_name(const void *a, const void *b)
{
    const struct hf_zip_entry *x = a, *y = b;
    int cmp = strcmp(x->name, y->name);

    return cmp != 0 ? cmp : strcmp(x->path, y->path);
}

/* The path of an entry as the repository knows it: both folders of files lie in the work folder. */
static const char *shown(char out[SHOWN], const struct hf_zip_entry *e, const char *work)
{
    const char *path = strchr(e->path + strlen(work) + 1, '/') + 1;

    return hf_escape(out, SHOWN, path, strlen(path));
}

static const char *name_at(const void *arg, size_t i)
{
    return ((const struct pack *)arg)->entries[i].name;
}

static int judge_names(const struct pack *p, size_t count, struct hf_err *err)
{
    const struct hf_zip_entry *e = p->entries;
    char a[SHOWN], b[SHOWN];
    size_t one, other;
    int rc;

    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(e[i].name);

        if (n < 4 || strcmp(e[i].name + n - 3, ".js") != 0)
            return hf_fail(err, HF_E_POLICY, "%s does not end in .js: JSPatch's Loader drops it; let include admit scripts alone",
                           shown(a, &e[i], p->ask->work));
    }
    rc = hf_names_clash(&one, &other, count, name_at, p, err);
    if (rc > 0)
        rc = hf_fail(err, HF_E_POLICY,
                     "%s and %s would be one file: JSPatch's Loader puts all scripts into one folder, where upper and "
                     "lower case are "
                     "the same on some devices; rename one",
                     shown(a, &e[one], p->ask->work), shown(b, &e[other], p->ask->work));
    return rc;
}

/* The changed scripts, and those that go with them, each by its last component. */
static int add_scripts(struct pack *p, const char *files, size_t *n, struct hf_err *err)
{
    struct hf_changes *along = NULL;
    char *folder = NULL;
    int rc = -1;

    *n = 0;
    if (hf_changes_export(p->ask->repo, p->ask->changes, files, NULL, NULL, err) != 0 ||
        hf_make_paths(&p->files, p->ask->changes, files, err) != 0 || hf_js_along(&along, p->ask, err) != 0)
        goto out;
    if (along->file_count > 0 && (hf_make_folder(&folder, p->ask, "along", err) != 0 ||
                                  hf_changes_export(p->ask->repo, along, folder, NULL, NULL, err) != 0 ||
                                  hf_make_paths(&p->along, along, folder, err) != 0))
        goto out;
    p->entries = calloc(p->files.n + p->along.n, sizeof *p->entries);
    if (p->entries == NULL) {
        hf_nomem(err);
        goto out;
    }
    for (size_t i = 0; i < p->files.n; i++)
        p->entries[(*n)++] = (struct hf_zip_entry){base_name(p->files.paths[i]), p->files.paths[i], 0};
    for (size_t i = 0; i < p->along.n; i++)
        p->entries[(*n)++] = (struct hf_zip_entry){base_name(p->along.paths[i]), p->along.paths[i], 0};
    qsort(p->entries, *n, sizeof *p->entries, by_name);
    rc = judge_names(p, *n, err);
out:
    hf_changes_free(along);
    free(folder);
    return rc;
}

/* An empty main.js takes the place of the scripts on devices that cannot be told to remove them. */
static int add_empty_main(struct pack *p, struct hf_err *err)
{
    int fd;

    if (asprintf(&p->main_js, "%s/" MAIN, p->ask->work) < 0) {
        p->main_js = NULL;
        return hf_nomem(err);
    }
    fd = open(p->main_js, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || close(fd) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot write '%s': %s", p->main_js, strerror(errno));
    p->entries = calloc(1, sizeof *p->entries);
    if (p->entries == NULL)
        return hf_nomem(err);
    p->entries[0] = (struct hf_zip_entry){MAIN, p->main_js, 0};
    return 0;
}

static int write_key(const struct pack *p, struct hf_err *err)
{
    const struct hf_config *c = p->ask->config;
    struct hf_buf pem, sig;
    struct hf_sums sums;
    int rc = -1, fd = open(p->script, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t w = -1;

    hf_buf_init(&pem, HF_SECRET_MAX);
    hf_buf_init(&sig, HF_PACKKEY_MAX_BYTES);
    if (fd < 0) {
        hf_fail(err, HF_E_FAIL, "cannot open '%s': %s", p->script, strerror(errno));
        goto out;
    }
    rc = hf_digest_fd(&sums, fd, err);
    close(fd);
    if (rc != 0 || (rc = hf_secret_read(&pem, &c->jspatch.key, "[jspatch] key", err)) != 0 ||
        (rc = hf_packkey_sign(&sig, pem.p, pem.n, c->jspatch.short_key, sums.md5, err)) != 0)
        goto out;
    fd = open(p->key, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        w = write(fd, sig.p, sig.n);
        close(fd);
    }
    if (w != (ssize_t)sig.n)
        rc = hf_fail(err, HF_E_AGAIN, "cannot write '%s': %s", p->key, strerror(errno));
out:
    hf_buf_wipe(&pem);
    hf_buf_free(&sig);
    return rc;
}

static int write_pack(struct hf_built *out, struct pack *p, size_t n, struct hf_err *err)
{
    const char *work = p->ask->work;

    if (asprintf(&p->script, "%s/script.zip", work) < 0) {
        p->script = NULL;
        return hf_nomem(err);
    }
    if (asprintf(&p->key, "%s/key", work) < 0) {
        p->key = NULL;
        return hf_nomem(err);
    }
    if (snprintf(out->path, sizeof out->path, "%s/pack.zip", work) >= (int)sizeof out->path)
        return hf_fail(err, HF_E_LIMIT, "the path of the work folder is too long");
    if (hf_zip_write(p->script, p->entries, n, err) != 0 || write_key(p, err) != 0)
        return -1;
    const struct hf_zip_entry members[] = {{"key", p->key, 0}, {"script.zip", p->script, 0}};

    return hf_zip_write(out->path, members, 2, err);
}

int hf_make_jspatch(struct hf_built *out, const struct hf_build_ask *ask, const char *files, struct hf_err *err)
{
    struct pack p = {.ask = ask};
    char version[HF_OCPATCH_MAX_VERSION + 1];
    size_t n = 1;
    int rc = -1;

    if (hf_ocpatch_version(version, ask->target, "jspatch", err) != 0 ||
        (ask->changes->file_count > 0 ? add_scripts(&p, files, &n, err) : add_empty_main(&p, err)) != 0)
        goto out;
    snprintf(out->name, sizeof out->name, "pack.zip");
    snprintf(out->builder, sizeof out->builder, "jspatch hotfix %s", HF_VERSION);
    out->numbered = 1;
    rc = write_pack(out, &p, n, err);
out:
    hf_make_files_free(&p.files);
    hf_make_files_free(&p.along);
    free(p.entries);
    free(p.main_js);
    free(p.script);
    free(p.key);
    return rc;
}
