/* attributes.c: see attributes.h. As git does it, the last line of the deepest file speaks first, and what has a value keeps
 * it. */
#include "builder/attributes_in.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "builder/select.h"

/* What all comparisons of one walk may cost: a plain one is 1, a long pattern with stars on a long path thousands. */
#define MAX_COST ((size_t)16 * 1000 * 1000)
#define COST_PER_CELL 256 /* characters of a pattern times those of a path that take the time of a plain comparison */

/* The values on their way: known says which are decided. */
struct answer {
    struct hf_attr_value value[HF_ATTR_MAX_NAMES];
    unsigned char known[HF_ATTR_MAX_NAMES];
};

static int define(struct hf_attrs *a, unsigned name, const unsigned *cleared, size_t n)
{
    struct hf_attr_assigns *m = &a->macro[name];

    m->v = calloc(n, sizeof *m->v);
    if (m->v == NULL)
        return -1;
    for (m->n = 0; m->n < n; m->n++)
        m->v[m->n] = (struct hf_attr_assign){cleared[m->n], {HF_ATTR_FALSE, NULL}};
    a->is_macro[name] = 1;
    return 0;
}

int hf_attrs_new(struct hf_attrs **out, struct hf_err *err)
{
    static const char *const asked[] = {"filter", "working-tree-encoding", "eol", "text", "crlf",
                                        "ident", "export-ignore", "binary"};
    static const unsigned not_text[] = {HF_ATTR_TEXT};
    struct hf_attrs *a = calloc(1, sizeof *a);

    *out = NULL;
    if (a == NULL)
        return hf_nomem(err);
    for (; a->name_count < sizeof asked / sizeof asked[0]; a->name_count++) {
        a->names[a->name_count] = strdup(asked[a->name_count]);
        if (a->names[a->name_count] == NULL)
            goto fail;
    }
    /* git's own macro: binary is -diff -merge -text. */
    if (define(a, HF_ATTR_COUNT, not_text, 1) != 0)
        goto fail;
    *out = a;
    return 0;
fail:
    hf_attrs_free(a);
    return hf_nomem(err);
}

void hf_attrs_free(struct hf_attrs *a)
{
    if (a == NULL)
        return;
    while (a->file_count > 0)
        hf_attrs_pop(a);
    for (size_t i = 0; i < HF_ATTR_MAX_NAMES; i++) {
        free(a->names[i]);
        free(a->macro[i].v);
    }
    free(a);
}

int hf_attrs_push(struct hf_attrs *a, const char *folder, const char *p, size_t n, struct hf_err *err)
{
    struct hf_attr_file *f = &a->files[a->file_count];

    if (n > HF_ATTR_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "a .gitattributes has %zu bytes, and at most %d are read", n, HF_ATTR_MAX_BYTES);
    if (a->file_count == HF_ATTR_MAX_DEPTH)
        return hf_fail(err, HF_E_LIMIT, "more than %d folders with a .gitattributes lie in each other", HF_ATTR_MAX_DEPTH);
    memset(f, 0, sizeof *f);
    f->folder_n = strlen(folder);
    if (hf_attr_file_read(a, f, p, n, folder[0] == '\0', err) != 0) {
        hf_attr_file_clear(f);
        return -1;
    }
    a->file_count++;
    return 0;
}

void hf_attrs_pop(struct hf_attrs *a)
{
    /* A file of the top folder is the first, and its macros go with it; only hf_attrs_free has a use for that. */
    hf_attr_file_clear(&a->files[--a->file_count]);
}

static void fill(const struct hf_attrs *a, struct answer *to, const struct hf_attr_assigns *from)
{
    for (size_t i = from->n; i-- > 0;) {
        unsigned name = from->v[i].name;

        if (to->known[name])
            continue;
        to->known[name] = 1;
        to->value[name] = from->v[i].value;
        if (a->is_macro[name] && to->value[name].state == HF_ATTR_TRUE)
            fill(a, to, &a->macro[name]); /* as deep as there are macros: each is filled once */
    }
}

static int matches(const struct hf_attr_line *l, const char *path, size_t folder_n, int is_folder)
{
    const char *name = path + folder_n + (folder_n > 0), *slash;

    if (l->folder_only && !is_folder)
        return 0;
    if (!l->anchored && (slash = strrchr(name, '/')) != NULL)
        name = slash + 1;
    return l->literal ? strcmp(l->pattern, name) == 0 : hf_select_match(l->pattern, name);
}

int hf_attrs_empty(const struct hf_attrs *a)
{
    for (size_t i = 0; i < a->file_count; i++)
        if (a->files[i].n > 0)
            return 0;
    return 1;
}

static int find(struct hf_attrs *a, struct hf_attr_value out[HF_ATTR_COUNT], const char *path, int is_folder, struct hf_err *err)
{
    struct answer to;
    size_t path_n = strlen(path);

    memset(&to, 0, sizeof to);
    for (size_t i = a->file_count; i-- > 0;) {
        const struct hf_attr_file *f = &a->files[i];

        if (f->folder_n > 0 && f->folder_n >= path_n)
            continue;
        for (size_t k = f->n; k-- > 0;) {
            const struct hf_attr_line *l = &f->lines[k];

            a->cost += l->literal ? 1 : 1 + strlen(l->pattern) * path_n / COST_PER_CELL;
            if (a->cost > MAX_COST)
                return hf_fail(err, HF_E_LIMIT, ".gitattributes has too many patterns for so many changed files");
            if (matches(l, path, f->folder_n, is_folder))
                fill(a, &to, &l->assigns);
        }
    }
    memcpy(out, to.value, HF_ATTR_COUNT * sizeof *out);
    return 0;
}

int hf_attrs_find(struct hf_attrs *a, struct hf_attr_value out[HF_ATTR_COUNT], const char *path, struct hf_err *err)
{
    return find(a, out, path, 0, err);
}

int hf_attrs_find_folder(struct hf_attrs *a, struct hf_attr_value out[HF_ATTR_COUNT], const char *path, struct hf_err *err)
{
    return find(a, out, path, 1, err);
}

static int is(const struct hf_attr_value *v, const char *text)
{
    return v->state == HF_ATTR_TEXT_VALUE && strcmp(v->text, text) == 0;
}

const char *hf_attr_encoding(const struct hf_attr_value v[HF_ATTR_COUNT])
{
    const struct hf_attr_value *e = &v[HF_ATTR_ENCODING];

    if (e->state != HF_ATTR_TEXT_VALUE || e->text[0] == '\0' || strcasecmp(e->text, "UTF-8") == 0 ||
        strcasecmp(e->text, "UTF8") == 0)
        return NULL;
    return e->text;
}

/* text says whether, or if it says nothing the old crlf; else eol does. */
int hf_attr_crlf(const struct hf_attr_value v[HF_ATTR_COUNT])
{
    const struct hf_attr_value *text = &v[HF_ATTR_TEXT];
    int spoken = text->state == HF_ATTR_TRUE || text->state == HF_ATTR_FALSE || is(text, "auto") || is(text, "input");

    if (!spoken)
        text = &v[HF_ATTR_CRLF];
    if (!is(&v[HF_ATTR_EOL], "crlf") || text->state == HF_ATTR_FALSE)
        return 0;
    return is(text, "auto") ? 2 : 1;
}
