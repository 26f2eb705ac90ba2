/* range_parse.c: reads the text of a target. What each piece means is range_expand.c. */
#include "core/range_in.h"

#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

static int is_x(char c)
{
    return c == 'x' || c == 'X' || c == '*';
}

/* What people write from other languages. NULL when there is nothing to say. */
static const char *hint(struct span s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case ',':
            return "has a comma: separate comparators with a space";
        case '|':
            return "has a single '|': alternatives are joined by '||'";
        case '&':
            return "has a '&': a space already means that both must hold";
        case '!':
            return "has a '!': there is no 'not'; write what is wanted, as in '<1.2.0 || >1.2.0'";
        case '=':
        case '<':
        case '>':
        case '~':
        case '^':
            return "has an operator in the wrong place: write one of = > >= < <= ~ ^ before each version";
        default:
            break;
        }
    }
    return NULL;
}

/* Reads a version, or numbers with x behind them. */
static int read_partial(struct partial *out, struct span s, struct hf_err *err)
{
    size_t core = 0, x, i;
    unsigned parts = 1;

    memset(out, 0, sizeof *out);
    out->text = s;
    if (hint(s) != NULL)
        return hf_range_fail(err, s, hint(s));
    while (core < s.n && s.p[core] != '-' && s.p[core] != '+')
        core++;
    for (x = 0; x < core; x++) {
        if (is_x(s.p[x]) && (x == 0 || s.p[x - 1] == '.') && (x + 1 == core || s.p[x + 1] == '.'))
            break;
        parts += s.p[x] == '.';
    }
    if (x == core)
        return hf_version_parse(&out->v, s.p, s.n, err);
    out->x = 1;
    if (core < s.n)
        return hf_range_fail(err, s, "has an x before a pre-release or build: only numbers and x go together");
    for (i = x; i + 1 < s.n; i += 2) { /* x.x.x to the end */
        if (s.p[i + 1] != '.' || i + 2 == s.n || !is_x(s.p[i + 2]))
            return hf_range_fail(err, s, "has something else behind an x: only more x may follow");
        parts++;
    }
    if (parts > 3)
        return hf_range_fail(err, s, "has more than three parts: 'x' works with up to three");
    return x == 0 ? 0 : hf_version_parse(&out->v, s.p, x - 1, err);
}

/* The next word of s, or one with n == 0; s moves on. */
static struct span next_word(struct span *s)
{
    struct span w;

    while (s->n > 0 && *s->p == ' ') {
        s->p++;
        s->n--;
    }
    w.p = s->p;
    while (s->n > 0 && *s->p != ' ') {
        s->p++;
        s->n--;
    }
    w.n = (size_t)(s->p - w.p);
    return w;
}

/* Takes the operator off the front of a word. `~>` is an old spelling of `~`. */
static enum kind take_operator(struct span *w)
{
    static const struct {
        const char *text;
        enum kind kind;
    } table[] = {
        {">=", MORE_EQUAL},
        {"<=", LESS_EQUAL},
        {"~>", TILDE}, /* the longer first */
        {">", MORE},
        {"<", LESS},
        {"=", EQUAL},
        {"~", TILDE},
        {"^", CARET},
    };
    size_t i, n;

    for (i = 0; i < sizeof table / sizeof *table; i++) {
        n = strlen(table[i].text);
        if (w->n >= n && memcmp(w->p, table[i].text, n) == 0) {
            w->p += n;
            w->n -= n;
            return table[i].kind;
        }
    }
    return BARE;
}

static int is_hyphen(struct span w)
{
    return w.n == 1 && w.p[0] == '-';
}

/* 1 and both ends when the alternative is `A - B`, 0 when there is no hyphen word, -1 when there is more than that. */
static int find_hyphen(struct span *a, struct span *b, struct span s, struct hf_err *err)
{
    struct span whole = s, w;
    size_t words = 0, hyphens = 0, at = 0;

    for (w = next_word(&s); w.n > 0; w = next_word(&s), words++) {
        if (is_hyphen(w)) {
            hyphens++;
            at = words;
        } else if (words == 0) {
            *a = w;
        } else {
            *b = w;
        }
    }
    if (hyphens == 0)
        return 0;
    if (hyphens > 1 || words != 3 || at != 1)
        return hf_range_fail(err, whole, "has a hyphen that is not between just two versions: write 1.2.0 - 1.4.2");
    return 1;
}

