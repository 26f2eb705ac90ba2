/* act.c: see act.h. */
#include "publisher/act.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/act_held.h"
#include "publisher/cmd.h"
#include "publisher/repack.h"
#include "publisher/where.h"

struct act_args {
    struct hf_where where;
    struct hf_patch_edit edit;
    struct hf_repack repack;
};

static void usage_text(char out[128], const struct hf_act_verb *v)
{
    snprintf(out, 128, "hotfix %s [options] %s", v->name, v->operands);
}

static int read_patch(int64_t *out, const char *s, struct hf_err *err)
{
    char shown[48], *end = NULL;

    errno = 0;
    *out = strtoll(s, &end, 10);
    if (s[0] < '0' || s[0] > '9' || *end != '\0' || errno != 0 || *out < 1 || *out > HF_MAX_INT)
        return hf_fail(err, HF_E_USAGE, "'%s' is no patch number: 'hotfix status' lists them",
                       hf_escape(shown, sizeof shown, s, strlen(s)));
    return 0;
}

static int read_reason(const char *s, struct hf_err *err)
{
    const char *p;

    if (strlen(s) > HF_MANIFEST_MAX_NOTES)
        return hf_fail(err, HF_E_USAGE, "--reason is longer than %d bytes", HF_MANIFEST_MAX_NOTES);
    for (p = s; *p != '\0'; p++)
        if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
            return hf_fail(err, HF_E_USAGE, "--reason holds a control character");
    return hf_utf8_ok(s, strlen(s)) ? 0 : hf_fail(err, HF_E_USAGE, "--reason is not UTF-8");
}

/* What stands behind the options: PATCH, for rollout also P%. */
static int read_operands(struct hf_patch_edit *e, const struct hf_act_verb *v, int n, char **operand, struct hf_err *err)
{
    int wanted = v->act == HF_ACT_ROLLOUT ? 2 : 1;

    if (n == 0 && v->act == HF_ACT_ROLLBACK)
        return 0;
    if (n == 0)
        return hf_fail(err, HF_E_USAGE, "name the patch ('hotfix status' lists them); usage: hotfix %s [options] %s", v->name,
                       v->operands);
    if (n != wanted)
        return hf_fail(err, HF_E_USAGE, "usage: hotfix %s [options] %s", v->name, v->operands);
    if (read_patch(&e->patch, operand[0], err) != 0)
        return -1;
    if (wanted == 2 && hf_percent_parse(&e->rollout, operand[1], err) != 0) {
        err->code = HF_E_USAGE;
        return -1;
    }
    return 0;
}

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct act_args *a, const struct hf_act_verb *v, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {
        HF_WHERE_OPTIONS, HF_WHERE_SIGN_OPTIONS, {"reason", required_argument, NULL, 'R'}, {NULL, 0, NULL, 0}};
    char usage[128];
    int c;

    usage_text(usage, v);
    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (hf_where_take(&a->where, c, optarg))
            continue;
        if (c == 'h') {
            printf("usage: %s\n\n%s\n", usage, v->does);
            if (v->takes_reason)
                puts("      --reason TEXT    why, kept in the manifest for people");
            puts(HF_WHERE_HELP "\n" HF_WHERE_SIGN_HELP);
            return 1;
        }
        if (c != 'R' || !v->takes_reason)
            return hf_fail(err, HF_E_USAGE, "usage: %s", usage);
        if (read_reason(optarg, err) != 0)
            return -1;
        a->edit.reason = optarg;
    }
    return read_operands(&a->edit, v, argc - optind, argv + optind, err);
}

/* "patch 5 for 25% of them, else patch 3, else the app as shipped". */
static void print_next(const struct hf_patch_next *next)
{
    char percent[8];
    size_t i;

    for (i = 0; i < next->n; i++) {
        printf("%s%s %" PRId64, i > 0 ? ", else " : "", next->of[i]->has_file ? "patch" : "the app as shipped, by patch",
               next->of[i]->patch);
        if (next->of[i]->rollout != HF_ROLLOUT_ALL) {
            hf_percent_format(percent, next->of[i]->rollout);
            printf(" for %s of them", percent);
        } else if (i + 1 < next->n || next->shipped) {
            printf(" on %.60s", next->of[i]->target);
        }
    }
    if (next->shipped)
        printf("%sthe app as shipped", next->n > 0 ? ", else " : "");
    putchar('\n');
}

