/* params.c: see params.h. */
#include "publisher/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "core/yesno.h"
#include "publisher/lookalike.h"

#define SHOWN 64 /* bytes of a foreign value in a message */

#define BLANKS " \t\r\n"

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
    char what[SHOWN];

    snprintf(what, sizeof what, "%s%s%s", source, strcmp(source, "--") == 0 ? "" : " ", name);
    return hf_yes_no(flag, value, what, err) < 0 ? -1 : 0;
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

static int set(struct hf_params *p, enum hf_param which, const char *value, int keep, const char *source, struct hf_err *err)
{
    switch (which) {
    case HF_PARAM_ROLLOUT:
        return set_rollout(p, value, keep, source, err);
    case HF_PARAM_PRIORITY:
        return set_priority(p, value, keep, source, err);
    case HF_PARAM_WINDOW:
        return set_window(p, value, keep, source, err);
    case HF_PARAM_NOTES:
        return set_notes(p, value, keep, source, err);
    case HF_PARAM_OVER:
        return set_over(p, value, keep, source, err);
    case HF_PARAM_TARGET:
        return set_target(p, value, keep, source, err);
    case HF_PARAM_BASE:
        return set_base(p, value, keep, source, err);
    case HF_PARAM_FORCE:
        return set_flag(&p->force, "force", value, source, err);
    case HF_PARAM_LIVE:
        return set_flag(&p->live, "live", value, source, err);
    case HF_PARAM_COUNT:
        break;
    }
    return -1;
}

int hf_params_set(struct hf_params *p, const char *name, const char *value, int keep, const char *source, struct hf_err *err)
{
    enum hf_param which = hf_param_find(name, strlen(name), 0);
    char shown[SHOWN], *text;
    size_t n;
    int rc;

    if (which == HF_PARAM_COUNT)
        return hf_fail(err, HF_E_INPUT, "%s '%s' is unknown; there are: " HF_PARAM_NAMES, source,
                       hf_escape(shown, sizeof shown, name, strlen(name)));
    value += strspn(value, BLANKS);
    for (n = strlen(value); n > 0 && strchr(BLANKS, value[n - 1]) != NULL;)
        n--;
    text = strndup(value, n);
    if (text == NULL)
        return hf_nomem(err);
    rc = set(p, which, text, keep, source, err);
    free(text);
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
