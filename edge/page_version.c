/* page_version.c: POST /api/patch/version: hf_decide() and its answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/question.h"
#include "core/token.h"
#include "edge/answer.h"
#include "edge/pages.h"

/* One question on its way to its answer. */
struct answering {
    struct hf_site *s;
    struct hf_served *served; /* with a manifest in force */
    int64_t now;
    int check_after;
};

/* Room for n bytes and a NUL. */
static int make_room(struct hf_link *link, size_t n, struct hf_err *err)
{
    char *more;

    if (n < link->room)
        return 0;
    more = realloc(link->url, n + 1);
    if (more == NULL)
        return hf_nomem(err);
    link->url = more;
    link->room = n + 1;
    return 0;
}

/* A link by a token of our own, to a page of this edge. */
static int own_link(const struct hf_site *s, const char *app, struct hf_link *link, const char *key, int64_t now,
                    struct hf_err *err)
{
    size_t n = strlen(s->public_url), k = strlen(HF_DOWNLOAD_PATH);

    if (n + k + HF_TOKEN_MAX > HF_URL_MAX)
        return hf_fail(err, HF_E_LIMIT, "[edge] public_url is too long");
    if (make_room(link, n + k + HF_TOKEN_MAX, err) != 0)
        return -1;
    memcpy(link->url, s->public_url, n);
    memcpy(link->url + n, HF_DOWNLOAD_PATH, k);
    return hf_token_mint(link->url + n + k, s->url_keys, now + s->url_ttl, app, key, err);
}

int hf_page_url(const struct hf_site *s, const struct hf_served *served, const char **url, struct hf_link *link, const char *key,
                const char *name, int64_t now, struct hf_err *err)
{
    const char *signed_url;

    if (link->second != now) {
        link->second = INT64_MIN;
        if (served->from->links == NULL) {
            if (own_link(s, served->app, link, key, now, err) != 0)
                return -1;
        } else if (hf_links_make(served->from->links, &signed_url, served->app, key, name, s->url_ttl, now, err) != 0 ||
                   make_room(link, strlen(signed_url), err) != 0) {
            return -1;
        } else {
            strcpy(link->url, signed_url);
        }
        link->second = now;
    }
    *url = link->url;
    return 0;
}

void hf_page_delta_name(char out[HF_DELTA_NAME_MAX], const struct hf_release *r)
{
    snprintf(out, HF_DELTA_NAME_MAX, "%s.delta", r->has_file ? r->file.name : "patch");
}

static int file_url(struct answering *a, const char **url, size_t i, struct hf_err *err)
{
    const struct hf_release *r = &a->served->now->m->releases[i];

    return hf_page_url(a->s, a->served, url, &a->served->now->releases[i].link, r->file.key, r->file.name, a->now, err);
}

static int delta_url(struct answering *a, const char **url, size_t i, const struct hf_delta *d, struct hf_err *err)
{
    const struct hf_release *r = &a->served->now->m->releases[i];
    char name[HF_DELTA_NAME_MAX];

    hf_page_delta_name(name, r);
    return hf_page_url(a->s, a->served, url, &a->served->now->deltas[i][d - r->deltas].link, d->key, name, a->now, err);
}

static int update(struct answering *a, const char *version, const struct hf_decision *d, struct hf_err *err)
{
    struct hf_loaded *l = a->served->now;
    size_t i = (size_t)(d->release - l->m->releases);
    struct hf_answer out = {version, NULL, l->releases[i].text, NULL, NULL, d->priority, l->m->serial, a->check_after};

    if (file_url(a, &out.url, i, err) != 0)
        return -1;
    if (d->delta != NULL) {
        out.delta = l->deltas[i][d->delta - d->release->deltas].text;
        if (delta_url(a, &out.delta_url, i, d->delta, err) != 0)
            return -1;
        a->s->note.delta_links++;
    }
    a->s->note.links++;
    a->s->note.offered = 1;
    hf_answer_update(&a->s->body, &out);
    return 0;
}

