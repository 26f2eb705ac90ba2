/* changes.c: what differs between two trees; see changes.h. Folders with the same id are not looked into, which is what makes
 * this fast: the cost is that of the change, not of the repository. Renames are not looked for: a patch has no use for them. */
#include <string.h>

#include "builder/changes.h"
#include "builder/checkout.h"
#include "builder/collect.h"
#include "builder/objects.h"
#include "builder/twins.h"
#include "core/hex.h"

/* What one walk may cost: small trees that hold each other can name endless paths. Reading a folder takes the time of some 20
 * entries. */
#define MAX_COST (3 * 1000 * 1000)
#define FOLDER_COST 20

struct walk {
    const struct hf_repo *repo;
    struct hf_collect collect;
    struct hf_checkout *checkout;
    size_t cost;
    int malformed; /* a name on the path that we are at has a slash in it: joined, it would look like another path */
    char path[HF_CHANGES_MAX_PATH + 1];
};

static int walk_folder(struct walk *w, const unsigned char *old, const unsigned char *tip, size_t path_n, struct hf_err *err);

static int take_file(struct walk *w, const struct hf_tree_entry *e, struct hf_err *err)
{
    char oid[2 * HF_TREE_ID + 1];
    struct hf_blob small = {NULL, NULL};
    int64_t size;
    int rc = 0;

    if (hf_tree_blob_size(w->repo, &size, e->id, err) < 0)
        return -1;
    hf_hex(oid, e->id, HF_TREE_ID);
    if (size <= hf_collect_look(&w->collect))
        rc = hf_blob_read(&small, w->repo, oid, size, err);
    if (rc == 0)
        rc = hf_collect_file(&w->collect, w->path, oid, size, e->mode == 0100755, small.p, err);
    if (rc == 0 && !w->collect.compare) {
        struct hf_changes *to = w->collect.changes;

        rc = hf_checkout_judge(w->checkout, to, &to->files[to->file_count - 1], small.p, err);
    }
    hf_blob_clear(&small);
    return rc;
}

static int take_entry(struct walk *w, const struct hf_tree_entry *e, struct hf_err *err)
{
    enum hf_entry_kind kind = HF_ENTRY_OTHER;
    int wanted;

    switch (e->mode & 0170000) {
    case 0100000:
        kind = HF_ENTRY_FILE;
        break;
    case 0120000:
        kind = HF_ENTRY_LINK;
        break;
    case 0160000:
        kind = HF_ENTRY_SUBMODULE;
        break;
    default:
        break;
    }
    wanted = hf_collect_entry(&w->collect, w->path, kind, w->malformed, err);
    return wanted <= 0 ? wanted : take_file(w, e, err);
}

/* Two entries of one name; either may be missing. Where one side is a folder, what was in it goes and what is in it comes. */
static int walk_pair(struct walk *w, const struct hf_tree_entry *old, const struct hf_tree_entry *tip, const char *name,
                     size_t path_n, struct hf_err *err)
{
    int old_folder = old != NULL && HF_TREE_IS_FOLDER(old->mode), new_folder = tip != NULL && HF_TREE_IS_FOLDER(tip->mode);
    size_t name_n = strlen(name), n = path_n + (path_n > 0) + name_n;
    char *at = w->path + path_n;
    int was_malformed = w->malformed, rc = 0;

    if (old != NULL && tip != NULL && old->mode == tip->mode && memcmp(old->id, tip->id, HF_TREE_ID) == 0)
        return 0;
    if (n > HF_CHANGES_MAX_PATH)
        return hf_collect_refuse(err, HF_E_LIMIT, w->path, "holds a path that is longer than 1024 bytes");
    if (at != w->path)
        *at++ = '/';
    memcpy(at, name, name_n + 1);
    w->malformed |= memchr(name, '/', name_n) != NULL;

    if (old != NULL && !old_folder && (tip == NULL || new_folder))
        rc = hf_collect_deleted(&w->collect, w->path, err);
    if (rc == 0 && tip != NULL && !new_folder)
        rc = take_entry(w, tip, err);
    if (rc == 0 && (old_folder || new_folder))
        rc = walk_folder(w, old_folder ? old->id : NULL, new_folder ? tip->id : NULL, n, err);
    w->malformed = was_malformed;
    w->path[path_n] = '\0';
    return rc;
}

