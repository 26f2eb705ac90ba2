/* report.c: see report.h. */
#include "client/report.h"

#include <stdio.h>

#include "client/ask.h"
#include "core/json.h"

#define MAX_REPLY (64 * 1024)

/* A version check like any other, with the report in it. */
static int question(struct hf_buf *out, const struct hf_client *c, const struct hf_device *s, const struct hf_report *r,
                    struct hf_err *err)
{
    json_t *o = json_pack("{s:s,s:s,s:s,s:{s:s,s:s}}", "version", s->version, "app", s->app, "channel", s->channel, "report",
                          "sha256", r->sha256, "result", hf_result_name(r->result));
    int rc = -1, bad = o == NULL;

    if (c->id[0] != '\0')
        bad = bad || json_object_set_new(o, "client", json_string(c->id));
    if (s->current.sha256[0] != '\0')
        bad = bad || json_object_set_new(o, "sha256", json_string(s->current.sha256));
    if (bad)
        hf_nomem(err);
    else
        rc = hf_json_write(out, o, err);
    json_decref(o);
    return rc;
}

/* 0 when it need not be sent again. */
static int send_one(struct hf_client *c, const struct hf_device *s, const struct hf_report *r, struct hf_err *err)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    char url[HF_EDGE_MAX + 32];
    struct hf_client_reply reply;
    struct hf_buf body, answer;
    struct hf_client_ask ask = {
        .method = "POST", .url = url, .headers = headers, .max_body = MAX_REPLY, .total_seconds = HF_REPORT_SECONDS};
    int rc;

    hf_buf_init(&body, HF_QUESTION_MAX_BYTES);
    hf_buf_init(&answer, 0);
    snprintf(url, sizeof url, "%s/api/patch/version", c->edge);
    rc = question(&body, c, s, r, err);
    ask.body = body.p;
    ask.body_n = body.n;
    if (rc == 0)
        rc = hf_ask_whole(c, &ask, &reply, &answer, err);
    if (rc == 0 && hf_ask_later(reply.status))
        rc = hf_fail(err, HF_E_AGAIN, "HTTP status %d", reply.status);
    hf_buf_free(&answer);
    hf_buf_free(&body);
    return rc;
}

/* Takes the first n reports out of the folder's state, which may have changed meanwhile. */
static int forget(struct hf_client *c, const struct hf_device *told, size_t n, struct hf_err *err)
{
    struct hf_device now, loaded;
    struct hf_err why;
    int lock = -1, fresh, rc = -1;
    size_t i;

    if (hf_dir_lock(&c->dir, HF_LOCK, HF_LOCK_WAIT_MS, &lock, err) == 0 &&
        hf_state_load(&now, &c->dir, &fresh, &why, err) == 0) {
        loaded = now;
        for (i = 0; i < n; i++)
            hf_state_reported(&now, &told->reports[i]);
        rc = fresh ? 0 : hf_state_save(&c->dir, &now, &loaded, err);
    }
    hf_dir_unlock(lock);
    return rc;
}

void hf_report_send(struct hf_client *c)
{
    struct hf_device s;
    struct hf_err err, why;
    int lock = -1, fresh, rc;
    size_t n = 0;

    if (c->edge[0] == '\0') /* nobody to tell: with a store alone there is no edge */
        return;
    rc = hf_dir_lock(&c->dir, HF_LOCK, HF_LOCK_WAIT_MS, &lock, &err);
    if (rc == 0)
        rc = hf_state_load(&s, &c->dir, &fresh, &why, &err);
    hf_dir_unlock(lock);
    while (rc == 0 && n < s.report_count) {
        rc = send_one(c, &s, &s.reports[n], &err);
        if (rc == 0)
            n++;
    }
    if (rc != 0)
        hf_client_note(c, "the edge is told later what became of a patch: %s", err.msg);
    if (n > 0 && forget(c, &s, n, &err) != 0)
        hf_client_note(c, "the edge may be told twice what became of a patch: %s", err.msg);
}
