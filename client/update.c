/* update.c: ask for news, believe only what a pinned key signed, and put in place what the decision says.
 * The folder is locked only while it is read or changed, never over the network: the app that starts meanwhile is not held up.
 * That is why everything is looked at again once the bytes are here. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/answer.h"
#include "client/ask.h"
#include "client/fetch.h"
#include "client/link.h"
#include "client/report.h"
#include "client/session.h"
#include "core/decide.h"

#define MANIFEST_SECONDS 120

/* What the decision came to, taken out of the manifest so that it outlives it. */
struct plan {
    enum hf_action action;
    struct hf_held want; /* for HF_INSTALL */
    char priority[16];
    char window[12];
    enum hf_why why;
    const char *reason; /* the same in words */
};

static void facts_of(struct hf_facts *r, const struct hf_session *s)
{
    size_t i;

    memset(r, 0, sizeof *r);
    r->version = s->state.version;
    r->client = s->client->id;
    r->sha256 = s->state.current.sha256;
    r->md5 = s->state.current.md5;
    for (i = 0; i < s->state.failed_count; i++)
        r->failed[r->failed_count++] = s->state.failed[i];
}

static int decide(struct plan *plan, struct hf_session *s, struct hf_err *err)
{
    struct hf_facts facts;
    struct hf_decision d;
    const struct hf_release *rel;

    memset(plan, 0, sizeof *plan);
    if (s->manifest == NULL)
        return hf_fail(err, HF_E_DISK, "the manifest is gone from the folder");
    facts_of(&facts, s);
    if (hf_decide(&d, s->manifest, &facts, hf_session_now(s), err) != 0)
        return -1;
    plan->action = d.action;
    plan->why = d.why;
    plan->reason = d.reason;
    rel = d.release;
    if (d.action != HF_INSTALL || rel == NULL)
        return 0;
    plan->want.patch = rel->patch;
    plan->want.size = rel->file.size;
    snprintf(plan->want.sha256, sizeof plan->want.sha256, "%s", rel->file.sums.sha256);
    snprintf(plan->want.md5, sizeof plan->want.md5, "%s", rel->file.sums.md5);
    snprintf(plan->want.name, sizeof plan->want.name, "%s", rel->file.name);
    snprintf(plan->want.target, sizeof plan->want.target, "%s", rel->target);
    snprintf(plan->priority, sizeof plan->priority, "%s", hf_priority_name(d.priority));
    snprintf(plan->window, sizeof plan->window, "%s", rel->window);
    return 0;
}

static enum hf_client_reason reason_of(enum hf_why why)
{
    switch (why) {
    case HF_WHY_REVOKED:
        return HF_CLIENT_REASON_REVOKED;
    case HF_WHY_WITHDRAWN:
        return HF_CLIENT_REASON_WITHDRAWN;
    case HF_WHY_OTHER_VERSION:
        return HF_CLIENT_REASON_VERSION;
    case HF_WHY_AS_SHIPPED:
        return HF_CLIENT_REASON_AS_SHIPPED;
    case HF_WHY_OFFERED:
    case HF_WHY_NEWEST:
    case HF_WHY_KEEPS:
    case HF_WHY_NO_PATCH:
    case HF_WHY_NEWER:
    case HF_WHY_RUNS_AS_SHIPPED:
    case HF_WHYS:
        break;
    }
    return HF_CLIENT_REASON_NONE;
}

/* Takes the patch away, for good: the state speaks first, then the link goes. */
static int take_away(struct hf_session *s, const struct plan *plan, struct hf_err *err)
{
    int64_t gone = s->state.current.patch;

    if (gone == 0)
        return 0;
    hf_state_report(&s->state, s->state.current.sha256, HF_RESULT_REMOVED);
    memset(&s->state.current, 0, sizeof s->state.current);
    memset(&s->state.previous, 0, sizeof s->state.previous);
    s->state.starts = 0;
    if (hf_session_save(s, err) != 0)
        return -1;
    s->event = HF_CLIENT_REMOVED;
    s->reason = reason_of(plan->why);
    snprintf(s->note, sizeof s->note, "patch %" PRId64 " removed: %s", gone, plan->reason);
    return 0;
}

/* Puts the wanted patch, which lies whole in its place, in force. The one to go back to is the one that was in force, unless
 * that never had a good start while the one before it had. */
