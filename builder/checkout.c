/* checkout.c: see checkout.h. */
#include "builder/checkout.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "builder/attributes.h"
#include "builder/collect.h"
#include "builder/content.h"
#include "core/escape.h"
#include "core/hex.h"

#define MAX_DEPTH (HF_CHANGES_MAX_PATH / 2 + 2) /* a path of one-letter folders */

/* A folder on the way to where the walk is. */
struct level {
    size_t path_n;
    int has; /* a .gitattributes, */
    int loaded;
    unsigned char id[HF_TREE_ID]; /* which is this blob */
};

struct hf_checkout {
    const struct hf_repo *repo;
    struct hf_attrs *attrs;
    struct level levels[MAX_DEPTH];
    size_t depth, loaded; /* loaded: how many levels, from the top, are in attrs if they have something */
};

int hf_checkout_new(struct hf_checkout **out, const struct hf_repo *r, struct hf_err *err)
{
    struct hf_checkout *c = calloc(1, sizeof *c);

    *out = NULL;
    if (c == NULL)
        return hf_nomem(err);
    c->repo = r;
    if (hf_attrs_new(&c->attrs, err) != 0) {
        free(c);
        return -1;
    }
    *out = c;
    return 0;
}

void hf_checkout_free(struct hf_checkout *c)
{
    if (c == NULL)
        return;
    hf_attrs_free(c->attrs);
    free(c);
}

static int by_name(const void *key, const void *entry)
{
    return strcmp(key, ((const struct hf_tree_entry *)entry)->name);
}

int hf_checkout_enter(struct hf_checkout *c, const char *path, const struct hf_tree *tree, struct hf_err *err)
{
    struct level *l = &c->levels[c->depth];
    const struct hf_tree_entry *e;

    if (c->depth == MAX_DEPTH)
        return hf_collect_refuse(err, HF_E_LIMIT, path, "lies too deep");
    memset(l, 0, sizeof *l);
    l->path_n = strlen(path);
    e = tree == NULL || tree->n == 0 ? NULL : bsearch(".gitattributes", tree->entries, tree->n, sizeof *tree->entries, by_name);
    /* git does not follow one that is a link. */
    if (e != NULL && (e->mode & 0170000) == 0100000) {
        l->has = 1;
        memcpy(l->id, e->id, HF_TREE_ID);
    }
    c->depth++;
    return 0;
}

void hf_checkout_leave(struct hf_checkout *c)
{
    if (c->levels[--c->depth].loaded)
        hf_attrs_pop(c->attrs);
    if (c->loaded > c->depth)
        c->loaded = c->depth;
}

/* Reads the .gitattributes of the folders that the path lies in, as far as that was not done. */
static int load(struct hf_checkout *c, const char *path, struct hf_err *err)
{
    for (; c->loaded < c->depth; c->loaded++) {
        struct level *l = &c->levels[c->loaded];
        char folder[HF_CHANGES_MAX_PATH + 1], oid[2 * HF_TREE_ID + 1];
        struct hf_blob blob;
        int64_t size;
        int rc;

        if (!l->has)
            continue;
        memcpy(folder, path, l->path_n);
        folder[l->path_n] = '\0';
        hf_hex(oid, l->id, HF_TREE_ID);
        if (hf_tree_blob_size(c->repo, &size, l->id, err) != 0)
            return -1;
        if (size > HF_ATTR_MAX_BYTES)
            return hf_fail(err, HF_E_LIMIT, "the .gitattributes above '%.200s' has %lld bytes, and at most %d are read", path,
                           (long long)size, HF_ATTR_MAX_BYTES);
        rc = hf_blob_read(&blob, c->repo, oid, size, err);
        if (rc == 0)
            rc = hf_attrs_push(c->attrs, folder, blob.p, (size_t)size, err);
        hf_blob_clear(&blob);
        if (rc != 0)
            return -1;
        l->loaded = 1;
    }
    return 0;
}

static int refuse_filter(const char *path, const char *filter, struct hf_err *err)
{
    char shown[64], why[256];

    snprintf(why, sizeof why, "has the attribute filter=%s in .gitattributes, so what lies in the repository is not the "
                              "file itself",
             hf_escape(shown, sizeof shown, filter, strlen(filter)));
    return hf_collect_refuse(err, HF_E_POLICY, path, why);
}

/* `git archive` leaves a file out for its own attribute, and for that of a folder that it lies in. 1, 0, or -1. */
static int is_export_ignored(struct hf_checkout *c, const struct hf_attr_value *own, const char *path, struct hf_err *err)
{
    struct hf_attr_value v[HF_ATTR_COUNT];
    char folder[HF_CHANGES_MAX_PATH + 1];

    if (own[HF_ATTR_EXPORT_IGNORE].state == HF_ATTR_TRUE)
        return 1;
    for (const char *slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
        memcpy(folder, path, (size_t)(slash - path));
        folder[slash - path] = '\0';
        if (hf_attrs_find_folder(c->attrs, v, folder, err) != 0)
            return -1;
        if (v[HF_ATTR_EXPORT_IGNORE].state == HF_ATTR_TRUE)
            return 1;
    }
    return 0;
}

/* Asks the content whether a checkout would write another one. */
static int judge_bytes(struct hf_changes *to, const struct hf_change *file, const struct hf_attr_value *v, const void *bytes,
                       struct hf_err *err)
{
    int crlf = hf_attr_crlf(v);
    size_t n = (size_t)file->size;

    if (crlf != 0 && hf_content_crlf(bytes, n, crlf == 2) && hf_some_add(&to->other[HF_OTHER_LINES], file->path, err) != 0)
        return -1;
    if (v[HF_ATTR_IDENT].state == HF_ATTR_TRUE && hf_content_ident(bytes, n))
        return hf_some_add(&to->other[HF_OTHER_IDENT], file->path, err);
    return 0;
}

int hf_checkout_judge(struct hf_checkout *c, struct hf_changes *to, const struct hf_change *file, const void *bytes,
                      struct hf_err *err)
{
    struct hf_attr_value v[HF_ATTR_COUNT];
    struct hf_blob blob = {NULL, NULL};
    int rc, ignored;

    if (load(c, file->path, err) != 0)
        return -1;
    if (hf_attrs_empty(c->attrs))
        return 0;
    if (hf_attrs_find(c->attrs, v, file->path, err) != 0)
        return -1;
    if (v[HF_ATTR_FILTER].state == HF_ATTR_TEXT_VALUE && v[HF_ATTR_FILTER].text[0] != '\0')
        return refuse_filter(file->path, v[HF_ATTR_FILTER].text, err);
    ignored = is_export_ignored(c, v, file->path, err);
    if (ignored < 0 || (ignored > 0 && hf_some_add(&to->other[HF_OTHER_EXPORT], file->path, err) != 0))
        return -1;
    if (hf_attr_encoding(v) != NULL)
        return hf_some_add(&to->other[HF_OTHER_ENCODING], file->path, err);
    if (hf_attr_crlf(v) == 0 && v[HF_ATTR_IDENT].state != HF_ATTR_TRUE)
        return 0;
    rc = bytes == NULL && hf_blob_read(&blob, c->repo, file->oid, file->size, err) != 0
             ? -1
             : judge_bytes(to, file, v, bytes != NULL ? bytes : blob.p, err);
    hf_blob_clear(&blob);
    return rc;
}
