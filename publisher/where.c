/* where.c: see where.h. */
#include "publisher/where.h"

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
    default:
        return 0;
    }
}

int hf_where_open(struct hf_setup *s, const struct hf_where *w, int sign, struct hf_err *err)
{
    if (hf_setup_open(s, hf_cmd_repo(w->repo), 0, w->ini, err) != 0 || hf_setup_store(s, err) != 0)
        return -1;
    s->force_clock = w->force_clock;
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
