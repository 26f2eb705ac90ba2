/* cmd_publish.c: hotfix publish: what the hook does for a push, for a commit that a person names; or a file built elsewhere. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "publisher/candidate.h"
#include "publisher/cmd.h"
#include "publisher/job.h"
#include "publisher/progress.h"
#include "publisher/where.h"

#define USAGE "hotfix publish [options] --target V [COMMIT]"

struct publish_args {
    const char *ini, *repo, *channel, *file, *name, *commit, *ref;
    const char *memory, *accept;
    int quiet, json, unsigned_only, force_clock;
    struct hf_params params;
};

static void help(void)
{
    puts("usage: " USAGE "\n\n"
         "Builds COMMIT's patch from the target's release tag and publishes it; with\n"
         "--file, publishes a patch that was built elsewhere.\n\n"
         "      --target V       the version, or range of versions, that it is for\n"
         "      --base REV       start from this commit or tag\n"
         "      --rollout P%     how many devices get it: 25%, 0.5% (default: [release])\n"
         "      --priority WORD  mandatory, normal or idle\n"
         "      --window A-B     the device's local time for idle ones: 02:00-05:00\n"
         "      --notes TEXT     words for people\n"
         "      --over PATCH     it fixes this patch, which was rolled back\n"
         "      --live           do not take over the pause of an earlier release\n"
         "      --force          also when it takes a fix away, or has the bytes of a\n"
         "                       patch that was rolled back\n"
         "      --unsigned       put it into the store for `hotfix sign`; needs no key\n"
         "      --file PATCH     publish this file\n"
         "      --commit OID     with --file: what it was built from\n"
         "      --name NAME      what devices call the file (default: its own name)\n"
         "      --ref REF        the ref that it speaks for (default: none); an older\n"
         "                       commit of it then needs --force over a newer one\n"
         "  -c, --config FILE    hotfix.ini (default: the repository's)\n"
         "      --repo DIR       the repository (default: GIT_DIR, or this folder)\n"
         "      --channel LABEL  the [channel LABEL] (default: the only one)\n"
         "      --force-clock    this machine's clock is right: sign, whatever it is\n"
         "                       compared with\n"
         "      --memory DIR     remember here what was signed last (default: the\n"
         "                       repository's hotfix folder; none without one)\n"
         "      --accept N       without a memory: sign upon serial N, which expired\n"
         "      --json           the result as JSON\n"
         "  -q, --quiet          errors only");
}

enum {
    OPT_FILE = 256,
    OPT_NAME,
    OPT_COMMIT,
    OPT_REF,
    OPT_REPO,
    OPT_CHANNEL,
    OPT_JSON,
    OPT_UNSIGNED,
    OPT_CLOCK,
    OPT_MEMORY,
    OPT_ACCEPT,
    OPT_PARAM
};

static const struct option options[] = {
    {"target", required_argument, NULL, OPT_PARAM},
    {"base", required_argument, NULL, OPT_PARAM},
    {"rollout", required_argument, NULL, OPT_PARAM},
    {"priority", required_argument, NULL, OPT_PARAM},
    {"window", required_argument, NULL, OPT_PARAM},
    {"notes", required_argument, NULL, OPT_PARAM},
    {"over", required_argument, NULL, OPT_PARAM},
    {"live", no_argument, NULL, OPT_PARAM},
    {"force", no_argument, NULL, OPT_PARAM},
    {"unsigned", no_argument, NULL, OPT_UNSIGNED},
    {"force-clock", no_argument, NULL, OPT_CLOCK},
    {"memory", required_argument, NULL, OPT_MEMORY},
    {"accept", required_argument, NULL, OPT_ACCEPT},
    {"file", required_argument, NULL, OPT_FILE},
    {"name", required_argument, NULL, OPT_NAME},
    {"commit", required_argument, NULL, OPT_COMMIT},
    {"ref", required_argument, NULL, OPT_REF},
    {"repo", required_argument, NULL, OPT_REPO},
    {"channel", required_argument, NULL, OPT_CHANNEL},
    {"json", no_argument, NULL, OPT_JSON},
    {"config", required_argument, NULL, 'c'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* 0 go on, 1 help was shown, -1 with err (HF_E_USAGE). */
