/* ci_variables.c: variables that almost match; see ci_run.h. */
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/ci_run.h"
#include "publisher/lookalike.h"

#define NAME_MAX_BYTES 128
#define WARNING_MAX 400

/* hotfix.ini names it: env:NAME, or the file of NAME_FILE. */
static int is_secret(const struct hf_secret *s, const char *name, const char *value)
{
    size_t n = strlen(name);

    if (s->kind == HF_SECRET_ENV)
        return strcmp(s->name, name) == 0;
    return s->kind == HF_SECRET_FILE && n > 5 && strcmp(name + n - 5, "_FILE") == 0 && strcmp(s->name, value) == 0;
}

static int is_configured(const struct hf_config *c, const char *name, const char *value)
{
    return is_secret(&c->sign.key, name, value) || is_secret(&c->trust.keys, name, value) ||
           is_secret(&c->jspatch.key, name, value) || is_secret(&c->edge.secret, name, value);
}

/* Adds a name to the list of a warning; what does not fit is counted. */
static void add(char list[WARNING_MAX], size_t *left, const char *name)
{
    char shown[NAME_MAX_BYTES];
    size_t at = strlen(list);

    hf_escape(shown, sizeof shown, name, strlen(name));
    if (at + strlen(shown) + 3 > WARNING_MAX)
        ++*left;
    else
        snprintf(list + at, WARNING_MAX - at, "%s%s", at > 0 ? ", " : "", shown);
}

int hf_ci_variables(const struct hf_ci *ci, struct hf_err *err)
{
    char name[NAME_MAX_BYTES], shown[NAME_MAX_BYTES], list[WARNING_MAX] = "", text[WARNING_MAX + 128], more[32] = "";
    size_t left = 0;

    for (char *const *v = ci->args->env; v != NULL && *v != NULL; v++) {
        const char *eq = strchr(*v, '='), *input = NULL;

        if (eq == NULL || eq[1] == '\0' || (size_t)snprintf(name, sizeof name, "%.*s", (int)(eq - *v), *v) >= sizeof name)
            continue; /* an empty one says nothing */
        if (is_configured(ci->setup.config, name, eq + 1))
            continue;
        switch (hf_lookalike_variable(&input, name)) {
        case HF_VARIABLE_NEAR:
            return hf_fail(err, HF_E_INPUT, "the variable %s is not read: it is written %s; correct it, or give it another name",
                           hf_escape(shown, sizeof shown, name, strlen(name)), input);
        case HF_VARIABLE_UNKNOWN:
            add(list, &left, name);
            break;
        case HF_VARIABLE_OURS:
        case HF_VARIABLE_FOREIGN:
            break;
        }
    }
    if (left > 0)
        snprintf(more, sizeof more, " and %zu more", left);
    if (list[0] != '\0') {
        snprintf(text, sizeof text, "hotfix ci does not know these variables, and does nothing by them: %s%s", list, more);
        ci->say.line(ci->say.arg, HF_SAY_WARNING, text);
    }
    return 0;
}
