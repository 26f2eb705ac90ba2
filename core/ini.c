/* ini.c: see ini.h.
 * Debian's inih (55) by itself cuts a line at 200 bytes and a section name at 49 without a word, joins indented lines to the
 * value before, and ignores what stands behind `]`. So every line is checked here before inih sees it, comments are taken
 * off, and a long pair is handed over in pieces as such continuations, which are put together again in on_value(). */
#include "core/ini.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "core/escape.h"

struct feed {
    const char *p, *end; /* what is still to be read */
    unsigned line;
    char text[HF_INI_MAX_LINE + 2]; /* the line for inih: "name=value" */
    size_t text_n, given;           /* given: how much of it inih has */
    size_t gap;                     /* spaces before the piece that inih has now; it takes them off */
    char key[HF_INI_MAX_NAME + 1];
    char value[HF_INI_MAX_LINE + 1]; /* put together from the pieces */
    const struct hf_ini_events *events;
    void *ctx;
    struct hf_err *err;
    int failed;
};

int hf_ini_fail_at(struct hf_err *err, const char *file, unsigned line)
{
    char shown[192];

    if (err != NULL && err->code != HF_E_NOMEM)
        err->code = HF_E_CONFIG;
    return hf_fail_in(err, "%s:%u: ", hf_escape(shown, sizeof shown, file, strlen(file)), line);
}

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

static int is_comment(char c)
{
    return c == ';' || c == '#';
}

/* Takes spaces off both ends of s[*from..*to). */
static void trim(const char *s, size_t *from, size_t *to)
{
    while (*from < *to && is_space(s[*from]))
        (*from)++;
    while (*from < *to && is_space(s[*to - 1]))
        (*to)--;
}

/* Where the comment behind s[0..n) begins, or n. */
static size_t before_comment(const char *s, size_t n)
{
    size_t i;

    for (i = 1; i < n; i++) {
        if (s[i] == ';' && is_space(s[i - 1]))
            return i;
    }
    return n;
}

static int check_bytes(const char *s, size_t n, struct hf_err *err)
{
    size_t i;

    if (n > HF_INI_MAX_LINE)
        return hf_fail(err, HF_E_CONFIG, "the line is over the limit of %d bytes", HF_INI_MAX_LINE);
    if (memchr(s, '\0', n) != NULL)
        return hf_fail(err, HF_E_CONFIG, "the line holds a NUL byte");
    for (i = 0; i < n; i++) {
        if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
            return hf_fail(err, HF_E_CONFIG, "the line holds the control byte \\x%02x", (unsigned)(unsigned char)s[i]);
    }
    if (!hf_utf8_ok(s, n))
        return hf_fail(err, HF_E_CONFIG, "the line is not UTF-8");
    return 0;
}

/* `[name]`, which also goes to inih so that it forgets the name before. */
static int take_section(struct feed *f, const char *s, size_t n)
{
    const char *close = memchr(s, ']', n);
    size_t from = 1, to, rest;
    char name[HF_INI_MAX_NAME + 1];

    if (close == NULL)
        return hf_fail(f->err, HF_E_CONFIG, "'[' without ']'");
    to = (size_t)(close - s);
    rest = to + 1;
    trim(s, &rest, &n);
    if (rest < n && !is_comment(s[rest]))
        return hf_fail(f->err, HF_E_CONFIG, "something stands behind ']': a key needs a line of its own");
    trim(s, &from, &to);
    if (to - from > HF_INI_MAX_NAME)
        return hf_fail(f->err, HF_E_CONFIG, "the section's name is over the limit of %d bytes", HF_INI_MAX_NAME);
    memcpy(name, s + from, to - from);
    name[to - from] = '\0';
    f->text_n = (size_t)snprintf(f->text, sizeof f->text, "[%s]", name);
    return f->events->section(f->ctx, name, f->line, f->err);
}

static int take_pair(struct feed *f, const char *s, size_t n)
{
    size_t name_from = 0, name_to, from, to = before_comment(s, n), i;

    for (name_to = 0; name_to < to && s[name_to] != '='; name_to++)
        ;
    if (name_to == to)
        return hf_fail(f->err, HF_E_CONFIG, "neither a [section], nor 'name = value', nor a comment");
    from = name_to + 1;
    trim(s, &name_from, &name_to);
    trim(s, &from, &to);
    if (name_to == name_from)
        return hf_fail(f->err, HF_E_CONFIG, "no name stands before '='");
    if (memchr(s + name_from, ':', name_to - name_from) != NULL)
        return hf_fail(f->err, HF_E_CONFIG, "a ':' stands before '=': write name = value"); /* inih would split there */
    if (name_to - name_from > HF_INI_MAX_NAME)
        return hf_fail(f->err, HF_E_CONFIG, "the name is over the limit of %d bytes", HF_INI_MAX_NAME);
    for (i = from; i < to; i++) {
        if (s[i] == '#' && (i == from || is_space(s[i - 1])))
            return hf_fail(f->err, HF_E_CONFIG, "'#' in a value: a comment behind a value begins with ' ;'");
    }
    memcpy(f->key, s + name_from, name_to - name_from);
    f->key[name_to - name_from] = '\0';
    f->value[0] = '\0';
    f->text_n = (size_t)snprintf(f->text, sizeof f->text, "%s=%.*s", f->key, (int)(to - from), s + from);
    return 0;
}

