/* jsalong.c: see jsalong.h. */
#include "builder/jsalong.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/changes.h"
#include "builder/jsinclude.h"
#include "builder/make.h"
#include "builder/objects.h"
#include "builder/select.h"
#include "builder/tree_names.h"
#include "core/escape.h"

#define MAIN "main.js"
#define MAX_ALONG 1000    /* scripts that go along */
#define MAX_KNOWN 1000000 /* scripts of a commit */
#define SHOWN 200

/* Paths, sorted by their last components when they are looked for. */
struct list {
    char **v;
    size_t n, room;
};

struct along {
    const struct hf_build_ask *ask;
    struct hf_select *select;
    struct list pack;  /* the changed scripts */
    struct list known; /* all scripts of the commit */
    int listed;        /* known is filled */
    char **taken;      /* those that go along, in the order in which they were found */
    size_t taken_count;
    const char *main_js; /* borrowed from pack or known */
    const char *at;      /* the script that is read */
    size_t unknown;      /* calls of which nobody can say what they include */
    struct hf_err *err;
};

static const char *last(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static int by_last(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    int cmp = strcmp(last(x), last(y));

    return cmp != 0 ? cmp : strcmp(x, y);
}

static int add(struct list *l, const char *path, struct hf_err *err)
{
    if (l->n == l->room) {
        size_t room = l->room == 0 ? 64 : l->room * 2;
        char **more = reallocarray(l->v, room, sizeof *more);

        if (more == NULL)
            return hf_nomem(err);
        l->v = more;
        l->room = room;
    }
    l->v[l->n] = strdup(path);
    return l->v[l->n++] == NULL ? hf_nomem(err) : 0;
}

static void clear(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l->v);
}