static void print_rollout(const struct hf_patch_edit *e, const struct hf_release *r)
{
    char was[8], is[8];

    hf_percent_format(was, e->rollout_was);
    hf_percent_format(is, r->rollout);
    printf("rollout of patch %" PRId64 " for %s: %s -> %s\n", r->patch, r->target, was, is);
    if (r->state == HF_PAUSED)
        puts("it is paused: nobody new gets it before 'hotfix resume'");
    else if (r->rollout < e->rollout_was)
        puts("devices that have it keep it; 'hotfix rollback' would take it from them");
    else
        puts("devices that were in stay in; the new ones get it when they ask next");
}

static void print_change(const struct hf_patch_edit *e, const struct hf_manifest *m, const struct hf_release *r)
{
    struct hf_patch_next next;

    switch (e->act) {
    case HF_ACT_ROLLOUT:
        print_rollout(e, r);
        return;
    case HF_ACT_PAUSE:
        printf("patch %" PRId64 " for %s is paused: nobody new gets it, devices that have it keep it\n", r->patch, r->target);
        printf("devices that do not have it get: ");
        break;
    case HF_ACT_RESUME:
        printf("patch %" PRId64 " for %s is live again\n", r->patch, r->target);
        printf("devices get: ");
        break;
    case HF_ACT_ROLLBACK:
        printf("patch %" PRId64 " for %s is rolled back: devices that have it leave it\n", r->patch, r->target);
        printf("they get: ");
        break;
    case HF_ACT_REVOKE:
        printf("patch %" PRId64 " for %s is revoked: its bytes are never offered or published again\n", r->patch, r->target);
        if (e->also > 0)
            printf("%zu other %s the same bytes, and %s revoked too\n", e->also, e->also == 1 ? "release had" : "releases had",
                   e->also == 1 ? "is" : "are");
        printf("devices that have it leave it, and get: ");
        break;
    }
    hf_patchstate_next(&next, m, r);
    print_next(&next);
}

static int print_json(const struct hf_patch_edit *e, const struct hf_manifest *m, const struct hf_release *r,
                      struct hf_err *err)
{
    char was[8], is[8], percent[8];
    struct hf_patch_next next;
    json_t *then = json_array();
    size_t i;

    hf_percent_format(was, e->rollout_was);
    hf_percent_format(is, r->rollout);
    hf_patchstate_next(&next, m, r);
    for (i = 0; i < next.n; i++) {
        hf_percent_format(percent, next.of[i]->rollout);
        json_array_append_new(then, json_pack("{s:I,s:s,s:s}", "patch", (json_int_t)next.of[i]->patch, "target",
                                              next.of[i]->target, "rollout", percent));
    }
    return hf_cmd_print_json(json_pack("{s:s,s:s,s:I,s:I,s:s,s:b,s:s,s:s,s:s,s:s,s:i,s:o,s:b}", "app", m->app, "channel",
                                       m->channel, "serial", (json_int_t)m->serial, "patch", (json_int_t)r->patch, "target",
                                       r->target, "changed", e->nothing == NULL, "state", hf_state_name(r->state), "was",
                                       hf_state_name(e->was), "rollout", is, "rollout_was", was, "also_revoked", (int)e->also,
                                       "devices_get", then, "else_as_shipped", next.shipped),
                             err);
}

struct same {
    const char *app;
    const struct hf_release *r;
};

/* The same bytes may be on offer in another channel of the app: that is said, and left to a person. What is wrong with another
 * channel is not this one's failure. */
