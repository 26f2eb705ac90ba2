/* http_many.c: several exchanges at once: see http.h. One thread; curl waits for all of them together. */
#include <string.h>

#include "store/http_in.h"

#define WAIT_MS 1000

struct running {
    struct hf_http_job job;
    struct hf_exchange x;
    int on;
};

struct many {
    struct hf_http *h;
    struct running slot[HF_HTTP_MANY];
    size_t most, count; /* places, and those that are taken */
    int (*next)(void *arg, struct hf_http_job *j, struct hf_err *err);
    int (*ended)(void *arg, struct hf_http_job *j, struct hf_err *err);
    void *arg;
};

static int get_ready(struct many *m, struct hf_err *err)
{
    size_t i;

    if (m->h->multi == NULL && (m->h->multi = curl_multi_init()) == NULL)
        return hf_nomem(err);
    for (i = 0; i < m->most; i++) {
        if (m->h->several[i] == NULL && (m->h->several[i] = curl_easy_init()) == NULL)
            return hf_nomem(err);
    }
    return 0;
}

/* Begins what next() has into each free place. 1 when it had all that is free, 0 when it has no more now, -1 to stop. */
static int fill(struct many *m, struct hf_err *err)
{
    struct running *r;
    size_t i;
    int rc;

    for (i = 0; i < m->most; i++) {
        r = &m->slot[i];
        if (r->on)
            continue;
        memset(&r->job, 0, sizeof r->job);
        r->job.slot = i;
        rc = m->next(m->arg, &r->job, err);
        if (rc != 1)
            return rc;
        if (hf_exchange_begin(&r->x, m->h->several[i], &r->job.ask, &r->job.reply, err) != 0 ||
            curl_easy_setopt(r->x.easy, CURLOPT_PRIVATE, r) != CURLE_OK ||
            curl_multi_add_handle(m->h->multi, r->x.easy) != CURLM_OK) {
            hf_exchange_drop(&r->x);
            return err->code != HF_OK ? -1 : hf_fail(err, HF_E_FAIL, "libcurl does not take an exchange");
        }
        r->on = 1;
        m->count++;
    }
    return 1;
}

static int settle(struct many *m, struct running *r, CURLcode rc, struct hf_err *err)
{
    int stop;

    curl_multi_remove_handle(m->h->multi, r->x.easy);
    r->job.rc = hf_exchange_end(&r->x, rc, &r->job.err);
    r->on = 0;
    m->count--;
    stop = m->ended(m->arg, &r->job, err);
    hf_http_reply_clear(&r->job.reply);
    return stop;
}

static int collect(struct many *m, struct hf_err *err)
{
    struct running *r;
    char *own;
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(m->h->multi, &left)) != NULL) {
        CURLcode rc = msg->data.result;

        if (msg->msg != CURLMSG_DONE || curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &own) != CURLE_OK)
            continue;
        r = (struct running *)(void *)own;
        if (settle(m, r, rc, err) != 0)
            return -1;
    }
    return 0;
}

static void break_off(struct many *m)
{
    size_t i;

    for (i = 0; i < m->most; i++) {
        if (!m->slot[i].on)
            continue;
        curl_multi_remove_handle(m->h->multi, m->slot[i].x.easy);
        hf_exchange_drop(&m->slot[i].x);
        hf_http_reply_clear(&m->slot[i].job.reply);
    }
}

int hf_http_many(struct hf_http *h, size_t most, int (*next)(void *arg, struct hf_http_job *j, struct hf_err *err),
                 int (*ended)(void *arg, struct hf_http_job *j, struct hf_err *err), void *arg, struct hf_err *err)
{
    struct many m = {.h = h, .most = most < HF_HTTP_MANY ? most : HF_HTTP_MANY, .next = next, .ended = ended, .arg = arg};
    int rc = get_ready(&m, err), running;

    while (rc == 0) {
        rc = fill(&m, err) < 0 ? -1 : 0;
        if (rc != 0 || m.count == 0)
            break;
        if (curl_multi_perform(h->multi, &running) != CURLM_OK)
            rc = hf_fail(err, HF_E_FAIL, "libcurl cannot go on");
        else
            rc = collect(&m, err);
        if (rc == 0 && running > 0 && (size_t)running == m.count && curl_multi_poll(h->multi, NULL, 0, WAIT_MS, NULL) != CURLM_OK)
            rc = hf_fail(err, HF_E_FAIL, "libcurl cannot wait");
    }
    break_off(&m);
    return rc;
}
