/* gate.h: what stands between the network and kore's HTTP parser.
 *
 * kore 4.1.0 takes heads that end in bare LF, cuts them at NUL, ignores Transfer-Encoding, drops what is behind the 25th
 * header, and one POST with more body than its Content-Length makes a worker spin and eat memory. So at link time
 * net_recv_queue and net_recv_reset are wrapped: wherever kore wants to read a head, the gate reads it, has it judged by
 * edge/head.c, and only then calls kore's parser, with a head in which nothing is left to misunderstand.
 *
 * The same wrap keeps one request at a time on a connection: kore would read, and may answer, a second one before the first. */
#ifndef HF_GATE_H
#define HF_GATE_H

#include <kore/kore.h>

#include "edge/limits.h"

/* Sends what is queued, and then lets the next request in, now or when the last byte has left. KORE_RESULT_ERROR when the
 * connection is broken. A handler returns what it returns. */
int hf_gate_answered(struct connection *c);

/* The Date field of an answer sent now. Good until the next call. */
const char *hf_gate_date(void);

/* Says to a connection that has just been accepted that it is one too many, as far as that costs nothing: not over TLS. The
 * caller closes it. */
void hf_gate_turn_away(struct connection *c, enum hf_limit why);

/* The seams. */
void __wrap_net_recv_queue(struct connection *c, size_t len, int flags, int (*cb)(struct netbuf *));
void __real_net_recv_queue(struct connection *c, size_t len, int flags, int (*cb)(struct netbuf *));
void __wrap_net_recv_reset(struct connection *c, size_t len, int (*cb)(struct netbuf *));
void __real_net_recv_reset(struct connection *c, size_t len, int (*cb)(struct netbuf *));

#endif
