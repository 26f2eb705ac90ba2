/* memory.c: see memory.h: the rule, and the words for it. */
#include "publisher/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"

static int same(const struct hf_remembered *a, const struct hf_remembered *b)
{
    return a->serial > 0 && a->serial == b->serial && strcmp(a->sha256, b->sha256) == 0;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A manifest that this publisher has not seen: another publisher's, or one that the memory is too young for. */
static enum hf_memory_verdict judge_unseen(const struct hf_shown *s, enum hf_memory_verdict good)
{
    if (s->history > s->manifest.serial)
        return HF_MEMORY_NOT_NEWEST;
    if (s->manifest.published > s->now && s->manifest.published - s->now > HF_MEMORY_FUTURE)
        return HF_MEMORY_NOT_YET;
    return good;
}

enum hf_memory_verdict hf_memory_judge(const struct hf_memory *m, const struct hf_shown *s)
{
    if (!s->there)
        return m == NULL || m->in_force.serial == 0 ? HF_MEMORY_FIRST : HF_MEMORY_GONE;
    if (m == NULL)
        return judge_unseen(s, HF_MEMORY_FIRST);
    if (same(&m->in_force, &s->manifest))
        return HF_MEMORY_KNOWN;
    if (same(&m->tried, &s->manifest))
        return HF_MEMORY_TRIED;
    /* One of the serial that was tried here, with other content, won the race against it. */
    if (s->manifest.serial <= m->in_force.serial || s->manifest.last < m->in_force.last)
        return HF_MEMORY_BACK;
    if (s->manifest.serial - greater(m->in_force.serial, m->tried.serial) > HF_MEMORY_AHEAD ||
        s->manifest.last - greater(m->in_force.last, m->tried.last) > HF_MEMORY_AHEAD)
        return HF_MEMORY_FAR;
    return judge_unseen(s, HF_MEMORY_HIGHER);
}

int hf_memory_allows(enum hf_memory_verdict v)
{
    return v == HF_MEMORY_FIRST || v == HF_MEMORY_KNOWN || v == HF_MEMORY_TRIED || v == HF_MEMORY_HIGHER;
}

/* "serial 42 of 2026-11-22T06:05:00Z" */
static void describe(char out[64], const struct hf_remembered *r)
{
    char when[HF_TIMESTAMP_LEN + 1];

    hf_timestamp_format(when, r->published);
    snprintf(out, 64, "serial %" PRId64 " of %s", r->serial, when);
}

int hf_memory_refuse(enum hf_memory_verdict v, const struct hf_memory *m, const struct hf_shown *s, struct hf_err *err)
{
    char shown[64], ours[64] = "nothing";
    int64_t serial = s->manifest.serial;

    describe(shown, &s->manifest);
    if (m != NULL && m->in_force.serial > 0)
        describe(ours, &m->in_force);
    switch (v) {
    case HF_MEMORY_GONE:
        return hf_fail(err, HF_E_SIG,
                       "%s has no manifest, but %s was published from here to %s; nothing was signed. Is the disk mounted, "
                       "is it the right store? If it was emptied on purpose: `hotfix accept --serial 0`",
                       s->store, ours, m->store);
    case HF_MEMORY_BACK:
        return hf_fail(err, HF_E_SIG,
                       "%s shows %s, but %s was signed here later: an old manifest was put back, or a backup was restored; "
                       "nothing was signed. Look at it with `hotfix verify` and `hotfix status`; to go on from it: "
                       "`hotfix accept --serial %" PRId64 "`",
                       s->store, shown, ours, serial);
    case HF_MEMORY_FAR:
        return hf_fail(err, HF_E_SIG,
                       "%s shows %s, which is more than %d ahead of %s, the last one seen here; nothing was signed. If other "
                       "publishers went on that far: `hotfix accept --serial %" PRId64 "`",
                       s->store, shown, HF_MEMORY_AHEAD, ours, serial);
    case HF_MEMORY_NOT_NEWEST:
        return hf_fail(err, HF_E_SIG,
                       "%s shows %s, but its history has serial %" PRId64 ": an old manifest was put back; nothing was "
                       "signed. Copy history/%" PRId64 ".json to manifest.json; or, to go on from the old one: "
                       "`hotfix accept --serial %" PRId64 "`",
                       s->store, shown, s->history, s->history, serial);
    case HF_MEMORY_NOT_YET:
        return hf_fail(err, HF_E_SIG,
                       "%s shows %s, which lies in the future; nothing was signed. See that the clock of this machine is right; "
                       "to go on from it: `hotfix accept --serial %" PRId64 "`",
                       s->store, shown, serial);
    case HF_MEMORY_FIRST:
    case HF_MEMORY_KNOWN:
    case HF_MEMORY_TRIED:
    case HF_MEMORY_HIGHER:
        break;
    }
    return 0;
}
