/* cmd_sign.c: hotfix sign: what was built where no signing key is, checked, signed and published where one is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/candidate.h"
#include "publisher/cmd.h"
#include "publisher/over.h"
#include "publisher/policy.h"
#include "publisher/where.h"

#define USAGE "hotfix sign [options] [CANDIDATE ...]"
#define CANDIDATES_SHOWN_MAX 100

struct sign_args {
    struct hf_where where;
    const char *over;
    int no_rebuild, force, live, quiet;
};

/* The candidates of one channel, on their way to a list. */
struct listing {
    const struct hf_setup *s;
    const struct hf_channel *c;
    const struct hf_manifest *m;
    json_t *all; /* with --json */
    size_t waiting;
    struct hf_err *err;
};

static void help(void)
{
    puts("usage: " USAGE "\n\n"
         "Checks what `hotfix publish --unsigned` or `hotfix ci --unsigned` put into the\n"
         "store, signs it and publishes it. CANDIDATE is the whole name that the job told,\n"
         "a SHA-256 of all that it says, so that nothing can be put in its place. In a\n"
         "clone of the repository the patch is built again and must have the same bytes.\n"
         "Without CANDIDATE: lists those that wait.\n\n"
         "      --no-rebuild     only compare hashes\n"
         "      --force          also over another branch's fix, or a newer commit\n"
         "      --over PATCH     it fixes this patch, which was rolled back\n"
         "      --live           do not take over the pause of an earlier release\n"
         "  -q, --quiet          errors only\n" HF_WHERE_HELP "\n" HF_WHERE_SIGN_HELP);
}

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct sign_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {HF_WHERE_OPTIONS,
                                            HF_WHERE_SIGN_OPTIONS,
                                            {"no-rebuild", no_argument, NULL, 'n'},
                                            {"force", no_argument, NULL, 'f'},
                                            {"over", required_argument, NULL, 'o'},
                                            {"live", no_argument, NULL, 'l'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {NULL, 0, NULL, 0}};
    int c, i;

    memset(a, 0, sizeof *a);
    while ((c = getopt_long(argc, argv, "c:qh", options, NULL)) != -1) {
        if (hf_where_take(&a->where, c, optarg))
            continue;
        if (c == 'n')
            a->no_rebuild = 1;
        else if (c == 'f')
            a->force = 1;
        else if (c == 'o')
            a->over = optarg;
        else if (c == 'l')
            a->live = 1;
        else if (c == 'q')
            a->quiet = 1;
        else if (c == 'h') {
            help();
            return 1;
        } else
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
    }
    for (i = optind; i < argc; i++)
        if (!hf_is_hex(argv[i], HF_SHA256_HEX))
            return hf_fail(err, HF_E_USAGE, "'%.70s' is no candidate: give the 64 hex digits that the job printed", argv[i]);
    return 0;
}

static int is_done(const struct hf_manifest *m, const char *job)
{
    size_t i;

    for (i = 0; m != NULL && i < m->release_count; i++)
        if (strcmp(m->releases[i].job, job) == 0)
            return 1;
    return 0;
}

/* What a signer answers for besides: what the candidate claims to fix, its window and notes. */
static void print_claims(const struct hf_candidate *c, const struct hf_manifest *m)
{
    const char *over = c->params.over;
    char words[HF_OVER_WORDS], notes[512];

    if (over != NULL)
        printf("  says that it fixes '%.64s'\n", over);
    for (size_t i = 0; m != NULL && i < m->release_count; i++)
        if (hf_over_is_out(&m->releases[i]) && hf_over_names(over, &m->releases[i]))
            printf("    %s\n", hf_over_words(words, &m->releases[i]));
    if (c->params.window != NULL)
        printf("  window %s\n", c->params.window);
    if (c->params.notes != NULL && c->params.notes[0] != '\0')
        printf("  notes: %s\n", hf_escape(notes, sizeof notes, c->params.notes, strlen(c->params.notes)));
}

static void print_candidate(const char *id, const struct hf_candidate *c, const struct hf_manifest *m)
{
    char when[HF_TIMESTAMP_LEN + 1], percent[8], size[16], ref[96], by[256];

    hf_timestamp_format(when, c->created);
    hf_percent_format(percent, c->params.rollout);
    printf("%s\n  %s/%s: for %s, %s, %s, %s\n  from %s at %.12s, base %.12s, %" PRId64 " %s, made %s%s%s\n", id, c->app,
           c->channel, c->params.target, c->has_file ? hf_cmd_size(size, c->file.size) : "back to the app as shipped", percent,
           hf_priority_name((enum hf_priority)c->params.priority),
           hf_escape(ref, sizeof ref, c->source.ref, strlen(c->source.ref)),
           c->source.commit, c->source.base[0] != '\0' ? c->source.base : "none", c->source.files,
           c->source.files == 1 ? "file" : "files", when,
           c->by[0] != '\0' ? " by " : "", hf_escape(by, sizeof by, c->by, strlen(c->by)));
    print_claims(c, m);
}

