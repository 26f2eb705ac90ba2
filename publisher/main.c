/* main.c: the command hotfix: a table of verbs. */
#include <stdio.h>
#include <string.h>

#include "publisher/cmd.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *does;
} verbs[] = {
    {"init", hf_cmd_init, "set up a bare repository: hotfix.ini, keys, hooks"},
    {"keygen", hf_cmd_keygen, "make a signing key"},
    {"build", hf_cmd_build, "build the patch between two commits, publish nothing"},
    {"publish", hf_cmd_publish, "build and publish a commit, or publish a file"},
    {"sign", hf_cmd_sign, "sign and publish what was built where no key is"},
    {"ci", hf_cmd_ci, "do all this in a job of GitHub Actions or GitLab CI"},
    {"status", hf_cmd_status, "show what is released"},
    {"log", hf_cmd_log, "show what became of each push"},
    {"retry", hf_cmd_retry, "work on jobs that wait, and find what was never published"},
    {"explain", hf_cmd_explain, "show what a device gets, and why"},
    {"rollout", hf_cmd_rollout, "set how many devices get a patch"},
    {"pause", hf_cmd_pause, "offer a patch to nobody new"},
    {"resume", hf_cmd_resume, "offer a paused patch again"},
    {"rollback", hf_cmd_rollback, "take a patch off the devices that have it"},
    {"revoke", hf_cmd_revoke, "the same, and its bytes never again"},
    {"refresh", hf_cmd_refresh, "sign what is released again before it expires"},
    {"accept", hf_cmd_accept, "go on from the manifest that the store shows"},
    {"verify", hf_cmd_verify, "judge a store as a stranger, with public keys only"},
    {"sync", hf_cmd_sync, "keep what an edge needs of a bucket in a folder"},
    {"check", hf_cmd_check, "find what is wrong with this set-up"},
};

static void help(FILE *f)
{
    size_t i;

    fputs("usage: hotfix VERB [options]\n\n", f);
    for (i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        fprintf(f, "  %-9s %s\n", verbs[i].name, verbs[i].does);
    fputs("\n'hotfix VERB --help' shows a verb's options; 'man hotfix' has the rest.\n", f);
}

int main(int argc, char **argv)
{
    char name[32];
    size_t i;

    if (argc < 2) {
        help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("hotfix " HF_VERSION);
        return 0;
    }
    for (i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(argv[1], verbs[i].name) == 0) {
            snprintf(name, sizeof name, "hotfix %s", verbs[i].name); /* getopt says it in front of what it does not like */
            argv[1] = name;
            return verbs[i].run(argc - 1, argv + 1);
        }
    return hf_cmd_usage("hotfix VERB [options]; 'hotfix --help' lists the verbs", "unknown verb '%.40s'", argv[1]);
}
