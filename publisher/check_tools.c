/* check_tools.c: see check.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/argv.h"
#include "builder/cage.h"
#include "builder/packkey.h"
#include "builder/reach.h"
#include "publisher/check.h"

static int used(const struct hf_config *c, enum hf_builder_id builder)
{
    size_t i;

    for (i = 0; i < c->channel_count; i++)
        if (c->channels[i].refs[0] != '\0' && c->channels[i].builder->id == builder)
            return 1;
    return 0;
}

/* The first word of a command line. */
static void check_program(struct hf_check *c, const char *key, const char *argv)
{
    char path[4096];
    struct stat st;

    snprintf(path, sizeof path, "%.*s", (int)strcspn(argv, " \t"), argv);
    if (stat(path, &st) != 0)
        hf_found(c->found, HF_FOUND_ERROR, "install it, or mend hotfix.ini", "%s: %s: %s", key, path, strerror(errno));
    else if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0)
        hf_found(c->found, HF_FOUND_ERROR, "chmod +x it, or mend hotfix.ini", "%s: %s cannot be run", key, path);
    else
        hf_found(c->found, HF_FOUND_OK, NULL, "%s: %s", key, path);
}

/* Whether what is foreign can be kept in its cage. */
static void check_cage(struct hf_check *c)
{
    const struct hf_config *config = c->s->config;
    struct hf_err err = {HF_OK, ""};
    struct hf_cage_kernel k;
    char lacks[256];

    hf_cage_ask(&k);
    if (hf_cage_lacks(lacks, sizeof lacks, &k) == NULL)
        hf_found(c->found, HF_FOUND_OK, NULL, "[build] sandbox: Landlock ABI %d and seccomp keep a tool in its cage", k.landlock);
    else if (config->build.sandbox)
        hf_found(c->found, HF_FOUND_ERROR, "use another kernel, or set it to 'preferred' and trust the tools",
                 "[build] sandbox: %s", lacks);
    else
        hf_found(c->found, HF_FOUND_WARNING, "use another kernel, or trust the tools", "[build] sandbox: %s", lacks);
    if (hf_reach_judge(config, &err) != 0)
        hf_found(c->found, HF_FOUND_ERROR, "move it, or mend hotfix.ini", "%s", err.msg);
}

void hf_check_tools(struct hf_check *c)
{
    const struct hf_config *config = c->s->config;
    struct hf_err err = {HF_OK, ""};
    struct hf_buf key;

    if (used(config, HF_BUILDER_OCRUNNER))
        check_program(c, "[ocrunner] generator", config->ocrunner.generator);
    if (used(config, HF_BUILDER_COMMAND)) {
        if (hf_argv_check(NULL, config->command.argv, &err) != 0)
            hf_found(c->found, HF_FOUND_ERROR, "mend hotfix.ini", "%s", err.msg);
        else
            check_program(c, "[command] argv", config->command.argv);
    }
    if (used(config, HF_BUILDER_OCRUNNER) || used(config, HF_BUILDER_COMMAND))
        check_cage(c);
    if (used(config, HF_BUILDER_JSPATCH)) {
        if (hf_secret_read(&key, &config->jspatch.key, "[jspatch] key", &err) != 0)
            hf_found(c->found, HF_FOUND_ERROR, "put the RSA key of the Loader there", "%s", err.msg);
        else if (hf_packkey_judge(key.p, key.n, config->jspatch.short_key, &err) != 0)
            hf_found(c->found, HF_FOUND_ERROR, "put another key there", "%s", err.msg);
        else
            hf_found(c->found, HF_FOUND_OK, NULL, "[jspatch] key: an RSA key");
        hf_buf_wipe(&key);
    }
}
