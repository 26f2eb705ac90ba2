/* cmd_accept.c: hotfix accept: a person has looked at what the store shows, and the publisher goes on from there. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/digest.h"
#include "publisher/cmd.h"
#include "publisher/memory.h"
#include "publisher/undone.h"
#include "publisher/where.h"

#define USAGE "hotfix accept [options] --serial N"

struct accept_args {
    struct hf_where where;
    int64_t serial; /* -1: not given */
    int force;      /* what was taken back since may return */
};

static void help(void)
{
    puts("usage: " USAGE "\n\n"
         "A publisher remembers what it signed last, and refuses to sign upon an older\n"
         "manifest, or upon none. After you looked at what the store shows ('hotfix\n"
         "status', 'hotfix verify'), this makes the publisher go on from it. Serials and\n"
         "patch numbers that were used before are not given again.\n\n"
         "      --serial N       the serial that the store shows; 0: it shows none\n"
         "      --force          although that undoes a pause, a rollback, a revocation\n"
         "                       or a lower rollout which the history still has\n"
         "      --memory DIR     the folder of the memory, without a repository\n" HF_WHERE_HELP);
}

static int read_serial(int64_t *out, const char *text, struct hf_err *err)
{
    if (strcmp(text, "0") == 0) {
        *out = 0;
        return 0;
    }
    return hf_where_accept(out, text, err);
}

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct accept_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {HF_WHERE_OPTIONS,
                                            {"serial", required_argument, NULL, 's'},
                                            {"force", no_argument, NULL, 'f'},
                                            {"memory", required_argument, NULL, HF_WHERE_MEMORY},
                                            {NULL, 0, NULL, 0}};
    int c;

    memset(a, 0, sizeof *a);
    a->serial = -1;
    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (hf_where_take(&a->where, c, optarg))
            continue;
        if (c == 'h') {
            help();
            return 1;
        }
        if (c == 'f') {
            a->force = 1;
            continue;
        }
        if (c != 's')
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
        if (read_serial(&a->serial, optarg, err) != 0)
            return -1;
    }
    return a->serial >= 0 && optind == argc ? 0 : hf_fail(err, HF_E_USAGE, "usage: " USAGE);
}

static void print(const struct hf_memory *before, int known, const struct hf_memory *m, const char *store)
{
    char when[HF_TIMESTAMP_LEN + 1];

    if (known && before->in_force.serial > 0) {
        hf_timestamp_format(when, before->in_force.published);
        printf("%s/%s: serial %" PRId64 " of %s was remembered, with patches up to %" PRId64 "\n", m->app, m->channel,
               before->in_force.serial, when, before->in_force.last);
    }
    if (m->in_force.serial > 0) {
        hf_timestamp_format(when, m->in_force.published);
        printf("%s/%s: serial %" PRId64 " of %s is accepted, with patches up to %" PRId64 "\n", m->app, m->channel,
               m->in_force.serial, when, m->in_force.last);
    } else {
        printf("%s/%s: an empty channel in %s is accepted\n", m->app, m->channel, store);
        printf("what was paused, limited, rolled back or revoked before is forgotten with it: the same bytes may go\n"
               "to all devices again\n");
    }
    printf("the next serial is above %" PRId64 ", the next patch number above %" PRId64 "\n", m->serial, m->last);
}

/* What the store shows must be what was looked at. */
static int look(struct hf_remembered *shown, const struct accept_args *a, const struct hf_ledger *l, struct hf_err *err)
{
    if (hf_ledger_look(shown, l, err) != 0)
        return -1;
    if (shown->serial != a->serial)
        return hf_fail(err, HF_E_POLICY, "%s/%s: the store shows serial %" PRId64 ", not %" PRId64 "; nothing was changed",
                       l->app, l->channel, shown->serial, a->serial);
    return 0;
}

/* The newest of the history may know what is undone by going on from an older one; and *last, which patch numbers were given. */
static int judge_undone(const struct accept_args *a, const struct hf_ledger *l, int64_t newest, int64_t *last, struct hf_err *err)
{
    struct hf_manifest *then = NULL, *now = NULL;
    struct hf_err why = {HF_OK, ""};
    int rc = 0;

    if (hf_ledger_read_serial(&then, l, newest, &why) != 0) {
        fprintf(stderr, "warning: history/%" PRId64 ".json cannot be compared: %s\n", newest, why.msg);
    } else if (hf_ledger_read(&now, l, err) != 0) {
        rc = -1;
    } else if (hf_undone_print(now, then) > 0 && !a->force) {
        rc = hf_fail(err, HF_E_POLICY,
                     "%s/%s: serial %" PRId64 " would undo this; nothing was changed. Copy history/%" PRId64 ".json to "
                     "manifest.json to go on from the newest one, or accept this one with --force",
                     l->app, l->channel, a->serial, newest);
    }
    *last = then != NULL ? then->last : 0;
    hf_manifest_free(then);
    hf_manifest_free(now);
    return rc;
}

static int64_t greatest(int64_t a, int64_t b, int64_t c)
{
    int64_t d = a > b ? a : b;

    return c > d ? c : d;
}

/* All of it under the lock: another publisher may be at work, and what it signs must not be forgotten. */
static int accept(const struct accept_args *a, const struct hf_setup *s, const struct hf_channel *c, struct hf_err *err)
{
    struct hf_ledger l = hf_setup_ledger(s, c);
    struct hf_memory before;
    struct hf_memory_file f;
    struct hf_remembered shown;
    int64_t newest = 0, last = 0;
    int rc = -1;

    /* One that says nothing is replaced: that is what a person decided. One that could not be read is not. */
    if (hf_memory_open(&f, l.memory, c->app, c->name, err) != 0 && (f.lock < 0 || err->code != HF_E_SIG))
        goto out;
    if (look(&shown, a, &l, err) != 0 || hf_ledger_highest(&newest, &l, shown.serial, err) != 0)
        goto out;
    if (shown.serial > 0 && newest > shown.serial && judge_undone(a, &l, newest, &last, err) != 0)
        goto out;
    before = f.memory;
    f.memory.in_force = shown;
    memset(&f.memory.tried, 0, sizeof f.memory.tried);
    f.memory.serial = greatest(f.memory.serial, shown.serial, newest);
    f.memory.last = greatest(f.memory.last, shown.last, last);
    snprintf(f.memory.store, sizeof f.memory.store, "%s", hf_store_name(s->store));
    rc = hf_memory_save(&f, err);
    if (rc == 0)
        print(&before, f.known, &f.memory, hf_store_name(s->store));
out:
    hf_memory_close(&f);
    return rc;
}

int hf_cmd_accept(int argc, char **argv)
{
    struct accept_args a;
    struct hf_setup s = {0};
    const struct hf_channel *c;
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, argc, argv, &err);

    if (rc == 0) {
        rc = -1;
        if (hf_where_open(&s, &a.where, 0, &err) == 0 && hf_config_channel(&c, s.config, NULL, a.where.channel, &err) == 0) {
            if (s.memory == NULL)
                hf_fail(&err, HF_E_USAGE, "without a repository there is no memory: name one with --repo or --memory");
            else
                rc = accept(&a, &s, c, &err);
        }
        hf_setup_close(&s);
    }
    return rc >= 0 ? 0 : hf_cmd_fail(&err);
}
