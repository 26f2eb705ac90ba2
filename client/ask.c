/* ask.c: see ask.h. */
#include "client/ask.h"

#include <string.h>

int hf_ask(struct hf_client *c, const struct hf_client_ask *ask, struct hf_client_reply *reply,
           int (*on_body)(void *arg, const void *p, size_t n), void *arg, struct hf_err *err)
{
    char why[HF_CLIENT_MAX_MESSAGE - 64] = "";
    enum hf_client_sent sent;

    memset(err, 0, sizeof *err);
    memset(reply, 0, sizeof *reply);
    sent = c->transport.perform(c->transport.self, ask, reply, on_body, arg, why, sizeof why);
    why[sizeof why - 1] = '\0';
    reply->etag[sizeof reply->etag - 1] = '\0';
    reply->content_range[sizeof reply->content_range - 1] = '\0';
    if (reply->date_trusted && reply->date > 0)
        c->date = reply->date;
    if (err->code != HF_OK) /* on_body's own failure counts, whatever the transport makes of it */
        return -1;
    switch (sent) {
    case HF_CLIENT_SENT:
        return 0;
    case HF_CLIENT_BROKE:
        return hf_fail(err, HF_E_NETWORK, "%s", why);
    case HF_CLIENT_TOO_LONG:
        return hf_fail(err, HF_E_LIMIT, "%s", why[0] != '\0' ? why : "the reply is over its limit");
    case HF_CLIENT_STOPPED:
        return hf_fail(err, HF_E_CANNOT, "the transport stopped by itself");
    case HF_CLIENT_CANNOT:
        break;
    }
    return hf_fail(err, HF_E_CANNOT, "%s", why);
}

static int add(void *arg, const void *p, size_t n)
{
    struct hf_buf *b = arg;

    hf_buf_add(b, p, n);
    return b->failed;
}

int hf_ask_whole(struct hf_client *c, const struct hf_client_ask *ask, struct hf_client_reply *reply, struct hf_buf *body,
                 struct hf_err *err)
{
    hf_buf_init(body, ask->max_body);
    if (hf_ask(c, ask, reply, add, body, err) == 0)
        return 0;
    return body->failed ? hf_buf_ok(body, "the reply", err) : -1;
}

int hf_ask_later(int status)
{
    return status == 429 || (status >= 500 && status <= 599);
}
