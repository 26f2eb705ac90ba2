/* cmd_explain.c: hotfix explain: what a device gets and why, by the function that decides it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/decide.h"
#include "core/escape.h"
#include "publisher/cmd.h"
#include "publisher/where.h"

#define USAGE "hotfix explain [options] --version V"
#define TARGET_COLUMN 16

struct explain_args {
    struct hf_where where;
    struct hf_facts facts;
    struct hf_version version;
    json_t *all; /* the answers, with --json */
    int64_t now;
    int unanswered; /* channels that could not answer: expired, or not to be trusted */
};

static void help(void)
{
    puts("usage: " USAGE "\n\n"
         "Shows what a device gets, and for each release why it is or is not for it.\n\n"
         "      --version V      the app version that it runs: 1.1.1, 1.1.1+345\n"
         "      --client ID      its client id, on which rollouts depend\n"
         "      --have SUM       the SHA-256 or MD5 of the patch that it has\n"
         "      --failed SHA256  a patch that it gave up on; may be repeated\n" HF_WHERE_HELP);
}

static int set_version(struct explain_args *a, const char *s, struct hf_err *err)
{
    a->facts.version = s;
    if (hf_version_parse(&a->version, s, strlen(s), err) == 0)
        return 0;
    err->code = HF_E_USAGE;
    return -1;
}

static int set_client(struct hf_facts *r, const char *s, struct hf_err *err)
{
    char shown[2 * HF_CLIENT_ID_MAX];

    r->client = s;
    if (strlen(s) > HF_CLIENT_ID_MAX)
        return hf_fail(err, HF_E_USAGE, "--client is longer than %d bytes", HF_CLIENT_ID_MAX);
    if (!hf_utf8_ok(s, strlen(s)))
        return hf_fail(err, HF_E_USAGE, "--client is not UTF-8");
    if (!hf_client_id_real(s)) {
        r->client = "";
        fprintf(stderr, "hotfix: the client id '%s' does not name one device: it counts as none\n",
                hf_escape(shown, sizeof shown, s, strlen(s)));
    }
    return 0;
}

static int set_have(struct hf_facts *r, const char *s, struct hf_err *err)
{
    if (hf_is_hex(s, HF_SHA256_HEX))
        r->sha256 = s;
    else if (strlen(s) == HF_MD5_HEX && strspn(s, "0123456789abcdefABCDEF") == HF_MD5_HEX)
        r->md5 = s;
    else
        return hf_fail(err, HF_E_USAGE, "--have takes a SHA-256 (64 lower-case hex digits) or an MD5 (32)");
    return 0;
}

static int add_failed(struct hf_facts *r, const char *s, struct hf_err *err)
{
    if (!hf_is_hex(s, HF_SHA256_HEX))
        return hf_fail(err, HF_E_USAGE, "--failed takes a SHA-256: 64 lower-case hex digits");
    if (r->failed_count == HF_FACTS_MAX_FAILED)
        return hf_fail(err, HF_E_USAGE, "--failed may be given %d times: a device reports no more", HF_FACTS_MAX_FAILED);
    r->failed[r->failed_count++] = s;
    return 0;
}

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct explain_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {HF_WHERE_OPTIONS,
                                            {"version", required_argument, NULL, 'v'},
                                            {"client", required_argument, NULL, 'i'},
                                            {"have", required_argument, NULL, 'H'},
                                            {"failed", required_argument, NULL, 'f'},
                                            {NULL, 0, NULL, 0}};
    int c, rc = 0;

    while (rc == 0 && (c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (hf_where_take(&a->where, c, optarg))
            continue;
        if (c == 'v')
            rc = set_version(a, optarg, err);
        else if (c == 'i')
            rc = set_client(&a->facts, optarg, err);
        else if (c == 'H')
            rc = set_have(&a->facts, optarg, err);
        else if (c == 'f')
            rc = add_failed(&a->facts, optarg, err);
        else if (c == 'h') {
            help();
            return 1;
        } else
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
    }
    if (rc != 0)
        return rc;
    if (optind != argc)
        return hf_fail(err, HF_E_USAGE, "explain takes no operand; usage: " USAGE);
    return a->facts.version != NULL ? 0
                                    : hf_fail(err, HF_E_USAGE, "--version is missing: the app version that the device runs");
}

static const char *why(const struct explain_args *a, const struct hf_manifest *m, const struct hf_release *r)
{
    const char *against = hf_why_not(m, r, &a->version, &a->facts);

    return against[0] != '\0' ? against : "yes: candidate";
}

static const char *action_name(const struct hf_decision *d)
{
    static const char *const names[] = {"nothing", "install", "remove"};

    return names[d->action];
}

static void print_decision(const struct hf_manifest *m, const struct hf_decision *d)
{
    printf("%s/%s, serial %" PRId64 "\n  ", m->app, m->channel, m->serial);
    if (d->action == HF_INSTALL)
        printf("install patch %" PRId64 "%s, %s", d->release->patch, d->delta != NULL ? " by a delta" : "",
               hf_priority_name(d->priority));
    else if (d->action == HF_REMOVE)
        printf("remove the patch, back to the app as shipped, %s", hf_priority_name(d->priority));
    else
        printf("nothing to do");
    printf(":\n  %s\n", d->reason);
}

