/* watch.c: see watch.h. */
#include "edge/watch.h"

#include <string.h>
#include <time.h>

/* A worker is one thread, and those who call have no argument to carry these. */
static struct hf_metrics *metrics;
static struct hf_shard *mine;
static unsigned worker_id;
static struct hf_log out = {.fd = -1};

void hf_watch_begin(struct hf_metrics *all, unsigned worker, int log_fd, int log_is_socket, const uint8_t *log_key)
{
    metrics = all;
    mine = &all->shards[worker % HF_METRICS_SHARDS];
    worker_id = worker;
    out.fd = log_fd;
    out.is_socket = log_is_socket;
    out.key = log_key;
}

static void log_line(const struct hf_note *note, const struct hf_addr *who, struct hf_log_entry *e)
{
    char address[HF_ADDR_TEXT];
    struct timespec now;

    if (out.fd < 0)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    e->now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    e->worker = worker_id;
    e->address = hf_addr_text(address, who);
    hf_count(&mine->log_dropped, hf_log_add(&out, e, note));
}

void hf_watch_accepted(void)
{
    if (mine != NULL)
        hf_count(&mine->accepted, 1);
}

void hf_watch_refused(enum hf_refusal cause)
{
    if (mine != NULL)
        hf_count(&mine->refused[cause], 1);
}

void hf_watch_answer(const struct hf_note *note, const struct hf_addr *who, const char *method, int status, uint64_t body,
                     uint64_t sent, uint64_t ns)
{
    struct hf_log_entry e = {.method = method, .status = status, .bytes = body, .ns = ns};

    if (mine == NULL)
        return;
    hf_metrics_answer(metrics, mine, note, status, sent, ns);
    if (note->route == HF_ROUTE_DOWNLOAD && status == 503)
        hf_watch_refused(HF_REFUSED_DOWNLOADS);
    log_line(note, who, &e);
}

void hf_watch_gate(const struct hf_addr *who, int status, const char *why)
{
    const struct hf_note note = {.route = HF_ROUTE_GATE, .app = "", .channel = ""};
    struct hf_log_entry e = {.method = "", .status = status, .error = why};

    if (mine == NULL)
        return;
    hf_metrics_answer(metrics, mine, &note, status, 0, 0);
    hf_watch_refused(hf_refusal_of(status));
    log_line(&note, who, &e);
}

void hf_watch_sent(uint64_t bytes)
{
    if (mine != NULL)
        hf_count(&mine->bytes[HF_ROUTE_DOWNLOAD], bytes);
}

void hf_watch_turn(void)
{
    size_t dropped = hf_log_flush(&out);

    if (dropped > 0)
        hf_count(&mine->log_dropped, dropped);
}
