/* collect.c: see collect.h. */
#include "builder/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "builder/content.h"
#include "builder/names.h"
#include "core/escape.h"

#define SHOWN 320
#define MAX_DELETED 1000000 /* listed in memory; a line about them is bounded by whoever prints it */

int hf_collect_refuse(struct hf_err *err, enum hf_code code, const char *path, const char *why)
{
    char shown[SHOWN];

    return hf_fail(err, code, "'%s' cannot be in a patch: it %s; take it out of the commit, or name it in [build] exclude",
                   hf_escape(shown, sizeof shown, path, strlen(path)), why);
}

/* NULL, or what is wrong with a path. A quote, a space or a leading '-' is nothing wrong. */
static const char *path_fault(const char *path)
{
    size_t n = strlen(path);

    if (!hf_utf8_ok(path, n))
        return "has a name that is not UTF-8";
    for (const unsigned char *p = (const unsigned char *)path; *p != '\0'; p++)
        if (*p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0)) /* the last: C1, U+0080 to U+009F */
            return "has a control character in its name";
    for (const char *p = path, *end; p != NULL; p = *end == '/' ? end + 1 : NULL) {
        end = p + strcspn(p, "/");
        if (end == p || (end - p == 1 && p[0] == '.') || (end - p == 2 && memcmp(p, "..", 2) == 0))
            return "has an empty component, '.' or '..' in its path";
        if (end - p == 4 && strncasecmp(p, ".git", 4) == 0)
            return "has '.git' in its path";
    }
    return NULL;
}

/* What macOS leaves in folders, for itself alone. */
static int is_junk(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;

    return strcmp(name, ".DS_Store") == 0 || strncmp(name, "._", 2) == 0;
}

/* A path that differs and is not in the patch. */
static int leave_out(struct hf_collect *c, const char *path, struct hf_err *err)
{
    struct hf_changes *to = c->changes;

    if (!c->device)
        return 0;
    return hf_some_add(hf_select_holds(c->native, path) ? &to->native : &to->left, path, err);
}

int hf_collect_init(struct hf_collect *c, const struct hf_changes_ask *ask, struct hf_err *err)
{
    memset(c, 0, sizeof *c);
    c->compare = ask->compare;
    c->device = ask->base != NULL && !ask->compare;
    if (hf_select_parse(&c->select, ask->include, ask->exclude, err) < 0)
        return -1;
    if (hf_select_parse(&c->native, ask->native, "", err) < 0)
        return hf_fail_in(err, "[build] native, read like ");
    c->changes = calloc(1, sizeof *c->changes);
    return c->changes == NULL ? hf_nomem(err) : 0;
}

void hf_collect_clear(struct hf_collect *c)
{
    hf_select_free(c->select);
    hf_select_free(c->native);
    hf_changes_free(c->changes);
}

int hf_collect_deleted(struct hf_collect *c, const char *path, struct hf_err *err)
{
    struct hf_changes *to = c->changes;

    if (!hf_select_holds(c->select, path))
        return leave_out(c, path, err);
    if (is_junk(path))
        return 0;
    if (to->deleted_count == MAX_DELETED)
        return hf_fail(err, HF_E_LIMIT, "more than %d files were deleted since the base", MAX_DELETED);
    if (to->deleted_count == c->deleted_room) {
        size_t room = c->deleted_room == 0 ? 64 : c->deleted_room * 2;
        char **more = reallocarray(to->deleted, room, sizeof *more);

        if (more == NULL)
            return hf_nomem(err);
        to->deleted = more;
        c->deleted_room = room;
    }
    to->deleted[to->deleted_count] = strdup(path);
    if (to->deleted[to->deleted_count] == NULL)
        return hf_nomem(err);
    to->deleted_count++;
    return 0;
}

int hf_collect_entry(struct hf_collect *c, const char *path, enum hf_entry_kind kind, int malformed, struct hf_err *err)
{
    const char *fault;

    if (!hf_select_holds(c->select, path))
        return leave_out(c, path, err);
    if (is_junk(path))
        return hf_some_add(&c->changes->junk, path, err);
    fault = malformed ? "has a name with a slash in it" : path_fault(path);
    if (c->compare)
        return fault == NULL && kind == HF_ENTRY_FILE && c->seen++ < HF_CHANGES_MAX_FILES;
    if (fault == NULL && c->device)
        fault = hf_name_fault(path);
    if (fault != NULL)
        return hf_collect_refuse(err, HF_E_POLICY, path, fault);
    switch (kind) {
    case HF_ENTRY_LINK:
        return hf_collect_refuse(err, HF_E_POLICY, path, "is a symbolic link");
    case HF_ENTRY_SUBMODULE:
        return hf_collect_refuse(err, HF_E_POLICY, path, "is a submodule");
    case HF_ENTRY_OTHER:
        return hf_collect_refuse(err, HF_E_POLICY, path, "is neither a file nor a folder");
    case HF_ENTRY_FILE:
        break;
    }
    return c->seen++ < HF_CHANGES_MAX_FILES;
}

