/* cmd_ci.c: hotfix ci: what the hook does for a push, in a job of GitHub Actions or GitLab CI. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/yesno.h"
#include "publisher/ci_run.h"
#include "publisher/cmd.h"
#include "publisher/where.h"

#define USAGE "hotfix ci [options]"

static void help(void)
{
    puts("usage: " USAGE "\n\n"
         "In a CI job: builds and publishes what was pushed, as the hook would. A pull or\n"
         "merge request is planned only. What the job is comes from the CI's environment,\n"
         "release parameters from HOTFIX_TARGET, _BASE, _ROLLOUT, _PRIORITY, _WINDOW,\n"
         "_NOTES, _OVER, _LIVE and _FORCE. hotfix.ini is read from the default branch,\n"
         "never from what was pushed.\n\n"
         "      --plan            publish nothing, show what would be released\n"
         "                        (HOTFIX_PLAN=true)\n"
         "      --unsigned        put it into the store for `hotfix sign`\n"
         "                        (HOTFIX_UNSIGNED=true)\n"
         "  -c, --config FILE     a hotfix.ini that the job has from a protected ref\n"
         "      --config-ref REF  read it from this protected branch (HOTFIX_CONFIG_REF)\n"
         "      --force-clock     this machine's clock is right: sign, whatever it is\n"
         "                        compared with\n"
         "      --repo DIR        the clone (default: this folder)\n"
         "      --json            the results as JSON on stdout, all words on stderr");
}

/* NULL for a variable that is not set, or empty. */
static const char *said(const char *name)
{
    const char *v = getenv(name);

    return v != NULL && v[0] != '\0' ? v : NULL;
}

/* Sets a flag that the command line has not set. */
static int flag(int *at, const char *name, struct hf_err *err)
{
    int yes = 0;

    if (hf_yes_no(&yes, getenv(name), name, err) < 0)
        return -1;
    *at |= yes;
    return 0;
}

/* What the options left open. HOTFIX_EXPECT counts when it is empty too: a plan's output that was lost is no leave to publish. */
static int from_environment(struct hf_ci_args *a, struct hf_err *err)
{
    if (a->config_ref == NULL)
        a->config_ref = said("HOTFIX_CONFIG_REF");
    a->config = said("HOTFIX_CONFIG");
    a->expect = getenv("HOTFIX_EXPECT");
    a->env = environ;
    if (hf_where_accept(&a->accept, getenv("HOTFIX_ACCEPT"), err) != 0)
        return -1;
    return flag(&a->plan, "HOTFIX_PLAN", err) != 0 || flag(&a->unsigned_only, "HOTFIX_UNSIGNED", err) != 0 ? -1 : 0;
}

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct hf_ci_args *a, int *json, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {
        {"plan", no_argument, NULL, 'p'},
        {"unsigned", no_argument, NULL, 'u'},
        {"config", required_argument, NULL, 'c'},
        {"config-ref", required_argument, NULL, 'R'},
        {"repo", required_argument, NULL, 'r'},
        {"json", no_argument, NULL, 'j'},
        {"force-clock", no_argument, NULL, 'F'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    memset(a, 0, sizeof *a);
    *json = 0;
    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (c == 'p')
            a->plan = 1;
        else if (c == 'u')
            a->unsigned_only = 1;
        else if (c == 'F')
            a->force_clock = 1;
        else if (c == 'c')
            a->ini = optarg;
        else if (c == 'R')
            a->config_ref = optarg;
        else if (c == 'r')
            a->repo = optarg;
        else if (c == 'j')
            *json = 1;
        else if (c == 'h') {
            help();
            return 1;
        } else
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
    }
    if (optind < argc)
        return hf_fail(err, HF_E_USAGE, "ci takes no operand; usage: " USAGE);
    a->repo = hf_cmd_repo(a->repo);
    if (a->repo == NULL)
        return hf_fail(err, HF_E_USAGE,
                       "this folder is no git repository: run it where the job checked out, or name that by --repo");
    a->tmp = hf_cmd_tmp();
    a->now = hf_cmd_now();
    return 0;
}

int hf_cmd_ci(int argc, char **argv)
{
    struct hf_ci_args args;
    struct hf_ci_report report;
    struct hf_ci ci;
    struct hf_err err = {HF_OK, ""};
    int json, rc = parse(&args, &json, argc, argv, &err), status;

    if (rc != 0)
        return rc > 0 ? 0 : hf_cmd_fail(&err);
    if (hf_ci_report_begin(&report, getenv, json, &err) != 0)
        return hf_cmd_fail(&err);
    memset(&ci, 0, sizeof ci);
    rc = from_environment(&args, &err) != 0 ? -1 : hf_ci_run(&ci, &args, &report, getenv, &err);
    status = hf_ci_report_end(&report, rc != 0 ? &err : NULL, ci.manifest);
    hf_ci_run_clear(&ci);
    return status;
}
