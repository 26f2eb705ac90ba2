/* edges.c: see edges.h. */
#include "publisher/edges.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "store/http.h"

#define MAX_URL 512
#define SECONDS 10

static struct hf_edge_count *find(const struct hf_edges *e, const char *app, const char *channel, int64_t patch)
{
    size_t i;

    for (i = 0; i < e->count; i++)
        if (e->list[i].patch == patch && strcmp(e->list[i].app, app) == 0 && strcmp(e->list[i].channel, channel) == 0)
            return &e->list[i];
    return NULL;
}

const struct hf_edge_count *hf_edges_find(const struct hf_edges *e, const char *app, const char *channel, int64_t patch)
{
    static const struct hf_edge_count none;
    const struct hf_edge_count *c = find(e, app, channel, patch);

    return c != NULL ? c : &none;
}

/* The place where a patch is counted, made if it is new. */
static struct hf_edge_count *place(struct hf_edges *e, const char *app, const char *channel, int64_t patch, struct hf_err *err)
{
    struct hf_edge_count *c = find(e, app, channel, patch), *more;

    if (c != NULL)
        return c;
    if (e->count == HF_EDGES_MAX_PATCHES) {
        hf_fail(err, HF_E_LIMIT, "more than %d patches", HF_EDGES_MAX_PATCHES);
        return NULL;
    }
    more = realloc(e->list, (e->count + 1) * sizeof *more);
    if (more == NULL) {
        hf_nomem(err);
        return NULL;
    }
    e->list = more;
    c = &e->list[e->count++];
    memset(c, 0, sizeof *c);
    snprintf(c->app, sizeof c->app, "%s", app);
    snprintf(c->channel, sizeof c->channel, "%s", channel);
    c->patch = patch;
    return c;
}

static int add_one(struct hf_edges *to, json_t *o, struct hf_err *err)
{
    const char *app, *channel, *name;
    struct hf_edge_count *c;
    int64_t patch, n[HF_RESULTS];
    size_t i;

    if (!json_is_object(o))
        return hf_fail(err, HF_E_INPUT, "patches holds what is no object");
    if (hf_json_string(&app, o, "app", HF_APP_MAX, "patch", err) != 0 ||
        hf_json_string(&channel, o, "channel", HF_CHANNEL_MAX, "patch", err) != 0 ||
        hf_json_int(&patch, o, "patch", 1, HF_MAX_INT, "patch", err) != 0)
        return -1;
    for (i = 0; i < HF_RESULTS; i++) {
        name = i == 0 ? "offered" : hf_result_name((enum hf_result)i);
        if (hf_json_int(&n[i], o, name, 0, HF_MAX_INT / HF_EDGES_MAX, "patch", err) != 0)
            return -1;
    }
    c = place(to, app, channel, patch, err);
    for (i = 0; c != NULL && i < HF_RESULTS; i++)
        c->n[i] += n[i];
    return c != NULL ? 0 : -1;
}

int hf_edges_add(struct hf_edges *to, const void *p, size_t n, struct hf_err *err)
{
    json_t *doc, *a, *v;
    int64_t format;
    size_t i;
    int rc = -1;

    if (hf_json_load(&doc, p, n, "the edge's answer", err) != 0)
        return -1;
    if (hf_json_int(&format, doc, "format", 1, 1, "the edge's answer", err) == 0 &&
        hf_json_array(&a, doc, "patches", HF_EDGES_MAX_PATCHES, "the edge's answer", err) == 0) {
        rc = 0;
        json_array_foreach(a, i, v)
        {
            rc = add_one(to, v, err);
            if (rc != 0)
                break;
        }
    }
    json_decref(doc);
    return rc;
}

static int ask_one(struct hf_edges *to, struct hf_http *http, const char *url, struct hf_err *err)
{
    char full[MAX_URL + 16];
    struct hf_http_ask ask = {.method = "GET", .url = full, .max_body = HF_EDGES_MAX_REPLY, .total_seconds = SECONDS};
    struct hf_http_reply reply;
    size_t n = strlen(url);
    int rc;

    while (n > 0 && url[n - 1] == '/')
        n--;
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) || n > MAX_URL)
        return hf_fail(err, HF_E_USAGE, "--edge: write where the edge's metrics are, as in http://127.0.0.1:3002");
    snprintf(full, sizeof full, "%.*s/reports", (int)n, url);
    rc = hf_http_do(http, &ask, &reply, err);
    if (rc == 0 && reply.status != 200)
        rc = hf_fail(err, reply.status >= 500 ? HF_E_AGAIN : HF_E_INPUT,
                     "HTTP status %d: is that the address of [edge] metrics?", reply.status);
    if (rc == 0)
        rc = hf_edges_add(to, reply.body.p != NULL ? reply.body.p : "", reply.body.n, err);
    hf_http_reply_clear(&reply);
    return rc != 0 ? hf_fail_in(err, "%.*s: ", (int)n, url) : 0;
}

int hf_edges_ask(struct hf_edges *out, const char *const *urls, size_t n, struct hf_err *err)
{
    struct hf_http *http = NULL;
    size_t i;
    int rc;

    memset(out, 0, sizeof *out);
    rc = hf_http_new(&http, err);
    for (i = 0; rc == 0 && i < n; i++)
        rc = ask_one(out, http, urls[i], err);
    hf_http_free(http);
    return rc;
}

void hf_edges_free(struct hf_edges *e)
{
    free(e->list);
    memset(e, 0, sizeof *e);
}
