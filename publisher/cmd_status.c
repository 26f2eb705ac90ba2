/* cmd_status.c: hotfix status: what is released, from the signed manifests in the store. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/cmd.h"
#include "publisher/doubt.h"
#include "publisher/edges.h"

#define USAGE "hotfix status [-c FILE|--repo DIR] [--channel C] [--edge URL]... [--json]"

struct status_args {
    const char *ini, *repo, *channel, *edges[HF_EDGES_MAX];
    size_t edge_count; /* 0: nobody is asked */
    int json;
};

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct status_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"repo", required_argument, NULL, 'r'},
        {"channel", required_argument, NULL, 'C'},
        {"edge", required_argument, NULL, 'e'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    memset(a, 0, sizeof *a);
    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (c == 'c')
            a->ini = optarg;
        else if (c == 'r')
            a->repo = optarg;
        else if (c == 'C')
            a->channel = optarg;
        else if (c == 'e' && a->edge_count == HF_EDGES_MAX)
            return hf_fail(err, HF_E_USAGE, "more than %d edges", HF_EDGES_MAX);
        else if (c == 'e')
            a->edges[a->edge_count++] = optarg;
        else if (c == 'j')
            a->json = 1;
        else if (c == 'h') {
            puts("usage: " USAGE "\n\nShows each channel's manifest: serial, expiry, and its releases, newest first.\n"
                 "With --edge, where [edge] metrics is: what became of them on devices, as the\n"
                 "edges have counted it since they were started.");
            return 1;
        } else
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
    }
    return optind == argc ? 0 : hf_fail(err, HF_E_USAGE, "status takes no operand; usage: " USAGE);
}

static void print_release(const struct hf_release *r, const struct hf_edge_count *n)
{
    char percent[8], size[16], when[HF_TIMESTAMP_LEN + 1], reason[256];

    hf_percent_format(percent, r->rollout);
    hf_timestamp_format(when, r->published);
    printf("%6" PRId64 "  %-16s %-9s %7s  %-9s %10s  %.10s", r->patch, r->target, hf_state_name(r->state), percent,
           hf_priority_name(r->priority), r->has_file ? hf_cmd_size(size, r->file.size) : "none", when);
    if (n != NULL)
        printf(" %9" PRId64 " %9" PRId64 " %9" PRId64 " %7" PRId64 " %7" PRId64, n->n[0], n->n[HF_RESULT_INSTALLED],
               n->n[HF_RESULT_CONFIRMED], n->n[HF_RESULT_FAILED], n->n[HF_RESULT_REMOVED]);
    putchar('\n');
    if (r->reason != NULL)
        printf("%8s%s: %s\n", "", hf_state_name(r->state), hf_escape(reason, sizeof reason, r->reason, strlen(r->reason)));
}

/* edges NULL: nobody was asked. */
static const struct hf_edge_count *count_of(const struct hf_edges *edges, const struct hf_manifest *m, const struct hf_release *r)
{
    return edges != NULL ? hf_edges_find(edges, m->app, m->channel, r->patch) : NULL;
}

static void print_manifest(const struct hf_manifest *m, const struct hf_edges *edges, int64_t now)
{
    char when[HF_TIMESTAMP_LEN + 1], published[HF_TIMESTAMP_LEN + 1];
    size_t i;

    hf_timestamp_format(when, m->expires);
    hf_timestamp_format(published, m->published);
    printf("%s/%s: serial %" PRId64 ", %s %s\n", m->app, m->channel, m->serial, m->expires > now ? "expires" : "EXPIRED", when);
    if (hf_clock_future(m->published, now))
        printf("PUBLISHED IN THE FUTURE, at %s: %s\n", published, HF_CLOCK_FUTURE_MEND);
    if (m->release_count > 0)
        printf("%6s  %-16s %-9s %7s  %-9s %10s  %s%s\n", "patch", "target", "state", "rollout", "priority", "size",
               "published", edges != NULL ? "    offered installed confirmed  failed removed" : "");
    for (i = 0; i < m->release_count; i++)
        print_release(&m->releases[i], count_of(edges, m, &m->releases[i]));
}