static json_t *candidate_json(const char *id, const struct hf_candidate *c)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:s*,s:s*,s:s*}", "candidate", id, "app", c->app, "channel", c->channel,
                     "target", c->params.target, "ref", c->source.ref, "commit", c->source.commit, "size",
                     (json_int_t)c->file.size, "over", c->params.over, "window", c->params.window, "notes", c->params.notes);
}

static int list_one(void *arg, const char *id)
{
    struct listing *l = arg;
    struct hf_candidate c;
    struct hf_err why = {HF_OK, ""};

    if (hf_candidate_get(&c, l->s->store, l->c->app, l->c->name, id, &why) != 0) {
        fprintf(stderr, "warning: %s\n", why.msg);
    } else if (!is_done(l->m, c.job) && l->waiting++ < CANDIDATES_SHOWN_MAX) {
        if (l->all != NULL)
            json_array_append_new(l->all, candidate_json(id, &c));
        else
            print_candidate(id, &c, l->m);
    }
    hf_candidate_clear(&c);
    return 0;
}

static int list_channel(const struct hf_setup *s, const struct hf_channel *c, void *arg, struct hf_err *err)
{
    struct hf_ledger ledger = hf_setup_ledger(s, c);
    struct hf_manifest *m = NULL;
    struct hf_err why = {HF_OK, ""};
    struct listing l = {.s = s, .c = c, .all = arg, .err = err};
    int rc;

    if (hf_ledger_read(&m, &ledger, &why) != 0 && why.code != HF_E_NOTFOUND) {
        *err = why;
        return -1;
    }
    l.m = m;
    rc = hf_candidate_each(s->store, c->app, c->name, list_one, &l, err);
    if (rc == 0 && l.waiting > CANDIDATES_SHOWN_MAX)
        fprintf(stderr, "hint: and %zu more on %s\n", l.waiting - CANDIDATES_SHOWN_MAX, c->label);
    if (rc == 0 && l.waiting == 0 && arg == NULL)
        printf("%s/%s: nothing waits for a signature\n", c->app, c->name);
    hf_manifest_free(m);
    return rc;
}

static int list_all(const struct sign_args *a, struct hf_err *err)
{
    struct hf_setup s;
    json_t *all = a->where.json ? json_array() : NULL;
    int rc = -1;

    if (hf_where_open(&s, &a->where, 0, err) == 0)
        rc = hf_where_each(&s, &a->where, list_channel, all, err);
    hf_setup_close(&s);
    if (rc == 0 && all != NULL)
        return hf_cmd_print_json(all, err);
    json_decref(all);
    return rc;
}

/* How the bytes are checked: built again, or by their hash alone. -1: neither will do. */
static int rebuilds(const struct sign_args *a, const struct hf_setup *s, const struct hf_candidate *c, struct hf_err *err)
{
    char oid[HF_OID_MAX + 1];

    if (a->no_rebuild || s->repo == NULL)
        return 0;
    if (c->source.base[0] == '\0') {
        fputs("hint: it was built by somebody else's tool, so only its hash is compared\n", stderr);
        return 0;
    }
    if (hf_repo_commit(s->repo, oid, c->source.commit, NULL) != 0 || hf_repo_commit(s->repo, oid, c->source.base, NULL) != 0)
        return hf_fail(err, HF_E_POLICY,
                       "this clone lacks %.12s or %.12s, which the candidate was built from: git fetch, then sign again; or "
                       "compare hashes alone with --no-rebuild",
                       c->source.commit, c->source.base);
    return 1;
}

static int print_signed(const struct sign_args *a, const struct hf_released *r, int rebuilt, struct hf_err *err)
{
    char why[256], limits[HF_RELEASED_LIMITS];
    const char *how = rebuilt ? "built again, same bytes" : "hashes compared";

    if (a->where.json)
        return hf_cmd_print_json(json_pack("{s:b,s:I,s:I,s:s,s:s,s:b}", "published",
                                           r->outcome == HF_PUBLISHED || r->outcome == HF_PUBLISHED_NONE, "patch",
                                           (json_int_t)r->patch, "serial", (json_int_t)r->serial, "target", r->target, "sha256",
                                           r->sha256, "rebuilt", rebuilt),
                                 err);
    if (r->outcome == HF_JOB_DONE) {
        printf("patch %" PRId64 " for %s was published before\n", r->patch, r->target);
    } else if (r->outcome == HF_SAME_BYTES || r->outcome == HF_NO_CHANGE) {
        hf_released_nothing(why, r);
        printf("nothing to publish for %s: %s\n", r->target, why);
    } else {
        hf_released_limits(limits, r);
        printf("patch %" PRId64 " for %s%s (%s)\n", r->patch, r->target, limits, how);
    }
    return 0;
}