static int put_in_force(struct hf_session *s, const struct hf_held *want, struct hf_err *err)
{
    struct hf_held old = s->state.current, older = s->state.previous;
    struct hf_held *first = &old, *second = &older, *back = NULL;
    int may;

    if (!old.confirmed && older.confirmed) {
        first = &older;
        second = &old;
    }
    may = strcmp(first->sha256, want->sha256) == 0 ? 0 : hf_session_may_run(s, first, err);
    if (may > 0)
        back = first;
    if (may == 0) {
        may = strcmp(second->sha256, want->sha256) == 0 ? 0 : hf_session_may_run(s, second, err);
        if (may > 0)
            back = second;
    }
    if (may < 0)
        return -1;
    s->state.current = *want;
    hf_state_report(&s->state, want->sha256, HF_RESULT_INSTALLED);
    memset(&s->state.previous, 0, sizeof s->state.previous);
    if (back != NULL)
        s->state.previous = *back;
    s->state.starts = 0;
    if (hf_session_save(s, err) != 0)
        return -1;
    s->event = HF_CLIENT_INSTALLED;
    s->reason = HF_CLIENT_REASON_NONE;
    snprintf(s->note, sizeof s->note, "patch %" PRId64 " installed: %s, %" PRId64 " bytes", want->patch, want->name, want->size);
    return 0;
}

/* With the folder locked: decides, and does what needs no network. *fetch = 1 when the wanted bytes are not here yet. */
static int act(struct plan *plan, int *fetch, struct hf_session *s, struct hf_err *err)
{
    int whole;

    *fetch = 0;
    if (decide(plan, s, err) != 0)
        return -1;
    switch (plan->action) {
    case HF_NOTHING:
        if (s->note[0] == '\0' && s->state.current.patch != 0)
            snprintf(s->note, sizeof s->note, "patch %" PRId64 " is in force: %s", s->state.current.patch, plan->reason);
        else if (s->note[0] == '\0')
            snprintf(s->note, sizeof s->note, "no patch is in force: %s", plan->reason);
        return 0;
    case HF_REMOVE:
        return take_away(s, plan, err);
    case HF_INSTALL:
        break;
    }
    if (hf_patches_look(&whole, &s->client->dir, &plan->want, HF_LOOK_BYTES, err) != 0)
        return -1;
    if (whole)
        return put_in_force(s, &plan->want, err);
    *fetch = 1;
    return 0;
}

/* The first hold on the folder: what settling found is written, the kept manifest's etag is taken along. */
static int look(struct hf_session *s, struct hf_client *c, struct hf_device *state, struct hf_err *err)
{
    int r = hf_session_open(s, c, HF_LOOK_BYTES, err);

    if (r == 0)
        r = hf_session_save(s, err);
    *state = s->state;
    return r;
}

static const char *no_manifest(const struct hf_client *c, int status)
{
    if (c->store[0] != '\0' && (status == 403 || status == 404))
        return ": the store has no such app and channel, or does not let everybody read it";
    return status == 404 ? ": the edge has no such app and channel, or its address is another one" : "";
}

static int ask_manifest(struct hf_client *c, const struct hf_device *state, struct hf_client_reply *reply, struct hf_buf *body,
                        struct hf_err *err)
{
    char key[HF_KEY_MAX], url[HF_EDGE_MAX + HF_KEY_MAX + 2], tag[HF_ETAG_LEN + 20];
    const char *headers[] = {NULL, NULL};
    const struct hf_client_ask ask = {
        .method = "GET", .url = url, .headers = headers, .max_body = HF_JWS_MAX_BYTES, .total_seconds = MANIFEST_SECONDS};

    hf_key_manifest(key, state->app, state->channel);
    if (c->store[0] != '\0')
        snprintf(url, sizeof url, "%s/%s", c->store, key);
    else
        snprintf(url, sizeof url, "%s/manifest/%s/%s", c->edge, state->app, state->channel);
    if (state->etag[0] != '\0') {
        snprintf(tag, sizeof tag, "If-None-Match: %s", state->etag);
        headers[0] = tag;
    }
    if (hf_ask_whole(c, &ask, reply, body, err) != 0)
        return hf_fail_in(err, "the manifest: ");
    hf_client_note(c, "the manifest: HTTP status %d, %zu bytes", reply->status, body->n);
    if (reply->status == 200 || (reply->status == 304 && headers[0] != NULL))
        return 0;
    return hf_fail(err, hf_ask_later(reply->status) ? HF_E_AGAIN : HF_E_SERVER,
                   "the manifest of %s, %s: HTTP status %d%s", state->app, state->channel, reply->status,
                   no_manifest(c, reply->status));
}

/* The second hold: judges the news, keeps them, acts on them. */
static int learn(struct hf_session *s, struct hf_client *c, const struct hf_client_reply *reply, const struct hf_buf *body,
                 struct plan *plan, int *fetch, struct hf_err *err)
{
    const struct hf_arrival arrival = {.p = body->p == NULL ? "" : body->p,
                                       .n = body->n,
                                       .etag = reply->etag,
                                       .clock = hf_session_clock(c),
                                       .date = c->date,
                                       .exact = reply->date_trusted ? reply->date : 0};
    struct hf_manifest *m = NULL;
    enum hf_news news;
    int64_t serial;

