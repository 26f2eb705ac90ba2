/* leftover.c: see leftover.h. */
#include "publisher/leftover.h"

#include <stdlib.h>
#include <string.h>

#include "core/rollout.h"
#include "publisher/rules.h"

struct look {
    const struct hf_job *j;
    struct hf_leftover *out;
    struct hf_spool *spool;
};

static int has_limit(const struct hf_job *j)
{
    return j->params.rollout >= 0 && j->params.rollout < HF_ROLLOUT_ALL;
}

/* 1 when `other` is an earlier push of the same ref for the same channel, whatever its target. */
static int is_before(const struct hf_job *other, const struct hf_job *j)
{
    return strcmp(other->ref, j->ref) == 0 && strcmp(other->channel, j->channel) == 0 && strcmp(other->commit, j->commit) != 0 &&
           other->created <= j->created;
}

static int take(void *arg, const struct hf_job *other)
{
    const struct look *l = arg;

    if (has_limit(other) && is_before(other, l->j) && other->params.rollout < l->out->rollout &&
        hf_rules_targets_overlap(other->params.target, l->j->params.target)) {
        l->out->rollout = other->params.rollout;
        memcpy(l->out->commit, other->commit, sizeof l->out->commit);
    }
    return 0;
}

int hf_leftover_find(struct hf_leftover *out, struct hf_spool *s, const struct hf_job *j, struct hf_err *err)
{
    struct look l = {j, out, s};

    memset(out, 0, sizeof *out);
    out->rollout = HF_ROLLOUT_ALL;
    if (hf_spool_each(s, 0, take, &l, err) == 0 && hf_spool_each(s, 1, take, &l, err) == 0 &&
        hf_spool_each_announced(s, take, &l, err) == 0)
        return 0;
    if (err != NULL && err->code != HF_E_NOMEM)
        err->code = HF_E_AGAIN;
    return -1;
}

int hf_leftover_keep(struct hf_spool *s, const struct hf_job *j, struct hf_err *err)
{
    return has_limit(j) ? hf_spool_announce(s, j, err) : 0;
}

static int forget(void *arg, const struct hf_job *other)
{
    const struct look *l = arg;

    if (is_before(other, l->j) && hf_rules_same_targets(other->params.target, l->j->params.target))
        (void)hf_spool_forget(l->spool, other->ref, other->commit, other->channel, NULL);
    return 0;
}

void hf_leftover_clear(struct hf_spool *s, const struct hf_job *j)
{
    struct look l = {j, NULL, s};

    (void)hf_spool_each_announced(s, forget, &l, NULL);
}
