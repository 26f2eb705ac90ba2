/* clock.c: see clock.h; docs/formats.md, "The clock of a publisher", has the rule. */
#include "publisher/clock.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/timestamp.h"

#define DAY (24 * 60 * 60)

/* One of the facts, in words: "<name> at <time>". */
struct fact {
    const char *name;
    int64_t at;
};

enum {
    IN_FORCE,
    REMEMBERED,
    BUCKET,
    LATER,
    COMMITTED,
    FACTS
};

static void list(struct fact out[FACTS], const struct hf_clock_facts *f)
{
    out[IN_FORCE] = (struct fact){"the manifest in force was published", f->in_force};
    out[REMEMBERED] = (struct fact){"the last manifest that was signed here was published", f->remembered};
    out[BUCKET] = (struct fact){"the bucket's server answered", f->bucket};
    out[LATER] = (struct fact){"the newest commit is dated", f->later};
    out[COMMITTED] = (struct fact){"the newest commit is dated", f->committed};
}

enum hf_clock_verdict hf_clock_look(const struct hf_clock_facts *f, int64_t now, char *words)
{
    char clock[HF_TIMESTAMP_LEN + 1], then[HF_TIMESTAMP_LEN + 1];
    int64_t days;
    struct fact all[FACTS];
    const struct fact *newest = NULL;
    int i, behind;

    list(all, f);
    for (i = 0; i < FACTS; i++)
        if (all[i].at > 0 && (newest == NULL || all[i].at > newest->at))
            newest = &all[i];
    if (newest == NULL)
        return HF_CLOCK_GOOD;
    /* A commit's date does not make the clock late, unless the caller gave it as `later`: committers' clocks are wrong too. */
    behind = newest != &all[COMMITTED] && newest->at > now && newest->at - now > HF_CLOCK_BEHIND;
    if (!behind && now - newest->at <= HF_CLOCK_AHEAD)
        return HF_CLOCK_GOOD;
    hf_timestamp_format(clock, now);
    hf_timestamp_format(then, newest->at);
    days = (behind ? newest->at - now : now - newest->at) / DAY;
    if (words != NULL && behind)
        snprintf(words, HF_CLOCK_WORDS, "the clock of this machine says %s, but %s at %s, %" PRId64 " %s later", clock,
                 newest->name, then, days, days == 1 ? "day" : "days");
    else if (words != NULL)
        snprintf(words, HF_CLOCK_WORDS,
                 "the clock of this machine says %s, but the newest time to compare it with is %" PRId64 " days earlier: "
                 "%s at %s",
                 clock, days, newest->name, then);
    return behind ? HF_CLOCK_IS_BEHIND : HF_CLOCK_IS_AHEAD;
}

int hf_clock_future(int64_t published, int64_t now)
{
    return published > now && published - now > HF_MANIFEST_FUTURE;
}

static int refuse(const struct hf_clock_facts *f, enum hf_clock_verdict v, const char *words, int64_t now, struct hf_err *err)
{
    const char *vouch = "add --force-clock (`hotfix retry --force-clock`)";

    if (v == HF_CLOCK_IS_BEHIND && (hf_clock_future(f->in_force, now) || hf_clock_future(f->remembered, now)))
        vouch = "the manifest is from the future: `hotfix refresh --reset-time` dates it anew (docs/deploy.md)";
    return hf_fail(err, HF_E_AGAIN,
                   "%s; nothing was signed. Set the clock (timedatectl) and run the command again, for a push `hotfix retry`; if "
                   "the clock is right, %s",
                   words, vouch);
}

int hf_clock_allow(const struct hf_clock *c, const struct hf_store *store, struct hf_clock_facts f, int64_t now,
                   struct hf_err *err)
{
    char words[HF_CLOCK_WORDS];
    enum hf_clock_verdict v;

    if (c->warning != NULL)
        c->warning[0] = '\0';
    if (c->force)
        return 0;
    if (c->reset)
        f.in_force = f.remembered = 0;
    f.bucket = hf_store_time(store);
    if (c->reset && c->repo != NULL)
        f.later = hf_repo_newest(c->repo, c->commit, HF_MAX_INT);
    v = hf_clock_look(&f, now, words);
    if (c->repo != NULL && (v == HF_CLOCK_IS_AHEAD || f.in_force == 0)) {
        f.committed = hf_repo_newest(c->repo, c->commit, now);
        v = hf_clock_look(&f, now, words);
    }
    if (v == HF_CLOCK_GOOD)
        return 0;
    if (v == HF_CLOCK_IS_BEHIND && c->stops) {
        if (c->warning != NULL)
            snprintf(c->warning, HF_ERR_MAX_MESSAGE, "%s; the time of the manifest in force is kept; set the clock", words);
        return 0;
    }
    return refuse(&f, v, words, now, err);
}
