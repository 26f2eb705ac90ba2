/* gate.c: see gate.h. */
#include "edge/gate.h"

#include <kore/http.h>
#include <sys/socket.h>

#include "edge/head.h"
#include "edge/peer.h"
#include "edge/reply.h"
#include "edge/shared.h"
#include "edge/tls.h"
#include "edge/watch.h"

#define FIRST_READ 2048       /* of a head; most fit, and a waiting connection costs no more */
#define TURNED_AWAY_SECONDS 5 /* after which to come again */
#define DISCARD_READS 8       /* of what a refused client has already sent, so that it gets our answer and not a reset */

const char *hf_gate_date(void)
{
    static char text[HF_HTTP_DATE_LEN + 1];
    static time_t when = (time_t)-1;
    time_t now = time(NULL);

    if (now != when)
        hf_http_date(text, now);
    when = now;
    return text;
}

static void discard(struct connection *c)
{
    char junk[8192];
    int i;

    for (i = 0; i < DISCARD_READS; i++)
        if (recv(c->fd, junk, sizeof junk, MSG_DONTWAIT) <= 0)
            return;
}

void hf_gate_turn_away(struct connection *c, enum hf_limit why)
{
    const struct listener *l = c->owner;
    char answer[HF_REPLY_MAX_HEAD + 160], text[160];
    struct hf_reply r;
    size_t n;

    if (l->server->tls)
        return;
    hf_reply_error(&r, why == HF_LIMIT_ADDRESS ? 429 : 503,
                   why == HF_LIMIT_ADDRESS ? "Too many connections from this address" : "Too many connections", text,
                   sizeof text);
    r.retry_after = TURNED_AWAY_SECONDS;
    n = hf_reply_head(answer, &r, hf_gate_date(), 1);
    memcpy(answer + n, r.body, r.body_n);
    if (send(c->fd, answer, n + r.body_n, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        discard(c);
}

/* Answers in kore's place, and closes. */
static int refuse(struct connection *c, int status, const char *why, unsigned retry_after)
{
    char top[HF_REPLY_MAX_HEAD], text[160];
    struct hf_reply r;

    hf_watch_gate(&hf_peer_of(c)->address, status, why);
    hf_reply_error(&r, status, why, text, sizeof text);
    r.retry_after = (int)retry_after;
    c->flags |= CONN_CLOSE_EMPTY;
    c->evt.flags &= ~KORE_EVENT_READ; /* or kore's loop would call us again with what follows */
    c->http_timeout = 0;
    net_send_queue(c, top, hf_reply_head(top, &r, hf_gate_date(), 1));
    net_send_queue(c, r.body, r.body_n);
    if (!net_send_flush(c))
        return KORE_RESULT_ERROR;
    discard(c);
    return KORE_RESULT_OK;
}

/* Called by kore with each piece of a head; nb->extra counts the bytes that were looked at. */
static int gate(struct netbuf *nb)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct connection *c = nb->owner;
    size_t seen = (size_t)(uintptr_t)nb->extra, n = nb->s_off;
    struct hf_head head;
    enum hf_verdict v;
    unsigned wait;
    int r;

    if (c->flags & CONN_CLOSE_EMPTY) { /* refused already; its answer is still on the way out */
        c->evt.flags &= ~KORE_EVENT_READ;
        nb->s_off = 0;
        return KORE_RESULT_OK;
    }
    if (n == 0)
        return KORE_RESULT_OK;
    if (c->http_timeout == 0) { /* the first byte of a head on a kept connection: from here it has its time */
        c->http_start = kore_time_ms();
        c->http_timeout = (u_int64_t)http_header_timeout * 1000;
    }
    if (seen == 0) /* whoever a proxy spoke for last, it is not he who is refused now */
        hf_peer_forwarded(c, "", 0);
    v = hf_head_scan(&head, (const char *)nb->buf, n, &seen);
    if (v == HF_HEAD_MORE && n >= http_header_max)
        return refuse(c, 431, "request head too long", 0);
    if (v == HF_HEAD_MORE) {
        nb->extra = (void *)(uintptr_t)seen;
        if (n == nb->b_len)
            net_recv_expand(c, http_header_max - n, gate);
        return KORE_RESULT_OK;
    }
    nb->extra = NULL;
    if (v == HF_HEAD_GOOD && seen > http_header_max)
        return refuse(c, 431, "request head too long", 0);
    if (v == HF_HEAD_GOOD)
        v = hf_head_judge(&head, (char *)nb->buf, &n, seen);
    if (v == HF_HEAD_GOOD)
        hf_peer_forwarded(c, head.forwarded, head.forwarded_n);
    wait = hf_peer_request(c);
    if (wait > 0)
        return refuse(c, 429, "Too many requests from this address", wait);
    if (v != HF_HEAD_GOOD)
        return refuse(c, head.status, head.why, 0);
    if (head.body > http_body_max)
        return refuse(c, 413, "request body too large", 0);
    nb->s_off = n;
    if (head.expects_100) {
        net_send_queue(c, go_on, sizeof go_on - 1);
        if (!net_send_flush(c))
            return KORE_RESULT_ERROR;
    }
    r = http_header_recv(nb);
    if (c->flags & CONN_CLOSE_EMPTY)
        c->evt.flags &= ~KORE_EVENT_READ;
    return r;
}

static int waking; /* kore's timers have no other memory of it */

static void woken(void *arg, u_int64_t now)
{
    (void)arg;
    (void)now;
    waking = 0;
}

/* Begins to read the next head, if the connection stays and has nothing more to send. What has already arrived is read at
 * once, because an edge-triggered event does not come twice; kore looks at requests only when its loop turns, hence the timer. */
static void let_in(struct connection *c)
{
    u_int32_t before = http_request_count;

    if (c->state != CONN_STATE_ESTABLISHED || (c->flags & CONN_CLOSE_EMPTY) || !TAILQ_EMPTY(&c->send_queue) || c->rnb == NULL ||
        c->rnb->buf != NULL)
        return;
    __real_net_recv_reset(c, FIRST_READ, gate);
    if (hf_peer_of(c)->drained) {
        c->evt.flags &= ~KORE_EVENT_READ;
        return;
    }
    if (net_recv_flush(c) != KORE_RESULT_OK)
        kore_connection_disconnect(c);
    if (http_request_count != before && !waking) {
        waking = 1;
        kore_timer_add(woken, 0, NULL, KORE_TIMER_ONESHOT);
    }
}

int hf_gate_answered(struct connection *c)
{
    c->http_timeout = 0; /* kore's is for heads; a slow reader has idle_timer */
    if (net_send_flush(c) != KORE_RESULT_OK)
        return KORE_RESULT_ERROR;
    let_in(c);
    return KORE_RESULT_OK;
}

/* In the place of kore_connection_handle: the last byte of an answer may leave here. A request is answered as soon as it is
 * read, while all that it touches is near; kore would first read those of all others. */
static int handle(struct connection *c)
{
    int r = kore_connection_handle(c);

    if (r == KORE_RESULT_OK && !TAILQ_EMPTY(&c->http_requests))
        http_process();
    if (r == KORE_RESULT_OK && TAILQ_EMPTY(&c->http_requests))
        let_in(c);
    return r;
}

/* What kore's own does; and sees when nothing is left to be read. */
static int plain_read(struct connection *c, size_t *bytes)
{
    size_t room = c->rnb->b_len - c->rnb->s_off;
    ssize_t n = recv(c->fd, c->rnb->buf + c->rnb->s_off, room, 0);

    *bytes = 0;
    hf_peer_of(c)->drained = n < (ssize_t)room && (n >= 0 || errno == EAGAIN);
    if (n < 0) {
        if (errno == EAGAIN)
            c->evt.flags &= ~KORE_EVENT_READ;
        return errno == EAGAIN || errno == EINTR ? KORE_RESULT_OK : KORE_RESULT_ERROR;
    }
    *bytes = (size_t)n;
    return n > 0 ? KORE_RESULT_OK : KORE_RESULT_ERROR;
}

/* A head with a file behind it does not go out alone: they share the first packet. */
static int plain_write(struct connection *c, size_t len, size_t *written)
{
    const struct netbuf *next = TAILQ_NEXT(c->snb, list);
    int more = next != NULL && (next->flags & NETBUF_IS_FILEREF) ? MSG_MORE : 0;
    ssize_t n = send(c->fd, c->snb->buf + c->snb->s_off, len, more | MSG_NOSIGNAL);

    *written = 0;
    if (n < 0) {
        if (errno == EAGAIN)
            c->evt.flags &= ~KORE_EVENT_WRITE;
        return errno == EAGAIN || errno == EINTR ? KORE_RESULT_OK : KORE_RESULT_ERROR;
    }
    *written = (size_t)n;
    return KORE_RESULT_OK;
}

void __wrap_net_recv_queue(struct connection *c, size_t len, int flags, int (*cb)(struct netbuf *))
{
    if (cb == http_header_recv) {
        if (c->ssl != NULL) {
            hf_tls_take(c);
        } else {
            c->read = plain_read;
            c->write = plain_write;
        }
        c->handle = handle;
        len = FIRST_READ;
        cb = gate;
    }
    __real_net_recv_queue(c, len, flags, cb);
}

void __wrap_net_recv_reset(struct connection *c, size_t len, int (*cb)(struct netbuf *))
{
    if (cb != http_header_recv) {
        __real_net_recv_reset(c, len, cb);
        return;
    }
    /* A body is in and its request not yet answered: nothing more is read until then (see let_in). */
    kore_free(c->rnb->buf);
    c->rnb->buf = NULL;
    c->rnb->s_off = 0;
    c->rnb->b_len = 0;
    c->rnb->m_len = 0;
    c->rnb->cb = gate;
}
