/* tree_names.c: see tree_names.h. */
#include "builder/tree_names.h"

#include <stdlib.h>
#include <string.h>

#include "builder/checkout.h"
#include "builder/collect.h"
#include "core/hex.h"

#define MAX_COST (3 * 1000 * 1000) /* as changes.c has it */
#define FOLDER_COST 20

struct walk {
    const struct hf_repo *repo;
    int (*f)(const char *path, void *arg);
    void *arg;
    size_t cost;
    char path[HF_CHANGES_MAX_PATH + 1];
};

/* Goes down at most as many folders as a path has room for. What does not fit into a path is not named. */
static int walk(struct walk *w, const unsigned char *id, size_t path_n, struct hf_err *err)
{
    struct hf_tree t;
    int rc = hf_tree_read(&t, w->repo, id, err);

    w->cost += FOLDER_COST + t.n;
    if (rc == 0 && w->cost > MAX_COST)
        rc = hf_fail(err, HF_E_LIMIT, "the commit has millions of files and folders, too many to look for a script in");
    for (size_t i = 0; i < t.n && rc == 0; i++) {
        const struct hf_tree_entry *e = &t.entries[i];
        size_t name_n = strlen(e->name), n = path_n + (path_n > 0) + name_n;

        if (path_n >= HF_CHANGES_MAX_PATH || n > HF_CHANGES_MAX_PATH || name_n == 0 || memchr(e->name, '/', name_n) != NULL)
            continue;
        if (path_n > 0)
            w->path[path_n] = '/';
        memcpy(w->path + n - name_n, e->name, name_n + 1);
        if (HF_TREE_IS_FOLDER(e->mode))
            rc = walk(w, e->id, n, err);
        else if ((e->mode & 0170000) == 0100000)
            rc = w->f(w->path, w->arg);
        w->path[path_n] = '\0';
    }
    hf_tree_clear(&t);
    return rc;
}

int hf_tree_names(const struct hf_repo *r, const char *commit, int (*f)(const char *path, void *arg), void *arg,
                  struct hf_err *err)
{
    unsigned char root[HF_TREE_ID];
    struct walk w = {.repo = r, .f = f, .arg = arg};

    return hf_tree_root(r, root, commit, err) != 0 ? -1 : walk(&w, root, 0, err);
}

static int by_name(const void *key, const void *entry)
{
    return strcmp(key, ((const struct hf_tree_entry *)entry)->name);
}

/* A file that was found. The checkout stands in its folder. */
static int take(struct hf_collect *c, struct hf_checkout *checkout, const struct hf_repo *r, const char *path,
                const struct hf_tree_entry *e, struct hf_err *err)
{
    char oid[2 * HF_TREE_ID + 1];
    struct hf_blob small = {NULL, NULL};
    int64_t size;
    int rc = hf_collect_entry(c, path, HF_ENTRY_FILE, 0, err);

    if (rc <= 0)
        return rc < 0 ? -1 : hf_fail(err, HF_E_POLICY, "'%.200s' is left out of every patch, and cannot be taken along", path);
    if (hf_tree_blob_size(r, &size, e->id, err) != 0)
        return -1;
    hf_hex(oid, e->id, HF_TREE_ID);
    rc = size <= hf_collect_look(c) ? hf_blob_read(&small, r, oid, size, err) : 0;
    if (rc == 0)
        rc = hf_collect_file(c, path, oid, size, e->mode == 0100755, small.p, err);
    if (rc == 0)
        rc = hf_checkout_judge(checkout, c->changes, &c->changes->files[c->changes->file_count - 1], small.p, err);
    hf_blob_clear(&small);
    return rc;
}

static int pick(struct hf_collect *c, const struct hf_repo *r, const char *commit, const char *path, struct hf_err *err)
{
    unsigned char id[HF_TREE_ID];
    char part[HF_CHANGES_MAX_PATH + 1];
    struct hf_checkout *checkout = NULL;
    const char *name = path, *slash;
    int rc = hf_tree_root(r, id, commit, err) != 0 || hf_checkout_new(&checkout, r, err) != 0 ? -1 : 1;

    while (rc == 1) {
        struct hf_tree t;
        const struct hf_tree_entry *e = NULL;

        rc = hf_tree_read(&t, r, id, err);
        memcpy(part, path, (size_t)(name - path));
        part[name > path ? name - path - 1 : 0] = '\0';
        if (rc == 0)
            rc = hf_checkout_enter(checkout, part, &t, err);
        slash = strchr(name, '/');
        if (rc == 0) {
            size_t n = slash != NULL ? (size_t)(slash - name) : strlen(name);

            memcpy(part, name, n);
            part[n] = '\0';
            e = t.n == 0 ? NULL : bsearch(part, t.entries, t.n, sizeof *t.entries, by_name);
            if (e == NULL || HF_TREE_IS_FOLDER(e->mode) != (slash != NULL))
                rc = hf_fail(err, HF_E_NOTFOUND, "the commit has no file '%.200s'", path);
        }
        if (rc == 0 && e != NULL && slash != NULL) {
            memcpy(id, e->id, HF_TREE_ID);
            name = slash + 1;
            rc = 1;
        } else if (rc == 0 && e != NULL) {
            rc = take(c, checkout, r, path, e, err);
        }
        hf_tree_clear(&t);
    }
    hf_checkout_free(checkout);
    return rc;
}

int hf_changes_pick(struct hf_changes **out, const struct hf_repo *r, const char *commit, char *const *paths, size_t n,
                    struct hf_err *err)
{
    struct hf_changes_ask ask = {commit, commit, "**", "", 0, NULL};
    struct hf_collect c;
    int rc = hf_collect_init(&c, &ask, err);

    *out = NULL;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = pick(&c, r, commit, paths[i], err);
    if (rc == 0 && (rc = hf_collect_end(&c, err)) == 0) {
        *out = c.changes;
        c.changes = NULL;
    }
    hf_collect_clear(&c);
    return rc;
}
