/* cmd_log.c: hotfix log: what became of each push, and what waits. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/cmd.h"
#include "publisher/joblog.h"
#include "publisher/spool.h"

#define USAGE "hotfix log [-c FILE] [--repo DIR] [-n LINES] [--json]"
#define SHOWN_DEFAULT 20

struct log_args {
    const char *ini, *repo;
    size_t lines;
    int json;
};

/* The last lines, in a ring. */
struct tail {
    json_t **line;
    size_t max, next, count;
};

static int keep(json_t *line, void *arg)
{
    struct tail *t = arg;

    json_decref(t->line[t->next]);
    t->line[t->next] = json_incref(line);
    t->next = (t->next + 1) % t->max;
    t->count += t->count < t->max;
    return 0;
}

static void print_text(json_t *line)
{
    const char *message = hf_joblog_string(line, "message"), *ref = hf_joblog_string(line, "ref");
    char shown[HF_ERR_MAX_MESSAGE * 2], patch[32] = "";

    if (json_object_get(line, "patch") != NULL)
        snprintf(patch, sizeof patch, "patch %" PRId64, (int64_t)json_integer_value(json_object_get(line, "patch")));
    printf("%s  %-10s  %-9s  %.12s  %s\n", hf_joblog_string(line, "time"), hf_joblog_string(line, "outcome"), patch,
           hf_joblog_string(line, "commit"), hf_escape(shown, sizeof shown, ref, strlen(ref)));
    if (message[0] != '\0')
        printf("    %s\n", hf_escape(shown, sizeof shown, message, strlen(message)));
}

static int print_line(json_t *line, int json, struct hf_err *err)
{
    if (json)
        return hf_cmd_print_json(json_incref(line), err);
    print_text(line);
    return 0;
}

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct log_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"repo", required_argument, NULL, 'r'},
        {"lines", required_argument, NULL, 'n'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    char *end;
    int c;

    *a = (struct log_args){NULL, NULL, SHOWN_DEFAULT, 0};
    while ((c = getopt_long(argc, argv, "c:n:h", options, NULL)) != -1) {
        if (c == 'c')
            a->ini = optarg;
        else if (c == 'r')
            a->repo = optarg;
        else if (c == 'j')
            a->json = 1;
        else if (c == 'n') {
            a->lines = strtoul(optarg, &end, 10);
            if (*end != '\0' || a->lines < 1 || a->lines > 100000)
                return hf_fail(err, HF_E_USAGE, "-n takes a number from 1 to 100000");
        } else if (c == 'h') {
            puts("usage: " USAGE
                 "\n\n"
                 "Shows what became of each push: published, nothing, superseded, waits, failed,\n"
                 "closed (a failed job that nobody needs any more);\n"
                 "and the jobs that wait or have failed.\n\n"
                 "  -n, --lines LINES    so many of the last ones (default: 20)\n"
                 "  -c, --config FILE    hotfix.ini (default: the repository's)\n"
                 "      --repo DIR       the repository (default: GIT_DIR, or this folder)\n"
                 "      --json           one JSON object a line, without the jobs behind it");
            return 1;
        } else
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
    }
    return optind == argc ? 0 : hf_fail(err, HF_E_USAGE, "log takes no operand; usage: " USAGE);
}

/* The jobs of the spool, behind the log. */
static int print_spool(struct hf_spool *s, int failed, struct hf_err *err)
{
    char **names, shown[HF_JOB_MAX_WHY * 2];
    struct hf_job j;
    size_t n, i;

    if (hf_spool_list(s, failed, &names, &n, err) != 0)
        return -1;
    for (i = 0; i < n; i++) {
        if (hf_spool_load(s, failed, names[i], &j, NULL) == 0) {
            printf("%s: job %.8s, %.12s for %s on %s, %" PRId64 " %s\n", failed ? "failed" : "waits", j.id, j.commit,
                   j.params.target, j.channel, j.tries, j.tries == 1 ? "try" : "tries");
            if (j.why[0] != '\0')
                printf("    %s\n", hf_escape(shown, sizeof shown, j.why, strlen(j.why)));
        }
        hf_job_clear(&j);
    }
    hf_spool_names_free(names, n);
    return 0;
}

static int show(const struct log_args *a, struct hf_err *err)
{
    struct hf_setup s;
    struct hf_spool *spool = NULL;
    struct tail t = {NULL, a->lines, 0, 0};
    size_t i;
    int rc = -1;

    if (hf_setup_open(&s, hf_cmd_repo(a->repo), 0, a->ini, err) != 0)
        goto out;
    if (s.repo == NULL) {
        hf_fail(err, HF_E_USAGE, "this folder is no git repository, and -c names none: name one with --repo");
        goto out;
    }
    t.line = calloc(t.max, sizeof(json_t *));
    if (t.line == NULL) {
        hf_nomem(err);
        goto out;
    }
    if (hf_spool_open(&spool, hf_repo_dir(s.repo), err) != 0 ||
        hf_joblog_each(hf_spool_log_path(spool), keep, &t, err) != 0)
        goto out;
    for (i = 0; i < t.count; i++)
        if (print_line(t.line[(t.next + t.max - t.count + i) % t.max], a->json, err) != 0)
            goto out;
    rc = a->json ? 0 : (print_spool(spool, 0, err) != 0 || print_spool(spool, 1, err) != 0 ? -1 : 0);
out:
    for (i = 0; t.line != NULL && i < t.max; i++)
        json_decref(t.line[i]);
    free(t.line);
    hf_spool_close(spool);
    hf_setup_close(&s);
    return rc;
}

int hf_cmd_log(int argc, char **argv)
{
    struct log_args a;
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, argc, argv, &err);

    if (rc == 0)
        rc = show(&a, &err);
    return rc >= 0 ? 0 : hf_cmd_fail(&err);
}
