/* trailers.c: see trailers.h. The rules are git's; tests/e2e/trailers.bats holds this against the git that is installed. */
#include "core/trailers.h"

#include <stdlib.h>
#include <string.h>

#define SCISSORS "# ------------------------ >8 ------------------------\n"
#define COMMENT '#'

struct text {
    const char *s;
    size_t n;
};

/* git's own idea of a blank, whatever the locale. */
static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static int begins(struct text t, size_t at, const char *word)
{
    size_t n = strlen(word);

    return t.n - at >= n && memcmp(t.s + at, word, n) == 0;
}

/* Where the line behind the one at `at` begins; t.n behind the last. */
static size_t next_line(struct text t, size_t at)
{
    const char *nl = memchr(t.s + at, '\n', t.n - at);

    return nl != NULL ? (size_t)(nl - t.s) + 1 : t.n;
}

/* Where the line begins that ends at `end`, its newline included. */
static size_t line_before(struct text t, size_t end)
{
    const char *nl = end > 1 ? memrchr(t.s, '\n', end - 1) : NULL;

    return nl != NULL ? (size_t)(nl - t.s) + 1 : 0;
}

static int is_blank(struct text t, size_t at)
{
    while (at < t.n && t.s[at] != '\n' && is_space(t.s[at]))
        at++;
    return at == t.n || t.s[at] == '\n';
}

/* The length of the key and the blanks before the colon of the line at `at`; 0 when it is no "key:". */
static size_t colon_of(struct text t, size_t at)
{
    size_t i = at;

    while (i < t.n && is_word(t.s[i]))
        i++;
    if (i == at)
        return 0;
    while (i < t.n && (t.s[i] == ' ' || t.s[i] == '\t'))
        i++;
    return i < t.n && t.s[i] == ':' ? i - at : 0;
}

/* What git does not look at: what stands behind a scissors line, and the comments, empty lines and old list of conflicts at the
 * end. A comment in the very first line counts as text: so it is with git. */
static size_t end_of_message(const char *s)
{
    struct text t = {s, strlen(s)};
    const char *cut = strstr(s, "\n" SCISSORS);
    size_t at, tail = 0;
    int conflicts = 0;

    if (begins(t, 0, SCISSORS))
        return 0;
    if (cut != NULL)
        t.n = (size_t)(cut - s) + 1;
    for (at = 0; at < t.n; at = next_line(t, at)) {
        if (s[at] == COMMENT || s[at] == '\n') {
            tail = tail != 0 ? tail : at;
        } else if (begins(t, at, "Conflicts:\n")) {
            conflicts = 1;
            tail = tail != 0 ? tail : at;
        } else if (!(conflicts && s[at] == '\t') && tail != 0) {
            tail = 0;
            conflicts = 0;
        }
    }
    return tail != 0 ? tail : t.n;
}

/* The first paragraph is the title, and never holds trailers. */
static size_t end_of_title(struct text t)
{
    size_t at = 0;

    while (at < t.n && (t.s[at] == COMMENT || !is_blank(t, at)))
        at = next_line(t, at);
    return at;
}

/* What the lines of the last paragraph are, from its end on. */
struct lines {
    int ours;      /* git itself wrote one */
    size_t yes;    /* trailers, without the lines that go on with them */
    size_t no;     /* others */
    size_t folded; /* lines that begin with a blank, whose first line is not known yet */
};

static void count(struct lines *l, struct text t, size_t at)
{
    if (begins(t, at, "Signed-off-by: ") || begins(t, at, "(cherry picked from commit ")) {
        l->ours = 1;
        l->yes++;
        l->folded = 0;
    } else if (colon_of(t, at) > 0) {
        l->yes++;
        l->folded = 0;
    } else if (is_space(t.s[at])) {
        l->folded++;
    } else {
        l->no += 1 + l->folded;
        l->folded = 0;
    }
}

/* Where the trailers begin: the last paragraph, when all of it is trailers, or a quarter of it and git itself wrote one of
 * them. t.n when there are none. */
static size_t start_of_trailers(struct text t)
{
    struct lines l = {0, 0, 0, 0};
    size_t title = end_of_title(t), end = t.n, at;
    int begun = 0;

    for (; end > 0 && (at = line_before(t, end)) >= title; end = at) {
        if (t.s[at] == COMMENT) {
            l.no += l.folded;
            l.folded = 0;
        } else if (!is_blank(t, at)) {
            begun = 1;
            count(&l, t, at);
        } else if (begun) {
            l.no += l.folded;
            return (l.ours && l.yes * 3 >= l.no) || (l.yes > 0 && l.no == 0) ? next_line(t, at) : t.n;
        }
    }
    return t.n;
}

/* Copies s[0..n) without blanks around it; a newline and the blanks behind it become one space. */
static void copy(char *out, const char *s, size_t n)
{
    size_t i = 0, k = 0;

    while (n > 0 && is_space(s[n - 1]))
        n--;
    while (i < n && is_space(s[i]))
        i++;
    while (i < n) {
        char c = s[i++];

        if (c == '\n') {
            while (i < n && is_space(s[i]))
                i++;
            c = ' ';
        }
        out[k++] = c;
    }
    out[k] = '\0';
}

int hf_trailers_each(const char *message, int (*f)(const struct hf_trailer *t, void *arg), void *arg, struct hf_err *err)
{
    struct text t = {message, end_of_message(message)};
    char *key = malloc(t.n + 1), *value = malloc(t.n + 1);
    size_t at, colon, end;
    int rc = 0;

    if (key == NULL || value == NULL) {
        rc = hf_nomem(err);
        goto out;
    }
    for (at = start_of_trailers(t); rc == 0 && at < t.n; at = end) {
        struct hf_trailer one = {key, value, message + at};

        colon = colon_of(t, at);
        end = next_line(t, at);
        while (colon > 0 && end < t.n && is_space(t.s[end]))
            end = next_line(t, end);
        if (colon == 0)
            continue;
        copy(key, t.s + at, colon);
        copy(value, t.s + at + colon + 1, end - at - colon - 1);
        rc = f(&one, arg);
    }
out:
    free(key);
    free(value);
    return rc;
}
