/* cmd_status.c: hotfix status: what is released, from the signed manifests in the store. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "publisher/cmd.h"

#define USAGE "hotfix status [-c FILE] [--repo DIR] [--channel LABEL] [--json]"

struct status_args {
    const char *ini, *repo, *channel;
    int json;
};

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct status_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"repo", required_argument, NULL, 'r'},
        {"channel", required_argument, NULL, 'C'},
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
        else if (c == 'j')
            a->json = 1;
        else if (c == 'h') {
            puts("usage: " USAGE "\n\nShows each channel's manifest: serial, expiry, and its releases, newest first.");
            return 1;
        } else
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
    }
    return optind == argc ? 0 : hf_fail(err, HF_E_USAGE, "status takes no operand; usage: " USAGE);
}

static void print_release(const struct hf_release *r)
{
    char percent[8], size[16], when[HF_TIMESTAMP_LEN + 1];

    hf_percent_format(percent, r->rollout);
    hf_timestamp_format(when, r->published);
    printf("%6" PRId64 "  %-16s %-9s %7s  %-9s %10s  %.10s\n", r->patch, r->target, hf_state_name(r->state), percent,
           hf_priority_name(r->priority), r->has_file ? hf_cmd_size(size, r->file.size) : "none", when);
}

static void print_manifest(const struct hf_manifest *m, int64_t now)
{
    char when[HF_TIMESTAMP_LEN + 1];
    size_t i;

    hf_timestamp_format(when, m->expires);
    printf("%s/%s: serial %" PRId64 ", %s %s\n", m->app, m->channel, m->serial, m->expires > now ? "expires" : "EXPIRED", when);
    if (m->release_count > 0)
        printf("%6s  %-16s %-9s %7s  %-9s %10s  %s\n", "patch", "target", "state", "rollout", "priority", "size", "published");
    for (i = 0; i < m->release_count; i++)
        print_release(&m->releases[i]);
}

static json_t *release_json(const struct hf_release *r)
{
    char percent[8], when[HF_TIMESTAMP_LEN + 1];

    hf_percent_format(percent, r->rollout);
    hf_timestamp_format(when, r->published);
    return json_pack("{s:I,s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:s}", "patch", (json_int_t)r->patch, "target", r->target, "state",
                     hf_state_name(r->state), "rollout", percent, "priority", hf_priority_name(r->priority), "size",
                     (json_int_t)r->file.size, "sha256", r->file.sums.sha256, "published", when, "commit", r->source.commit,
                     "ref", r->source.ref);
}

static json_t *manifest_json(const struct hf_manifest *m)
{
    char when[HF_TIMESTAMP_LEN + 1];
    json_t *a = json_array();
    size_t i;

    for (i = 0; i < m->release_count; i++)
        json_array_append_new(a, release_json(&m->releases[i]));
    hf_timestamp_format(when, m->expires);
    return json_pack("{s:s,s:s,s:I,s:s,s:o}", "app", m->app, "channel", m->channel, "serial", (json_int_t)m->serial, "expires",
                     when, "releases", a);
}

/* One channel; a manifest that is not there yet is an answer too. */
static int show(const struct hf_setup *s, const struct hf_channel *c, json_t *all, struct hf_err *err)
{
    struct hf_ledger l = hf_setup_ledger(s, c);
    struct hf_manifest *m = NULL;
    struct hf_err why = {HF_OK, ""};

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
        json_array_append_new(all, manifest_json(m));
    else
        print_manifest(m, hf_cmd_now());
    hf_manifest_free(m);
    return 0;
}

static int status(const struct status_args *a, struct hf_err *err)
{
    struct hf_setup s;
    const struct hf_channel *c = NULL;
    json_t *all = a->json ? json_array() : NULL;
    size_t i;
    int rc = -1;

    if (hf_setup_open(&s, hf_cmd_repo(a->repo), 0, a->ini, err) != 0 || hf_setup_store(&s, err) != 0)
        goto out;
    if (a->channel != NULL && hf_config_channel(&c, s.config, NULL, a->channel, err) != 0)
        goto out;
    for (i = 0; i < s.config->channel_count; i++)
        if ((c == NULL || c == &s.config->channels[i]) && show(&s, &s.config->channels[i], all, err) != 0)
            goto out;
    rc = 0;
    if (all != NULL) {
        rc = hf_cmd_print_json(all, err);
        all = NULL;
    }
out:
    json_decref(all);
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
