/* metrics_page.c: what was counted, as text for Prometheus and as JSON: see metrics.h. */
#include <inttypes.h>
#include <string.h>

#include "edge/metrics_in.h"

static uint64_t get(const atomic_ullong *c)
{
    return atomic_load_explicit(c, memory_order_relaxed);
}

/* The sum over all shards of what lies `at` bytes into one. */
static uint64_t sum(const struct hf_metrics *m, size_t at)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < HF_METRICS_SHARDS; i++)
        n += get((const atomic_ullong *)(const void *)((const char *)&m->shards[i] + at));
    return n;
}

#define SUM(m, field) sum(m, offsetof(struct hf_shard, field))

/* Of an array: offsetof with an index that is no constant is an extension. */
static size_t at(size_t base, size_t i)
{
    return base + i * sizeof(atomic_ullong);
}

static void head(struct hf_buf *out, const char *name, const char *type, const char *help)
{
    hf_buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct hf_buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
    head(out, name, type, help);
    hf_buf_fmt(out, "%s %" PRIu64 "\n", name, value);
}

static void requests(struct hf_buf *out, const struct hf_metrics *m)
{
    size_t r, s, base = offsetof(struct hf_shard, requests);
    uint64_t n;

    head(out, "hotfix_requests_total", "counter", "Requests that were answered, by what they asked for and the answer's status.");
    for (r = 0; r < HF_ROUTES; r++)
        for (s = 0; s < HF_METRICS_STATUSES; s++) {
            n = sum(m, at(base, r * HF_METRICS_STATUSES + s));
            if (n == 0 && hf_metrics_statuses[s] != (r == HF_ROUTE_GATE ? 400 : r == HF_ROUTE_OTHER ? 404
                                                                                                    : 200))
                continue; /* each route has one line from the beginning */
            if (hf_metrics_statuses[s] == 0)
                hf_buf_fmt(out, "hotfix_requests_total{route=\"%s\",status=\"other\"} %" PRIu64 "\n",
                           hf_route_name((enum hf_route)r), n);
            else
                hf_buf_fmt(out, "hotfix_requests_total{route=\"%s\",status=\"%d\"} %" PRIu64 "\n",
                           hf_route_name((enum hf_route)r), hf_metrics_statuses[s], n);
        }
}

