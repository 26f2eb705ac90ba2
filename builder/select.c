/* select.c: see select.h. */
#include "builder/select.h"

#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

struct rule {
    char *text; /* what must match, without !, the leading and the trailing slash; escapes are still in it */
    int negated;
    int anchored; /* matches from the top only */
    int folder_only;
};

struct rules {
    struct rule *v;
    size_t n;
};

struct hf_select {
    struct rules include, exclude;
};

/* The character class of [[:alpha:]] and its like, in the C locale whatever the program's is. -1: there is no such class. */
static int in_class(const char *name, size_t n, unsigned char c)
{
    int lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
    int graph = c > ' ' && c < 0x7f, blank = c == ' ' || c == '\t';
    const struct {
        const char *name;
        int holds;
    } classes[] = {
        {"alpha", lower || upper},
        {"digit", digit},
        {"alnum", lower || upper || digit},
        {"upper", upper},
        {"lower", lower},
        {"space", blank || (c >= '\n' && c <= '\r')},
        {"blank", blank},
        {"punct", graph && !(lower || upper || digit)},
        {"graph", graph},
        {"print", graph || c == ' '},
        {"cntrl", c < ' ' || c == 0x7f},
        {"xdigit", digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')},
    };

    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strlen(classes[i].name) == n && memcmp(classes[i].name, name, n) == 0)
            return classes[i].holds;
    return -1;
}

/* Reads the bracket expression behind a '[' at p, at most to end. Says whether it holds c, and where it ends (behind the ']').
 * -1 when it is not closed, or names a class that there is not. */
static int match_bracket(const char **next, const char *p, const char *end, unsigned char c)
{
    int negated = p < end && (*p == '!' || *p == '^'), found = 0;

    p += negated;
    for (int first = 1; p < end && (first || *p != ']'); first = 0) {
        unsigned char low, high;

        if (*p == '[' && end - p > 1 && p[1] == ':') {
            const char *close = memmem(p + 2, (size_t)(end - p - 2), ":]", 2);
            int in = close == NULL ? -1 : in_class(p + 2, (size_t)(close - p - 2), c);

            if (in < 0)
                return -1;
            found |= in;
            p = close + 2;
            continue;
        }
        if (*p == '\\' && ++p == end)
            return -1;
        low = high = (unsigned char)*p++;
        if (end - p > 1 && *p == '-' && p[1] != ']') {
            p++;
            if (*p == '\\' && ++p == end)
                return -1;
            high = (unsigned char)*p++;
        }
        found |= c >= low && c <= high;
    }
    if (p >= end)
        return -1;
    *next = p + 1;
    return found != negated;
}

/* Matches one step of a pattern, no star, against one character. -1 when the pattern is broken. */
static int match_one(const char **next, const char *p, const char *end, unsigned char c)
{
    if (*p == '[')
        return match_bracket(next, p + 1, end, c);
    if (*p == '?') {
        *next = p + 1;
        return 1;
    }
    if (*p == '\\' && ++p == end)
        return -1;
    *next = p + 1;
    return (unsigned char)*p == c;
}

/* One component of a path against one of a pattern. After a mismatch only the last star takes one more character, which is enough
 * and keeps hostile names from making this slow. */
static int match_component(const char *p, const char *p_end, const char *s, const char *s_end)
{
    const char *star = NULL, *star_s = NULL, *next = NULL;

    while (s < s_end) {
        if (p < p_end && *p == '*') {
            star = ++p;
            star_s = s;
        } else if (p < p_end && match_one(&next, p, p_end, (unsigned char)*s) > 0) {
            p = next;
            s++;
        } else if (star != NULL) {
            p = star;
            s = ++star_s;
        } else {
            return 0;
        }
    }
    while (p < p_end && *p == '*')
        p++;
    return p == p_end;
}

/* The end of the component that begins at s. A slash in a pattern always parts components, as in git. */
static const char *component_end(const char *s, const char *end)
{
    const char *slash = memchr(s, '/', (size_t)(end - s));

    return slash == NULL ? end : slash;
}

static int is_double_star(const char *p, const char *end)
{
    return end - p == 2 && p[0] == '*' && p[1] == '*';
}

/* A path against a pattern, component by component, with ** as the star of this level. A ** at the end must take at least one
 * component: what is in a folder, not the folder itself. */
