/* names.c: see names.h. The one file that includes utf8proc.h. */
#include "builder/names.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#define FORM (UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE)

const char *hf_name_fault(const char *path)
{
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '\\')
            return "has a backslash in its name, which parts folders on some devices";
        if (*p == ':')
            return "has a colon in its name, which parts folders on some devices";
        if ((*p == '.' || *p == ' ') && (p[1] == '/' || p[1] == '\0'))
            return "has a name that ends in a dot or a blank, which gets lost on some devices";
    }
    return NULL;
}

/* Most names: nothing but ASCII. */
static char *fold_ascii(const char *s, size_t n)
{
    char *out;

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] >= 0x80)
            return NULL;
    out = malloc(n + 1);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        out[i] = s[i];
    for (char *p = out; p < out + n; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p | 0x20);
    out[n] = '\0';
    return out;
}

int hf_name_fold(char **out, const char *s, size_t n, struct hf_err *err)
{
    utf8proc_uint8_t *form = NULL, *before = NULL;
    const void *from = s;
    utf8proc_ssize_t size = (utf8proc_ssize_t)n;

    *out = fold_ascii(s, n);
    if (*out != NULL)
        return 0;
    /* First into NFD, which puts accents into their order: U+0345 folds to a letter, and must stand behind its accents by then.
     * */
    for (int folds = 0; folds < 2 && size >= 0; folds++) {
        size = utf8proc_map(from, size, &form, folds ? FORM | UTF8PROC_CASEFOLD : FORM);
        free(before);
        from = before = size >= 0 ? form : NULL;
    }
    if (size == UTF8PROC_ERROR_NOMEM)
        return hf_nomem(err);
    if (size < 0)
        return hf_fail(err, HF_E_INPUT, "a name cannot be folded: %s", utf8proc_errmsg(size));
    *out = (char *)before;
    return 0;
}

struct folded {
    char *text;
    size_t at;
};

/* Bytewise, but a slash before all else: what is in a folder stands right behind a file of its name. */
static int by_text(const void *a, const void *b)
{
    const unsigned char *x = (const unsigned char *)((const struct folded *)a)->text;
    const unsigned char *y = (const unsigned char *)((const struct folded *)b)->text;

    for (; *x == *y && *x != '\0'; x++, y++)
        ;
    return (*x == '/' ? 1 : *x == '\0' ? 0
                                       : *x + 1) -
           (*y == '/' ? 1 : *y == '\0' ? 0
                                       : *y + 1);
}

int hf_names_clash(size_t *a, size_t *b, size_t n, const char *(*path)(const void *arg, size_t i), const void *arg,
                   struct hf_err *err)
{
    struct folded *all = calloc(n + 1, sizeof *all);
    int rc = 0;
    size_t i;

    if (all == NULL)
        return hf_nomem(err);
    for (i = 0; i < n && rc == 0; i++) {
        const char *s = path(arg, i);

        all[i].at = i;
        rc = hf_name_fold(&all[i].text, s, strlen(s), err);
    }
    if (rc == 0 && n > 1)
        qsort(all, n, sizeof *all, by_text);
    for (i = 1; i < n && rc == 0; i++) {
        size_t k = strlen(all[i - 1].text);

        if (strncmp(all[i - 1].text, all[i].text, k) != 0 || (all[i].text[k] != '\0' && all[i].text[k] != '/'))
            continue;
        *a = all[i - 1].at;
        *b = all[i].at;
        rc = 1;
    }
    for (i = 0; i < n; i++)
        free(all[i].text);
    free(all);
    return rc;
}
