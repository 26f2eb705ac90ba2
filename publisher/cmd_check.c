/* cmd_check.c: hotfix check: what is wrong with a set-up, and what to do about it. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publisher/check.h"
#include "publisher/cmd.h"
#include "publisher/where.h"

#define USAGE "hotfix check [options]"

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct hf_where *w, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {HF_WHERE_OPTIONS, {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (c == 'h') {
            puts("usage: " USAGE "\n\n"
                 "Finds what is wrong with a set-up, and says what to do. Run it as the user who\n"
                 "publishes.\n\n"
                 "  -c, --config FILE    hotfix.ini (default: the repository's)\n"
                 "      --repo DIR       the repository (default: GIT_DIR, or this folder)\n"
                 "      --json           the answer as JSON");
            return 1;
        }
        if (c == 'C' || !hf_where_take(w, c, optarg))
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
    }
    return optind == argc ? 0 : hf_fail(err, HF_E_USAGE, "check takes no operand; usage: " USAGE);
}

static uid_t publisher(const struct hf_setup *s)
{
    struct stat st;

    return s->repo != NULL && stat(hf_repo_dir(s->repo), &st) == 0 ? st.st_uid : geteuid();
}

/* -1 only for what is no finding: the command line. */
static int check(const struct hf_where *w, struct hf_findings *found, struct hf_err *err)
{
    struct hf_setup s;
    struct hf_check c = {.s = &s, .found = found, .now = hf_cmd_now()};
    int rc = 0;

    if (hf_setup_open(&s, hf_cmd_repo(w->repo), 0, w->ini, err) != 0) {
        if (err->code == HF_E_USAGE)
            rc = -1;
        else
            hf_found(found, HF_FOUND_ERROR, "nothing else can be looked at before", "%s", err->msg);
    } else {
        hf_found(found, HF_FOUND_OK, NULL, "%s", s.config->path);
        c.user = publisher(&s);
        hf_check_keys(&c);
        hf_check_repo(&c);
        hf_check_spool(&c);
        hf_check_tools(&c);
        hf_check_store(&c);
        hf_check_reach(&c);
    }
    hf_setup_close(&s);
    return rc;
}

int hf_cmd_check(int argc, char **argv)
{
    struct hf_where w = {0};
    struct hf_findings found;
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&w, argc, argv, &err);

    if (rc < 0)
        return hf_cmd_fail(&err);
    if (rc > 0)
        return 0;
    hf_findings_init(&found, w.json);
    if (check(&w, &found, &err) != 0) {
        json_decref(found.list);
        return hf_cmd_fail(&err);
    }
    return hf_findings_end(&found);
}
