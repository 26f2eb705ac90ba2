/* shared.h: memory that the supervisor and the processes of one generation share. The supervisor makes it before it forks. */
#ifndef HF_SHARED_H
#define HF_SHARED_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "edge/limits.h"
#include "edge/metrics.h"

#define HF_SHARED_WORKERS HF_METRICS_SHARDS /* kore's ids of workers are below it */

/* What a generation is to do. It only grows. */
enum hf_order {
    HF_ORDER_SERVE,
    HF_ORDER_RETIRE, /* another generation has taken over: no new connections, what is open may take its time */
    HF_ORDER_DRAIN,  /* the edge ends: no new connections, idle ones are closed, what is in flight has [edge] drain seconds */
    HF_ORDER_STOP    /* now */
};

/* What outlives generations and is shared by all of them. */
struct hf_lasting {
    struct hf_limits limits;
    struct hf_metrics metrics;
    uint8_t log_key[HF_SIPHASH_KEY];
};

struct hf_shared {
    struct hf_lasting *lasting; /* lies at one address in all processes */
    pid_t supervisor;
    int tell;         /* a pipe: the last worker to be ready writes a byte */
    atomic_int order; /* enum hf_order */
    atomic_int ready; /* workers that have ever become ready */
    struct hf_worker_state {
        atomic_int pid; /* 0: none */
        atomic_int was_ready;
        atomic_int deaf;    /* it accepts no more connections */
        atomic_int fails;   /* deaths in a row, each soon after the start */
        atomic_llong since; /* when it began to serve; CLOCK_MONOTONIC, milliseconds; 0: never */
        atomic_llong beat;  /* when it was last seen alive */
        struct hf_claims claims;
    } workers[HF_SHARED_WORKERS];
};

/* CLOCK_MONOTONIC in milliseconds, in nanoseconds. */
int64_t hf_shared_now(void);
uint64_t hf_shared_now_ns(void);

/* Maps what outlives generations, zeroed, with random keys. NULL with err. */
struct hf_lasting *hf_lasting_new(struct hf_err *err);

/* Gives back what the workers of a generation that has ended had counted. */
void hf_shared_settle(struct hf_shared *s);

/* A worker that died `fails` times in a row within HF_SHARED_SOON of its start: how long the next one waits, in milliseconds. */
#define HF_SHARED_SOON 10000
int64_t hf_shared_pause(int fails);

/* Lets *order grow to `to`; async-signal-safe. */
void hf_shared_raise(atomic_int *order, enum hf_order to);

#endif
