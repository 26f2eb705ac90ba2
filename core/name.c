/* name.c: see name.h. */
#include "core/name.h"

#include <string.h>

#include "core/escape.h"

/* The C locale's isalnum: what a path may hold must not depend on the environment. */
static int is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

int hf_name_ok(const char *s, size_t max)
{
    size_t i;

    if (s == NULL || !is_alnum(s[0]))
        return 0;
    for (i = 0; s[i] != '\0'; i++) {
        if (i == max)
            return 0;
        if (!is_alnum(s[i]) && s[i] != '.' && s[i] != '_' && s[i] != '-')
            return 0;
        if (s[i] == '.' && s[i + 1] == '.')
            return 0;
    }
    return 1;
}

static int check(const char *kind, const char *s, size_t max, struct hf_err *err)
{
    char shown[192];

    if (hf_name_ok(s, max))
        return 0;
    if (s == NULL || s[0] == '\0')
        return hf_fail(err, HF_E_INPUT, "the %s name is empty", kind);
    return hf_fail(err, HF_E_INPUT,
                   "'%s' is not a name for %s %s: letters, digits, '.', '_' and '-', a letter or digit first, no '..', "
                   "at most %zu",
                   hf_escape(shown, sizeof shown, s, strlen(s)), kind[0] == 'a' ? "an" : "a", kind, max);
}

int hf_app_check(const char *s, struct hf_err *err)
{
    return check("app", s, HF_APP_MAX, err);
}

int hf_channel_check(const char *s, struct hf_err *err)
{
    if (check("channel", s, HF_CHANNEL_MAX, err) != 0)
        return -1;
    /* <app>/objects and <app>/deltas lie beside <app>/<channel>. */
    if (strcmp(s, "objects") == 0 || strcmp(s, "deltas") == 0)
        return hf_fail(err, HF_E_INPUT, "a channel cannot be named '%s': the store keeps its files under that name", s);
    return 0;
}

int hf_file_name_check(const char *s, struct hf_err *err)
{
    return check("file", s, HF_FILE_NAME_MAX, err);
}
