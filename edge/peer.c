/* peer.c: see peer.h. */
#include "edge/peer.h"

#include <sys/socket.h>

#include "edge/gate.h"
#include "edge/shared.h"
#include "edge/watch.h"

/* kore's hooks and seams have no argument to carry these. */
static const struct hf_nets *trusted, *unlimited;
static int with_header;
static const struct kore_server *public;
static struct hf_limits *limits;
static const struct hf_limits_rules *rules;
static struct hf_claims *mine;

void hf_peer_trust(const struct hf_nets *nets, int proxy_protocol)
{
    trusted = nets;
    with_header = proxy_protocol;
}

void hf_peer_limits(const struct kore_server *server, struct hf_limits *l, const struct hf_limits_rules *r,
                    const struct hf_nets *free_ones, struct hf_claims *m)
{
    public = server;
    limits = l;
    rules = r;
    unlimited = free_ones;
    mine = m;
}

struct hf_peer *hf_peer_of(const struct connection *c)
{
    return c->hdlr_extra;
}

void hf_peer_forwarded(struct connection *c, const char *value, size_t n)
{
    struct hf_peer *p = hf_peer_of(c);

    if (!p->trusted || with_header)
        return;
    p->address = p->socket;
    hf_forwarded(&p->address, trusted, value, n);
}

/* 1 when the limits for an address hold for the client: it is not the proxy itself. */
static int is_limited(const struct hf_peer *p)
{
    if (p->trusted && memcmp(&p->address, &p->socket, sizeof p->address) == 0)
        return 0;
    return !hf_nets_has(unlimited, &p->address);
}

unsigned hf_peer_request(const struct connection *c)
{
    struct hf_peer *p = hf_peer_of(c);

    p->began = hf_shared_now_ns();
    if (p->claim == 0 || !is_limited(p))
        return 0;
    return hf_limits_request(limits, rules, &p->address, p->began);
}

static void gone(struct connection *c)
{
    struct hf_peer *p = hf_peer_of(c);

    if (p->claim != 0)
        hf_limits_close(limits, mine, p->claim - 1);
    p->claim = 0;
}

/* Counts a new connection. When it is one too many, says so and returns KORE_RESULT_ERROR. */
static int count(struct connection *c)
{
    struct hf_peer *p = hf_peer_of(c);
    enum hf_limit r;
    unsigned claim;

    c->disconnect = gone;
    r = hf_limits_open(limits, rules, mine, &claim, is_limited(p) ? &p->address : NULL);
    if (r == HF_LIMIT_OK) {
        p->claim = claim + 1;
        return KORE_RESULT_OK;
    }
    hf_watch_refused(r == HF_LIMIT_ADDRESS ? HF_REFUSED_ADDRESS_CONNECTIONS : HF_REFUSED_MAX_CONNECTIONS);
    hf_gate_turn_away(c, r);
    return KORE_RESULT_ERROR;
}

/* In the place of kore's handler until the PROXY header is in. It is looked at where it is, so that what is behind it stays there
 * for whoever reads next. */
static int read_header(struct connection *c)
{
    struct hf_peer *peer = hf_peer_of(c);
    u_int8_t buf[HF_PROXY_MAX];
    struct hf_proxy header;
    ssize_t n;

    if (!(c->evt.flags & KORE_EVENT_READ))
        return KORE_RESULT_OK;
    n = recv(c->fd, buf, sizeof buf, MSG_PEEK | MSG_DONTWAIT);
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return KORE_RESULT_ERROR;
        c->evt.flags &= ~KORE_EVENT_READ;
        return KORE_RESULT_OK;
    }
    switch (hf_proxy_parse(&header, buf, (size_t)n)) {
    case HF_PROXY_MORE:
        c->evt.flags &= ~KORE_EVENT_READ;
        return (size_t)n < sizeof buf ? KORE_RESULT_OK : KORE_RESULT_ERROR;
    case HF_PROXY_GOOD:
        break;
    case HF_PROXY_BAD:
        hf_watch_refused(HF_REFUSED_PROXY_HEADER);
        return KORE_RESULT_ERROR;
    }
    if (recv(c->fd, buf, header.length, MSG_DONTWAIT) != (ssize_t)header.length)
        return KORE_RESULT_ERROR;
    if (header.known)
        peer->address = header.client;
    if (header.known && peer->claim != 0 && is_limited(peer) &&
        hf_limits_name(limits, rules, mine, peer->claim - 1, &peer->address) != HF_LIMIT_OK) {
        hf_watch_refused(HF_REFUSED_ADDRESS_CONNECTIONS);
        hf_gate_turn_away(c, HF_LIMIT_ADDRESS);
        return KORE_RESULT_ERROR;
    }
    c->handle = peer->next;
    return c->handle(c);
}

int __wrap_kore_connection_accept(struct listener *l, struct connection **out)
{
    struct connection *c;
    struct hf_peer *p;

    if (__real_kore_connection_accept(l, out) != KORE_RESULT_OK)
        return KORE_RESULT_ERROR;
    c = *out;
    if (c == NULL)
        return KORE_RESULT_OK;
    p = kore_calloc(1, sizeof *p);
    if (c->family == AF_INET6)
        memcpy(p->socket.b, &c->addr.ipv6.sin6_addr, sizeof p->socket.b);
    else if (c->family == AF_INET)
        hf_addr_v4(&p->socket, (const u_int8_t *)&c->addr.ipv4.sin_addr);
    p->address = p->socket;
    p->trusted = trusted != NULL && hf_nets_has(trusted, &p->socket);
    c->hdlr_extra = p;
    if (l->server != public)
        return KORE_RESULT_OK;
    hf_watch_accepted();
    if (count(c) != KORE_RESULT_OK) {
        kore_connection_disconnect(c);
        *out = NULL;
        return KORE_RESULT_OK;
    }
    if (p->trusted && with_header) {
        p->next = c->handle;
        c->handle = read_header;
    }
    return KORE_RESULT_OK;
}