static void print_release(const struct explain_args *a, const struct hf_manifest *m, const struct hf_release *r, int own)
{
    char percent[8], target[TARGET_COLUMN + 1];

    hf_percent_format(percent, r->rollout);
    snprintf(target, sizeof target, "%.*s", TARGET_COLUMN, r->target);
    if (strlen(r->target) > TARGET_COLUMN)
        memcpy(target + TARGET_COLUMN - 3, "...", 4);
    printf("%c%6" PRId64 "  %-*s %-9s %7s  %s\n", own ? '*' : ' ', r->patch, TARGET_COLUMN, target, hf_state_name(r->state),
           percent, why(a, m, r));
}

static void print_answer(const struct explain_args *a, const struct hf_manifest *m, const struct hf_decision *d)
{
    const struct hf_release *own = hf_own_release(m, &a->version, &a->facts);
    size_t i;

    print_decision(m, d);
    if (m->release_count > 0)
        printf("  %5s  %-*s %-9s %7s  %s\n", "patch", TARGET_COLUMN, "target", "state", "rollout", "for this device");
    for (i = 0; i < m->release_count; i++)
        print_release(a, m, &m->releases[i], &m->releases[i] == own);
    if (own != NULL)
        puts("  * the device has it");
}

static json_t *release_json(const struct explain_args *a, const struct hf_manifest *m, const struct hf_release *r, int own)
{
    const char *against = hf_why_not(m, r, &a->version, &a->facts);
    char percent[8];
    json_t *o;

    hf_percent_format(percent, r->rollout);
    o = json_pack("{s:I,s:s,s:s,s:s,s:b,s:s,s:b}", "patch", (json_int_t)r->patch, "target", r->target, "state",
                  hf_state_name(r->state), "rollout", percent, "candidate", against[0] == '\0', "why", why(a, m, r), "own", own);
    if (a->facts.client != NULL && a->facts.client[0] != '\0')
        json_object_set_new(o, "bucket", json_integer(hf_rollout_bucket(r->salt, a->facts.client)));
    return o;
}

static json_t *answer_json(const struct explain_args *a, const struct hf_manifest *m, const struct hf_decision *d)
{
    const struct hf_release *own = hf_own_release(m, &a->version, &a->facts);
    json_t *releases = json_array();
    size_t i;

    for (i = 0; i < m->release_count; i++)
        json_array_append_new(releases, release_json(a, m, &m->releases[i], &m->releases[i] == own));
    return json_pack("{s:s,s:s,s:I,s:s,s:o,s:s,s:s,s:b,s:o}", "app", m->app, "channel", m->channel, "serial",
                     (json_int_t)m->serial, "action", action_name(d), "patch",
                     d->action == HF_INSTALL ? json_integer(d->release->patch) : json_null(), "priority",
                     hf_priority_name(d->priority), "reason", d->reason, "up_to_date", d->up_to_date, "releases", releases);
}

/* A channel without an answer is told, and the others go on. */
static void unanswered(struct explain_args *a, const struct hf_channel *c, const struct hf_err *why_not)
{
    if (a->all != NULL)
        json_array_append_new(a->all, json_pack("{s:s,s:s,s:s}", "app", c->app, "channel", c->name, "error", why_not->msg));
    else
        printf("%s/%s\n  no answer: %s\n", c->app, c->name, why_not->msg);
}

static int explain_channel(const struct hf_setup *s, const struct hf_channel *c, void *arg, struct hf_err *err)
{
    struct explain_args *a = arg;
    struct hf_ledger l = hf_setup_ledger(s, c);
    struct hf_manifest *m = NULL;
    struct hf_err wrong = {HF_OK, ""};
    struct hf_decision d;

    (void)err;
    if (hf_ledger_read(&m, &l, &wrong) != 0) {
        if (wrong.code == HF_E_NOTFOUND)
            snprintf(wrong.msg, sizeof wrong.msg, "nothing is released yet");
        else
            a->unanswered = 1;
        unanswered(a, c, &wrong);
        return 0;
    }
    if (hf_decide(&d, m, &a->facts, a->now, &wrong) != 0) {
        a->unanswered = 1;
        unanswered(a, c, &wrong);
    } else if (a->all != NULL) {
        json_array_append_new(a->all, answer_json(a, m, &d));
    } else {
        print_answer(a, m, &d);
    }
    hf_manifest_free(m);
    return 0;
}

static int explain(struct explain_args *a, struct hf_err *err)
{
    struct hf_setup s;
    int rc = -1;

    a->now = hf_cmd_now();
    a->all = a->where.json ? json_array() : NULL;
    if (hf_where_open(&s, &a->where, 0, err) == 0)
        rc = hf_where_each(&s, &a->where, explain_channel, a, err);
    hf_setup_close(&s);
    if (rc == 0 && a->all != NULL)
        return hf_cmd_print_json(a->all, err);
    json_decref(a->all);
    return rc;
}

int hf_cmd_explain(int argc, char **argv)
{
    struct explain_args a = {0};
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, argc, argv, &err);

    if (rc == 0)
        rc = explain(&a, &err);
    return rc < 0 ? hf_cmd_fail(&err) : a.unanswered;
}
