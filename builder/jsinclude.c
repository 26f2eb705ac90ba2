/* jsinclude.c: see jsinclude.h. As much of a JavaScript lexer as it takes to tell code from text. */
#include "builder/jsinclude.h"

#include <string.h>

#define MAX_TEMPLATES 64 /* that lie in each other */

/* What stood before: it decides whether a '/' begins a regular expression or divides, and whether a word is a property. */
enum before {
    BEFORE_VALUE,    /* a name, number, string, ) or ] */
    BEFORE_OPERATOR, /* all else, and the beginning */
    BEFORE_DOT,
    BEFORE_FUNCTION
};

struct lexer {
    const char *p, *end;
    size_t line;
    enum before before;
    const char *divides_until;      /* up to here a '/' cannot begin a regular expression: one was looked for, and has no end */
    unsigned braces[MAX_TEMPLATES]; /* open ones in the ${ of each template */
    size_t templates;
};

static int in_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '\\' ||
           c >= 0x80;
}

static void skip_blanks(struct lexer *l)
{
    while (l->p < l->end) {
        if (*l->p == '\n')
            l->line++;
        if (*l->p == ' ' || (*l->p >= '\t' && *l->p <= '\r')) {
            l->p++;
        } else if (l->end - l->p > 1 && l->p[0] == '/' && l->p[1] == '/') {
            const char *nl = memchr(l->p, '\n', (size_t)(l->end - l->p));

            l->p = nl != NULL ? nl : l->end;
        } else if (l->end - l->p > 1 && l->p[0] == '/' && l->p[1] == '*') {
            for (l->p += 2; l->p < l->end && !(*l->p == '*' && l->end - l->p > 1 && l->p[1] == '/'); l->p++)
                l->line += *l->p == '\n';
            l->p = l->end - l->p > 2 ? l->p + 2 : l->end;
        } else {
            return;
        }
    }
}

/* Behind a string that begins here. plain: it is closed, and no escape is in it. */
static void skip_string(struct lexer *l, int *plain)
{
    char quote = *l->p++;

    *plain = 1;
    for (; l->p < l->end && *l->p != quote && *l->p != '\n'; l->p++) {
        if (*l->p != '\\')
            continue;
        *plain = 0;
        if (++l->p == l->end)
            return;
        l->line += *l->p == '\n';
    }
    if (l->p < l->end && *l->p == quote)
        l->p++;
    else
        *plain = 0;
}

/* From inside a template to behind its end (returns 1, or 0 when there is none), or to behind the next ${ (returns 2). */
static int skip_template(struct lexer *l, int *plain)
{
    for (*plain = 1; l->p < l->end; l->p++) {
        l->line += *l->p == '\n';
        if (*l->p == '`') {
            l->p++;
            return 1;
        }
        if (*l->p == '$' && l->end - l->p > 1 && l->p[1] == '{') {
            l->p += 2;
            return 2;
        }
        if (*l->p != '\\')
            continue;
        *plain = 0;
        if (++l->p == l->end)
            break;
        l->line += *l->p == '\n';
    }
    return 0;
}

/* Behind a regular expression, or behind the '/' when there is none: it must end on its line. */
static void skip_regex(struct lexer *l)
{
    int in_set = 0;
    const char *p;

    for (p = l->p + 1; p < l->end && *p != '\n' && (in_set || *p != '/'); p++) {
        if (*p == '[')
            in_set = 1;
        else if (*p == ']')
            in_set = 0;
        else if (*p == '\\' && (++p == l->end || *p == '\n'))
            break;
    }
    if (p < l->end && *p == '/') {
        l->p = p + 1;
        l->before = BEFORE_VALUE;
        return;
    }
    l->divides_until = p;
    l->p++;
    l->before = BEFORE_OPERATOR;
}

/* Looks at what stands behind the word include, and leaves the lexer there: what is in the brackets may call include once more.
 * */
