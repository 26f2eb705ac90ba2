/* check_store.c: see check.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "publisher/check.h"
#include "publisher/doubt.h"

#define YEAR_2024 INT64_C(1704067200)

static void judge_manifest(struct hf_check *c, const struct hf_manifest *m)
{
    char expires[HF_TIMESTAMP_LEN + 1], published[HF_TIMESTAMP_LEN + 1];

    hf_timestamp_format(expires, m->expires);
    hf_timestamp_format(published, m->published);
    if (hf_clock_future(m->published, c->now))
        hf_found(c->found, HF_FOUND_ERROR, HF_CLOCK_FUTURE_MEND, "%s/%s was published at %s, which is in the future", m->app,
                 m->channel, published);
    else if (m->expires <= c->now)
        hf_found(c->found, HF_FOUND_ERROR, "run 'hotfix refresh', and let a timer run it each day",
                 "the manifest of %s/%s expired at %s: devices take nothing from it", m->app, m->channel, expires);
    else if (m->expires - c->now < (m->expires - m->published) / 4)
        hf_found(c->found, HF_FOUND_WARNING, "run 'hotfix refresh', and let a timer run it each day",
                 "the manifest of %s/%s expires at %s, and less than a quarter of its time is left", m->app, m->channel,
                 expires);
    else
        hf_found(c->found, HF_FOUND_OK, NULL, "%s/%s: serial %" PRId64 ", good until %s", m->app, m->channel, m->serial,
                 expires);
}

/* Whether a publisher on this machine would refuse because of its clock. m NULL: nothing is in force yet. */
static void judge_clock(struct hf_check *c, const struct hf_ledger *l, const struct hf_manifest *m)
{
    const struct hf_clock_facts facts = {.in_force = m != NULL ? m->published : 0};
    struct hf_err err = {HF_OK, ""};

    if ((m == NULL || !hf_clock_future(m->published, c->now)) &&
        hf_clock_allow(&l->clock, c->s->store, facts, c->now, &err) != 0)
        hf_found(c->found, HF_FOUND_ERROR, "set it (timedatectl); until then a push waits", "%s/%s: %s", l->app, l->channel,
                 err.msg);
}

/* What it remembers of its own manifests. */
static void judge_memory(struct hf_check *c, const struct hf_ledger *l)
{
    struct hf_err err = {HF_OK, ""};

    if (hf_doubt(l, c->now, &err) != 0)
        hf_found(c->found, HF_FOUND_ERROR, "until then nothing is published", "%s/%s: %s", l->app, l->channel, err.msg);
}

static int is_bucket(const struct hf_check *c)
{
    return strncmp(c->s->config->store.url, "s3://", 5) == 0;
}

static void check_channel(struct hf_check *c, const struct hf_channel *ch)
{
    struct hf_ledger l = hf_setup_ledger(c->s, ch);
    struct hf_manifest *m = NULL;
    struct hf_err err = {HF_OK, ""};
    struct hf_store_facts facts;
    char folder[HF_STORE_KEY_MAX];

    snprintf(folder, sizeof folder, "%s/%s", ch->app, ch->name);
    if (hf_store_probe(c->s->store, folder, &facts, &err) != 0 && err.code != HF_E_NOTFOUND)
        hf_found(c->found, HF_FOUND_ERROR,
                 is_bucket(c) ? "mend the policy: docs/s3.md" : "give this user the right to write there", "%s: %s", folder,
                 err.msg);
    if (c->s->trust == NULL)
        return; /* told already; without keys nothing can be said of a manifest */
    if (hf_ledger_read(&m, &l, &err) == 0)
        judge_manifest(c, m);
    else if (err.code == HF_E_NOTFOUND)
        hf_found(c->found, HF_FOUND_OK, NULL, "%s: nothing released yet", folder);
    else
        hf_found(c->found, HF_FOUND_ERROR, "'hotfix verify' says more; the history has the good ones", "%s: %s", folder,
                 err.msg);
    if (m != NULL || err.code == HF_E_NOTFOUND) {
        judge_clock(c, &l, m);
        judge_memory(c, &l);
    }
    hf_manifest_free(m);
}

/* What the credentials may do, and whether the server keeps two publishers apart. */
static void judge_bucket(struct hf_check *c, const struct hf_store_facts *f)
{
    hf_found(c->found, HF_FOUND_OK, NULL, "credentials: %s", f->keys);
    if (!f->list)
        hf_found(c->found, HF_FOUND_WARNING, "allow s3:ListBucket to the publisher, as docs/s3.md has it",
                 "the bucket may not be listed: what is missing looks as if it were forbidden, and no first release can be made");
    if (!f->remove)
        hf_found(c->found, HF_FOUND_OK, NULL,
                 "nothing may be removed from the bucket: a publisher need not, and one small test file stays there");
    switch (f->order) {
    case HF_STORE_ORDERED:
        hf_found(c->found, HF_FOUND_OK, NULL, "the server keeps publishers apart (If-Match, If-None-Match)");
        break;
    case HF_STORE_UNORDERED:
        hf_found(c->found, HF_FOUND_WARNING, "publish to it from one machine, with one hotfix.ini",
                 "the server has no preconditions (501): one publisher at a time, kept apart by the lock of %s",
                 c->s->config->path);
        break;
    case HF_STORE_IGNORES:
        hf_found(c->found, HF_FOUND_ERROR, "use another server, or a newer one: docs/s3.md",
                 "the server takes preconditions and does not keep them: of two publishers at once, one undoes the other's "
                 "release");
        break;
    }
}

void hf_check_store(struct hf_check *c)
{
    const struct hf_config *config = c->s->config;
    int bucket = is_bucket(c);
    struct hf_err err = {HF_OK, ""};
    char now[HF_TIMESTAMP_LEN + 1];
    struct hf_store_facts facts;
    size_t i;

    hf_timestamp_format(now, c->now > 0 ? c->now : 0);
    if (c->now < YEAR_2024)
        hf_found(c->found, HF_FOUND_ERROR, "set it right (timedatectl)", "the clock of this machine says %s", now);
    if (hf_store_open(&c->s->store, config, &err) != 0) {
        hf_found(c->found, HF_FOUND_ERROR, "make the folder, or mend [store] url", "%s", err.msg);
        return;
    }
    if (hf_store_probe(c->s->store, "", &facts, &err) != 0)
        hf_found(c->found, HF_FOUND_ERROR,
                 bucket && err.code == HF_E_AGAIN ? "look at the network, or mend [store] endpoint: docs/s3.md"
                 : bucket                         ? "mend [store], the credentials or their policy: docs/s3.md"
                                                  : "give this user the right to write there, and room on the disk",
                 "the store %s: %s", hf_store_name(c->s->store), err.msg);
    else
        hf_found(c->found, HF_FOUND_OK, NULL, "the store %s may be written", hf_store_name(c->s->store));
    if (bucket && err.code == HF_OK)
        judge_bucket(c, &facts);
    if (bucket && err.code == HF_E_AGAIN)
        return; /* it is away: each channel would say the same */
    if (facts.world)
        hf_found(c->found, HF_FOUND_WARNING, "chmod o= its folder, and let the edge's user into its group",
                 "the store %s may be read by everybody on this machine", hf_store_name(c->s->store));
    for (i = 0; i < config->channel_count; i++)
        check_channel(c, &config->channels[i]);
}