/* The first path of the list that ends in this name: its index, or n. The list is sorted. */
static size_t first_of(const struct list *l, const char *name)
{
    size_t low = 0, high = l->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(last(l->v[mid]), name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static int in_pack(const struct along *a, const char *name)
{
    size_t i = first_of(&a->pack, name);

    if (i < a->pack.n && strcmp(last(a->pack.v[i]), name) == 0)
        return 1;
    for (i = 0; i < a->taken_count; i++)
        if (strcmp(last(a->taken[i]), name) == 0)
            return 1;
    return 0;
}

static int know(const char *path, void *arg)
{
    struct along *a = arg;
    size_t n = strlen(path);

    if (n < 4 || strcmp(path + n - 3, ".js") != 0 || !hf_select_holds(a->select, path))
        return 0;
    if (a->known.n == MAX_KNOWN)
        return hf_fail(a->err, HF_E_LIMIT, "the commit has more than %d scripts", MAX_KNOWN);
    return add(&a->known, path, a->err);
}

/* 1 when a and b lie in the same folder. */
static int are_beside(const char *a, const char *b)
{
    size_t n = (size_t)(last(a) - a);

    return n == (size_t)(last(b) - b) && memcmp(a, b, n) == 0;
}

/* Where a name that the pack lacks lies in the commit. 0: *path is borrowed from known, or NULL when nowhere; *other: a second
 * one that it may be as well. */
static int find(struct along *a, const char *name, const char **path, const char **other)
{
    *path = *other = NULL;
    if (!a->listed) {
        if (hf_select_parse(&a->select, a->ask->channel->include, a->ask->channel->exclude, a->err) != 0 ||
            hf_tree_names(a->ask->repo, a->ask->commit, know, a, a->err) != 0)
            return -1;
        if (a->known.n > 0)
            qsort(a->known.v, a->known.n, sizeof *a->known.v, by_last);
        a->listed = 1;
    }
    for (size_t i = first_of(&a->known, name); i < a->known.n && strcmp(last(a->known.v[i]), name) == 0; i++) {
        if (a->main_js != NULL && are_beside(a->known.v[i], a->main_js)) {
            *path = a->known.v[i];
            *other = NULL;
            return 0;
        }
        *other = *path != NULL ? a->known.v[i] : NULL;
        *path = *path != NULL ? *path : a->known.v[i];
    }
    return 0;
}

static int take(struct along *a, const char *path)
{
    char shown[SHOWN];
    char **more;

    if (a->taken_count == MAX_ALONG)
        return hf_fail(a->err, HF_E_LIMIT, "more than %d scripts that did not change would go along", MAX_ALONG);
    more = reallocarray(a->taken, a->taken_count + 1, sizeof *more);
    if (more == NULL)
        return hf_nomem(a->err);
    a->taken = more;
    a->taken[a->taken_count] = strdup(path);
    if (a->taken[a->taken_count] == NULL)
        return hf_nomem(a->err);
    a->taken_count++;
    hf_make_tell(a->ask, 0, "unchanged, and taken along: %s", hf_escape(shown, sizeof shown, path, strlen(path)));
    return 0;
}

static int refuse(struct along *a, const struct hf_js_include *i, const char *why)
{
    char script[SHOWN], name[SHOWN / 2];

    return hf_fail(a->err, HF_E_POLICY, "%s:%zu: include('%s'): %s",
                   hf_escape(script, sizeof script, a->at, strlen(a->at)), i->line,
                   hf_escape(name, sizeof name, i->name, i->n), why);
}

static int on_include(void *arg, const struct hf_js_include *i)
{
    struct along *a = arg;
    char name[256], why[2 * SHOWN + 160], one[SHOWN], two[SHOWN];
    const char *path, *other, *from = i->name;
    size_t n = i->n;

    if (from == NULL) {
        if (a->unknown++ == 0)
            hf_make_tell(a->ask, 1,
                         "%s:%zu: include() of something that is not a plain string: only a device knows which script "
                         "that is, so "
                         "see to it that the pack has it",
                         hf_escape(one, sizeof one, a->at, strlen(a->at)), i->line);
        return 0;
    }
    /* The Loader joins the folder and the name: "./a.js" and "/a.js" are a.js. */
    while (n > 0 && (*from == '/' || (n > 1 && from[0] == '.' && from[1] == '/')))
        n -= *from == '/' ? 1 : 2, from += *from == '/' ? 1 : 2;
    if (n == 0 || n >= sizeof name || memchr(from, '\0', n) != NULL)
        return refuse(a, i, "that is not the name of a script");
    memcpy(name, from, n);
    name[n] = '\0';
    if (strchr(name, '/') != NULL)
        return refuse(a, i, "JSPatch's Loader puts all scripts into one folder: write the last part of the path alone");
    if (in_pack(a, name))
        return 0;
    if (n < 4 || strcmp(name + n - 3, ".js") != 0)
        return refuse(a, i, "it does not end in .js, and JSPatch's Loader keeps no other files");
    if (find(a, name, &path, &other) != 0)
        return -1;
    if (path == NULL)
        return refuse(a, i, "no file of that name is in the commit, or [build] include does not admit it: devices would "
                            "not find it");
    if (other == NULL)
        return take(a, path);
    snprintf(why, sizeof why, "it may be %s or %s: put the one that is meant beside main.js, or name the other in [build] "
                              "exclude",
             hf_escape(one, sizeof one, path, strlen(path)), hf_escape(two, sizeof two, other, strlen(other)));
    return refuse(a, i, why);
}

/* Reads the includes of scripts. */
static int read_scripts(struct along *a, const struct hf_changes *scripts)
{
    int rc = 0;

    for (size_t i = 0; i < scripts->file_count && rc == 0; i++) {
        const struct hf_change *c = &scripts->files[i];
        struct hf_blob bytes;

        a->at = c->path;
        rc = hf_blob_read(&bytes, a->ask->repo, c->oid, c->size, a->err);
        if (rc == 0 && c->size > 0)
            rc = hf_js_includes(bytes.p, (size_t)c->size, on_include, a);
        hf_blob_clear(&bytes);
    }
    return rc;
}

/* The changed scripts, and main.js among them or from the commit. */
static int begin(struct along *a)
{
    const struct hf_changes *c = a->ask->changes;
    char one[SHOWN], two[SHOWN];
    const char *path, *other;
    size_t i;

    for (i = 0; i < c->file_count; i++)
        if (add(&a->pack, c->files[i].path, a->err) != 0)
            return -1;
    if (a->pack.n > 0)
        qsort(a->pack.v, a->pack.n, sizeof *a->pack.v, by_last);
    i = first_of(&a->pack, MAIN);
    if (i < a->pack.n && strcmp(last(a->pack.v[i]), MAIN) == 0) {
        a->main_js = a->pack.v[i];
        return 0;
    }
    if (find(a, MAIN, &path, &other) != 0)
        return -1;
    if (path == NULL)
        return hf_fail(a->err, HF_E_POLICY,
                       "no " MAIN " is among the changed files, nor in the commit where [build] include admits it: "
                       "JSPatch's Loader "
                       "runs nothing else, so this pack would do nothing");
    if (other != NULL)
        return hf_fail(a->err, HF_E_POLICY,
                       "%s and %s are in the commit, and neither has changed: name the one that is not meant in [build] exclude",
                       hf_escape(one, sizeof one, path, strlen(path)), hf_escape(two, sizeof two, other, strlen(other)));
    a->main_js = path;
    return take(a, path);
}

/* Until no script asks for one more: what was found since the last time is read, and may include others. */
static int complete(struct hf_changes **out, struct along *a)
{
    const struct hf_build_ask *ask = a->ask;
    size_t read = 0;

    if (read_scripts(a, ask->changes) != 0)
        return -1;
    while (read < a->taken_count) {
        struct hf_changes *some = NULL;
        size_t n = a->taken_count;
        int rc = hf_changes_pick(&some, ask->repo, ask->commit, a->taken + read, n - read, a->err);

        if (rc == 0)
            rc = read_scripts(a, some);
        hf_changes_free(some);
        if (rc != 0)
            return -1;
        read = n;
    }
    return hf_changes_pick(out, ask->repo, ask->commit, a->taken, a->taken_count, a->err);
}

int hf_js_along(struct hf_changes **out, const struct hf_build_ask *ask, struct hf_err *err)
{
    struct hf_err own = {HF_OK, ""};
    struct along a = {.ask = ask, .err = err != NULL ? err : &own};
    int rc = -1;

    *out = NULL;
    if (begin(&a) == 0 && complete(out, &a) == 0)
        rc = 0;
    if (a.unknown > 1)
        hf_make_tell(ask, 1, "and %zu more calls of include() like that", a.unknown - 1);
    for (size_t i = 0; i < a.taken_count; i++)
        free(a.taken[i]);
    free(a.taken);
    clear(&a.pack);
    clear(&a.known);
    hf_select_free(a.select);
    return rc;
}
