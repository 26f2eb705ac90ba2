/* where.c: see where.h. */
#include "publisher/where.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/cmd.h"

int hf_where_take(struct hf_where *w, int c, const char *value)
{
    switch (c) {
    case 'c':
        w->ini = value;
        return 1;
    case 'r':
        w->repo = value;
        return 1;
    case 'C':
        w->channel = value;
        return 1;
    case 'j':
        w->json = 1;
        return 1;
    case HF_WHERE_CLOCK:
        w->force_clock = 1;
        return 1;
    case HF_WHERE_MEMORY:
        w->memory = value;
        return 1;
    case HF_WHERE_ACCEPT:
        w->accept = value;
        return 1;
    default:
        return 0;
    }
}

int hf_where_accept(int64_t *out, const char *text, struct hf_err *err)
{
    char shown[48], *end;

    *out = 0;
    if (text == NULL || text[0] == '\0')
        return 0;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (text[0] < '1' || text[0] > '9' || *end != '\0' || errno != 0 || *out > HF_MAX_INT)
        return hf_fail(err, HF_E_USAGE, "'%s' is not a serial to accept: `hotfix status` shows the serial",
                       hf_escape(shown, sizeof shown, text, strlen(text)));
    return 0;
}

int hf_where_open(struct hf_setup *s, const struct hf_where *w, int sign, struct hf_err *err)
{
    if (hf_setup_open(s, hf_cmd_repo(w->repo), 0, w->ini, err) != 0 || hf_setup_store(s, err) != 0)
        return -1;
    s->force_clock = w->force_clock;
    if (hf_where_accept(&s->accept, w->accept != NULL ? w->accept : getenv("HOTFIX_ACCEPT"), err) != 0 ||
        (w->memory != NULL && hf_setup_memory(s, w->memory, err) != 0))
        return -1;
    return sign ? hf_setup_signer(s, err) : 0;
}

int hf_where_each(const struct hf_setup *s, const struct hf_where *w,
                  int (*f)(const struct hf_setup *s, const struct hf_channel *c, void *arg, struct hf_err *err), void *arg,
                  struct hf_err *err)
{
    const struct hf_channel *only = NULL;
    size_t i;
    int rc = 0;

    if (w->channel != NULL && hf_config_channel(&only, s->config, NULL, w->channel, err) != 0)
        return -1;
    for (i = 0; i < s->config->channel_count && rc == 0; i++)
        if (only == NULL || only == &s->config->channels[i])
            rc = f(s, &s->config->channels[i], arg, err);
    return rc;
}
