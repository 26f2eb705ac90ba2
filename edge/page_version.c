/* page_version.c: POST /api/patch/version: hf_decide() and its answer. */
#include <string.h>

#include "core/request.h"
#include "edge/answer.h"
#include "edge/pages.h"

/* One question on its way to its answer. */
struct ask {
    struct hf_site *s;
    struct hf_loaded *l;
    int64_t now;
    int check_after;
    char url[2][HF_URL_MAX]; /* of the file, of the delta */
};

int hf_page_url(const struct hf_site *s, const struct hf_loaded *l, char url[HF_URL_MAX], struct hf_link *link, const char *key,
                int64_t now, struct hf_err *err)
{
    size_t n = strlen(s->public_url), k = strlen(HF_DOWNLOAD_PATH);

    if (link->second != now) {
        if (hf_token_mint(link->token, s->url_keys, now + s->url_ttl, l->m->app, key, err) != 0)
            return -1;
        link->second = now;
    }
    if (n + k + HF_TOKEN_MAX > HF_URL_MAX)
        return hf_fail(err, HF_E_LIMIT, "[edge] public_url is too long");
    memcpy(url, s->public_url, n);
    memcpy(url + n, HF_DOWNLOAD_PATH, k);
    strcpy(url + n + k, link->token);
    return 0;
}

static int make_url(struct ask *a, char url[HF_URL_MAX], struct hf_link *link, const char *key, struct hf_err *err)
{
    if (hf_page_url(a->s, a->l, url, link, key, a->now, err) != 0)
        return -1;
    a->s->note.offered = 1;
    return 0;
}

static int update(struct ask *a, const char *version, const struct hf_decision *d, struct hf_err *err)
{
    struct hf_manifest *m = a->l->m;
    size_t i = (size_t)(d->release - m->releases);
    struct hf_piece *file = &a->l->releases[i];
    struct hf_answer out = {version, a->url[0], file->text, NULL, NULL, d->priority, m->serial, a->check_after};

    if (make_url(a, a->url[0], &file->link, d->release->file.key, err) != 0)
        return -1;
    if (d->delta != NULL) {
        struct hf_piece *delta = &a->l->deltas[i][d->delta - d->release->deltas];

        if (make_url(a, a->url[1], &delta->link, d->delta->key, err) != 0)
            return -1;
        out.delta = delta->text;
        out.delta_url = a->url[1];
        a->s->note.delta_links++;
    }
    a->s->note.links++;
    hf_answer_update(&a->s->body, &out);
    return 0;
}

/* A link for one file that the client found in the manifest, if the decision is about that file. */
static int object(struct ask *a, const char *sha256, const struct hf_decision *d, struct hf_err *err)
{
    struct hf_manifest *m = a->l->m;

    if (d->action == HF_INSTALL && d->release != NULL) {
        size_t i = (size_t)(d->release - m->releases);

        if (strcmp(d->release->file.sums.sha256, sha256) == 0) {
            if (make_url(a, a->url[0], &a->l->releases[i].link, d->release->file.key, err) != 0)
                return -1;
            a->s->note.links++;
            hf_answer_object(&a->s->body, sha256, a->url[0], d->release->file.size, m->serial, a->check_after);
            return 0;
        }
        if (d->delta != NULL && strcmp(d->delta->sha256, sha256) == 0) {
            if (make_url(a, a->url[0], &a->l->deltas[i][d->delta - d->release->deltas].link, d->delta->key, err) != 0)
                return -1;
            a->s->note.delta_links++;
            hf_answer_object(&a->s->body, sha256, a->url[0], d->delta->size, m->serial, a->check_after);
            return 0;
        }
    }
    hf_answer_nothing(&a->s->body, "Not the file for this device now", m->serial, a->check_after);
    return 0;
}

/* Takes down what this was about. Reports are counted only of patches that the manifest lists: who would bound the others? */
static void note(struct hf_note *to, const struct hf_ask *ask, const struct hf_loaded *l, const struct hf_decision *d)
{
    const struct hf_request about = {.sha256 = ask->reported};
    const struct hf_release *reported;
    struct hf_version v;

    strcpy(to->version, ask->request.version);
    strcpy(to->client, ask->request.client);
    to->decided = 1;
    to->action = d->action;
    to->why = d->why;
    to->patch = d->release != NULL ? d->release->patch : 0;
    to->result = ask->result;
    if (ask->result == HF_RESULT_NONE || hf_version_parse(&v, ask->request.version, strlen(ask->request.version), NULL) != 0)
        return;
    reported = hf_own_release(l->m, &v, &about);
    to->reported = reported != NULL ? reported->patch : 0;
}

static int decide(struct ask *a, const struct hf_ask *ask, struct hf_err *err)
{
    struct hf_decision d;
    struct hf_answer out;

    if (hf_decide(&d, a->l->m, &ask->request, a->now, err) != 0)
        return -1;
    note(&a->s->note, ask, a->l, &d);
    if (ask->object[0] != '\0')
        return object(a, ask->object, &d, err);
    switch (d.action) {
    case HF_INSTALL:
        return update(a, ask->request.version, &d, err);
    case HF_REMOVE:
        memset(&out, 0, sizeof out);
        out.version = ask->request.version;
        out.priority = d.priority;
        out.serial = a->l->m->serial;
        out.check_after = a->check_after;
        hf_answer_remove(&a->s->body, &out, d.release != NULL ? d.release->patch : 0);
        return 0;
    case HF_NOTHING:
        break;
    }
    hf_answer_nothing(&a->s->body, d.up_to_date ? "Already up-to-date patch" : "No patch for this version", a->l->m->serial,
                      a->check_after);
    return 0;
}

static void fail(struct ask *a, struct hf_reply *out, const struct hf_err *err)
{
    int status = 500;
    const char *why = "Internal error";

    if (err->code == HF_E_EXPIRED) {
        status = 503;
        why = "No valid manifest";
    } else if (err->code == HF_E_NOTFOUND) {
        status = 404;
        why = err->msg;
    } else if (err->code == HF_E_INPUT || err->code == HF_E_LIMIT) {
        status = 400;
        why = err->msg;
    }
    a->s->body.n = 0;
    hf_answer_error(&a->s->body, why, a->check_after);
    hf_page_json(a->s, out, status);
}

void hf_page_version(struct hf_site *s, const struct hf_call *call, struct hf_reply *out)
{
    struct ask a;
    struct hf_ask ask;
    struct hf_line *line;
    struct hf_err err;

    memset(&ask, 0, sizeof ask);
    a.s = s;
    a.l = NULL;
    a.now = call->now;
    a.check_after = hf_check_after(NULL);
    if (hf_ask_parse(&ask, call->body, call->body_n, &err) != 0)
        goto fail;
    a.check_after = hf_check_after(ask.request.client);
    line = hf_table_find(s->table, ask.app, ask.channel, &err);
    if (line == NULL)
        goto fail;
    s->note.app = line->app;
    s->note.channel = line->channel;
    if (line->now == NULL) {
        hf_fail(&err, HF_E_EXPIRED, "No valid manifest");
        goto fail;
    }
    a.l = line->now;
    if (decide(&a, &ask, &err) != 0)
        goto fail;
    hf_page_json(s, out, 200);
    hf_ask_clear(&ask);
    return;
fail:
    fail(&a, out, &err);
    hf_ask_clear(&ask);
}
