/* argv.c: see argv.h. */
#include "builder/argv.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/escape.h"

#define ITEM_MAX (64 * 1024)
#define SHOWN 120
#define BLANKS " \t"

enum name {
    OUTPUT,
    TARGET,
    BASE,
    COMMIT,
    TREE,
    BASE_TREE,
    FILES,
    REFS,
    NAMES
};

static const char *const names[NAMES] = {"output", "target", "base", "commit", "tree", "base_tree", "files", "refs"};

/* At a '{': which name stands there, and how many bytes with both braces; NAMES when none of ours does. Braces around anything
 * else than lower-case letters are plain text: JSON, or a program's own format. */
static enum name name_at(const char *p, size_t n, size_t *len)
{
    size_t k = 1;

    while (k < n && ((p[k] >= 'a' && p[k] <= 'z') || p[k] == '_'))
        k++;
    *len = 0;
    if (k == 1 || k == n || p[k] != '}')
        return NAMES;
    *len = k + 1;
    for (int i = 0; i < NAMES; i++)
        if (strlen(names[i]) == k - 1 && memcmp(names[i], p + 1, k - 1) == 0)
            return (enum name)i;
    return NAMES;
}

static int is_whole(enum name name)
{
    return name == FILES || name == REFS;
}

static int check_item(int seen[NAMES], const char *p, size_t n, struct hf_err *err)
{
    char shown[SHOWN];

    for (size_t i = 0, len; i < n; i++) {
        enum name name;

        if (p[i] != '{')
            continue;
        name = name_at(p + i, n - i, &len);
        if (name == NAMES && len > 0)
            return hf_fail(err, HF_E_CONFIG,
                           "[command] argv: '%s' is not known: there are {output} {target} {base} {commit} {files} {refs} {tree} "
                           "{base_tree}",
                           hf_escape(shown, sizeof shown, p + i, len));
        if (name == NAMES)
            continue;
        if (is_whole(name) && len != n)
            return hf_fail(err, HF_E_CONFIG, "[command] argv: {%s} must be an item of its own, and stands in '%s'", names[name],
                           hf_escape(shown, sizeof shown, p, n));
        seen[name] = 1;
    }
    return 0;
}

int hf_argv_check(struct hf_argv_needs *needs, const char *template, struct hf_err *err)
{
    int seen[NAMES] = {0};
    const char *p = template + strspn(template, BLANKS);
    size_t n, items = 0;

    if (*p != '/')
        return hf_fail(err, HF_E_CONFIG, "[command] argv: it must begin with the absolute path of a program");
    for (; *p != '\0'; p += n, p += strspn(p, BLANKS)) {
        n = strcspn(p, BLANKS);
        if (++items > HF_ARGV_MAX_ITEMS)
            return hf_fail(err, HF_E_CONFIG, "[command] argv: more than %d items", HF_ARGV_MAX_ITEMS);
        if (items == 1 && memchr(p, '{', n) != NULL)
            return hf_fail(err, HF_E_CONFIG, "[command] argv: nothing is replaced in the program's own path");
        if (check_item(seen, p, n, err) != 0)
            return -1;
    }
    if (!seen[OUTPUT])
        return hf_fail(err, HF_E_CONFIG, "[command] argv: {output} is missing: where the program writes the patch");
    if (needs != NULL)
        *needs = (struct hf_argv_needs){seen[BASE], seen[COMMIT], seen[TARGET], seen[TREE], seen[BASE_TREE], seen[REFS]};
    return 0;
}

static const char *value_of(enum name name, const struct hf_argv_values *v)
{
    const char *const values[NAMES] = {v->output, v->target, v->base, v->commit, v->tree, v->base_tree, NULL, NULL};

    return values[name] != NULL ? values[name] : "";
}

/* One item of the template, with its names replaced. NULL: no memory, or too long. */
static char *expand_item(const char *p, size_t n, const struct hf_argv_values *v, struct hf_err *err)
{
    struct hf_buf b;
    char *text = NULL;
    size_t len;

    hf_buf_init(&b, ITEM_MAX);
    for (size_t i = 0; i < n;) {
        enum name name = p[i] == '{' ? name_at(p + i, n - i, &len) : NAMES;

        if (name == NAMES) {
            hf_buf_add(&b, p + i, 1);
            i++;
        } else {
            hf_buf_str(&b, value_of(name, v));
            i += len;
        }
    }
    if (hf_buf_ok(&b, "[command] argv", err) == 0 && (text = strdup(b.p != NULL ? b.p : "")) == NULL)
        hf_nomem(err);
    hf_buf_free(&b);
    return text;
}

static int add_all(char **argv, size_t *n, char *const *from, size_t count, struct hf_err *err)
{
    for (size_t i = 0; i < count; i++) {
        argv[*n] = strdup(from[i]);
        if (argv[*n] == NULL)
            return hf_nomem(err);
        (*n)++;
    }
    return 0;
}

int hf_argv_expand(char ***out, const char *template, const struct hf_argv_values *v, struct hf_err *err)
{
    const char *p = template + strspn(template, BLANKS);
    /* A whole name may stand in several items. */
    size_t wholes = 0, n, k = 0, len;
    char **argv;

    *out = NULL;
    for (const char *s = p; *s != '\0'; s += strcspn(s, BLANKS), s += strspn(s, BLANKS))
        wholes++;
    argv = calloc(1 + wholes * (1 + v->file_count + v->ref_count), sizeof *argv);
    if (argv == NULL)
        return hf_nomem(err);
    for (; *p != '\0'; p += n, p += strspn(p, BLANKS)) {
        enum name name;

        n = strcspn(p, BLANKS);
        name = *p == '{' ? name_at(p, n, &len) : NAMES;
        if (name != NAMES && is_whole(name)) {
            if (add_all(argv, &k, name == FILES ? v->files : v->refs, name == FILES ? v->file_count : v->ref_count, err) != 0)
                goto fail;
        } else if ((argv[k] = expand_item(p, n, v, err)) == NULL) {
            goto fail;
        } else {
            k++;
        }
    }
    *out = argv;
    return 0;
fail:
    hf_argv_free(argv);
    return -1;
}

void hf_argv_free(char **argv)
{
    for (size_t i = 0; argv != NULL && argv[i] != NULL; i++)
        free(argv[i]);
    free(argv);
}
