/* peer.h: whose connection it is, as limits and logs mean it: the client's address, which behind a trusted proxy is not the one
 * of the socket.
 *
 * kore_connection_accept is wrapped: each accepted connection gets a struct hf_peer, and one that a trusted proxy begins with
 * the PROXY protocol is not read by anybody before that header is off, on TLS too. */
#ifndef HF_PEER_H
#define HF_PEER_H

#include <kore/kore.h>

#include "edge/limits.h"

/* In connection.hdlr_extra; kore frees it with the connection. */
struct hf_peer {
    struct hf_addr socket;            /* the other end of the socket */
    struct hf_addr address;           /* the client; behind X-Forwarded-For it may be another one with each request */
    int trusted;                      /* the other end is a trusted proxy */
    u_int64_t began;                  /* when the head that is answered now was complete; nanoseconds, monotonic */
    unsigned claim;                   /* of edge/limits.h, + 1; 0: not counted */
    int (*next)(struct connection *); /* who handles it behind the PROXY header */
    int drained;                      /* the last read got all that was there: what comes later makes an event of its own */
};

/* Before the workers begin: whom to believe. nets is borrowed. */
void hf_peer_trust(const struct hf_nets *nets, int proxy_protocol);

/* In a worker: what it counts, and by which rules; unlimited: addresses that they do not hold for. Of all servers, only for
 * `server` is there a PROXY header, or a limit. All borrowed. */
void hf_peer_limits(const struct kore_server *server, struct hf_limits *limits, const struct hf_limits_rules *rules,
                    const struct hf_nets *unlimited, struct hf_claims *mine);

/* A request came, good or bad: its time begins. 0, or after how many seconds its address may come again. */
unsigned hf_peer_request(const struct connection *c);

/* Never NULL for a connection that was accepted. */
struct hf_peer *hf_peer_of(const struct connection *c);

/* A request came with this X-Forwarded-For ("" when without). */
void hf_peer_forwarded(struct connection *c, const char *value, size_t n);

/* The seam. */
int __wrap_kore_connection_accept(struct listener *l, struct connection **out);
int __real_kore_connection_accept(struct listener *l, struct connection **out);

#endif