static json_t *release_json(const struct hf_release *r, const struct hf_edge_count *n)
{
    char percent[8], when[HF_TIMESTAMP_LEN + 1];
    json_t *o;
    int i;

    hf_percent_format(percent, r->rollout);
    hf_timestamp_format(when, r->published);
    o = json_pack("{s:I,s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:s*}", "patch", (json_int_t)r->patch, "target", r->target, "state",
                  hf_state_name(r->state), "rollout", percent, "priority", hf_priority_name(r->priority), "size",
                  (json_int_t)r->file.size, "sha256", r->file.sums.sha256, "published", when, "commit", r->source.commit, "ref",
                  r->source.ref, "reason", r->reason);
    for (i = 0; n != NULL && i < HF_RESULTS; i++)
        json_object_set_new(o, i == 0 ? "offered" : hf_result_name((enum hf_result)i), json_integer(n->n[i]));
    return o;
}

static json_t *manifest_json(const struct hf_manifest *m, const struct hf_edges *edges, int64_t now)
{
    char when[HF_TIMESTAMP_LEN + 1], published[HF_TIMESTAMP_LEN + 1];
    json_t *a = json_array();
    size_t i;

    for (i = 0; i < m->release_count; i++)
        json_array_append_new(a, release_json(&m->releases[i], count_of(edges, m, &m->releases[i])));
    hf_timestamp_format(when, m->expires);
    hf_timestamp_format(published, m->published);
    return json_pack("{s:s,s:s,s:I,s:s,s:b,s:s,s:o}", "app", m->app, "channel", m->channel, "serial", (json_int_t)m->serial,
                     "published", published, "future", hf_clock_future(m->published, now), "expires", when, "releases", a);
}

/* One channel; a manifest that is not there yet is an answer too. */
static int show(const struct hf_setup *s, const struct hf_channel *c, const struct hf_edges *edges, json_t *all,
                struct hf_err *err)
{
    struct hf_ledger l = hf_setup_ledger(s, c);
    struct hf_manifest *m = NULL;
    struct hf_err why = {HF_OK, ""};

    if (hf_doubt(&l, hf_cmd_now(), &why) != 0)
        fprintf(stderr, "warning: %s/%s: %s\n", c->app, c->name, why.msg);
    why = (struct hf_err){HF_OK, ""};
    if (hf_ledger_read(&m, &l, &why) != 0) {
        if (why.code != HF_E_NOTFOUND) {
            *err = why;
            return -1;
        }
        if (all != NULL)
            json_array_append_new(all, json_pack("{s:s,s:s,s:i}", "app", c->app, "channel", c->name, "serial", 0));
        else
            printf("%s/%s: nothing released yet\n", c->app, c->name);
        return 0;
    }
    if (all != NULL)
        json_array_append_new(all, manifest_json(m, edges, hf_cmd_now()));
    else
        print_manifest(m, edges, hf_cmd_now());
    hf_manifest_free(m);
    return 0;
}

static int status(const struct status_args *a, struct hf_err *err)
{
    struct hf_setup s;
    const struct hf_channel *c = NULL;
    json_t *all = a->json ? json_array() : NULL;
    struct hf_edges edges = {NULL, 0};
    size_t i;
    int rc = -1;

    if (hf_setup_open(&s, hf_cmd_repo(a->repo), 0, a->ini, err) != 0 || hf_setup_store(&s, err) != 0)
        goto out;
    if (a->channel != NULL && hf_config_channel(&c, s.config, NULL, a->channel, err) != 0)
        goto out;
    if (a->edge_count > 0 && hf_edges_ask(&edges, a->edges, a->edge_count, err) != 0)
        goto out;
    for (i = 0; i < s.config->channel_count; i++)
        if ((c == NULL || c == &s.config->channels[i]) &&
            show(&s, &s.config->channels[i], a->edge_count > 0 ? &edges : NULL, all, err) != 0)
            goto out;
    rc = 0;
    if (all != NULL) {
        rc = hf_cmd_print_json(all, err);
        all = NULL;
    }
out:
    json_decref(all);
    hf_edges_free(&edges);
    hf_setup_close(&s);
    return rc;
}

int hf_cmd_status(int argc, char **argv)
{
    struct status_args a;
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, argc, argv, &err);

    if (rc == 0)
        rc = status(&a, &err);
    return rc >= 0 ? 0 : hf_cmd_fail(&err);
}
