/* occheck.c: see occheck.h. The list is what was measured on PatchGenerator of oc2mango 9a9f64a. */
#include "builder/occheck.h"

#include <ctype.h>
#include <string.h>

#include "core/escape.h"

#define LONG_STRING 1000 /* its pool grows by so much for each string, whatever the string's length */

enum kind {
    AT_TRY,
    AT_AUTORELEASE,
    AT_SYNCHRONIZED,
    AT_SYNTHESIZE,
    AT_AVAILABLE,
    GOTO,
    ARROW,
    BRANCH,
    DEFINE,
    STRINGS,
    TOO_LONG,
    OPEN_COMMENT,
    ENCODING,
    SWIFT,
    CPLUSPLUS,
    KINDS
};

static const struct {
    const char *token; /* as a whole word, or NULL */
    const char *words;
} kinds[KINDS] = {
    [AT_TRY] = {"@try", "OCRunner cannot read @try"},
    [AT_AUTORELEASE] = {"@autoreleasepool", "OCRunner cannot read @autoreleasepool"},
    [AT_SYNCHRONIZED] = {"@synchronized", "OCRunner cannot read @synchronized"},
    [AT_SYNTHESIZE] = {"@synthesize", "OCRunner cannot read @synthesize"},
    [AT_AVAILABLE] = {"@available", "OCRunner cannot read @available"},
    [GOTO] = {"goto", "OCRunner cannot read goto"},
    [ARROW] = {NULL, "OCRunner cannot read ->"},
    [BRANCH] = {NULL, "OCRunner has no preprocessor: both branches of this #if become part of the patch"},
    [DEFINE] = {NULL, "OCRunner has no preprocessor: this #define is dropped, and its name is unknown on the device"},
    [STRINGS] = {NULL, "OCRunner cannot read two strings behind each other"},
    [TOO_LONG] = {NULL, "OCRunner's generator may crash on a string of more than 1000 bytes"},
    [OPEN_COMMENT] = {NULL, "this comment is never closed, and OCRunner's generator waits for its end for ever"},
    [ENCODING] = {NULL, "OCRunner's generator reads UTF-8 only, and this file is something else"},
    [SWIFT] = {NULL, "OCRunner reads no Swift: patch its classes from Objective-C, as @implementation Module.ClassName"},
    [CPLUSPLUS] = {NULL, "OCRunner reads no C++: an .mm file works only if it holds none"},
};

struct check {
    const char *p, *end;
    unsigned long line;
    int said[KINDS];
    int after_string; /* the last token was a string */
    hf_occheck_fn *f;
    void *arg;
    int stop;
};

static void say(struct check *c, enum kind kind, unsigned long line)
{
    if (c->said[kind] || c->stop)
        return;
    c->said[kind] = 1;
    c->stop = c->f(c->arg, line, kinds[kind].words);
}

static int next_is(const struct check *c, char a, char b)
{
    return c->end - c->p >= 2 && c->p[0] == a && c->p[1] == b;
}

/* At a comment's beginning. 1: it has no end. */
static int skip_block(struct check *c)
{
    unsigned long began = c->line;

    for (c->p += 2; c->p < c->end; c->p++) {
        if (next_is(c, '*', '/')) {
            c->p += 2;
            return 0;
        }
        c->line += *c->p == '\n';
    }
    say(c, OPEN_COMMENT, began);
    return 1;
}

static void skip_line(struct check *c)
{
    while (c->p < c->end && *c->p != '\n')
        c->p++;
}

/* At a quote. A string ends with its line at the latest. */
static void skip_string(struct check *c)
{
    const char *began = c->p, quote = *c->p++;

    while (c->p < c->end && *c->p != quote && *c->p != '\n') {
        if (*c->p == '\\' && c->end - c->p > 1) {
            c->p++;
            c->line += *c->p == '\n';
        }
        c->p++;
    }
    if (c->p < c->end && *c->p == quote)
        c->p++;
    if (c->p - began > LONG_STRING + 2)
        say(c, TOO_LONG, c->line);
}

static int begins_with(const struct check *c, const char *word)
{
    size_t n = strlen(word);

    return (size_t)(c->end - c->p) >= n && memcmp(c->p, word, n) == 0;
}

/* At the '#' of a directive. */
static void directive(struct check *c)
{
    for (c->p++; c->p < c->end && (*c->p == ' ' || *c->p == '\t'); c->p++)
        ;
    if (begins_with(c, "if") || begins_with(c, "el"))
        say(c, BRANCH, c->line);
    if (begins_with(c, "define"))
        say(c, DEFINE, c->line);
    skip_line(c);
}

/* At a letter or an '@'. */
static void word(struct check *c)
{
    const char *began = c->p++;
    size_t n;

    while (c->p < c->end && (isalnum((unsigned char)*c->p) || *c->p == '_'))
        c->p++;
    n = (size_t)(c->p - began);
    if (*began != '@' && *began != 'g') /* nearly every word of a big file */
        return;
    for (int k = 0; k < KINDS; k++)
        if (kinds[k].token != NULL && strlen(kinds[k].token) == n && memcmp(kinds[k].token, began, n) == 0)
            say(c, (enum kind)k, c->line);
}

/* At anything that is neither blank nor comment. */
static void token(struct check *c)
{
    int is_string = *c->p == '"' || next_is(c, '@', '"');

    if (is_string && c->after_string)
        say(c, STRINGS, c->line);
    c->after_string = is_string;
    if (is_string) {
        c->p += *c->p == '@';
        skip_string(c);
    } else if (*c->p == '\'') {
        skip_string(c);
    } else if (*c->p == '#') {
        directive(c);
    } else if (next_is(c, '-', '>')) {
        say(c, ARROW, c->line);
        c->p += 2;
    } else if (isalpha((unsigned char)*c->p) || *c->p == '_' || *c->p == '@') {
        word(c);
    } else {
        c->p++;
    }
}

static int ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);

    return n >= k && strcmp(s + n - k, end) == 0;
}

int hf_occheck(const char *path, const void *p, size_t n, hf_occheck_fn *f, void *arg)
{
    struct check c = {.p = p, .end = n == 0 ? p : (const char *)p + n, .line = 1, .f = f, .arg = arg};

    if (ends_with(path, ".swift")) {
        say(&c, SWIFT, 1);
        return 0;
    }
    if (ends_with(path, ".mm"))
        say(&c, CPLUSPLUS, 1);
    if (n > 0 && !hf_utf8_ok(p, n))
        say(&c, ENCODING, 1);
    while (c.p < c.end && !c.stop) {
        if (next_is(&c, '/', '*')) {
            if (skip_block(&c))
                return 1;
        } else if (next_is(&c, '/', '/')) {
            skip_line(&c);
        } else if (isspace((unsigned char)*c.p)) {
            c.line += *c.p++ == '\n';
        } else {
            token(&c);
        }
    }
    return 0;
}
