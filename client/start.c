/* start.c: begin, confirm, rollback, status: what an app calls around its start. No network. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/answer.h"
#include "client/session.h"

#define MAX_STARTS 2 /* begins in a row without confirm before a patch is given up */

/* The patch in force goes into `failed`; the one before comes back if it may. */
static int give_up(struct hf_session *s, enum hf_client_reason reason, const char *why, struct hf_err *err)
{
    hf_state_fail(&s->state, s->state.current.sha256);
    hf_state_report(&s->state, s->state.current.sha256, HF_RESULT_FAILED);
    return hf_session_go_back(s, reason, why, err);
}

static void tell(const struct hf_session *s, struct hf_client_answer *a)
{
    hf_session_answer(s, a);
    a->event = s->event;
    a->reason = s->reason;
    if (s->note[0] != '\0')
        snprintf(a->message, sizeof a->message, "%s", s->note);
    else if (a->patch.number == 0)
        snprintf(a->message, sizeof a->message, "no patch is in force");
    else
        snprintf(a->message, sizeof a->message, "patch %" PRId64 " is in force", a->patch.number);
}

static int begin(struct hf_session *s, struct hf_client *c, struct hf_err *err)
{
    if (c->trust == NULL || c->version[0] == '\0')
        return hf_fail(err, HF_E_USAGE, "begin needs the app's version and a key");
    if (hf_session_open(s, c, HF_LOOK_BYTES, err) != 0)
        return -1;
    if (s->state.current.patch != 0 && s->state.starts >= MAX_STARTS &&
        give_up(s, HF_CLIENT_REASON_STARTS, "was started twice without a good start and is given up", err) != 0)
        return -1;
    memset(s->state.begun, 0, sizeof s->state.begun);
    if (s->state.current.patch != 0) {
        s->state.starts++;
        memcpy(s->state.begun, s->state.current.sha256, sizeof s->state.begun);
    }
    return hf_session_save(s, err);
}

/* Speaks of what the last begin handed out: an update may have put another patch in force meanwhile. */
static int confirm(struct hf_session *s, struct hf_client *c, struct hf_err *err)
{
    struct hf_device *d = &s->state;

    if (hf_session_open(s, c, HF_LOOK_SIZE, err) != 0)
        return -1;
    if (d->begun[0] != '\0' && strcmp(d->begun, d->current.sha256) == 0) {
        if (!d->current.confirmed)
            hf_state_report(d, d->current.sha256, HF_RESULT_CONFIRMED);
        d->current.confirmed = 1;
        d->starts = 0;
        snprintf(s->note, sizeof s->note, "patch %" PRId64 " is confirmed", d->current.patch);
    } else if (d->begun[0] != '\0' && strcmp(d->begun, d->previous.sha256) == 0) {
        if (!d->previous.confirmed)
            hf_state_report(d, d->previous.sha256, HF_RESULT_CONFIRMED);
        d->previous.confirmed = 1;
        snprintf(s->note, sizeof s->note, "patch %" PRId64 " is confirmed; patch %" PRId64 " waits for the next start",
                 d->previous.patch, d->current.patch);
    } else if (s->note[0] == '\0') {
        snprintf(s->note, sizeof s->note, "nothing to confirm: no patch was begun");
    }
    return hf_session_save(s, err);
}

static int rollback(struct hf_session *s, struct hf_client *c, struct hf_err *err)
{
    if (c->trust == NULL)
        return hf_fail(err, HF_E_USAGE, "rollback needs a key");
    if (hf_session_open(s, c, HF_LOOK_BYTES, err) != 0)
        return -1;
    /* What settling took away already must not cost the one before its place. */
    if (s->event == HF_CLIENT_NOTHING && s->state.current.patch != 0 &&
        give_up(s, HF_CLIENT_REASON_ROLLBACK, "is given up", err) != 0)
        return -1;
    return hf_session_save(s, err);
}

/* One of the three above, from the caller's answer to the caller's answer. */
static enum hf_client_result call(struct hf_client *c, struct hf_client_answer *callers,
                                  int (*what)(struct hf_session *s, struct hf_client *c, struct hf_err *err))
{
    struct hf_session s = {.client = c, .lock = -1};
    struct hf_client_answer a;
    struct hf_err err;
    int r;

    memset(&err, 0, sizeof err);
    r = hf_answer_begin(&a, callers, &err);
    if (r == 0)
        r = what(&s, c, &err);
    if (r == 0)
        tell(&s, &a);
    hf_session_close(&s);
    return hf_answer_end(callers, &a, r, &err);
}

enum hf_client_result hf_client_begin(struct hf_client *c, struct hf_client_answer *answer)
{
    return call(c, answer, begin);
}

enum hf_client_result hf_client_confirm(struct hf_client *c, struct hf_client_answer *answer)
{
    return call(c, answer, confirm);
}

enum hf_client_result hf_client_rollback(struct hf_client *c, struct hf_client_answer *answer)
{
    return call(c, answer, rollback);
}

static void fill(struct hf_client_status *out, const struct hf_session *s)
{
    const struct hf_device *d = &s->state;

    memset(out, 0, sizeof *out);
    memcpy(out->app, d->app, sizeof d->app);
    memcpy(out->channel, d->channel, sizeof d->channel);
    memcpy(out->version, d->version, sizeof d->version);
    hf_patch_of(&out->previous, &d->previous);
    out->starts = d->starts;
    memcpy(out->failed, d->failed, sizeof out->failed);
    out->failed_count = d->failed_count;
    if (s->manifest != NULL) {
        out->published = s->manifest->published;
        out->expires = s->manifest->expires;
    }
}

enum hf_client_result hf_client_status(struct hf_client *c, struct hf_client_status *status, struct hf_client_answer *answer)
{
    struct hf_session s = {.client = c, .lock = -1};
    struct hf_client_status full;
    struct hf_client_answer a;
    struct hf_err err;
    int r;

    memset(&err, 0, sizeof err);
    r = hf_answer_begin(&a, answer, &err);
    if (r == 0)
        r = hf_status_begin(status, &err);
    if (r == 0)
        r = hf_session_open(&s, c, HF_LOOK_BYTES, &err); /* settled in memory only */
    if (r == 0) {
        tell(&s, &a);
        fill(&full, &s);
        hf_status_end(status, &full);
    }
    hf_session_close(&s);
    return hf_answer_end(answer, &a, r, &err);
}
