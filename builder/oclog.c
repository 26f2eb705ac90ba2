/* oclog.c: see oclog.h. The forms are those of main.swift and of Parser's and yacc's reports in oc2mango. */
#include "builder/oclog.h"

#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

#define INDENT "   "
#define SHOWN 320

/* A line of the text from `at`, without its newline; *next is where the one behind it begins. */
static const char *line_at(const struct hf_buf *text, size_t at, size_t *n, size_t *next)
{
    const char *p = text->p + at, *end = memchr(p, '\n', text->n - at);

    *n = end == NULL ? text->n - at : (size_t)(end - p);
    *next = at + *n + (end != NULL);
    return p;
}

static const char *find(const char *p, size_t n, const char *word)
{
    return memmem(p, n, word, strlen(word));
}

int hf_oclog_failed(const struct hf_buf *text)
{
    return text->n > 0 && (find(text->p, text->n, "yyerror") != NULL || find(text->p, text->n, "----Error:") != NULL);
}

/* What stands behind a word in a line, without blanks; NULL when the word is not there. */
static const char *behind(const char *line, size_t n, const char *word, size_t *out_n)
{
    const char *p = find(line, n, word), *end = line + n;

    if (p == NULL)
        return NULL;
    for (p += strlen(word); p < end && (*p == ' ' || *p == '\t'); p++)
        ;
    *out_n = (size_t)(end - p);
    return p;
}

int hf_oclog_next(struct hf_oclog_error *out, const struct hf_buf *text, size_t *at)
{
    int in_error = 0, in_report = 0;

    memset(out, 0, sizeof *out);
    while (*at < text->n) {
        size_t n, next, value_n;
        const char *line = line_at(text, *at, &n, &next), *value;
        int begins = find(line, n, "----Error:") != NULL;

        /* The next one's beginning ends this one. */
        if (begins && in_error)
            return 1;
        *at = next;
        if (find(line, n, "yyerror") != NULL) {
            in_error = in_report = 1;
        } else if (begins) {
            in_error = 1;
        } else if (in_error && !in_report && (value = behind(line, n, "PATH:", &value_n)) != NULL) {
            out->path = value;
            out->path_n = value_n;
        } else if (in_report && out->line == 0 && out->source == NULL && n > 5 && memcmp(line, "line:", 5) == 0) {
            out->line = strtoul(line + 5, NULL, 10); /* ends at the newline, or at the NUL behind the text */
        } else if (in_report && out->source == NULL && n > 0) {
            out->source = line;
            out->source_n = n;
        } else if (in_report && find(line, n, "error:") != NULL) {
            return 1;
        }
    }
    return in_error;
}

/* A path as people know it. */
static const char *shown(char out[SHOWN], const char *path, size_t n, const char *prefix)
{
    size_t k = strlen(prefix);

    if (n > k && memcmp(path, prefix, k) == 0) {
        path += k;
        n -= k;
    }
    return hf_escape(out, SHOWN, path, n);
}

/* Where the lines of a list begin, or -1. A source file that prints such a line is behind the heading, or before it in vain: the
 * first heading counts. */
static int find_heading(const struct hf_buf *text, const char *heading, size_t *at)
{
    size_t n, next, word = strlen(heading);

    for (*at = 0; *at < text->n; *at = next) {
        const char *line = line_at(text, *at, &n, &next);

        if (n >= word && memcmp(line, heading, word) == 0) {
            *at = next;
            return 0;
        }
    }
    return -1;
}

int hf_oclog_list(const struct hf_buf *text, const char *heading, char *const *given, size_t n, const char *prefix,
                  struct hf_err *err)
{
    char a[SHOWN];
    size_t at = 0, i = 0;

    if (text->n == 0 || find_heading(text, heading, &at) < 0)
        return hf_fail(err, HF_E_INPUT, "PatchGenerator did not say which files it read ('%s' is missing in what it printed)",
                       heading);
    while (at < text->n) {
        size_t line_n, next;
        const char *line = line_at(text, at, &line_n, &next);

        at = next;
        if (line_n < strlen(INDENT) || memcmp(line, INDENT, strlen(INDENT)) != 0)
            break;
        line += strlen(INDENT);
        line_n -= strlen(INDENT);
        if (line_n == 0)
            continue;
        if (i == n)
            return hf_fail(err, HF_E_INPUT, "PatchGenerator read %s, which it was not given", shown(a, line, line_n, prefix));
        if (strlen(given[i]) != line_n || memcmp(given[i], line, line_n) != 0)
            return hf_fail(err, HF_E_INPUT, "PatchGenerator left out %s without a word",
                           shown(a, given[i], strlen(given[i]), prefix));
        i++;
    }
    if (i < n)
        return hf_fail(err, HF_E_INPUT, "PatchGenerator left out %s without a word",
                       shown(a, given[i], strlen(given[i]), prefix));
    return 0;
}