/* A link for one file that the client found in the manifest, if the decision is about that file. */
static int object(struct answering *a, const char *sha256, const struct hf_decision *d, struct hf_err *err)
{
    struct hf_manifest *m = a->served->now->m;
    const char *url;
    int64_t size;

    if (d->action == HF_INSTALL && d->release != NULL) {
        size_t i = (size_t)(d->release - m->releases);
        int is_file = strcmp(d->release->file.sums.sha256, sha256) == 0;

        if (is_file || (d->delta != NULL && strcmp(d->delta->sha256, sha256) == 0)) {
            size = is_file ? d->release->file.size : d->delta->size;
            if ((is_file ? file_url(a, &url, i, err) : delta_url(a, &url, i, d->delta, err)) != 0)
                return -1;
            a->s->note.offered = 1;
            *(is_file ? &a->s->note.links : &a->s->note.delta_links) += 1;
            hf_answer_object(&a->s->body, sha256, url, size, m->serial, a->check_after);
            return 0;
        }
    }
    hf_answer_nothing(&a->s->body, "Not the file for this device now", m->serial, a->check_after);
    return 0;
}

/* Takes down what this was about. Reports are counted only of patches that the manifest lists: who would bound the others? */
static void note(struct hf_note *to, const struct hf_question *question, const struct hf_loaded *l, const struct hf_decision *d)
{
    const struct hf_facts about = {.sha256 = question->reported};
    const struct hf_release *reported;
    struct hf_version v;

    strcpy(to->version, question->facts.version);
    strcpy(to->client, question->facts.client);
    to->decided = 1;
    to->action = d->action;
    to->why = d->why;
    to->patch = d->release != NULL ? d->release->patch : 0;
    to->result = question->result;
    if (question->result == HF_RESULT_NONE ||
        hf_version_parse(&v, question->facts.version, strlen(question->facts.version), NULL) != 0)
        return;
    reported = hf_own_release(l->m, &v, &about);
    to->reported = reported != NULL ? reported->patch : 0;
}

static int decide(struct answering *a, const struct hf_question *question, struct hf_err *err)
{
    struct hf_decision d;
    struct hf_answer out;

    if (hf_decide(&d, a->served->now->m, &question->facts, a->now, err) != 0)
        return -1;
    note(&a->s->note, question, a->served->now, &d);
    if (question->object[0] != '\0')
        return object(a, question->object, &d, err);
    switch (d.action) {
    case HF_INSTALL:
        return update(a, question->facts.version, &d, err);
    case HF_REMOVE:
        memset(&out, 0, sizeof out);
        out.version = question->facts.version;
        out.priority = d.priority;
        out.serial = a->served->now->m->serial;
        out.check_after = a->check_after;
        hf_answer_remove(&a->s->body, &out, d.release != NULL ? d.release->patch : 0);
        return 0;
    case HF_NOTHING:
        break;
    }
    hf_answer_nothing(&a->s->body, d.up_to_date ? "Already up-to-date patch" : "No patch for this version",
                      a->served->now->m->serial, a->check_after);
    return 0;
}

static void fail(struct answering *a, struct hf_reply *out, const struct hf_err *err)
{
    int status = 500;
    const char *why = "Internal error";

    if (err->code == HF_E_EXPIRED) {
        status = 503;
        why = "No valid manifest";
    } else if (err->code == HF_E_AGAIN) {
        status = 503;
        why = "No link can be made now";
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
    struct answering a;
    struct hf_question question;
    struct hf_served *served;
    struct hf_err err;

    memset(&question, 0, sizeof question);
    a.s = s;
    a.served = NULL;
    a.now = call->now;
    a.check_after = hf_check_after(NULL);
    if (hf_question_parse(&question, call->body, call->body_n, &err) != 0)
        goto fail;
    a.check_after = hf_check_after(question.facts.client);
    served = hf_table_find(s->table, question.app, question.channel, &err);
    if (served == NULL)
        goto fail;
    s->note.app = served->app;
    s->note.channel = served->channel;
    if (served->now == NULL) {
        hf_fail(&err, HF_E_EXPIRED, "No valid manifest");
        goto fail;
    }
    a.served = served;
    if (decide(&a, &question, &err) != 0)
        goto fail;
    hf_page_json(s, out, 200);
    hf_question_clear(&question);
    return;
fail:
    fail(&a, out, &err);
    hf_question_clear(&question);
}
