/* metrics.c: counting: see metrics.h. */
#include "edge/metrics.h"

#include <string.h>

#include "edge/metrics_in.h"

#define PROBES 64 /* places that a patch's may be in */

const int hf_metrics_statuses[HF_METRICS_STATUSES] = {200, 206, 302, 304, 400, 403, 404, 405, 411, 413,
                                                      414, 416, 417, 429, 431, 500, 501, 503, 505, 0};
const uint64_t hf_metrics_bounds[HF_METRICS_BUCKETS] = {50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
                                                        25000000, 50000000, 100000000, 250000000, 500000000, 1000000000,
                                                        5000000000, UINT64_MAX};

const char *hf_route_name(enum hf_route r)
{
    static const char *const names[HF_ROUTES] = {"version", "download", "manifest", "jspatch", "health", "other", "gate"};

    return names[r];
}

void hf_count(atomic_ullong *c, uint64_t n)
{
    atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

struct hf_patch_count *hf_metrics_patch(struct hf_metrics *m, const char *app, const char *channel, int64_t patch, int make)
{
    char name[HF_APP_MAX + HF_CHANNEL_MAX + 10];
    size_t a = strlen(app), c = strlen(channel);
    struct hf_patch_count *p;
    unsigned long long seen;
    uint64_t tag;
    size_t i;

    memcpy(name, app, a + 1);
    memcpy(name + a + 1, channel, c + 1);
    memcpy(name + a + c + 2, &patch, sizeof patch);
    tag = hf_siphash(m->key, name, a + c + 2 + sizeof patch) | 1;
    for (i = 0; i < PROBES; i++) {
        p = &m->patches[((tag >> 1) + i) % HF_METRICS_PATCHES];
        seen = atomic_load(&p->tag);
        if (seen == tag || (seen == 0 && make && atomic_compare_exchange_strong(&p->tag, &seen, tag)) || seen == tag)
            return p;
        if (seen == 0)
            return NULL;
    }
    return NULL;
}

static void count_patch(struct hf_metrics *m, const struct hf_note *note, int64_t patch, enum hf_result what)
{
    struct hf_patch_count *p = hf_metrics_patch(m, note->app, note->channel, patch, 1);

    if (p != NULL)
        hf_count(&p->n[what], 1);
}

static size_t status_at(int status)
{
    size_t i;

    for (i = 0; i < HF_METRICS_STATUSES - 1 && hf_metrics_statuses[i] != status; i++)
        ;
    return i;
}

void hf_metrics_answer(struct hf_metrics *m, struct hf_shard *mine, const struct hf_note *note, int status, uint64_t bytes,
                       uint64_t ns)
{
    size_t i;

    hf_count(&mine->requests[note->route][status_at(status)], 1);
    for (i = 0; ns > hf_metrics_bounds[i]; i++)
        ;
    hf_count(&mine->buckets[note->route][i], 1);
    hf_count(&mine->nanoseconds[note->route], ns);
    hf_count(&mine->bytes[note->route], bytes);
    if (note->decided)
        hf_count(&mine->decisions[note->action][note->why], 1);
    if (note->links > 0)
        hf_count(&mine->links, note->links);
    if (note->delta_links > 0)
        hf_count(&mine->delta_links, note->delta_links);
    if (note->offered)
        count_patch(m, note, note->patch, HF_RESULT_NONE);
    if (note->result == HF_RESULT_NONE)
        return;
    if (note->reported > 0)
        count_patch(m, note, note->reported, note->result);
    else
        hf_count(&mine->unlisted, 1);
}

enum hf_refusal hf_refusal_of(int status)
{
    if (status == 429)
        return HF_REFUSED_ADDRESS_REQUESTS;
    return status == 413 || status == 414 || status == 431 ? HF_REFUSED_TOO_LARGE : HF_REFUSED_MALFORMED;
}
