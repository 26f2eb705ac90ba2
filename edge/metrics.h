/* metrics.h: what the edge counts, in memory that all workers and generations share, and how Prometheus reads it.
 *
 * Each worker adds to a shard of its own, so that workers do not wait for each other's caches; a shard outlives its worker.
 * What is shown is the sum. Labels are few by themselves (routes, causes, reasons), or of what verified manifests list:
 * nothing that a stranger sends becomes a label. */
#ifndef HF_METRICS_H
#define HF_METRICS_H

#include <stdatomic.h>

#include "core/buf.h"
#include "core/siphash.h"
#include "edge/note.h"
#include "edge/table.h"

#define HF_METRICS_SHARDS 80
#define HF_METRICS_STATUSES 20 /* those that we send, and "other" */
#define HF_METRICS_BUCKETS 16  /* of time, the last without an end */
#define HF_METRICS_PATCHES 4096
#define HF_METRICS_MAX_PAGE (16u * 1024 * 1024)

enum hf_refusal {
    HF_REFUSED_MALFORMED,
    HF_REFUSED_TOO_LARGE,
    HF_REFUSED_ADDRESS_REQUESTS,
    HF_REFUSED_ADDRESS_CONNECTIONS,
    HF_REFUSED_MAX_CONNECTIONS,
    HF_REFUSED_DOWNLOADS,
    HF_REFUSED_PROXY_HEADER,
    HF_REFUSALS
};

struct hf_shard {
    atomic_ullong requests[HF_ROUTES][HF_METRICS_STATUSES];
    atomic_ullong buckets[HF_ROUTES][HF_METRICS_BUCKETS];
    atomic_ullong nanoseconds[HF_ROUTES];
    atomic_ullong bytes[HF_ROUTES];
    atomic_ullong decisions[3][HF_WHYS];
    atomic_ullong links, delta_links;
    atomic_ullong refused[HF_REFUSALS];
    atomic_ullong accepted, starts, unlisted, log_dropped;
};

/* Of one patch of one channel. n[0]: links handed out; else by enum hf_result. */
struct hf_patch_count {
    atomic_ullong tag; /* 0: free */
    atomic_ullong n[HF_RESULTS];
};

struct hf_metrics {
    uint8_t key[HF_SIPHASH_KEY]; /* random; set before it is shared */
    int64_t started;             /* seconds since 1970 */
    struct hf_shard shards[HF_METRICS_SHARDS];
    struct hf_patch_count patches[HF_METRICS_PATCHES]; /* never given back; without room, new patches are not counted */
};

/* What is looked up when somebody asks, and not counted. */
struct hf_gauges {
    unsigned workers, workers_configured, connections;
    int64_t now;
};

/* One more, or n more. */
void hf_count(atomic_ullong *c, uint64_t n);

/* A request was answered, with `bytes` bytes but for a file's, in `ns` nanoseconds. */
void hf_metrics_answer(struct hf_metrics *m, struct hf_shard *mine, const struct hf_note *note, int status, uint64_t bytes,
                       uint64_t ns);

/* The cause that a status of the gate stands for. */
enum hf_refusal hf_refusal_of(int status);

/* The text that Prometheus reads (version 0.0.4), and the numbers of each patch in JSON, for `hotfix status --edge`. */
void hf_metrics_text(struct hf_buf *out, struct hf_metrics *m, const struct hf_table *t, const struct hf_gauges *g);
void hf_metrics_reports(struct hf_buf *out, struct hf_metrics *m, const struct hf_table *t);

#endif