/* What one folder holds, on both sides. */
static int walk_entries(struct walk *w, const struct hf_tree *old, const struct hf_tree *tip, size_t path_n, struct hf_err *err)
{
    size_t o = 0, n = 0;

    for (size_t i = 1; i < tip->n; i++)
        if (strcmp(tip->entries[i - 1].name, tip->entries[i].name) == 0)
            return hf_collect_refuse(err, HF_E_POLICY, tip->entries[i].name,
                                     "stands twice in one folder, which git never makes");
    while (o < old->n && n < tip->n) {
        const struct hf_tree_entry *a = &old->entries[o], *b = &tip->entries[n];
        int cmp = strcmp(a->name, b->name);

        if (walk_pair(w, cmp <= 0 ? a : NULL, cmp >= 0 ? b : NULL, cmp <= 0 ? a->name : b->name, path_n, err) < 0)
            return -1;
        o += cmp <= 0;
        n += cmp >= 0;
    }
    for (; o < old->n; o++)
        if (walk_pair(w, &old->entries[o], NULL, old->entries[o].name, path_n, err) < 0)
            return -1;
    for (; n < tip->n; n++)
        if (walk_pair(w, NULL, &tip->entries[n], tip->entries[n].name, path_n, err) < 0)
            return -1;
    return 0;
}

/* Goes down at most as many folders as a path has room for. */
static int walk_folder(struct walk *w, const unsigned char *old, const unsigned char *tip, size_t path_n, struct hf_err *err)
{
    struct hf_tree a = {0}, b = {0};
    size_t first = w->collect.changes->file_count;
    int rc = -1;

    if (w->cost > MAX_COST)
        return hf_fail(err, HF_E_LIMIT, "too much has changed since the base: the changed folders hold millions of entries");
    if ((old == NULL || hf_tree_read(&a, w->repo, old, err) == 0) && (tip == NULL || hf_tree_read(&b, w->repo, tip, err) == 0)) {
        w->cost += FOLDER_COST + a.n + b.n;
        if (hf_checkout_enter(w->checkout, w->path, &b, err) == 0) {
            rc = walk_entries(w, &a, &b, path_n, err);
            hf_checkout_leave(w->checkout);
        }
    }
    if (rc == 0 && w->collect.device)
        rc = hf_twins_judge(w->collect.changes, first, &b, w->path, w->collect.select, err);
    hf_tree_clear(&a);
    hf_tree_clear(&b);
    return rc;
}

int hf_changes_of(struct hf_changes **out, const struct hf_repo *r, const struct hf_changes_ask *ask, struct hf_err *err)
{
    const char *base = ask->base;
    unsigned char old[HF_TREE_ID], tip[HF_TREE_ID];
    struct walk w = {.repo = r};
    int rc = -1;

    *out = NULL;
    if (hf_collect_init(&w.collect, ask, err) < 0 || hf_checkout_new(&w.checkout, r, err) < 0 ||
        (base != NULL && hf_tree_root(r, old, base, err) < 0) ||
        hf_tree_root(r, tip, ask->commit, err) < 0)
        goto out;
    if (base == NULL ? walk_folder(&w, NULL, tip, 0, err) < 0
                     : memcmp(old, tip, HF_TREE_ID) != 0 && walk_folder(&w, old, tip, 0, err) < 0)
        goto out;
    if (hf_collect_end(&w.collect, err) < 0)
        goto out;
    *out = w.collect.changes;
    w.collect.changes = NULL;
    rc = 0;
out:
    hf_collect_clear(&w.collect);
    hf_checkout_free(w.checkout);
    return rc;
}

int hf_changes_find(struct hf_changes **out, const struct hf_repo *r, const char *base, const char *commit, const char *include,
                    const char *exclude, struct hf_err *err)
{
    struct hf_changes_ask ask = {base, commit, include, exclude, 0, NULL};

    return hf_changes_of(out, r, &ask, err);
}

int hf_changes_compare(struct hf_changes **out, const struct hf_repo *r, const char *base, const char *commit,
                       const char *include, const char *exclude, struct hf_err *err)
{
    struct hf_changes_ask ask = {base, commit, include, exclude, 1, NULL};

    return hf_changes_of(out, r, &ask, err);
}
