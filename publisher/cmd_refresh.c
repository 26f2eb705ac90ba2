/* cmd_refresh.c: hotfix refresh: a manifest expires so that nobody can hold devices back with an old one for ever; this signs
 * what is in force once more. Made for a timer: it does nothing while more than half of the time is left. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "publisher/cmd.h"
#include "publisher/where.h"

#define USAGE "hotfix refresh [options]"

struct refresh_args {
    struct hf_where where;
    int force;
    int reset; /* a manifest from the future is dated by this clock */
    int64_t now;
    json_t *all;
    int failed; /* the exit status of the first channel that failed; the others are refreshed all the same */
    int done;   /* whether the edit of the channel at hand was one */
};

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct refresh_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {HF_WHERE_OPTIONS,
                                            HF_WHERE_SIGN_OPTIONS,
                                            {"force", no_argument, NULL, 'f'},
                                            {"reset-time", no_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (hf_where_take(&a->where, c, optarg))
            continue;
        if (c == 'f') {
            a->force = 1;
        } else if (c == 't') {
            a->reset = 1;
        } else if (c == 'h') {
            puts("usage: " USAGE "\n\n"
                 "Signs each channel's manifest again, with a new expiry, when less than half of\n"
                 "its time is left.\n\n"
                 "      --force          also when there is more\n"
                 "      --reset-time     a manifest that was published in the future, by a clock\n"
                 "                       that was ahead, gets the time of this machine\n" HF_WHERE_HELP "\n" HF_WHERE_SIGN_HELP);
            return 1;
        } else {
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
        }
    }
    return optind == argc ? 0 : hf_fail(err, HF_E_USAGE, "refresh takes no operand; usage: " USAGE);
}

/* The way back from a clock that was ahead: the one manifest whose `published` is before that of the one before it. Devices go by
 * the serial, which grows as ever (docs/formats.md, "The clock of a publisher"). */
static int reset_time(struct hf_manifest *m, struct refresh_args *a)
{
    size_t i;

    a->done = hf_clock_future(m->published, a->now);
    if (!a->done)
        return 1;
    m->published = a->now;
    for (i = 0; i < m->release_count; i++)
        if (m->releases[i].published > a->now)
            m->releases[i].published = a->now;
    return 0;
}

/* The edit: nothing in the manifest changes but what the ledger writes by itself, serial, published and expires. */
static int edit(struct hf_manifest *m, void *arg, struct hf_err *err)
{
    struct refresh_args *a = arg;
    int64_t whole = m->expires - m->published, left = m->expires - a->now;

    (void)err;
    if (a->reset)
        return reset_time(m, a);
    a->done = m->serial > 0 && (a->force || left < whole - left);
    return a->done ? 0 : 1;
}

static void tell(struct refresh_args *a, const struct hf_manifest *m)
{
    char when[HF_TIMESTAMP_LEN + 1];

    hf_timestamp_format(when, m->expires);
    if (a->all != NULL)
        json_array_append_new(a->all,
                              json_pack("{s:s,s:s,s:I,s:s,s:b}", "app", m->app, "channel", m->channel, "serial",
                                        (json_int_t)m->serial, "expires", m->serial > 0 ? when : "", "refreshed", a->done));
    else if (m->serial == 0)
        printf("%s/%s: nothing released yet\n", m->app, m->channel);
    else if (a->done)
        printf("%s/%s: signed again, serial %" PRId64 ", good until %s\n", m->app, m->channel, m->serial, when);
    else
        printf("%s/%s: nothing to do, serial %" PRId64 " is good until %s\n", m->app, m->channel, m->serial, when);
}

static int refresh_channel(const struct hf_setup *s, const struct hf_channel *c, void *arg, struct hf_err *err)
{
    struct refresh_args *a = arg;
    struct hf_ledger l = hf_setup_ledger(s, c);
    struct hf_manifest *m = NULL;
    char when[HF_TIMESTAMP_LEN + 1];

    l.clock.reset = a->reset;
    if (hf_ledger_change(&m, &l, a->now, edit, a, err) != 0) {
        hf_fail_in(err, "%s/%s: ", c->app, c->name);
        a->failed = hf_cmd_fail(err);
        return 0;
    }
    tell(a, m);
    if (!a->done && hf_clock_future(m->published, a->now)) {
        hf_timestamp_format(when, m->published);
        fprintf(stderr, "hotfix: %s/%s was published in the future, at %s: %s\n", m->app, m->channel, when, HF_CLOCK_FUTURE_MEND);
        a->failed = 1;
    }
    hf_manifest_free(m);
    return 0;
}

static int refresh(struct refresh_args *a, struct hf_err *err)
{
    struct hf_setup s;
    int rc = -1;

    a->now = hf_cmd_now();
    a->all = a->where.json ? json_array() : NULL;
    if (hf_where_open(&s, &a->where, 1, err) == 0)
        rc = hf_where_each(&s, &a->where, refresh_channel, a, err);
    hf_setup_close(&s);
    if (rc == 0 && a->all != NULL)
        return hf_cmd_print_json(a->all, err);
    json_decref(a->all);
    return rc;
}

int hf_cmd_refresh(int argc, char **argv)
{
    struct refresh_args a = {0};
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, argc, argv, &err);

    if (rc == 0)
        rc = refresh(&a, &err);
    return rc < 0 ? hf_cmd_fail(&err) : a.failed;
}
