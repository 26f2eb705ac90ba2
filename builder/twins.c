/* twins.c: see twins.h. */
#include "builder/twins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/collect.h"
#include "builder/names.h"
#include "core/escape.h"

/* A component of a changed path, in this folder. */
struct part {
    char *folded;
    const char *name; /* borrowed: name_n bytes of the path */
    size_t name_n;
    const char *path;
};

static int by_folded(const void *a, const void *b)
{
    return strcmp(((const struct part *)a)->folded, ((const struct part *)b)->folded);
}

/* Each component once: neighbours in `changes` share theirs. */
static int list_parts(struct part **out, size_t *n, const struct hf_changes *c, size_t first, size_t skip, struct hf_err *err)
{
    struct part *parts = calloc(c->file_count - first, sizeof *parts);

    *n = 0;
    *out = parts;
    if (parts == NULL)
        return hf_nomem(err);
    for (size_t i = first; i < c->file_count; i++) {
        struct part *p = &parts[*n];

        p->path = c->files[i].path;
        p->name = p->path + skip;
        p->name_n = strcspn(p->name, "/");
        if (*n > 0 && p[-1].name_n == p->name_n && memcmp(p[-1].name, p->name, p->name_n) == 0)
            continue;
        if (hf_name_fold(&p->folded, p->name, p->name_n, err) != 0)
            return -1;
        ++*n;
    }
    qsort(parts, *n, sizeof *parts, by_folded);
    return 0;
}

/* Judges one entry of the folder. */
static int judge(const struct part *parts, size_t n, const char *name, const char *folder, const struct hf_select *select,
                 struct hf_err *err)
{
    char path[2 * HF_CHANGES_MAX_PATH], a[160], b[160];
    struct part key = {.name = name};
    const struct part *p;
    int rc;

    if (!hf_utf8_ok(name, strlen(name)))
        return 0;
    if (hf_name_fold(&key.folded, name, strlen(name), err) != 0)
        return -1;
    p = bsearch(&key, parts, n, sizeof *parts, by_folded);
    free(key.folded);
    if (p == NULL || (strlen(name) == p->name_n && memcmp(name, p->name, p->name_n) == 0))
        return 0;
    rc = snprintf(path, sizeof path, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name);
    if (rc >= (int)sizeof path || !hf_select_holds(select, path))
        return 0;
    return hf_fail(err, HF_E_POLICY,
                   "'%s' cannot be in a patch: on some devices it takes the place of '%s', whose name differs only in "
                   "upper and lower "
                   "case or in how accents are written; rename one",
                   hf_escape(a, sizeof a, p->path, strlen(p->path)), hf_escape(b, sizeof b, path, strlen(path)));
}

int hf_twins_judge(const struct hf_changes *changes, size_t first, const struct hf_tree *tree, const char *folder,
                   const struct hf_select *select, struct hf_err *err)
{
    size_t skip = strlen(folder) + (folder[0] != '\0'), n = 0;
    struct part *parts = NULL;
    int rc;

    if (first == changes->file_count)
        return 0;
    rc = list_parts(&parts, &n, changes, first, skip, err);
    for (size_t i = 0; i < tree->n && rc == 0; i++)
        if (!HF_TREE_IS_FOLDER(tree->entries[i].mode))
            rc = judge(parts, n, tree->entries[i].name, folder, select, err);
    for (size_t i = 0; i < n; i++)
        free(parts[i].folded);
    free(parts);
    return rc;
}