int64_t hf_collect_look(const struct hf_collect *c)
{
    if (c->compare)
        return -1;
    return c->device ? HF_CONTENT_LOOK : HF_CONTENT_LOOK / 4;
}

int hf_collect_file(struct hf_collect *c, const char *path, const char *oid, int64_t size, int executable, const void *small,
                    struct hf_err *err)
{
    struct hf_changes *to = c->changes;
    struct hf_change *f;
    const char *fault;

    if (size > HF_CHANGES_MAX_FILE_BYTES && !c->compare) {
        char why[128];

        snprintf(why, sizeof why, "has %lld bytes, and at most %lld are allowed", (long long)size,
                 (long long)HF_CHANGES_MAX_FILE_BYTES);
        return hf_collect_refuse(err, HF_E_LIMIT, path, why);
    }
    fault = small != NULL ? hf_content_fault(small, (size_t)size) : NULL;
    if (fault != NULL)
        return hf_collect_refuse(err, HF_E_POLICY, path, fault);
    if (to->file_count == c->room) {
        size_t room = c->room == 0 ? 64 : c->room * 2;
        struct hf_change *more = reallocarray(to->files, room, sizeof *more);

        if (more == NULL)
            return hf_nomem(err);
        to->files = more;
        c->room = room;
    }
    f = &to->files[to->file_count];
    memset(f, 0, sizeof *f);
    f->path = strdup(path);
    if (f->path == NULL)
        return hf_nomem(err);
    snprintf(f->oid, sizeof f->oid, "%s", oid);
    f->size = size;
    f->executable = executable;
    to->file_count++;
    to->total += size;
    return 0;
}

static int by_path(const void *a, const void *b)
{
    const struct hf_change *x = a, *y = b;

    return strcmp(x->path, y->path);
}

static int by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static const char *path_at(const void *arg, size_t i)
{
    return ((const struct hf_changes *)arg)->files[i].path;
}

/* Two files of the patch that a device would write into one place. */
static int judge_names(const struct hf_changes *c, struct hf_err *err)
{
    char shown_a[SHOWN], shown_b[SHOWN];
    const char *one, *other;
    size_t a, b;
    int rc = hf_names_clash(&a, &b, c->file_count, path_at, c, err);

    if (rc <= 0)
        return rc;
    one = c->files[a].path;
    other = c->files[b].path;
    return hf_fail(err, HF_E_POLICY,
                   "'%s' and '%s' cannot be in one patch: on some devices they are one file, or a file and a folder of "
                   "one name, since "
                   "upper and lower case and the ways to write an accent are the same there; rename one",
                   hf_escape(shown_a, sizeof shown_a, one, strlen(one)),
                   hf_escape(shown_b, sizeof shown_b, other, strlen(other)));
}

int hf_collect_end(struct hf_collect *c, struct hf_err *err)
{
    struct hf_changes *to = c->changes;

    if (c->seen > HF_CHANGES_MAX_FILES)
        return hf_fail(err, HF_E_LIMIT,
                       "%zu changed files would go into the patch, and at most %d can: let [build] include admit fewer, "
                       "or start from a newer base",
                       c->seen, HF_CHANGES_MAX_FILES);
    if (to->total > HF_CHANGES_MAX_TOTAL_BYTES && !c->compare)
        return hf_fail(err, HF_E_LIMIT,
                       "the changed files have %lld bytes together, and at most %lld are allowed: "
                       "let [build] include admit fewer",
                       (long long)to->total, (long long)HF_CHANGES_MAX_TOTAL_BYTES);
    if (to->file_count > 0)
        qsort(to->files, to->file_count, sizeof *to->files, by_path);
    if (to->deleted_count > 0)
        qsort(to->deleted, to->deleted_count, sizeof *to->deleted, by_text);
    return c->device ? judge_names(to, err) : 0;
}

void hf_changes_free(struct hf_changes *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->file_count; i++)
        free(c->files[i].path);
    free(c->files);
    for (size_t i = 0; i < c->deleted_count; i++)
        free(c->deleted[i]);
    free(c->deleted);
    hf_some_clear(&c->left);
    hf_some_clear(&c->native);
    hf_some_clear(&c->junk);
    for (size_t i = 0; i < HF_OTHER_COUNT; i++)
        hf_some_clear(&c->other[i]);
    free(c);
}