static int parse(struct publish_args *a, int argc, char **argv, struct hf_err *err)
{
    int c, i = 0;

    while ((c = getopt_long(argc, argv, "c:qh", options, &i)) != -1) {
        if (c == OPT_PARAM) {
            if (hf_params_set(&a->params, options[i].name, optarg != NULL ? optarg : "yes", 0, "--", err) != 0) {
                err->code = HF_E_USAGE;
                return -1;
            }
        } else if (c == OPT_FILE) {
            a->file = optarg;
        } else if (c == OPT_NAME) {
            a->name = optarg;
        } else if (c == OPT_COMMIT) {
            a->commit = optarg;
        } else if (c == OPT_REF) {
            a->ref = optarg;
        } else if (c == OPT_REPO) {
            a->repo = optarg;
        } else if (c == OPT_CHANNEL) {
            a->channel = optarg;
        } else if (c == OPT_UNSIGNED) {
            a->unsigned_only = 1;
        } else if (c == OPT_CLOCK) {
            a->force_clock = 1;
        } else if (c == OPT_MEMORY) {
            a->memory = optarg;
        } else if (c == OPT_ACCEPT) {
            a->accept = optarg;
        } else if (c == OPT_JSON) {
            a->json = 1;
        } else if (c == 'c') {
            a->ini = optarg;
        } else if (c == 'q') {
            a->quiet = 1;
        } else if (c == 'h') {
            help();
            return 1;
        } else {
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
        }
    }
    if (argc - optind > 1 || (argc - optind == 1 && a->commit != NULL))
        return hf_fail(err, HF_E_USAGE, "name one commit; usage: " USAGE);
    if (optind < argc)
        a->commit = argv[optind];
    if (a->params.target == NULL)
        return hf_fail(err, HF_E_USAGE, "--target is missing: the version that the patch is for");
    if (a->commit == NULL)
        return hf_fail(err, HF_E_USAGE, "%s",
                       a->file != NULL ? "--commit is missing: the commit that the file was built from"
                                       : "name the commit that is published: a branch, a tag or an id");
    return 0;
}

static int print_result(const struct hf_released *r, const char *candidate, int json, struct hf_err *err)
{
    char size[16], why[256], limits[HF_RELEASED_LIMITS];
    static const char *const outcome[] = {"published", "published-none", "same-bytes", "no-change", "job-done", "candidate"};

    if (json) {
        json_t *o = json_pack("{s:s,s:I,s:I,s:s,s:I,s:s}", "outcome", outcome[r->outcome], "patch", (json_int_t)r->patch,
                              "serial", (json_int_t)r->serial, "target", r->target, "size", (json_int_t)r->size, "sha256",
                              r->sha256);

        if (o != NULL && candidate[0] != '\0')
            json_object_set_new(o, "candidate", json_string(candidate));
        return hf_cmd_print_json(o, err);
    }
    hf_released_limits(limits, r);
    switch (r->outcome) {
    case HF_PUBLISHED:
        printf("patch %" PRId64 " for %s%s (%zu %s, %s)\n", r->patch, r->target, limits, r->files,
               r->files == 1 ? "file" : "files", hf_cmd_size(size, r->size));
        break;
    case HF_PUBLISHED_NONE:
        printf("patch %" PRId64 " for %s%s: back to the app as shipped\n", r->patch, r->target, limits);
        break;
    case HF_SAME_BYTES:
    case HF_NO_CHANGE:
        hf_released_nothing(why, r);
        printf("nothing to publish for %s: %s\n", r->target, why);
        break;
    case HF_JOB_DONE:
        printf("patch %" PRId64 " for %s was published before\n", r->patch, r->target);
        break;
    case HF_PLANNED:
        printf("candidate %s\n", candidate);
        fprintf(stderr, "hint: where the signing key is: hotfix sign %s\n", candidate);
        break;
    }
    return 0;
}