static int release(const struct sign_args *a, struct hf_setup *s, const struct hf_channel *channel, struct hf_candidate *c,
                   struct hf_err *err)
{
    char path[4096] = "", *work = NULL;
    struct hf_released done;
    struct hf_release_ask ask = {.setup = s,
                                 .channel = channel,
                                 .params = &c->params,
                                 .job = c->job,
                                 .ref = c->source.ref,
                                 .commit = c->source.commit,
                                 .file_name = c->file.name,
                                 .work = hf_cmd_tmp(),
                                 .now = hf_cmd_now(),
                                 .newest_only = 1,
                                 .expect = c->has_file ? c->file.sums.sha256 : "",
                                 .source = &c->source,
                                 .say = a->quiet ? &hf_cmd_say_quiet : &hf_cmd_say};
    int rc = -1, rebuild = rebuilds(a, s, c, err);

    c->params.force = a->force;
    c->params.live = a->live;
    if (a->over != NULL && hf_params_set(&c->params, "over", a->over, 0, "--", err) != 0) {
        err->code = HF_E_USAGE;
        return -1;
    }
    if (rebuild < 0 || hf_work_make(&work, hf_cmd_tmp(), err) != 0)
        goto out;
    if (rebuild) {
        if (hf_params_set(&c->params, "base", c->source.base, 0, "candidate", err) != 0)
            goto out;
    } else {
        if (c->has_file)
            snprintf(path, sizeof path, "%s/patch", work);
        /* The release judges its size too, but only when it has been fetched. */
        if (c->has_file && (hf_policy_size(s->config, c->file.size, NULL, err) != 0 ||
                            hf_candidate_fetch(s->store, c, path, err) != 0))
            goto out;
        ask.file = path;
    }
    rc = hf_release(&done, &ask, err);
    if (rc == 0)
        rc = print_signed(a, &done, rebuild, err);
out:
    if (work != NULL)
        hf_work_remove(work);
    free(work);
    return rc;
}

/* What is about to be signed. */
static void show(const char *id, const struct hf_candidate *c, const struct hf_setup *s, const struct hf_channel *channel)
{
    struct hf_ledger ledger = hf_setup_ledger(s, channel);
    struct hf_manifest *m = NULL;

    (void)hf_ledger_read(&m, &ledger, NULL);
    print_candidate(id, c, m);
    hf_manifest_free(m);
}

/* Looks for the candidate in each channel. */
static int sign_one(const struct sign_args *a, struct hf_setup *s, const char *id, struct hf_err *err)
{
    struct hf_candidate c;
    struct hf_err why = {HF_OK, ""};
    size_t i;
    int rc;

    for (i = 0; i < s->config->channel_count; i++) {
        const struct hf_channel *channel = &s->config->channels[i];

        if (a->where.channel != NULL && strcmp(a->where.channel, channel->label) != 0)
            continue;
        rc = hf_candidate_get(&c, s->store, channel->app, channel->name, id, &why);
        if (rc == 0) {
            if (!a->quiet && !a->where.json)
                show(id, &c, s, channel);
            rc = release(a, s, channel, &c, err);
            hf_candidate_clear(&c);
            return rc;
        }
        hf_candidate_clear(&c);
        if (why.code != HF_E_NOTFOUND) {
            *err = why;
            return -1;
        }
    }
    return hf_fail(err, HF_E_NOTFOUND, "there is no candidate %.12s... in %s", id, hf_store_name(s->store));
}

static int sign_all(const struct sign_args *a, int argc, char **argv, struct hf_err *err)
{
    struct hf_setup s;
    int i, rc = hf_where_open(&s, &a->where, 1, err);

    for (i = optind; rc == 0 && i < argc; i++)
        rc = sign_one(a, &s, argv[i], err);
    hf_setup_close(&s);
    return rc;
}

int hf_cmd_sign(int argc, char **argv)
{
    struct sign_args a;
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, argc, argv, &err);

    if (rc == 0)
        rc = optind == argc ? list_all(&a, &err) : sign_all(&a, argc, argv, &err);
    return rc >= 0 ? 0 : hf_cmd_fail(&err);
}
