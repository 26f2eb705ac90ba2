/* takeover.c: see takeover.h. */
#include "publisher/takeover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "publisher/inherit.h"

/* What the rollout, and the pause, come from. */
struct source {
    struct hf_held held;              /* all that is held back */
    struct hf_held later;             /* what people decided after this push */
    int left;                         /* 1: the rollout is that of a push that was never released */
    int over;                         /* 1: that of a release that was rolled back */
    const struct hf_release *rollout; /* else: that of this one, or NULL */
    const struct hf_release *pause;
};

static int lower(struct hf_release *rel, int rollout)
{
    if (rollout >= rel->rollout)
        return 0;
    rel->rollout = rollout;
    return 1;
}

/* The lowest of all bounds. A rollout that this push names is bound only by what was decided after it. */
static void choose_rollout(struct hf_release *rel, struct source *s, const struct hf_takeover *t)
{
    const struct hf_release *bound = t->params->rollout_default ? s->held.rollout : s->later.rollout;

    rel->rollout = t->params->rollout;
    if (bound != NULL && lower(rel, bound->rollout))
        s->rollout = bound;
    if (t->params->rollout_default && lower(rel, t->over->rollout))
        s->over = 1;
    if (t->params->rollout_default && t->left != NULL && lower(rel, t->left->rollout))
        s->left = 1;
}

static int choose_salt(struct hf_release *rel, const struct source *s, struct hf_err *err)
{
    uint8_t salt[8];

    if (s->held.rollout != NULL) {
        snprintf(rel->salt, sizeof rel->salt, "%s", s->held.rollout->salt);
        return 0;
    }
    if (hf_random(salt, sizeof salt, err) != 0)
        return -1;
    hf_hex(rel->salt, salt, sizeof salt);
    return 0;
}

/* `live` lifts the pauses that were there when it was said. */
static int choose_pause(struct hf_release *rel, struct source *s, const struct hf_takeover *t, struct hf_err *err)
{
    s->pause = t->params->live ? s->later.pause : s->held.pause;
    if (s->pause == NULL)
        return 0;
    rel->state = HF_PAUSED;
    if (s->pause->reason == NULL)
        return 0;
    rel->reason = strdup(s->pause->reason);
    return rel->reason != NULL ? 0 : hf_nomem(err);
}

static size_t rollout_words(char words[HF_TAKEOVER_WORDS], const struct hf_release *rel, const struct source *s,
                            const struct hf_takeover *t)
{
    static const char change[] = "(`hotfix rollout` or -o hotfix.rollout changes that)";
    char percent[8];
    int n = 0;

    hf_percent_format(percent, rel->rollout);
    if (s->left)
        n = snprintf(words, HF_TAKEOVER_WORDS, "%s of devices, as the push of %.12s asked, which was never released %s", percent,
                     t->left->commit, change);
    else if (s->over)
        n = snprintf(words, HF_TAKEOVER_WORDS, "%s of devices, as patch %" PRId64 " had when it was taken back %s", percent,
                     t->over->of, change);
    else if (s->rollout != NULL && t->params->rollout_default)
        n = snprintf(words, HF_TAKEOVER_WORDS, "%s of devices, as patch %" PRId64 "; the same devices get it %s", percent,
                     s->rollout->patch, change);
    else if (s->rollout != NULL)
        n = snprintf(words, HF_TAKEOVER_WORDS, "%s of devices, as patch %" PRId64 " since this was pushed %s", percent,
                     s->rollout->patch, change);
    return n > 0 ? (size_t)n : 0;
}

/* The one line about it. */
static void explain(char words[HF_TAKEOVER_WORDS], const struct hf_release *rel, const struct source *s,
                    const struct hf_takeover *t)
{
    size_t n;

    words[0] = '\0';
    n = rollout_words(words, rel, s, t);
    if (s->pause != NULL)
        snprintf(words + n, HF_TAKEOVER_WORDS - n,
                 "%spaused, as patch %" PRId64 "%s: no new device gets it until `hotfix resume` (or a push with -o hotfix.live)",
                 n > 0 ? "; " : "", s->pause->patch, t->params->live ? " since this was pushed" : "");
}

int hf_takeover(struct hf_release *rel, char words[HF_TAKEOVER_WORDS], const struct hf_takeover *t, const struct hf_manifest *m,
                struct hf_err *err)
{
    struct source s = {.left = 0};

    hf_inherit(&s.held, m, t->range);
    hf_inherit_later(&s.later, m, t->range, t->then);
    rel->over = t->over->over;
    choose_rollout(rel, &s, t);
    if (choose_salt(rel, &s, err) != 0 || choose_pause(rel, &s, t, err) != 0)
        return -1;
    explain(words, rel, &s, t);
    return 0;
}
