/* make.c: see make.h. */
#include "builder/make.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builder/changes.h"
#include "builder/select.h"
#include "core/escape.h"

#define SHOWN 160

void hf_make_tell(const struct hf_build_ask *ask, int warning, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    if (ask->tell == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ask->tell(ask->tell_arg, warning, text);
}

int hf_make_folder(char **out, const struct hf_build_ask *ask, const char *name, struct hf_err *err)
{
    if (asprintf(out, "%s/%s", ask->work, name) < 0) {
        *out = NULL;
        return hf_nomem(err);
    }
    if (mkdir(*out, 0700) == 0)
        return 0;
    return hf_fail(err, errno == ENOSPC || errno == EDQUOT ? HF_E_AGAIN : HF_E_FAIL, "cannot make the folder '%s': %s", *out,
                   strerror(errno));
}

int hf_make_paths(struct hf_make_files *out, const struct hf_changes *changes, const char *folder, struct hf_err *err)
{
    memset(out, 0, sizeof *out);
    out->paths = calloc(changes->file_count + 1, sizeof *out->paths);
    if (out->paths == NULL)
        return hf_nomem(err);
    for (size_t i = 0; i < changes->file_count; i++, out->n++)
        if (asprintf(&out->paths[i], "%s/%s", folder, changes->files[i].path) < 0) {
            out->paths[i] = NULL;
            return hf_nomem(err);
        }
    return 0;
}

/* One rule, from `rules` on: its text in out. Returns what is behind it, or NULL at the end. */
static const char *next_rule(char out[1024], const char *rules)
{
    size_t n = 0, k = 0;

    rules += strspn(rules, " \t");
    while (rules[n] != '\0' && rules[n] != ' ' && rules[n] != '\t')
        n += rules[n] == '\\' && rules[n + 1] != '\0' ? 2 : 1;
    if (n == 0)
        return NULL;
    for (; k < n && k + 1 < 1024; k++) /* a line of hotfix.ini is not longer */
        out[k] = rules[k];
    out[k] = '\0';
    return rules + n;
}

/* A rule that matches nothing is a name written wrong: the patch would lack what it should hold. */
static int each_rule_counts(const struct hf_changes *c, const char *rules, const char *what, struct hf_err *err)
{
    char rule[1024], shown[SHOWN];

    while ((rules = next_rule(rule, rules)) != NULL) {
        struct hf_select *select = NULL;
        size_t i;

        if (rule[0] == '!')
            continue;
        if (hf_select_parse(&select, rule, "", err) != 0)
            return -1;
        for (i = 0; i < c->file_count && !hf_select_holds(select, c->files[i].path); i++)
            ;
        hf_select_free(select);
        if (i == c->file_count)
            return hf_fail(err, HF_E_POLICY, "%s: no file of the commit is named '%s'", what,
                           hf_escape(shown, sizeof shown, rule, strlen(rule)));
    }
    return 0;
}

int hf_make_rules(struct hf_make_files *out, const struct hf_build_ask *ask, const char *rules, const char *name,
                  const char *what, struct hf_err *err)
{
    struct hf_changes *changes = NULL;
    char *folder = NULL;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (rules[strspn(rules, " \t")] == '\0')
        return 0;
    if (hf_changes_find(&changes, ask->repo, NULL, ask->commit, rules, "", err) != 0) {
        hf_fail_in(err, "%s: ", what);
        goto out;
    }
    if (each_rule_counts(changes, rules, what, err) != 0 || hf_make_folder(&folder, ask, name, err) != 0 ||
        hf_changes_export(ask->repo, changes, folder, NULL, NULL, err) != 0 || hf_make_paths(out, changes, folder, err) != 0)
        goto out;
    out->changes = changes;
    changes = NULL;
    rc = 0;
out:
    hf_changes_free(changes);
    free(folder);
    return rc;
}

void hf_make_files_free(struct hf_make_files *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->paths[i]);
    free(f->paths);
    hf_changes_free(f->changes);
    memset(f, 0, sizeof *f);
}

void hf_make_facts(struct hf_buf *facts, const char *what, const struct hf_changes *c)
{
    for (size_t i = 0; c != NULL && i < c->file_count; i++)
        hf_buf_fmt(facts, "%s %s %d %s\n", what, c->files[i].oid, c->files[i].executable, c->files[i].path);
}
