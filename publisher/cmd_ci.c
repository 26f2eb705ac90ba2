/* cmd_ci.c: hotfix ci: what the hook does for a push, in a job of GitHub Actions or GitLab CI. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
         "_NOTES and _FORCE. hotfix.ini is read from the default branch, never from what\n"
         "was pushed.\n\n"
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

static int yes(const char *name)
{
    const char *v = said(name);

    return v != NULL && (strcmp(v, "true") == 0 || strcmp(v, "yes") == 0);
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
    a->config_ref = said("HOTFIX_CONFIG_REF");
    a->config = said("HOTFIX_CONFIG");
    a->expect = said("HOTFIX_EXPECT");
    if (hf_where_accept(&a->accept, getenv("HOTFIX_ACCEPT"), err) != 0)
        return -1;
    a->plan = yes("HOTFIX_PLAN");
    a->unsigned_only = yes("HOTFIX_UNSIGNED");
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
    rc = hf_ci_run(&ci, &args, &report, getenv, &err);
    status = hf_ci_report_end(&report, rc != 0 ? &err : NULL, ci.manifest);
    hf_ci_run_clear(&ci);
    return status;
}
