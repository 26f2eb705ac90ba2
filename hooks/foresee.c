/* foresee.c: see foresee.h. */
#include "hooks/foresee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "publisher/peek.h"

/* What a channel's store holds; read at most once a push. */
struct hf_foreseen_channel {
    int asked;
    int known; /* 0: the store could not be read */
    struct hf_manifest *manifest;
};

int hf_foresee_begin(struct hf_foresee *f, struct hf_setup *s, const struct hf_lines *tags, struct hf_voice *v,
                     struct hf_err *err)
{
    memset(f, 0, sizeof *f);
    f->setup = s;
    f->voice = v;
    f->ms = HF_FORESEE_STORE_MS;
    f->pushed_cut = tags->cut;
    f->channels = calloc(s->config->channel_count + 1, sizeof *f->channels);
    f->pushed = calloc(tags->count + 1, sizeof *f->pushed);
    if (f->channels == NULL || f->pushed == NULL)
        return hf_nomem(err);
    for (size_t i = 0; i < tags->count; i++)
        f->pushed[f->pushed_count++] = (struct hf_pushed_ref){tags->line[i].ref, tags->line[i].new};
    return 0;
}

void hf_foresee_end(struct hf_foresee *f)
{
    for (size_t i = 0; f->channels != NULL && i < f->setup->config->channel_count; i++)
        hf_manifest_free(f->channels[i].manifest);
    free(f->channels);
    free(f->pushed);
    hf_spool_close(f->spool);
    memset(f, 0, sizeof *f);
}

/* A store that is away must not keep people from their repository: the job will wait for it. */
static void warn(struct hf_foresee *f, const struct hf_err *why)
{
    char text[HF_ERR_MAX_MESSAGE + 128];

    if (f->warned)
        return;
    f->warned = 1;
    snprintf(text, sizeof text, "what is released now cannot be read, so the push is not checked against it: %s", why->msg);
    hf_voice_say(f->voice, "warning", text);
    hf_voice_say(f->voice, "hint", "the push is accepted, and its release waits until the store can be read");
}

static const struct hf_foreseen_channel *look(struct hf_foresee *f, const struct hf_channel *c)
{
    struct hf_foreseen_channel *ch = &f->channels[c - f->setup->config->channels];
    struct hf_err why = {HF_OK, ""};

    if (ch->asked)
        return ch;
    ch->asked = 1;
    if (hf_setup_trust(f->setup, &why) == 0 &&
        (hf_peek(&ch->manifest, f->setup->config, f->setup->trust, c, &f->ms, &why) == 0 || why.code == HF_E_NOTFOUND))
        ch->known = 1;
    else
        warn(f, &why);
    return ch;
}

/* As the worker has it: a tip that needed no release. */
static const char *old_tip(struct hf_foresee *f, const struct hf_job *j)
{
    if (j->old[0] == '\0')
        return NULL;
    if (f->spool == NULL && hf_spool_open(&f->spool, hf_repo_dir(f->setup->repo), NULL) != 0)
        return NULL;
    return hf_spool_seen(f->spool, j->old, j->ref, j->channel) == HF_SPOOL_NOTHING ? j->old : NULL;
}

int hf_foresee_job(struct hf_foresee *f, const struct hf_channel *c, const struct hf_job *j, struct hf_err *err)
{
    const struct hf_foreseen_channel *ch = look(f, c);
    struct hf_params params = j->params; /* shares its strings */
    struct hf_release_ask ask = {.setup = f->setup,
                                 .channel = c,
                                 .params = &params,
                                 .job = j->id,
                                 .ref = j->ref,
                                 .old = old_tip(f, j),
                                 .commit = j->commit,
                                 .pushed = f->pushed,
                                 .pushed_count = f->pushed_count,
                                 .now = time(NULL)};
    struct hf_err why = {HF_OK, ""};
    enum hf_foreseen at;

    hf_params_defaults(&params, c);
    if (hf_release_foresee(&at, &ask, ch->manifest, &why) == 0)
        return 0;
    if (at == HF_FORESEEN_BASE && (!ch->known || f->pushed_cut))
        return 0; /* what would say where the patch starts is not known here */
    if (at != HF_FORESEEN_RULES && !f->setup->config->release.strict)
        return 0;
    if (hf_job_may_pass(why.code)) {
        hf_voice_say(f->voice, "warning", why.msg);
        return 0;
    }
    *err = why;
    return f->setup->config->channel_count > 1 ? hf_fail_in(err, "channel %s: ", c->label) : -1;
}
