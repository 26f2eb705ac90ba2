/* limits.h: how many connections and requests an address may have, and how many connections there may be at all. Counted in
 * memory that all workers share; no locks, so that none can be held by a worker that dies.
 *
 * An IPv4 address counts by itself, an IPv6 address with the other 2^64 of its network: that is what one subscriber has.
 *
 * The table has a fixed size: sets of HF_LIMITS_WAYS places, the set chosen by a hash with a random key, so that nobody can
 * choose addresses that meet in one. A set that is full gives the place of an address without connections whose requests are
 * longest ago to the newcomer. When all of them have connections, the newcomer has no place and only the global limit holds
 * for it: to get there by intent takes a botnet, against which limits per address do nothing anyway.
 *
 * What two workers do to one place in the same moment may count a connection at another address, or an address in two places
 * for a while; counts never run below zero, and never stay above what is open. */
#ifndef HF_LIMITS_H
#define HF_LIMITS_H

#include <stdatomic.h>

#include "core/siphash.h"
#include "edge/proxy.h"

#define HF_LIMITS_SETS 8192 /* with the ways: 65,536 addresses, 1.5 MiB */
#define HF_LIMITS_WAYS 8
#define HF_CLAIMS_MAX 1100 /* connections of one worker; more than edge/start.c allows */

struct hf_limits {
    uint8_t key[HF_SIPHASH_KEY]; /* random; set before it is shared */
    atomic_uint connections;     /* open ones, of all that is counted */
    struct hf_limits_place {
        atomic_ullong tag;  /* the hash of an address; 0: free */
        atomic_ullong full; /* nanoseconds of the monotonic clock: when the address may have its whole burst again */
        atomic_uint connections;
    } place[HF_LIMITS_SETS * HF_LIMITS_WAYS];
};

/* What one worker has counted, in shared memory too: whoever comes after it can give it back. */
struct hf_claims {
    atomic_uint of[HF_CLAIMS_MAX]; /* 0: free; 1: at no address; else a place's index + 2 */
    unsigned next;                 /* where to look first for a free one; the worker's own */
};

struct hf_limits_rules {
    unsigned connections;         /* of all */
    unsigned address_connections; /* 0: no limit */
    uint64_t interval;            /* nanoseconds between requests of one address, in the long run; 0: no limit */
    uint64_t burst;               /* how far ahead of that it may be, in nanoseconds */
};

enum hf_limit {
    HF_LIMIT_OK,
    HF_LIMIT_ADDRESS, /* too many connections of this address */
    HF_LIMIT_ALL      /* too many connections at all */
};

/* A connection was accepted. address NULL: only the global limit holds. With HF_LIMIT_OK *claim is what hf_limits_close takes. */
enum hf_limit hf_limits_open(struct hf_limits *l, const struct hf_limits_rules *rules, struct hf_claims *mine, unsigned *claim,
                             const struct hf_addr *address);

/* It turns out whose connection it is, which was opened with NULL. */
enum hf_limit hf_limits_name(struct hf_limits *l, const struct hf_limits_rules *rules, struct hf_claims *mine, unsigned claim,
                             const struct hf_addr *address);
void hf_limits_close(struct hf_limits *l, struct hf_claims *mine, unsigned claim);

/* A request came from this address at `now`, nanoseconds of the monotonic clock. 0, or after how many seconds it may come
 * again. */
unsigned hf_limits_request(struct hf_limits *l, const struct hf_limits_rules *rules, const struct hf_addr *address, uint64_t now);

/* Gives back all that a worker which is gone had counted. */
void hf_limits_settle(struct hf_limits *l, struct hf_claims *gone);

#endif
