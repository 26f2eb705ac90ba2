/* params.c: see params.h. */
#include "publisher/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/escape.h"

#define SHOWN 64 /* bytes of a foreign value in a message */

static const char *const names[] = {"rollout", "priority", "window", "notes", "over", "target", "base", "force", "live"};
#define NAMES "rollout priority window notes over target base force live"
#define TRAILERS 5 /* the first so many of names may be said by a trailer */

void hf_params_init(struct hf_params *p)
{
    memset(p, 0, sizeof *p);
    p->rollout = -1;
    p->priority = -1;
}

void hf_params_clear(struct hf_params *p)
{
    free(p->target);
    free(p->base);
    free(p->window);
    free(p->notes);
    free(p->over);
    hf_params_init(p);
}

static int bad(const char *source, const char *name, const char *value, const char *rule, struct hf_err *err)
{
    char shown[SHOWN];

    return hf_fail(err, HF_E_INPUT, "%s%s%s '%s': %s", source, strcmp(source, "--") == 0 ? "" : " ", name,
                   hf_escape(shown, sizeof shown, value, strlen(value)), rule);
}

static int set_string(char **place, const char *value, int keep, struct hf_err *err)
{
    char *s;

    if (*place != NULL && keep)
        return 0;
    s = strdup(value);
    if (s == NULL)
        return hf_nomem(err);
    free(*place);
    *place = s;
    return 0;
}

static int set_target(struct hf_params *p, const char *value, int keep, const char *source, struct hf_err *err)
{
    struct hf_range *r = NULL;

    if (hf_range_parse(&r, value, err) != 0) /* "target 'x': why" */
        return hf_fail_in(err, "%s%s", source, strcmp(source, "--") == 0 ? "" : " ");
    hf_range_free(r);
    return set_string(&p->target, value, keep, err);
}

static int printable(const char *s, int lines)
{
    for (; *s != '\0'; s++)
        if (((unsigned char)*s < 0x20 && !(lines && (*s == '\n' || *s == '\t'))) || *s == 0x7f)
            return 0;
    return 1;
}

static int set_base(struct hf_params *p, const char *value, int keep, const char *source, struct hf_err *err)
{
    if (value[0] == '\0' || value[0] == '-' || strlen(value) > HF_BASE_TEXT_MAX || !printable(value, 0))
        return bad(source, "base", value, "name a tag, a branch or a commit", err);
    return set_string(&p->base, value, keep, err);
}

static int set_notes(struct hf_params *p, const char *value, int keep, const char *source, struct hf_err *err)
{
    if (strlen(value) > HF_MANIFEST_MAX_NOTES)
        return hf_fail(err, HF_E_LIMIT, "%s notes: longer than %d bytes", source, HF_MANIFEST_MAX_NOTES);
    if (!hf_utf8_ok(value, strlen(value)) || !printable(value, 1))
        return bad(source, "notes", value, "not printable UTF-8", err);
    return set_string(&p->notes, value, keep, err);
}

static int set_rollout(struct hf_params *p, const char *value, int keep, const char *source, struct hf_err *err)
{
    struct hf_err why;
    int rollout;

    if (hf_percent_parse(&rollout, value, &why) != 0)
        return bad(source, "rollout", value, why.msg, err);
    if (p->rollout < 0 || !keep)
        p->rollout = rollout;
    return 0;
}

static int set_priority(struct hf_params *p, const char *value, int keep, const char *source, struct hf_err *err)
{
    struct hf_err why;
    enum hf_priority prio;

    if (hf_priority_parse(&prio, value, &why) != 0)
        return bad(source, "priority", value, why.msg, err);
    if (p->priority < 0 || !keep)
        p->priority = (int)prio;
    return 0;
}

static int set_window(struct hf_params *p, const char *value, int keep, const char *source, struct hf_err *err)
{
    struct hf_err why;

    if (hf_window_check(value, &why) != 0)
        return bad(source, "window", value, why.msg, err);
    return set_string(&p->window, value, keep, err);
}

static int set_flag(int *flag, const char *name, const char *value, const char *source, struct hf_err *err)
{
    if (value[0] != '\0' && strcmp(value, "true") != 0 && strcmp(value, "yes") != 0)
        return bad(source, name, value, "it takes no value", err);
    *flag = 1;
    return 0;
}

/* A patch number, or the hex digits of a commit. */
static int names_a_release(const char *value)
{
    size_t n = strlen(value);

    if (n > 0 && n <= HF_OVER_DIGITS_MAX && value[0] != '0' && strspn(value, "0123456789") == n)
        return 1;
    return n >= HF_OVER_COMMIT_MIN && n <= HF_OID_MAX && strspn(value, "0123456789abcdef") == n;
}

static int set_over(struct hf_params *p, const char *value, int keep, const char *source, struct hf_err *err)
{
    if (!names_a_release(value))
        return bad(source, "over", value, "name the number of a patch that was rolled back, or its commit", err);
    return set_string(&p->over, value, keep, err);
}

