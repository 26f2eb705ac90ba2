/* attributes_read.c: the text of a .gitattributes; see attributes_in.h. What git skips is skipped: comments, lines with an
 * attribute that has no proper name, negative patterns, macros below the top folder. */
#include "builder/attributes_in.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"
#define MACRO "[attr]"

/* One line on its way: the pattern, or the name of a macro, and the rest, which holds the assignments. Both end in a NUL. */
struct parts {
    char *name, *rest;
    int macro;
};

void hf_attr_file_clear(struct hf_attr_file *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->lines[i].pattern);
        free(f->lines[i].assigns.v);
    }
    free(f->lines);
    free(f->bytes);
    memset(f, 0, sizeof *f);
}

static int name_ok(const char *s, size_t n)
{
    return n > 0 && s[0] != '-' &&
           strspn(s, "-._ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") >= n;
}

/* The number of a name that is asked for; -1: of none. */
static int find_name(const struct hf_attrs *a, const char *s, size_t n)
{
    for (size_t i = 0; i < a->name_count; i++)
        if (strlen(a->names[i]) == n && memcmp(a->names[i], s, n) == 0)
            return (int)i;
    return -1;
}

/* Takes a pattern in quotes, as git writes paths with odd bytes, apart in place: it gets shorter. NULL: it is not closed or has
 * an escape that there is not; else what is behind it. */
static char *unquote(char *s)
{
    static const char escapes[] = "abfnrtv\\\"", means[] = "\a\b\f\n\r\t\v\\\"";
    char *to = s, *from = s + 1;
    const char *e;

    while (*from != '"') {
        if (*from == '\0')
            return NULL;
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        from++;
        if (from[0] >= '0' && from[0] <= '3' && from[1] >= '0' && from[1] <= '7' && from[2] >= '0' && from[2] <= '7') {
            *to++ = (char)((from[0] - '0') * 64 + (from[1] - '0') * 8 + (from[2] - '0'));
            from += 3;
        } else if (*from != '\0' && (e = strchr(escapes, *from)) != NULL) {
            *to++ = means[e - escapes];
            from++;
        } else {
            return NULL;
        }
    }
    *to = '\0';
    return from + 1;
}

/* 0: the line counts for nothing. line: one line, ended by a NUL, changed in place. */
static int part(struct parts *out, char *line)
{
    char *p = line + strspn(line, BLANKS), *behind = NULL;

    if (*p == '\0' || *p == '#')
        return 0;
    out->macro = 0;
    out->name = p;
    if (*p == '"') {
        char *copy = strdup(p);

        behind = unquote(p);
        if (behind == NULL && copy != NULL)
            strcpy(p, copy); /* then the quote is a character like others */
        free(copy);
    }
    if (behind == NULL) {
        if (strlen(p) > strlen(MACRO) && strncmp(p, MACRO, strlen(MACRO)) == 0) {
            out->macro = 1;
            out->name = p += strlen(MACRO) + strspn(p + strlen(MACRO), BLANKS);
        }
        behind = p + strcspn(p, BLANKS);
        if (*behind != '\0')
            *behind++ = '\0';
    }
    out->rest = behind + strspn(behind, BLANKS);
    return !out->macro || name_ok(out->name, strlen(out->name));
}

/* The next "name", "-name", "!name" or "name=value". 1: of interest, 0: of none, -1: not an assignment. *rest goes behind it. */
static int next_assign(const struct hf_attrs *a, struct hf_attr_assign *out, char **rest)
{
    char *p = *rest, *end = p + strcspn(p, BLANKS), *equals = memchr(p, '=', (size_t)(end - p));
    char *name_end = equals != NULL ? equals : end;
    int name;

    *rest = end + strspn(end, BLANKS);
    out->value = (struct hf_attr_value){*p == '-' ? HF_ATTR_FALSE : *p == '!' ? HF_ATTR_UNSPECIFIED
                                                                              : HF_ATTR_TRUE,
                                        NULL};
    if (*p == '-' || *p == '!')
        p++;
    else if (equals != NULL)
        out->value = (struct hf_attr_value){HF_ATTR_TEXT_VALUE, equals + 1};
    if (!name_ok(p, (size_t)(name_end - p)))
        return -1;
    name = find_name(a, p, (size_t)(name_end - p));
    *end = '\0';
    out->name = name < 0 ? 0 : (unsigned)name;
    return name >= 0;
}

