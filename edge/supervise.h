/* supervise.h: the first process. It owns the listening sockets and the configuration, starts kore below itself as a generation,
 * replaces one by the next, and speaks with the service manager. It never reads a byte from the network, and knows no kore.
 *
 * Where a store is a bucket it also keeps `hotfix sync` running, which is the one process here that speaks with the bucket.
 *
 * A generation is a process that goes on as kore's parent, with its workers below it, made from one reading of hotfix.ini. */
#ifndef HF_SUPERVISE_H
#define HF_SUPERVISE_H

#include "edge/log_fn.h"
#include "edge/shared.h"
#include "edge/start.h"

#define HF_SUPER_MAX_SOCKETS 4

/* What a reading of the configuration comes to. */
struct hf_super_plan {
    void *data;                               /* the hooks' own */
    const char *listen[HF_SUPER_MAX_SOCKETS]; /* borrowed from data; the second one is where metrics are */
    size_t listen_count;
    int64_t drain;                          /* seconds */
    const char *sync[HF_START_MAX_CONFIGS]; /* files whose store is a bucket: `hotfix sync` runs for them; borrowed */
    size_t sync_count;
    const struct hf_user *user; /* whom it runs as; borrowed from data */
};

struct hf_super_hooks {
    /* Reads the configuration and all that it names; a failure changes nothing. */
    int (*load)(struct hf_super_plan *out, void *ctx, struct hf_err *err);
    void (*drop)(struct hf_super_plan *plan);
    hf_log_fn *say;
    void *ctx;
};

/* What a generation is given. */
struct hf_super_share {
    struct hf_super_plan plan;
    struct hf_listen sockets[HF_SUPER_MAX_SOCKETS]; /* in the order of plan.listen */
    struct hf_shared *shared;
};

/* Returns in each generation, with what it is given. In the first process it does not return: it exits with 0 when it was ended
 * by a signal, else with what hf_exit_status() says. When the first generation answers it prints "hotfix-edge: listening on
 * ADDRESS", with the first socket's, on standard output, and before it "hotfix-edge: metrics on ADDRESS" with the second's. */
void hf_supervise(struct hf_super_share *mine, const struct hf_super_hooks *hooks);

#endif