/* One alternative: a hyphen range, or comparators that must all hold. */
static int parse_set(struct hf_range *r, struct span s, int *exact, struct hf_err *err)
{
    struct span rest = s, w, op, a = s, b = s;
    struct partial p, q;
    unsigned terms = 0;
    enum kind kind;
    int hyphen = find_hyphen(&a, &b, s, err);

    if (hyphen < 0)
        return -1;
    if (hyphen) {
        if (read_partial(&p, a, err) != 0 || read_partial(&q, b, err) != 0)
            return -1;
        return hf_range_expand_hyphen(r, &p, &q, err);
    }
    for (w = next_word(&rest); w.n > 0; w = next_word(&rest)) {
        if (++terms > HF_RANGE_MAX_TERMS)
            return hf_fail(err, HF_E_LIMIT, "more than %d comparators in a row", HF_RANGE_MAX_TERMS);
        op = w;
        kind = take_operator(&w);
        if (kind != BARE && w.n == 0)
            w = next_word(&rest);
        if (w.n == 0)
            return hf_range_fail(err, op, "has no version behind it");
        if (read_partial(&p, w, err) != 0 || hf_range_expand(r, kind, &p, err) != 0)
            return -1;
        *exact = terms == 1 && (kind == BARE || kind == EQUAL) && !p.x;
    }
    return terms > 0 ? 0 : hf_fail(err, HF_E_INPUT, "nothing stands beside '||': write '*' for every version");
}

static struct span trimmed(const char *p, size_t n)
{
    struct span s;

    for (; n > 0 && p[0] == ' '; n--)
        p++;
    while (n > 0 && p[n - 1] == ' ')
        n--;
    s.p = p;
    s.n = n;
    return s;
}

static int parse_sets(struct hf_range *r, const char *s, struct hf_err *err)
{
    const struct comparator *cmp;
    const char *bar;
    struct span text;
    struct set *set;
    int exact;

    for (;; s = bar + 2) {
        bar = strstr(s, "||");
        if (r->set_count == HF_RANGE_MAX_SETS)
            return hf_fail(err, HF_E_LIMIT, "more than %d alternatives", HF_RANGE_MAX_SETS);
        set = &r->sets[r->set_count++];
        set->first = r->cmp_count;
        text = trimmed(s, bar != NULL ? (size_t)(bar - s) : strlen(s));
        exact = 0;
        if (parse_set(r, text, &exact, err) != 0)
            return -1;
        cmp = r->cmp + set->first;
        if (set->count > 0 && hf_range_nothing_in(cmp, set->count, cmp, set->count))
            return hf_range_fail(err, text, "holds no version");
        if (bar == NULL)
            break;
    }
    r->exact = exact && r->set_count == 1;
    return 0;
}

int hf_range_parse(struct hf_range **out, const char *s, struct hf_err *err)
{
    struct hf_range *r;
    char shown[160];
    size_t n = strlen(s);

    hf_escape(shown, sizeof shown, s, n);
    if (n > HF_RANGE_MAX)
        return hf_fail(err, HF_E_LIMIT, "the target '%s' is over the limit of %d characters", shown, HF_RANGE_MAX);
    if (s[strspn(s, " ")] == '\0')
        return hf_fail(err, HF_E_INPUT, "the target is empty: write a version, a range, or '*' for every version");
    r = calloc(1, sizeof *r);
    if (r == NULL)
        return hf_nomem(err);
    r->cmp_room = 2; /* most targets need no more; and `*`, which needs none, has an address to count from */
    r->cmp = malloc(r->cmp_room * sizeof *r->cmp);
    if (r->cmp == NULL) {
        hf_range_free(r);
        return hf_nomem(err);
    }
    if (parse_sets(r, s, err) != 0) {
        hf_range_free(r);
        return err != NULL && err->code == HF_E_NOMEM ? -1 : hf_fail_in(err, "target '%s': ", shown);
    }
    *out = r;
    return 0;
}