/* Fills out with what the rest of a line assigns. 0: the line counts for nothing. -1: no memory. */
static int read_assigns(const struct hf_attrs *a, struct hf_attr_assigns *out, char *rest)
{
    size_t room = 0;

    while (*rest != '\0') {
        struct hf_attr_assign one;
        int of_interest = next_assign(a, &one, &rest);

        if (of_interest < 0) {
            out->n = 0;
            return 0;
        }
        if (of_interest == 0)
            continue;
        if (out->n == room) {
            struct hf_attr_assign *more = reallocarray(out->v, room = room == 0 ? 4 : room * 2, sizeof *more);

            if (more == NULL)
                return -1;
            out->v = more;
        }
        out->v[out->n++] = one;
    }
    return 1;
}

/* Takes the slashes off the pattern. 0: git ignores such a pattern. */
static int read_pattern(struct hf_attr_line *l, const char *s)
{
    size_t n = strlen(s);

    if (n == 0 || s[0] == '!')
        return 0;
    l->folder_only = n > 1 && s[n - 1] == '/';
    n -= (size_t)l->folder_only;
    l->anchored = memchr(s, '/', n) != NULL;
    if (s[0] == '/')
        s++, n--;
    l->pattern = strndup(s, n);
    l->literal = l->pattern != NULL && strpbrk(l->pattern, "*?[\\") == NULL;
    return 1;
}

static int add_line(struct hf_attrs *a, struct hf_attr_file *f, const struct parts *parts, struct hf_err *err)
{
    struct hf_attr_line line;
    int counts;

    memset(&line, 0, sizeof line);
    if (!read_pattern(&line, parts->name))
        return 0;
    counts = line.pattern == NULL ? -1 : read_assigns(a, &line.assigns, parts->rest);
    if (counts > 0 && line.assigns.n > 0 && f->n == f->room) {
        size_t room = f->room == 0 ? 16 : f->room * 2;
        struct hf_attr_line *more = reallocarray(f->lines, room, sizeof *more);

        if (more == NULL) {
            counts = -1;
        } else {
            f->lines = more;
            f->room = room;
        }
    }
    if (counts > 0 && line.assigns.n > 0) {
        f->lines[f->n++] = line;
        return 0;
    }
    free(line.pattern);
    free(line.assigns.v);
    return counts < 0 ? hf_nomem(err) : 0;
}

/* Makes the name of a macro one that is asked for. */
static int add_name(struct hf_attrs *a, const char *name, struct hf_err *err)
{
    if (find_name(a, name, strlen(name)) >= 0)
        return 0;
    if (a->name_count == HF_ATTR_MAX_NAMES)
        return hf_fail(err, HF_E_LIMIT, ".gitattributes defines more than %d macros", HF_ATTR_MAX_NAMES - HF_ATTR_COUNT - 1);
    a->names[a->name_count] = strdup(name);
    if (a->names[a->name_count] == NULL)
        return hf_nomem(err);
    a->name_count++;
    return 0;
}

/* The last definition of a macro counts. */
static int add_macro(struct hf_attrs *a, const struct parts *parts, struct hf_err *err)
{
    int name = find_name(a, parts->name, strlen(parts->name)), counts;
    struct hf_attr_assigns assigns = {NULL, 0};

    counts = read_assigns(a, &assigns, parts->rest);
    if (counts <= 0 || name < 0) {
        free(assigns.v);
        return counts < 0 ? hf_nomem(err) : 0;
    }
    free(a->macro[name].v);
    a->macro[name] = assigns;
    a->is_macro[name] = 1;
    return 0;
}

int hf_attr_file_read(struct hf_attrs *a, struct hf_attr_file *f, const char *p, size_t n, int top, struct hf_err *err)
{
    static const char bom[] = "\xef\xbb\xbf";
    size_t skip = n >= 3 && memcmp(p, bom, 3) == 0 ? 3 : 0, length;
    char *line, *end;

    f->bytes = malloc(2 * (n + 1));
    if (f->bytes == NULL)
        return hf_nomem(err);
    /* Twice: the first copy is for the names of macros, which may be used before the line that defines them. */
    for (int pass = top ? 0 : 1; pass < 2; pass++) {
        line = f->bytes + (pass == 0 ? 0 : n + 1);
        memcpy(line, p + skip, n - skip);
        end = line + (n - skip);
        *end = '\0';
        for (; line < end; line += length + 1) {
            struct parts parts;

            length = strcspn(line, "\n"); /* a NUL ends a line as well */
            if (length < (size_t)(end - line))
                line[length] = '\0';
            if (length > HF_ATTR_MAX_LINE || !part(&parts, line))
                continue;
            if (parts.macro ? top && (pass == 0 ? add_name(a, parts.name, err) : add_macro(a, &parts, err)) != 0
                            : pass == 1 && add_line(a, f, &parts, err) != 0)
                return -1;
        }
    }
    return 0;
}