/* Takes the next line into f->text; empty text for a line that says nothing. */
static int take_line(struct feed *f)
{
    const char *s = f->p, *nl = memchr(s, '\n', (size_t)(f->end - s));
    size_t n = (size_t)((nl != NULL ? nl : f->end) - s), from = 0, to;

    f->p = nl != NULL ? nl + 1 : f->end;
    f->line++;
    f->text_n = f->given = 0;
    if (f->line == 1 && n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
        s += 3;
        n -= 3;
    }
    if (n > 0 && s[n - 1] == '\r')
        n--;
    if (check_bytes(s, n, f->err) != 0)
        return -1;
    to = n;
    trim(s, &from, &to);
    if (from == to || is_comment(s[from]))
        return 0;
    if (from > 0)
        return hf_fail(f->err, HF_E_CONFIG, "the line is indented: sections and names begin in the first column, and a value "
                                            "stands on one line");
    return s[0] == '[' ? take_section(f, s, n) : take_pair(f, s, n);
}

/* How much of what is left fits into room bytes: never cut behind a space or before what inih takes for a comment. 0 when
 * there is no such place. */
static size_t piece(const struct feed *f, size_t room)
{
    const char *s = f->text + f->given;
    size_t left = f->text_n - f->given, i, least = f->given == 0 ? strlen(f->key) + 2 : 1;

    if (left <= room)
        return left;
    for (i = room; i >= least; i--) {
        if (!is_space(s[i - 1]) && !is_comment(s[i]))
            return i;
    }
    return 0;
}

/* inih's reader, in the manner of fgets. */
static char *next_line(char *out, int size, void *ctx)
{
    struct feed *f = ctx;
    size_t at = 0, n;

    if (f->failed)
        return NULL;
    if (f->given == f->text_n) {
        if (f->p == f->end)
            return NULL;
        if (take_line(f) != 0) {
            f->failed = 1;
            return NULL;
        }
    } else {
        out[at++] = ' '; /* the rest of a long pair */
    }
    for (f->gap = 0; f->given < f->text_n && is_space(f->text[f->given]); f->gap++)
        f->given++;
    n = piece(f, (size_t)size - 3);
    if (n == 0 && f->text_n > 0) {
        hf_fail(f->err, HF_E_CONFIG, "too many ';' or '#' in a row");
        f->failed = 1;
        return NULL;
    }
    memcpy(out + at, f->text + f->given, n);
    f->given += n;
    memcpy(out + at + n, "\n", 2);
    return out;
}

/* inih's handler: a value, or a piece of one. */
static int on_value(void *ctx, const char *section, const char *name, const char *value)
{
    struct feed *f = ctx;
    size_t n = strlen(f->value), piece_at = f->given - strlen(value);

    (void)section; /* cut, perhaps; events->section has told the name */
    (void)name;
    snprintf(f->value + n, sizeof f->value - n, "%.*s%s", (int)f->gap, f->text + piece_at - f->gap, value);
    if (f->given == f->text_n && f->events->pair(f->ctx, f->key, f->value, f->line, f->err) != 0)
        f->failed = 1;
    return !f->failed;
}

int hf_ini_read(const char *p, size_t n, const char *file, const struct hf_ini_events *events, void *ctx, unsigned *lines,
                struct hf_err *err)
{
    struct feed f;
    struct hf_err own;
    int rc;

    memset(&f, 0, sizeof f);
    f.p = n > 0 ? p : "";
    f.end = f.p + n;
    f.events = events;
    f.ctx = ctx;
    f.err = err != NULL ? err : &own;
    rc = ini_parse_stream(next_line, &f, on_value, &f);
    if (rc != 0 && !f.failed) { /* not seen yet: every line was checked before */
        hf_fail(f.err, HF_E_CONFIG, "the line cannot be read");
        f.failed = 1;
    }
    if (lines != NULL)
        *lines = f.line;
    return f.failed ? hf_ini_fail_at(f.err, file, f.line) : 0;
}
