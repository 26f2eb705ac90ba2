/* ci_refs.c: see ci_refs.h. */
#include "publisher/ci_refs.h"

#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

#define SHOWN 96

/* What git allows in a ref's name, as far as it matters where the name goes: into a refspec. */
static int name_ok(const char *s)
{
    const char *p;

    for (p = s; *p != '\0'; p++)
        if ((unsigned char)*p <= 0x20 || *p == 0x7f || strchr(":?*[\\~^", *p) != NULL)
            return 0;
    return strncmp(s, "refs/", 5) == 0 && strstr(s, "..") == NULL;
}

static int add(struct hf_ci_refs *r, const char *oid, const char *name, struct hf_err *err)
{
    struct hf_ci_ref *more;

    if (r->count == HF_CI_MAX_REFS)
        return hf_fail(err, HF_E_LIMIT, "the remote has more than %d refs", HF_CI_MAX_REFS);
    if (r->count == r->room) {
        more = reallocarray(r->refs, r->room * 2 + 64, sizeof *more);
        if (more == NULL)
            return hf_nomem(err);
        r->refs = more;
        r->room = r->room * 2 + 64;
    }
    more = &r->refs[r->count];
    memset(more, 0, sizeof *more);
    memcpy(more->oid, oid, strlen(oid) + 1);
    more->name = strdup(name);
    if (more->name == NULL)
        return hf_nomem(err);
    r->count++;
    return 0;
}

/* "<oid>\t<name>", with "^{}" behind the name for what an annotated tag stands for. */
static int take_ref(struct hf_ci_refs *r, char *line, char *tab, struct hf_err *err)
{
    char *name = tab + 1, *end;
    struct hf_ci_ref *last = r->count > 0 ? &r->refs[r->count - 1] : NULL;

    *tab = '\0';
    if (!hf_is_hex(line, 40) && !hf_is_hex(line, 64))
        return hf_fail(err, HF_E_INPUT, "git ls-remote printed something that is no ref");
    if (strcmp(name, "HEAD") == 0)
        return 0;
    end = strstr(name, "^{}");
    if (end != NULL && end[3] == '\0') {
        *end = '\0';
        if (last != NULL && strcmp(last->name, name) == 0)
            memcpy(last->peeled, line, strlen(line) + 1);
        return 0;
    }
    if (!name_ok(name)) {
        char shown[SHOWN];

        return hf_fail(err, HF_E_INPUT, "git ls-remote printed a ref's name that git forbids: '%s'",
                       hf_escape(shown, sizeof shown, name, strlen(name)));
    }
    return add(r, line, name, err);
}

static int take_line(struct hf_ci_refs *r, char *line, struct hf_err *err)
{
    char *tab = strchr(line, '\t');

    if (tab == NULL)
        return hf_fail(err, HF_E_INPUT, "git ls-remote printed something that is no ref");
    if (strncmp(line, "ref: ", 5) != 0)
        return take_ref(r, line, tab, err);
    *tab = '\0';
    if (strcmp(tab + 1, "HEAD") == 0 && strlen(line + 5) < sizeof r->head && name_ok(line + 5))
        memcpy(r->head, line + 5, strlen(line + 5) + 1);
    return 0;
}

int hf_ci_refs_parse(struct hf_ci_refs *out, const char *p, size_t n, struct hf_err *err)
{
    char *text = malloc(n + 1), *line, *end;
    int rc = 0;

    memset(out, 0, sizeof *out);
    if (text == NULL)
        return hf_nomem(err);
    if (n > 0)
        memcpy(text, p, n);
    text[n] = '\0';
    if (strlen(text) != n)
        rc = hf_fail(err, HF_E_INPUT, "git ls-remote printed a NUL");
    for (line = text; rc == 0 && *line != '\0'; line = end) {
        end = line + strcspn(line, "\n");
        if (*end == '\n')
            *end++ = '\0';
        rc = take_line(out, line, err);
    }
    free(text);
    return rc;
}

void hf_ci_refs_free(struct hf_ci_refs *r)
{
    size_t i;

    for (i = 0; i < r->count; i++)
        free(r->refs[i].name);
    free(r->refs);
    memset(r, 0, sizeof *r);
}

const struct hf_ci_ref *hf_ci_refs_find(const struct hf_ci_refs *r, const char *name)
{
    size_t i;

    for (i = 0; i < r->count; i++)
        if (strcmp(r->refs[i].name, name) == 0)
            return &r->refs[i];
    return NULL;
}