static int same_bytes(const struct hf_setup *s, const struct hf_channel *c, void *arg, struct hf_err *err)
{
    const struct same *same = arg;
    struct hf_ledger l = hf_setup_ledger(s, c);
    struct hf_manifest *m = NULL;
    size_t i;

    (void)err;
    if (strcmp(c->app, same->app) != 0 || hf_ledger_read(&m, &l, NULL) != 0)
        return 0;
    for (i = 0; i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];

        if (r->has_file && r->state < HF_WITHDRAWN && strcmp(r->file.sums.sha256, same->r->file.sums.sha256) == 0)
            fprintf(stderr, "warning: patch %" PRId64 " of the channel %s has the same bytes and is %s: revoke it there too\n",
                    r->patch, m->channel, hf_state_name(r->state));
    }
    hf_manifest_free(m);
    return 0;
}

/* What was done, in words or JSON. */
static int tell(const struct act_args *a, const struct hf_setup *s, const struct hf_manifest *m, struct hf_err *err)
{
    const struct hf_release *r = hf_manifest_find(m, a->edit.patch);
    struct same same = {m->app, r};
    const struct hf_where all = {0};
    int rc = 0;

    if (a->where.json)
        rc = print_json(&a->edit, m, r, err);
    else if (a->edit.nothing != NULL)
        printf("nothing to change for patch %" PRId64 " for %s: %s\n", r->patch, r->target, a->edit.nothing);
    else
        print_change(&a->edit, m, r);
    hf_act_held(m, r, a->edit.act, s->repo);
    if (a->edit.act == HF_ACT_REVOKE)
        hf_where_each(s, &all, same_bytes, &same, NULL);
    if (a->repack.of > 0)
        fprintf(stderr, "patch %" PRId64 " is patch %" PRId64 " once more: JSPatch's Loader goes to higher numbers only\n",
                a->repack.patch, a->repack.of);
    else if (a->repack.patch > 0)
        fprintf(stderr, "patch %" PRId64 " is an empty pack: JSPatch's Loader cannot remove one\n", a->repack.patch);
    if (a->edit.nothing == NULL)
        fprintf(stderr, "%s/%s: serial %" PRId64 " is in force\n", m->app, m->channel, m->serial);
    return rc;
}

static int act(struct act_args *a, struct hf_err *err)
{
    char warning[HF_ERR_MAX_MESSAGE] = "";
    struct hf_setup s;
    struct hf_ledger l;
    const struct hf_channel *c;
    struct hf_manifest *m = NULL;
    int rc = -1;

    if (hf_where_open(&s, &a->where, 1, err) != 0 || hf_config_channel(&c, s.config, NULL, a->where.channel, err) != 0)
        goto out;
    l = hf_setup_ledger(&s, c);
    l.clock.stops = a->edit.act == HF_ACT_PAUSE || a->edit.act == HF_ACT_ROLLBACK || a->edit.act == HF_ACT_REVOKE;
    l.clock.warning = warning;
    if (!hf_repack_needed(c, a->edit.act)) {
        rc = hf_ledger_change(&m, &l, hf_cmd_now(), hf_patchstate_edit, &a->edit, err);
    } else {
        a->repack.edit = &a->edit;
        a->repack.now = hf_cmd_now();
        rc = hf_repack_begin(&a->repack, &s, c, hf_cmd_tmp(), err);
        if (rc == 0)
            rc = hf_ledger_change(&m, &l, a->repack.now, hf_repack_edit, &a->repack, err);
    }
    if (rc == 0 && warning[0] != '\0')
        fprintf(stderr, "warning: %s\n", warning);
    if (rc == 0)
        rc = tell(a, &s, m, err);
out:
    hf_repack_end(&a->repack);
    hf_manifest_free(m);
    hf_setup_close(&s);
    return rc;
}

int hf_act_run(const struct hf_act_verb *v, int argc, char **argv)
{
    struct act_args a = {.edit = {.act = v->act}};
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, v, argc, argv, &err);

    if (rc == 0)
        rc = act(&a, &err);
    return rc >= 0 ? 0 : hf_cmd_fail(&err);
}