static void durations(struct hf_buf *out, const struct hf_metrics *m)
{
    const char *name = "hotfix_request_duration_seconds";
    size_t r, b;
    uint64_t n;

    head(out, name, "histogram", "From a request's complete head to its answer on the way, without the sending.");
    for (r = 0; r < HF_ROUTE_GATE; r++) {
        const char *route = hf_route_name((enum hf_route)r);

        for (b = 0, n = 0; b < HF_METRICS_BUCKETS; b++) {
            n += sum(m, at(offsetof(struct hf_shard, buckets), r * HF_METRICS_BUCKETS + b));
            if (b + 1 < HF_METRICS_BUCKETS)
                hf_buf_fmt(out, "%s_bucket{route=\"%s\",le=\"%g\"} %" PRIu64 "\n", name, route,
                           (double)hf_metrics_bounds[b] / 1e9, n);
            else
                hf_buf_fmt(out, "%s_bucket{route=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, route, n);
        }
        hf_buf_fmt(out, "%s_sum{route=\"%s\"} %.9f\n%s_count{route=\"%s\"} %" PRIu64 "\n", name, route,
                   (double)sum(m, at(offsetof(struct hf_shard, nanoseconds), r)) / 1e9, name, route, n);
    }
}

static void by_kind(struct hf_buf *out, const struct hf_metrics *m)
{
    static const char *const causes[HF_REFUSALS] = {"malformed", "too_large", "address_requests", "address_connections",
                                                    "max_connections", "downloads", "proxy_header"};
    size_t i, k;
    uint64_t n;

    head(out, "hotfix_sent_bytes_total", "counter", "Bytes of answers, heads and files included.");
    for (i = 0; i < HF_ROUTE_GATE; i++)
        hf_buf_fmt(out, "hotfix_sent_bytes_total{route=\"%s\"} %" PRIu64 "\n", hf_route_name((enum hf_route)i),
                   sum(m, at(offsetof(struct hf_shard, bytes), i)));
    head(out, "hotfix_decisions_total", "counter", "What version checks came to, and why.");
    for (i = 0; i < 3; i++)
        for (k = 0; k < HF_WHYS; k++) {
            n = sum(m, at(offsetof(struct hf_shard, decisions), i * HF_WHYS + k));
            if (n > 0 || (i == HF_INSTALL && k == HF_WHY_OFFERED) || (i == HF_NOTHING && k == HF_WHY_NEWEST))
                hf_buf_fmt(out, "hotfix_decisions_total{action=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
                           hf_action_name((enum hf_action)i), hf_why_word((enum hf_why)k), n);
        }
    head(out, "hotfix_links_total", "counter", "Links that were handed out.");
    hf_buf_fmt(out, "hotfix_links_total{kind=\"file\"} %" PRIu64 "\nhotfix_links_total{kind=\"delta\"} %" PRIu64 "\n",
               SUM(m, links), SUM(m, delta_links));
    head(out, "hotfix_refused_total", "counter", "Connections and requests that were refused, by cause.");
    for (i = 0; i < HF_REFUSALS; i++)
        hf_buf_fmt(out, "hotfix_refused_total{cause=\"%s\"} %" PRIu64 "\n", causes[i],
                   sum(m, at(offsetof(struct hf_shard, refused), i)));
}

/* One gauge with a line for each app and channel; what is not there yet is 0. */
static void of_lines(struct hf_buf *out, const struct hf_table *t, const char *name, const char *help,
                     int64_t (*value)(const struct hf_served *l, int64_t now), int64_t now)
{
    size_t i;

    head(out, name, "gauge", help);
    for (i = 0; i < t->count; i++)
        hf_buf_fmt(out, "%s{app=\"%s\",channel=\"%s\"} %" PRId64 "\n", name, t->served[i].app, t->served[i].channel,
                   value(&t->served[i], now));
}

static int64_t serial(const struct hf_served *l, int64_t now)
{
    (void)now;
    return l->now != NULL ? l->now->m->serial : 0;
}

static int64_t published(const struct hf_served *l, int64_t now)
{
    (void)now;
    return l->now != NULL ? l->now->m->published : 0;
}

static int64_t age(const struct hf_served *l, int64_t now)
{
    return l->now != NULL && now > l->now->m->published ? now - l->now->m->published : 0;
}

static int64_t expires(const struct hf_served *l, int64_t now)
{
    (void)now;
    return l->now != NULL ? l->now->m->expires : 0;
}

static int64_t refused(const struct hf_served *l, int64_t now)
{
    (void)now;
    return l->refused || l->bucket_refused;
}

/* Of channels whose store is a bucket: since when it has not said that what is in force here is in force there. */
static void buckets(struct hf_buf *out, const struct hf_table *t)
{
    const struct hf_served *l;
    int first = 1;

    for (l = t->served; l < t->served + t->count; l++) {
        if (l->from->links == NULL)
            continue;
        if (first)
            head(out, "hotfix_bucket_seen_timestamp_seconds", "gauge",
                 "When the bucket last had the manifest that is in force here; 0: never.");
        first = 0;
        hf_buf_fmt(out, "hotfix_bucket_seen_timestamp_seconds{app=\"%s\",channel=\"%s\"} %" PRId64 "\n", l->app, l->channel,
                   l->seen);
    }
}

static void manifests(struct hf_buf *out, const struct hf_table *t, int64_t now)
{
    of_lines(out, t, "hotfix_manifest_serial", "Serial of the manifest in force; 0: there is none.", serial, now);
    of_lines(out, t, "hotfix_manifest_published_timestamp_seconds", "When it was signed.", published, now);
    of_lines(out, t, "hotfix_manifest_age_seconds", "How long ago that is.", age, now);
    of_lines(out, t, "hotfix_manifest_expires_timestamp_seconds", "When it is no longer good; 0: there is none.", expires, now);
    of_lines(out, t, "hotfix_manifest_refused", "1: a newer file lies in the store, or none, and was not taken.", refused, now);
    buckets(out, t);
}

/* Walks over the patches that the manifests list and that something was counted of. */
typedef void patch_fn(struct hf_buf *out, const struct hf_served *l, const struct hf_release *r, const struct hf_patch_count *p);

static void each_patch(struct hf_buf *out, struct hf_metrics *m, const struct hf_table *t, patch_fn *show)
{
    struct hf_patch_count *p;
    size_t i, k;

    for (i = 0; i < t->count; i++)
        for (k = 0; t->served[i].now != NULL && k < t->served[i].now->m->release_count; k++) {
            const struct hf_release *r = &t->served[i].now->m->releases[k];

            p = hf_metrics_patch(m, t->served[i].app, t->served[i].channel, r->patch, 0);
            if (p != NULL)
                show(out, &t->served[i], r, p);
        }
}

static void show_offers(struct hf_buf *out, const struct hf_served *l, const struct hf_release *r, const struct hf_patch_count *p)
{
    hf_buf_fmt(out, "hotfix_offers_total{app=\"%s\",channel=\"%s\",patch=\"%" PRId64 "\"} %" PRIu64 "\n", l->app, l->channel,
               r->patch, get(&p->n[HF_RESULT_NONE]));
}

static void show_reports(struct hf_buf *out, const struct hf_served *l, const struct hf_release *r,
                         const struct hf_patch_count *p)
{
    enum hf_result i;

    for (i = HF_RESULT_INSTALLED; i < HF_RESULTS; i++)
        hf_buf_fmt(out, "hotfix_reports_total{app=\"%s\",channel=\"%s\",patch=\"%" PRId64 "\",result=\"%s\"} %" PRIu64 "\n",
                   l->app, l->channel, r->patch, hf_result_name(i), get(&p->n[i]));
}

void hf_metrics_text(struct hf_buf *out, struct hf_metrics *m, const struct hf_table *t, const struct hf_gauges *g)
{
    head(out, "hotfix_build_info", "gauge", "1, with the version.");
    hf_buf_str(out, "hotfix_build_info{version=\"" HF_VERSION "\"} 1\n");
    one(out, "hotfix_start_time_seconds", "gauge", "When the edge was started.", (uint64_t)m->started);
    one(out, "hotfix_workers", "gauge", "Workers that are alive.", g->workers);
    one(out, "hotfix_workers_configured", "gauge", "Workers that there should be.", g->workers_configured);
    one(out, "hotfix_worker_starts_total", "counter", "Workers that were started, also in place of dead ones.", SUM(m, starts));
    one(out, "hotfix_connections", "gauge", "Connections that are open now.", g->connections);
    one(out, "hotfix_connections_total", "counter", "Connections that were accepted.", SUM(m, accepted));
    requests(out, m);
    durations(out, m);
    by_kind(out, m);
    manifests(out, t, g->now);
    head(out, "hotfix_offers_total", "counter", "Answers with a link to this patch.");
    each_patch(out, m, t, show_offers);
    head(out, "hotfix_reports_total", "counter", "What devices say became of this patch.");
    each_patch(out, m, t, show_reports);
    one(out, "hotfix_reports_unlisted_total", "counter", "Reports about patches that no manifest lists.", SUM(m, unlisted));
    one(out, "hotfix_log_dropped_total", "counter", "Log lines that nobody read in time.", SUM(m, log_dropped));
}

static void show_json(struct hf_buf *out, const struct hf_served *l, const struct hf_release *r, const struct hf_patch_count *p)
{
    enum hf_result i;

    hf_buf_str(out, out->p[out->n - 1] == '[' ? "" : ",");
    hf_buf_fmt(out, "{\"app\":\"%s\",\"channel\":\"%s\",\"patch\":%" PRId64 ",\"offered\":%" PRIu64, l->app, l->channel, r->patch,
               get(&p->n[HF_RESULT_NONE]));
    for (i = HF_RESULT_INSTALLED; i < HF_RESULTS; i++)
        hf_buf_fmt(out, ",\"%s\":%" PRIu64, hf_result_name(i), get(&p->n[i]));
    hf_buf_str(out, "}");
}

void hf_metrics_reports(struct hf_buf *out, struct hf_metrics *m, const struct hf_table *t)
{
    hf_buf_fmt(out, "{\"format\":1,\"since\":%" PRId64 ",\"patches\":[", m->started);
    each_patch(out, m, t, show_json);
    hf_buf_str(out, "]}");
}
