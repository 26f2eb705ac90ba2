/* metrics_in.h: what the two files of metrics.h share. */
#ifndef HF_METRICS_IN_H
#define HF_METRICS_IN_H

#include "edge/metrics.h"

extern const int hf_metrics_statuses[HF_METRICS_STATUSES];   /* 0: any other */
extern const uint64_t hf_metrics_bounds[HF_METRICS_BUCKETS]; /* nanoseconds */

/* The place of a patch, made if it is not there; NULL when it is not there, or there is no room. */
struct hf_patch_count *hf_metrics_patch(struct hf_metrics *m, const char *app, const char *channel, int64_t patch, int make);

#endif