int hf_params_set(struct hf_params *p, const char *name, const char *value, int keep, const char *source, struct hf_err *err)
{
    char shown[SHOWN];

    if (strcmp(name, "target") == 0)
        return set_target(p, value, keep, source, err);
    if (strcmp(name, "base") == 0)
        return set_base(p, value, keep, source, err);
    if (strcmp(name, "notes") == 0)
        return set_notes(p, value, keep, source, err);
    if (strcmp(name, "rollout") == 0)
        return set_rollout(p, value, keep, source, err);
    if (strcmp(name, "priority") == 0)
        return set_priority(p, value, keep, source, err);
    if (strcmp(name, "window") == 0)
        return set_window(p, value, keep, source, err);
    if (strcmp(name, "force") == 0)
        return set_flag(&p->force, name, value, source, err);
    if (strcmp(name, "live") == 0)
        return set_flag(&p->live, name, value, source, err);
    if (strcmp(name, "over") == 0)
        return set_over(p, value, keep, source, err);
    return hf_fail(err, HF_E_INPUT, "%s '%s' is unknown; there are: " NAMES, source,
                   hf_escape(shown, sizeof shown, name, strlen(name)));
}

/* Splits "hotfix.rollout=25%" and sets it; *seen has a bit for each name. */
static int push_option(struct hf_params *p, const char *option, unsigned *seen, struct hf_err *err)
{
    char name[32], shown[SHOWN];
    const char *key = option + strlen("hotfix."), *eq = strchr(key, '=');
    size_t n = eq != NULL ? (size_t)(eq - key) : strlen(key), i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == n && memcmp(names[i], key, n) == 0)
            break;
    if (i == sizeof names / sizeof names[0])
        return hf_fail(err, HF_E_INPUT, "push option '%s' is unknown; under hotfix. there are: " NAMES,
                       hf_escape(shown, sizeof shown, option, strlen(option)));
    if ((*seen & 1u << i) != 0)
        return hf_fail(err, HF_E_INPUT, "push option hotfix.%s is given twice", names[i]);
    *seen |= 1u << i;
    snprintf(name, sizeof name, "%s", names[i]);
    if (eq == NULL && strcmp(name, "force") != 0 && strcmp(name, "live") != 0)
        return hf_fail(err, HF_E_INPUT, "push option hotfix.%s needs a value: -o hotfix.%s=...", name, name);
    return hf_params_set(p, name, eq != NULL ? eq + 1 : "", 1, "push option", err);
}

int hf_params_push_options(struct hf_params *p, char *(*get)(const char *), struct hf_err *err)
{
    const char *count = get("GIT_PUSH_OPTION_COUNT"), *option;
    char variable[48], *end;
    unsigned seen = 0;
    unsigned long n, i;

    if (count == NULL || count[0] == '\0')
        return 0;
    n = strtoul(count, &end, 10);
    if (*end != '\0' || n > HF_PUSH_OPTIONS_MAX)
        return hf_fail(err, HF_E_LIMIT, "more than %d push options", HF_PUSH_OPTIONS_MAX);
    for (i = 0; i < n; i++) {
        snprintf(variable, sizeof variable, "GIT_PUSH_OPTION_%lu", i);
        option = get(variable);
        if (option == NULL)
            return hf_fail(err, HF_E_INPUT, "git announced %lu push options and gave %lu", n, i);
        if (strncmp(option, "hotfix.", strlen("hotfix.")) != 0)
            continue;
        if (strlen(option) > HF_PUSH_OPTION_MAX)
            return hf_fail(err, HF_E_LIMIT, "a push option is longer than %d bytes", HF_PUSH_OPTION_MAX);
        if (push_option(p, option, &seen, err) != 0)
            return -1;
    }
    return 0;
}

struct trailers {
    struct hf_params *p;
    unsigned seen;
    struct hf_err *err;
};

/* One trailer of the tip. The first five names are those that a trailer may set. */
static int trailer(const char *key, const char *value, void *arg)
{
    struct trailers *t = arg;
    char shown[SHOWN];
    size_t i;

    if (strncasecmp(key, "Hotfix-", strlen("Hotfix-")) != 0)
        return 0;
    for (i = 0; i < TRAILERS; i++)
        if (strcasecmp(key + strlen("Hotfix-"), names[i]) == 0)
            break;
    if (i == TRAILERS)
        return hf_fail(t->err, HF_E_INPUT, "trailer '%s' of the commit is unknown; there are: Hotfix-Rollout Hotfix-Priority "
                                           "Hotfix-Window Hotfix-Notes Hotfix-Over",
                       hf_escape(shown, sizeof shown, key, strlen(key)));
    if ((t->seen & 1u << i) != 0)
        return hf_fail(t->err, HF_E_INPUT, "trailer Hotfix-%s of the commit is given twice", names[i]);
    t->seen |= 1u << i;
    return hf_params_set(t->p, names[i], value, 1, "trailer", t->err);
}

int hf_params_message(struct hf_params *p, const char *message, struct hf_err *err)
{
    struct trailers t = {p, 0, err};

    return hf_message_trailers(message, trailer, &t, err);
}

int hf_params_trailers(struct hf_params *p, const struct hf_repo *repo, const char *commit, struct hf_err *err)
{
    char *message = NULL;
    int rc = hf_repo_message(repo, &message, commit, err);

    if (rc == 0)
        rc = hf_params_message(p, message, err);
    free(message);
    return rc;
}

int hf_params_any(const struct hf_params *p)
{
    return p->target != NULL || p->base != NULL || p->window != NULL || p->notes != NULL || p->rollout >= 0 || p->priority >= 0 ||
           p->force || p->over != NULL || p->live;
}

void hf_params_defaults(struct hf_params *p, const struct hf_channel *c)
{
    if (p->rollout < 0) {
        p->rollout = c->rollout;
        p->rollout_default = 1;
    }
    if (p->priority < 0)
        p->priority = (int)c->priority;
}
