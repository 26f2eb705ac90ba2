/* transport.c: the default transport, store/http.h. Compiled with HF_NO_CURL, there is none and the caller brings one. */
#include "client/session.h"

#ifdef HF_NO_CURL

int hf_transport_new(struct hf_client_transport *out, void **own, struct hf_err *err)
{
    (void)out;
    *own = NULL;
    return hf_fail(err, HF_E_USAGE, "this library was built without libcurl: options.transport must be given");
}

void hf_transport_free(void *own)
{
    (void)own;
}

#else

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/http.h"

struct relay {
    struct hf_client_reply *reply;
    const struct hf_http_reply *from;
    int (*on_body)(void *arg, const void *p, size_t n);
    void *arg;
    int told;
    int stopped;
};

static void copy_head(struct hf_client_reply *out, const struct hf_http_reply *in)
{
    _Static_assert(sizeof out->etag == sizeof in->etag && sizeof out->content_range == sizeof in->content_range,
                   "a header's place is as long here as there");
    out->status = in->status;
    memcpy(out->etag, in->etag, sizeof out->etag);
    memcpy(out->content_range, in->content_range, sizeof out->content_range);
    out->date = in->date;
    out->date_trusted = in->date_trusted;
}

static int relay_body(void *arg, int status, const void *p, size_t n)
{
    struct relay *r = arg;

    (void)status;
    if (!r->told) {
        copy_head(r->reply, r->from);
        r->told = 1;
    }
    r->stopped = r->on_body(r->arg, p, n) != 0;
    return r->stopped ? HF_E_FAIL : 0;
}

static enum hf_client_sent perform(void *self, const struct hf_client_ask *ask, struct hf_client_reply *reply,
                                   int (*on_body)(void *arg, const void *p, size_t n), void *arg, char *why, size_t why_max)
{
    struct hf_http_reply got;
    struct relay relay = {.reply = reply, .from = &got, .on_body = on_body, .arg = arg};
    const struct hf_http_ask what = {.method = ask->method,
                                     .url = ask->url,
                                     .headers = ask->headers,
                                     .body = ask->body,
                                     .body_n = ask->body_n,
                                     .sink = relay_body,
                                     .sink_arg = &relay,
                                     .max_body = ask->max_body,
                                     .total_seconds = ask->total_seconds};
    struct hf_err err;
    int r;

    memset(reply, 0, sizeof *reply);
    memset(&err, 0, sizeof err);
    r = hf_http_do(self, &what, &got, &err);
    copy_head(reply, &got);
    hf_http_reply_clear(&got);
    if (r == 0)
        return HF_CLIENT_SENT;
    snprintf(why, why_max, "%s", err.msg);
    if (relay.stopped)
        return HF_CLIENT_STOPPED;
    if (err.code == HF_E_LIMIT)
        return HF_CLIENT_TOO_LONG;
    return err.code == HF_E_AGAIN ? HF_CLIENT_BROKE : HF_CLIENT_CANNOT;
}

int hf_transport_new(struct hf_client_transport *out, void **own, struct hf_err *err)
{
    struct hf_http *http;

    *own = NULL;
    if (hf_http_new(&http, err) != 0)
        return -1;
    out->perform = perform;
    out->self = http;
    *own = http;
    return 0;
}

void hf_transport_free(void *own)
{
    hf_http_free(own);
}

#endif