/* The oid that --commit names: looked up where there is a repository, else taken as it is. */
static int resolve(char oid[HF_OID_MAX + 1], const struct hf_setup *s, const char *commit, struct hf_err *err)
{
    if (s->repo != NULL)
        return hf_repo_commit(s->repo, oid, commit, err);
    if (!hf_is_hex(commit, 40) && !hf_is_hex(commit, 64))
        return hf_fail(err, HF_E_USAGE, "outside a repository --commit takes a full commit id");
    memcpy(oid, commit, strlen(commit) + 1);
    return 0;
}

static int publish(struct publish_args *a, struct hf_err *err)
{
    struct hf_setup s;
    struct hf_released done;
    struct hf_progress progress;
    struct hf_candidate_maker maker = {.now = hf_cmd_now(), .by = ""};
    char oid[HF_OID_MAX + 1], job[HF_JOB_HEX + 1];
    const char *slash = a->file != NULL ? strrchr(a->file, '/') : NULL;
    struct hf_release_ask ask = {.setup = &s,
                                 .params = &a->params,
                                 .job = job,
                                 .ref = a->ref != NULL ? a->ref : "",
                                 .commit = oid,
                                 .file = a->file,
                                 .work = hf_cmd_tmp(),
                                 .now = hf_cmd_now(),
                                 .newest_only = a->ref != NULL, /* a CI job, maybe an old one that was started again */
                                 .say = a->quiet ? &hf_cmd_say_quiet : &hf_cmd_say};
    int rc = -1;

    ask.file_name = a->name != NULL ? a->name : slash != NULL ? slash + 1
                                                              : a->file;
    if (hf_setup_open(&s, hf_cmd_repo(a->repo), 0, a->ini, err) != 0)
        goto out;
    s.force_clock = a->force_clock;
    if (hf_where_accept(&s.accept, a->accept != NULL ? a->accept : getenv("HOTFIX_ACCEPT"), err) != 0 ||
        (a->memory != NULL && hf_setup_memory(&s, a->memory, err) != 0))
        goto out;
    if (s.repo == NULL && a->file == NULL) {
        hf_fail(err, HF_E_USAGE, "this folder is no git repository, and -c names none: name one with --repo");
        goto out;
    }
    if (hf_config_channel(&ask.channel, s.config, NULL, a->channel, err) != 0 || hf_setup_store(&s, err) != 0 ||
        (!a->unsigned_only && hf_setup_signer(&s, err) != 0) || resolve(oid, &s, a->commit, err) != 0 ||
        hf_job_new(job, err) != 0)
        goto out;
    hf_progress_watch(&progress, s.store, a->quiet);
    /* A flag outdoes a trailer, and a trailer hotfix.ini, as in a push. */
    if (s.repo != NULL && s.config->release.trailers && hf_params_trailers(&a->params, s.repo, oid, err) != 0)
        goto out;
    hf_params_defaults(&a->params, ask.channel);
    maker.store = s.store;
    maker.channel = ask.channel;
    if (a->unsigned_only) {
        ask.instead = hf_candidate_instead;
        ask.instead_arg = &maker;
    }
    rc = hf_release(&done, &ask, err);
    if (rc == 0)
        rc = print_result(&done, maker.id, a->json, err);
out:
    hf_setup_close(&s);
    return rc;
}

int hf_cmd_publish(int argc, char **argv)
{
    struct publish_args a = {0};
    struct hf_err err = {HF_OK, ""};
    int rc;

    hf_params_init(&a.params);
    rc = parse(&a, argc, argv, &err);
    if (rc == 0)
        rc = publish(&a, &err);
    hf_params_clear(&a.params);
    return rc >= 0 ? 0 : hf_cmd_fail(&err);
}
