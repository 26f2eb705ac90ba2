/* intake.c: see intake.h. */
#include "publisher/intake.h"

#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/memory.h"

static int copy_params(struct hf_params *out, const struct hf_params *in, struct hf_err *err)
{
    if ((in->target != NULL && hf_params_set(out, "target", in->target, 0, "push option", err) != 0) ||
        (in->base != NULL && hf_params_set(out, "base", in->base, 0, "push option", err) != 0) ||
        (in->window != NULL && hf_params_set(out, "window", in->window, 0, "push option", err) != 0) ||
        (in->notes != NULL && hf_params_set(out, "notes", in->notes, 0, "push option", err) != 0) ||
        (in->over != NULL && hf_params_set(out, "over", in->over, 0, "push option", err) != 0))
        return -1;
    out->rollout = in->rollout;
    out->priority = in->priority;
    out->force = in->force;
    out->live = in->live;
    return 0;
}

static void no_target(const struct hf_say *say, const char *ref)
{
    char shown[96], text[256];

    if (say == NULL)
        return;
    snprintf(text, sizeof text,
             "%s names no version, so nothing is released; push to a branch that does, or with -o hotfix.target=1.2.3",
             hf_escape(shown, sizeof shown, ref, strlen(ref)));
    say->line(say->arg, HF_SAY_WARNING, text);
}

/* The serial in force, as this publisher knows it. */
static int64_t seen(const struct hf_intake *in)
{
    struct hf_memory m;

    if (in->setup->memory == NULL ||
        hf_memory_peek(&m, in->setup->memory, in->channel->app, in->channel->name, NULL) != 0)
        return 0;
    return m.in_force.serial;
}

int hf_intake(struct hf_job *out, const struct hf_intake *in, struct hf_err *err)
{
    struct hf_range *range = NULL;
    char tip[HF_OID_MAX + 1]; /* in->commit, where that is a tag with a message of its own */
    int named = in->star[0] != '\0' && hf_range_parse(&range, in->star, NULL) == 0;

    hf_range_free(range);
    memset(out, 0, sizeof *out);
    hf_params_init(&out->params);
    if (!named && (in->options == NULL || in->options->target == NULL)) {
        no_target(in->say, in->ref);
        return 0;
    }
    if (hf_repo_commit(in->setup->repo, tip, in->commit, err) != 0 ||
        hf_job_init(out, in->ref, in->old, tip, in->channel->label, in->now, err) != 0 ||
        (in->options != NULL && copy_params(&out->params, in->options, err) != 0) ||
        (named && hf_params_set(&out->params, "target", in->star, 1, "branch", err) != 0) ||
        (in->setup->config->release.trailers && hf_params_trailers(&out->params, in->setup->repo, tip, err) != 0))
        return -1;
    out->seen = seen(in);
    return 1;
}
