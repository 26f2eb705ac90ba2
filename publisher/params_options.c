/* params_options.c: release parameters from push options; see params.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/escape.h"
#include "publisher/lookalike.h"
#include "publisher/params.h"

#define SHOWN 64
#define PREFIX "hotfix."

/* The number of options; -1 refused. */
static long count_of(char *(*get)(const char *), struct hf_err *err)
{
    const char *count = get("GIT_PUSH_OPTION_COUNT");
    unsigned long n;
    char *end;

    if (count == NULL || count[0] == '\0')
        return 0;
    n = strtoul(count, &end, 10);
    if (*end != '\0' || n > HF_PUSH_OPTIONS_MAX)
        return hf_fail(err, HF_E_LIMIT, "more than %d push options", HF_PUSH_OPTIONS_MAX);
    return (long)n;
}

static const char *option_at(char *(*get)(const char *), long i)
{
    static _Thread_local char variable[48];

    snprintf(variable, sizeof variable, "GIT_PUSH_OPTION_%ld", i);
    return get(variable);
}

/* "push option 'hotfix.rolout=5%' is not one of ours; write -o hotfix.rollout=5%". */
static int refuse(const char *option, const struct hf_lookalike *meant, struct hf_err *err)
{
    char shown[SHOWN], value[SHOWN];

    return hf_fail(err, HF_E_INPUT, "push option '%s' is unknown, and would change nothing; write -o hotfix.%s%s%s",
                   hf_escape(shown, sizeof shown, option, strlen(option)), hf_param_name(meant->param),
                   meant->value_n > 0 || !hf_param_is_flag(meant->param) ? "=" : "",
                   meant->value_n > 0               ? hf_escape(value, sizeof value, meant->value, meant->value_n)
                   : hf_param_is_flag(meant->param) ? ""
                                                    : "...");
}

/* One that begins with "hotfix." in any case; *seen has a bit for each name. */
static int take(struct hf_params *p, const char *option, unsigned *seen, struct hf_err *err)
{
    const char *key = option + strlen(PREFIX), *eq = strchr(key, '='), *name, *value = "yes";
    enum hf_param which = hf_param_find(key, eq != NULL ? (size_t)(eq - key) : strlen(key), 0);
    struct hf_lookalike meant;
    char shown[SHOWN];

    if (which == HF_PARAM_COUNT || strncmp(option, PREFIX, strlen(PREFIX)) != 0) {
        if (hf_lookalike_option(&meant, option))
            return refuse(option, &meant, err);
        return hf_fail(err, HF_E_INPUT, "push option '%s' is unknown; under hotfix. there are: " HF_PARAM_NAMES,
                       hf_escape(shown, sizeof shown, option, strlen(option)));
    }
    name = hf_param_name(which);
    if ((*seen & 1u << which) != 0)
        return hf_fail(err, HF_E_INPUT, "push option hotfix.%s is given twice", name);
    *seen |= 1u << which;
    if (eq != NULL)
        value = eq + 1;
    else if (!hf_param_is_flag(which))
        return hf_fail(err, HF_E_INPUT, "push option hotfix.%s needs a value: -o hotfix.%s=...", name, name);
    return hf_params_set(p, name, value, 1, "push option", err);
}

int hf_params_push_options(struct hf_params *p, char *(*get)(const char *), struct hf_err *err)
{
    long n = count_of(get, err), i;
    struct hf_lookalike meant;
    const char *option;
    unsigned seen = 0;

    for (i = 0; i < n; i++) {
        option = option_at(get, i);
        if (option == NULL)
            return hf_fail(err, HF_E_INPUT, "git announced %ld push options and gave %ld", n, i);
        if (strncasecmp(option, PREFIX, strlen(PREFIX)) != 0) {
            if (hf_lookalike_option(&meant, option))
                return refuse(option, &meant, err);
            continue;
        }
        if (strlen(option) > HF_PUSH_OPTION_MAX)
            return hf_fail(err, HF_E_LIMIT, "a push option is longer than %d bytes", HF_PUSH_OPTION_MAX);
        if (take(p, option, &seen, err) != 0)
            return -1;
    }
    return n < 0 ? -1 : 0;
}

int hf_params_bare_options(char *(*get)(const char *), void (*warn)(void *arg, const char *text), void *arg, struct hf_err *err)
{
    long n = count_of(get, err), i;
    struct hf_lookalike meant;
    char text[256];

    for (i = 0; i < n; i++) {
        const char *option = option_at(get, i);

        if (option == NULL || !hf_lookalike_bare(&meant, option))
            continue;
        if (hf_lookalike_decides_who(meant.param))
            return refuse(option, &meant, err);
        snprintf(text, sizeof text, "the push option %s is not hotfix's and changes no release; it is written hotfix.%s",
                 hf_param_name(meant.param), hf_param_name(meant.param));
        warn(arg, text);
    }
    return n < 0 ? -1 : 0;
}