    *fetch = 0;
    if (hf_session_open(s, c, HF_LOOK_SIZE, err) != 0)
        return -1;
    if (reply->status == 304) {
        if (hf_session_save(s, err) != 0)
            return -1;
        if (s->manifest != NULL && hf_news_in_time(s->manifest, arrival.exact, err) != 0)
            return -1;
        return act(plan, fetch, s, err);
    }
    if (hf_news_accept(&m, &news, &c->dir, &s->state, c->trust, &arrival, err) != 0)
        return hf_fail_in(err, "the manifest: ");
    if (news == HF_NEWS_OLDER) {
        serial = m->serial;
        hf_manifest_free(m);
        s->event = HF_CLIENT_STALE;
        s->reason = HF_CLIENT_REASON_NONE;
        snprintf(s->note, sizeof s->note,
                 "stale news: the server's manifest has serial %" PRId64 ", a newer one is known; nothing changed", serial);
        return 0;
    }
    hf_manifest_free(s->manifest);
    s->manifest = m;
    if (hf_session_save(s, err) != 0)
        return -1;
    return act(plan, fetch, s, err);
}

/* The last hold: the bytes are here, but the folder was free meanwhile; the decision must still be the same. */
static int install(struct hf_session *s, struct hf_client *c, const struct plan *plan, struct hf_err *err)
{
    struct plan again;

    if (hf_session_open(s, c, HF_LOOK_SIZE, err) != 0 || hf_session_save(s, err) != 0 || decide(&again, s, err) != 0)
        return -1;
    if (again.action != HF_INSTALL || strcmp(again.want.sha256, plan->want.sha256) != 0)
        return hf_fail(err, HF_E_RACE, "the folder has changed during the download: ask again");
    if (hf_patches_adopt(&c->dir, &plan->want, err) != 0 || put_in_force(s, &again.want, err) != 0)
        return -1;
    return hf_fetch_forget(c, err);
}

/* Ends a hold on the folder; an event of this one replaces that of one before, and its reason and words with it. */
static void let_go(struct hf_session *s, struct hf_client_answer *a)
{
    if (s->state.app[0] != '\0')
        hf_session_answer(s, a);
    if (s->event != HF_CLIENT_NOTHING)
        a->event = s->event;
    if (s->note[0] != '\0' && (s->event != HF_CLIENT_NOTHING || a->event == HF_CLIENT_NOTHING)) {
        snprintf(a->message, sizeof a->message, "%s", s->note);
        a->reason = s->reason;
    }
    hf_session_close(s);
}

static int run(struct hf_client *c, struct hf_client_answer *a, struct hf_err *err)
{
    struct hf_client_reply reply;
    struct hf_session s;
    struct hf_device state;
    struct hf_buf body;
    struct plan plan;
    int fetch = 0, r;

    r = look(&s, c, &state, err);
    let_go(&s, a);
    if (r != 0)
        return -1;
    hf_buf_init(&body, 0);
    r = ask_manifest(c, &state, &reply, &body, err);
    if (r == 0) {
        r = learn(&s, c, &reply, &body, &plan, &fetch, err);
        state = s.state;
        let_go(&s, a);
    }
    hf_buf_free(&body);
    if (r != 0)
        return -1;
    if (!fetch)
        return a->event == HF_CLIENT_STALE ? 0 : hf_fetch_forget(c, err);
    if (hf_fetch_file(c, &state, &plan.want, err) != 0)
        return -1;
    r = install(&s, c, &plan, err);
    let_go(&s, a);
    if (r == 0) {
        memcpy(a->priority, plan.priority, sizeof a->priority);
        memcpy(a->window, plan.window, sizeof a->window);
    }
    return r;
}

/* What an update needs and was not given, or NULL. */
static const char *missing(const struct hf_client *c)
{
    if (c->edge[0] == '\0' && c->store[0] == '\0')
        return "the edge"; /* or a store, where everybody may read it */
    if (c->app[0] == '\0')
        return "the app";
    if (c->channel[0] == '\0')
        return "the channel";
    if (c->version[0] == '\0')
        return "the version";
    return c->trust == NULL ? "the key" : NULL;
}

enum hf_client_result hf_client_update(struct hf_client *c, struct hf_client_answer *answer)
{
    struct hf_client_answer a;
    struct hf_err err;
    const char *lacks = missing(c);
    int lock = -1, r;

    memset(&err, 0, sizeof err);
    r = hf_answer_begin(&a, answer, &err);
    if (r == 0 && lacks != NULL)
        r = hf_fail(&err, HF_E_USAGE,
                    "an update needs the edge or a store, the app, the channel, the version and a key: %s is missing", lacks);
    if (r == 0)
        r = hf_dir_lock(&c->dir, HF_UPDATE_LOCK, 0, &lock, &err);
    if (r == 0)
        r = run(c, &a, &err);
    if (r == 0)
        hf_report_send(c);
    hf_dir_unlock(lock);
    return hf_answer_end(answer, &a, r, &err);
}
