/* config.c: hotfix.ini as the other rooms see it: loaded, asked for a channel, freed. Reading it is config_read.c. */
#include "core/config_in.h"

#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

int hf_config_load(struct hf_config **out, const char *path, struct hf_err *err)
{
    struct hf_buf text;
    int rc = -1;

    hf_buf_init(&text, HF_CONFIG_MAX_BYTES);
    if (hf_buf_read_file(&text, path, 0, err) != 0) {
        if (err != NULL && err->code != HF_E_NOMEM)
            err->code = HF_E_CONFIG;
        goto out;
    }
    rc = hf_config_parse(out, text.p, text.n, path, err);
out:
    hf_buf_free(&text);
    return rc;
}

static void free_field(void *at, enum hf_config_type type)
{
    switch (type) {
    case HF_CT_SECRET:
        free(((struct hf_secret *)at)->name);
        break;
    case HF_CT_TEXT:
    case HF_CT_APP:
    case HF_CT_CHANNEL:
    case HF_CT_FILE:
    case HF_CT_REFS:
    case HF_CT_BUILDER:
    case HF_CT_BASE:
    case HF_CT_PROGRAM:
    case HF_CT_PATHS:
    case HF_CT_PATH:
    case HF_CT_STORE:
    case HF_CT_ENDPOINT:
    case HF_CT_URL:
    case HF_CT_REGION:
    case HF_CT_LISTEN:
    case HF_CT_METRICS:
        free(*(char **)at);
        break;
    case HF_CT_PERCENT:
    case HF_CT_YES_NO:
    case HF_CT_SANDBOX:
    case HF_CT_PRIORITY:
    case HF_CT_NATIVE:
    case HF_CT_NUMBER:
    case HF_CT_SIZE:
    case HF_CT_DURATION:
        break;
    }
}

void hf_config_free(struct hf_config *c)
{
    const struct hf_config_key *k;
    size_t i;

    if (c == NULL)
        return;
    for (k = hf_config_keys; k < hf_config_keys + hf_config_key_count; k++) {
        if (strcmp(k->section, "channel") != 0) {
            free_field((char *)c + k->at, k->type);
            continue;
        }
        for (i = 0; i < c->channel_count; i++)
            free_field((char *)&c->channels[i] + k->at, k->type);
    }
    for (i = 0; i < c->channel_count; i++)
        free(c->channels[i].label);
    free(c->channels);
    free(c->path);
    free(c);
}

/* The labels there are, for a message; bounded. */
static void list_labels(char *out, size_t max, const struct hf_config *c, const char *app)
{
    struct hf_buf b;
    size_t i;

    hf_buf_init(&b, 64 * 1024);
    for (i = 0; i < c->channel_count; i++) {
        if (app == NULL || strcmp(c->channels[i].app, app) == 0)
            hf_buf_fmt(&b, "%s%s", b.n > 0 ? ", " : "", app == NULL ? c->channels[i].label : c->channels[i].name);
    }
    hf_escape(out, max, b.n > 0 ? b.p : "none", b.n > 0 ? b.n : 4);
    hf_buf_free(&b);
}

int hf_config_channel(const struct hf_channel **out, const struct hf_config *c, const char *app, const char *label,
                      struct hf_err *err)
{
    const struct hf_channel *ch, *found = NULL;
    char there[256], shown[96], whose[96], path[192];
    size_t i, count = 0;

    for (i = 0; i < c->channel_count; i++) {
        ch = &c->channels[i];
        if (app != NULL && strcmp(ch->app, app) != 0)
            continue;
        if (label != NULL && strcmp(app != NULL ? ch->name : ch->label, label) != 0)
            continue;
        found = ch;
        count++;
    }
    if (count == 1) {
        *out = found;
        return 0;
    }
    list_labels(there, sizeof there, c, app);
    hf_escape(path, sizeof path, c->path, strlen(c->path));
    whose[0] = '\0';
    if (app != NULL)
        hf_escape(whose, sizeof whose, app, strlen(app));
    if (label == NULL && count > 1)
        return hf_fail(err, HF_E_CONFIG, "%s has several channels: name one of %s", app != NULL ? whose : path, there);
    if (label == NULL)
        return hf_fail(err, HF_E_CONFIG, "%s has no channel of the app '%s'", path, whose);
    return hf_fail(err, HF_E_CONFIG, "there is no channel '%s'%s%s in %s: there is %s",
                   hf_escape(shown, sizeof shown, label, strlen(label)), app != NULL ? " of the app " : "", whose, path, there);
}
