/* edges.h: what running edges have counted of each patch, from where their metrics are ([edge] metrics). */
#ifndef HF_EDGES_H
#define HF_EDGES_H

#include "core/manifest.h"
#include "core/question.h"

#define HF_EDGES_MAX 16
#define HF_EDGES_MAX_REPLY (4 * 1024 * 1024)
#define HF_EDGES_MAX_PATCHES 16384

/* n[0]: links handed out; else by enum hf_result. */
struct hf_edge_count {
    char app[HF_APP_MAX + 1];
    char channel[HF_CHANNEL_MAX + 1];
    int64_t patch;
    int64_t n[HF_RESULTS];
};

struct hf_edges {
    struct hf_edge_count *list;
    size_t count;
};

/* Asks each url ("http://127.0.0.1:3002") and adds up. HF_E_USAGE for one that is no url, HF_E_AGAIN when one is not reached,
 * HF_E_INPUT when it says what no edge says. *out is freed with hf_edges_free, after a failure too. */
int hf_edges_ask(struct hf_edges *out, const char *const *urls, size_t n, struct hf_err *err);
void hf_edges_free(struct hf_edges *e);

/* The same from the bytes of one reply. */
int hf_edges_add(struct hf_edges *to, const void *p, size_t n, struct hf_err *err);

/* What was counted of a patch: zeros when nothing was. */
const struct hf_edge_count *hf_edges_find(const struct hf_edges *e, const char *app, const char *channel, int64_t patch);

#endif