static int match_path(const char *p, const char *s, const char *s_end)
{
    const char *p_end = p + strlen(p), *star = NULL, *star_s = NULL;

    while (s < s_end) {
        const char *pe = p < p_end ? component_end(p, p_end) : p, *se = component_end(s, s_end);

        if (p < p_end && is_double_star(p, pe)) {
            if (pe == p_end)
                return 1;
            p = pe + 1;
            star = p;
            star_s = s;
        } else if (p < p_end && match_component(p, pe, s, se)) {
            p = pe < p_end ? pe + 1 : p_end;
            s = se < s_end ? se + 1 : s_end;
        } else if (star != NULL) {
            const char *skipped = component_end(star_s, s_end);

            p = star;
            s = star_s = skipped < s_end ? skipped + 1 : s_end;
        } else {
            return 0;
        }
    }
    return p == p_end;
}

/* 1 when the rule matches the path, or a folder above it. */
static int rule_matches(const struct rule *r, const char *path)
{
    const char *end = path + strlen(path);

    for (const char *to = path; to < end; to++) {
        const char *from = path;

        to = component_end(to, end);
        if (to == end && r->folder_only)
            return 0;
        if (!r->anchored)
            for (const char *slash = path; (slash = memchr(slash, '/', (size_t)(to - slash))) != NULL;)
                from = ++slash;
        if (match_path(r->text, from, to))
            return 1;
    }
    return 0;
}

/* What the last rule that matches says; 0 when none does. */
static int rules_hold(const struct rules *rules, const char *path)
{
    for (size_t i = rules->n; i-- > 0;)
        if (rule_matches(&rules->v[i], path))
            return !rules->v[i].negated;
    return 0;
}

int hf_select_match(const char *pattern, const char *path)
{
    return match_path(pattern, path, path + strlen(path));
}

int hf_select_holds(const struct hf_select *s, const char *path)
{
    return rules_hold(&s->include, path) && !rules_hold(&s->exclude, path);
}

/* NULL, or what is wrong with the text of a rule. */
static const char *rule_fault(const char *p)
{
    const char *end = p + strlen(p), *next = NULL;

    if (p == end)
        return "it names nothing";
    while (p < end) {
        const char *pe = component_end(p, end);

        if (p == pe)
            return "it has an empty component";
        while (p < pe) {
            if (*p == '*')
                p++;
            else if (match_one(&next, p, pe, 0) < 0)
                return *p == '[' ? "its [ has no end or names an unknown class" : "it ends in a backslash";
            else
                p = next;
        }
        p = pe < end ? pe + 1 : end;
    }
    return NULL;
}

static int parse_rule(struct rule *out, const char *s, size_t n, const char *what, struct hf_err *err)
{
    char shown[160];
    const char *whole = s, *fault;
    size_t whole_n = n;

    if (n > 0 && *s == '!') {
        out->negated = 1;
        s++, n--;
    }
    if (n > 0 && *s == '/') {
        out->anchored = 1;
        s++, n--;
    }
    if (n > 0 && s[n - 1] == '/') {
        out->folder_only = 1;
        n--;
    }
    out->anchored |= memchr(s, '/', n) != NULL;
    out->text = strndup(s, n);
    if (out->text == NULL)
        return hf_nomem(err);
    fault = rule_fault(out->text);
    if (fault != NULL)
        return hf_fail(err, HF_E_CONFIG, "%s: '%s' is not a rule: %s", what, hf_escape(shown, sizeof shown, whole, whole_n),
                       fault);
    return 0;
}

static int parse_rules(struct rules *out, const char *s, const char *what, struct hf_err *err)
{
    out->v = calloc(HF_SELECT_MAX_RULES, sizeof *out->v);
    if (out->v == NULL)
        return hf_nomem(err);
    for (;;) {
        size_t n = 0;

        s += strspn(s, " \t");
        if (*s == '\0')
            return 0;
        while (s[n] != '\0' && s[n] != ' ' && s[n] != '\t')
            n += s[n] == '\\' && s[n + 1] != '\0' ? 2 : 1;
        if (out->n == HF_SELECT_MAX_RULES)
            return hf_fail(err, HF_E_CONFIG, "%s has more than %d rules", what, HF_SELECT_MAX_RULES);
        if (parse_rule(&out->v[out->n++], s, n, what, err) < 0)
            return -1;
        s += n;
    }
}

int hf_select_parse(struct hf_select **out, const char *include, const char *exclude, struct hf_err *err)
{
    struct hf_select *s = calloc(1, sizeof *s);

    *out = NULL;
    if (s == NULL)
        return hf_nomem(err);
    if (parse_rules(&s->include, include == NULL ? "" : include, "include", err) < 0 ||
        parse_rules(&s->exclude, exclude == NULL ? "" : exclude, "exclude", err) < 0) {
        hf_select_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

static void free_rules(struct rules *rules)
{
    for (size_t i = 0; i < rules->n; i++)
        free(rules->v[i].text);
    free(rules->v);
}

void hf_select_free(struct hf_select *s)
{
    if (s == NULL)
        return;
    free_rules(&s->include);
    free_rules(&s->exclude);
    free(s);
}