static int is_call(const struct lexer *at, struct hf_js_include *out)
{
    struct lexer l = *at;
    int plain = 0;

    out->name = NULL;
    out->n = 0;
    skip_blanks(&l);
    if (l.p == l.end || *l.p != '(')
        return 0;
    l.p++;
    skip_blanks(&l);
    if (l.p == l.end)
        return 1;
    const char *name = l.p + 1;

    if (*l.p == '\'' || *l.p == '"') {
        skip_string(&l, &plain);
    } else if (*l.p == '`') {
        l.p++;
        plain = skip_template(&l, &plain) == 1 && plain;
    }
    if (!plain)
        return 1;
    out->n = (size_t)(l.p - 1 - name);
    skip_blanks(&l);
    if (l.p < l.end && (*l.p == ')' || *l.p == ','))
        out->name = name;
    return 1;
}

/* A word, and when it is a call of include, f. */
static int take_word(struct lexer *l, int (*f)(void *arg, const struct hf_js_include *i), void *arg)
{
    static const char *const operators[] = {"return", "typeof", "case", "in", "of", "delete", "void", "instanceof",
                                            "new", "throw", "else", "do", "yield", "await"};
    const char *word = l->p;
    enum before before = l->before;
    struct hf_js_include include;
    size_t n;

    while (l->p < l->end && in_word((unsigned char)*l->p))
        l->p++;
    n = (size_t)(l->p - word);
    l->before = BEFORE_VALUE;
    if (before == BEFORE_DOT)
        return 0;
    if (n == strlen("function") && memcmp(word, "function", n) == 0)
        l->before = BEFORE_FUNCTION;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strlen(operators[i]) == n && memcmp(word, operators[i], n) == 0)
            l->before = BEFORE_OPERATOR;
    if (n != strlen("include") || memcmp(word, "include", n) != 0 || before == BEFORE_FUNCTION)
        return 0;
    include.line = l->line;
    return is_call(l, &include) ? f(arg, &include) : 0;
}

/* A template begins, or goes on behind the } of a ${. -1: too many lie in each other. */
static int take_template(struct lexer *l)
{
    int plain;

    l->before = BEFORE_VALUE;
    if (skip_template(l, &plain) != 2)
        return 0;
    if (l->templates == MAX_TEMPLATES)
        return -1;
    l->braces[l->templates++] = 0;
    l->before = BEFORE_OPERATOR;
    return 0;
}

/* A character that is neither of a word nor a blank. -1: too many templates lie in each other. */
static int take_other(struct lexer *l)
{
    int plain;
    char c = *l->p;

    if (c == '\'' || c == '"') {
        skip_string(l, &plain);
        l->before = BEFORE_VALUE;
        return 0;
    }
    if (c == '/' && l->before == BEFORE_OPERATOR && l->p >= l->divides_until) {
        skip_regex(l);
        return 0;
    }
    l->p++;
    if (c == '`')
        return take_template(l);
    if (l->templates > 0 && c == '}' && l->braces[l->templates - 1] == 0) {
        l->templates--;
        return take_template(l);
    }
    if (l->templates > 0 && (c == '{' || c == '}'))
        l->braces[l->templates - 1] += c == '{' ? 1u : -1u;
    l->before = c == '.' ? BEFORE_DOT : c == ')' || c == ']' ? BEFORE_VALUE
                                                             : BEFORE_OPERATOR;
    return 0;
}

int hf_js_includes(const char *p, size_t n, int (*f)(void *arg, const struct hf_js_include *i), void *arg)
{
    struct lexer l = {.p = p, .end = p + n, .line = 1, .before = BEFORE_OPERATOR, .divides_until = p};
    struct hf_js_include unknown = {NULL, 0, 0};
    int rc = 0;

    for (skip_blanks(&l); l.p < l.end && rc == 0; skip_blanks(&l)) {
        if (in_word((unsigned char)*l.p)) {
            rc = take_word(&l, f, arg);
        } else if (take_other(&l) != 0) {
            unknown.line = l.line;
            return f(arg, &unknown);
        }
    }
    return rc;
}
