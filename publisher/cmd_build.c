/* cmd_build.c: hotfix build OLD NEW [-o FILE]: the patch between two commits; prints its path. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/durable.h"
#include "publisher/cmd.h"

#define USAGE "hotfix build [options] OLD NEW"

struct build_args {
    const char *ini, *repo, *channel, *target, *output;
    int quiet, json;
};

static void help(void)
{
    puts("usage: " USAGE "\n\n"
         "Builds the patch that takes devices from commit OLD to commit NEW and prints its\n"
         "path. Nothing is published, no key is read.\n\n"
         "  -o, --output FILE    where to put it (default: the patch's own name, here)\n"
         "  -c, --config FILE    hotfix.ini (default: the repository's)\n"
         "      --repo DIR       the repository (default: GIT_DIR, or this folder)\n"
         "      --channel LABEL  the [channel LABEL] that counts (default: the only one)\n"
         "      --target V       the version the patch is for, where the builder needs one\n"
         "      --json           print path, size, md5 and sha256 as JSON\n"
         "  -q, --quiet          errors only");
}

/* 0, or -1 with *status what to exit with. */
static int parse(struct build_args *a, int argc, char **argv, int *status)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"repo", required_argument, NULL, 'r'},
        {"channel", required_argument, NULL, 'C'},
        {"target", required_argument, NULL, 't'},
        {"output", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    memset(a, 0, sizeof *a);
    while ((c = getopt_long(argc, argv, "c:o:qh", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            a->ini = optarg;
            break;
        case 'r':
            a->repo = optarg;
            break;
        case 'C':
            a->channel = optarg;
            break;
        case 't':
            a->target = optarg;
            break;
        case 'o':
            a->output = optarg;
            break;
        case 'j':
            a->json = 1;
            break;
        case 'q':
            a->quiet = 1;
            break;
        case 'h':
            help();
            *status = 0;
            return -1;
        default:
            *status = hf_cmd_usage(USAGE, "wrong option");
            return -1;
        }
    }
    if (argc - optind == 2)
        return 0;
    *status = hf_cmd_usage(USAGE, "name two commits: OLD and NEW");
    return -1;
}

/* Brings the patch out of the working folder, whole or not at all: it is moved where that can be, else copied. */
static int deliver(const struct hf_built *b, const char *output, struct hf_err *err)
{
    char dir[4096];
    const char *slash = strrchr(output, '/'), *name = slash == NULL ? output : slash + 1;
    struct hf_durable d;
    int in, dirfd, rc = -1;

    snprintf(dir, sizeof dir, "%.*s", slash == NULL ? 1 : (int)(slash - output) + 1, slash == NULL ? "." : output);
    in = open(b->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in < 0 || dirfd < 0) {
        hf_fail(err, HF_E_FAIL, "cannot open the folder of %s: %s", output, strerror(errno));
        goto out;
    }
    rc = hf_durable_move(dirfd, name, AT_FDCWD, b->path, in, 0644, output, err);
    if (rc <= 0)
        goto out;
    rc = -1;
    if (hf_durable_begin(&d, dirfd, output, err) != 0)
        goto out;
    if (hf_durable_copy(&d, in, err) != 0)
        hf_durable_abort(&d);
    else
        rc = hf_durable_commit(&d, name, 0644, 0, NULL, err);
out:
    if (in >= 0)
        close(in);
    if (dirfd >= 0)
        close(dirfd);
    return rc;
}

static int build(const struct build_args *a, const char *old, const char *new, struct hf_err *err)
{
    struct hf_setup s;
    const struct hf_channel *c;
    char base[HF_OID_MAX + 1], commit[HF_OID_MAX + 1];
    struct hf_built built;
    char *work = NULL;
    const char *output;
    int rc = -1;

    if (hf_setup_open(&s, hf_cmd_repo(a->repo), 0, a->ini, err) != 0)
        goto out;
    if (s.repo == NULL) {
        hf_fail(err, HF_E_USAGE, "this folder is no git repository, and -c names none: name one with --repo");
        goto out;
    }
    if (hf_config_channel(&c, s.config, NULL, a->channel, err) != 0 || hf_repo_commit(s.repo, base, old, err) != 0 ||
        hf_repo_commit(s.repo, commit, new, err) != 0 || hf_work_make(&work, hf_cmd_tmp(), err) != 0 ||
        hf_build_only(&built, &s, c, base, commit, a->target != NULL ? a->target : "*", work,
                      a->quiet ? &hf_cmd_say_quiet : &hf_cmd_say, err) != 0)
        goto out;
    output = a->output != NULL ? a->output : built.name;
    if (deliver(&built, output, err) != 0)
        goto out;
    if (a->json)
        rc = hf_cmd_print_json(json_pack("{s:s,s:I,s:s,s:s}", "path", output, "size", (json_int_t)built.sums.size, "md5",
                                         built.sums.md5, "sha256", built.sums.sha256),
                               err);
    else
        rc = puts(output) >= 0 ? 0 : hf_fail(err, HF_E_FAIL, "cannot write to stdout");
out:
    if (work != NULL)
        hf_work_remove(work);
    free(work);
    hf_setup_close(&s);
    return rc;
}

int hf_cmd_build(int argc, char **argv)
{
    struct build_args a;
    struct hf_err err = {HF_OK, ""};
    int status;

    if (parse(&a, argc, argv, &status) != 0)
        return status;
    return build(&a, argv[optind], argv[optind + 1], &err) == 0 ? 0 : hf_cmd_fail(&err);
}
