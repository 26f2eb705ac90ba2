/* command.c: the builder `command`: any tool that writes a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builder/argv.h"
#include "builder/cache.h"
#include "builder/changes.h"
#include "builder/make.h"
#include "builder/tool.h"

#define FACTS_MAX (16 * 1024 * 1024)

struct command {
    const struct hf_build_ask *ask;
    const char *template;
    struct hf_argv_needs needs;
    struct hf_tool tool;
    struct hf_make_files files, refs;
    struct hf_changes *trees[2]; /* {tree}, {base_tree}, when they are asked for */
    char *tree_at[2];
};

static int open_tool(struct command *c, struct hf_err *err)
{
    char path[4096];
    const char *p = c->template + strspn(c->template, " \t");
    size_t n = strcspn(p, " \t");

    if (n >= sizeof path)
        return hf_fail(err, HF_E_CONFIG, "[command] argv: the path of the program is too long");
    memcpy(path, p, n);
    path[n] = '\0';
    return hf_tool_open(&c->tool, path, "[command] argv", err);
}

/* What of a commit's tree a tool gets: all of it that exclude leaves. */
static int check_out(struct command *c, int which, const char *commit, const char *name, struct hf_err *err)
{
    const struct hf_build_ask *ask = c->ask;

    if (hf_changes_find(&c->trees[which], ask->repo, NULL, commit, "**", ask->channel->exclude, err) != 0)
        return hf_fail_in(err, "[command] argv asks for {%s}: ", name);
    return hf_make_folder(&c->tree_at[which], ask, name, err) != 0 ||
                   hf_changes_export(ask->repo, c->trees[which], c->tree_at[which], NULL, NULL, err) != 0
               ? -1
               : 0;
}

/* What decides the bytes, if the tool keeps what [command] cache promises. */
static int facts_key(char key[HF_SHA256_HEX + 1], const struct command *c, struct hf_err *err)
{
    const struct hf_build_ask *ask = c->ask;
    struct hf_buf facts;
    int rc;

    hf_buf_init(&facts, FACTS_MAX);
    hf_buf_fmt(&facts, "command 1\ntool %s\nargv %s\n", c->tool.sha256, c->template);
    hf_buf_fmt(&facts, "target %s\nbase %s\ncommit %s\n", c->needs.target ? ask->target : "", c->needs.base ? ask->base : "",
               c->needs.commit ? ask->commit : "");
    hf_make_facts(&facts, "file", ask->changes);
    hf_make_facts(&facts, "ref", c->refs.changes);
    hf_make_facts(&facts, "tree", c->trees[0]);
    hf_make_facts(&facts, "base_tree", c->trees[1]);
    rc = hf_cache_key(key, &facts, err);
    hf_buf_free(&facts);
    return rc;
}

static int run_tool(const struct command *c, char **argv, const char *output, struct hf_err *err)
{
    const struct hf_build_ask *ask = c->ask;
    struct hf_run run;
    struct stat st;
    int rc = -1;

    if (hf_tool_run(&run, &c->tool, ask, (const char *const *)argv, 0, err) != 0)
        goto out;
    if (hf_tool_ended(&run, &c->tool, ask, err) != 0) {
        hf_tool_tell(ask, &c->tool, run.errs.n > 0 ? &run.errs : &run.out, 1);
        goto out;
    }
    hf_tool_tell(ask, &c->tool, &run.errs, 0);
    if (lstat(output, &st) != 0)
        hf_fail(err, HF_E_INPUT, "%s ended well, but wrote no patch: it must write to what {output} stands for", c->tool.name);
    else if (!S_ISREG(st.st_mode) || st.st_size == 0)
        hf_fail(err, HF_E_INPUT, "%s wrote %s for a patch", c->tool.name,
                S_ISREG(st.st_mode) ? "an empty file" : "no plain file");
    else
        rc = 0;
out:
    hf_run_clear(&run);
    return rc;
}

static int build(struct command *c, const char *output, struct hf_err *err)
{
    const struct hf_build_ask *ask = c->ask;
    const struct hf_argv_values values = {.output = output,
                                          .target = ask->target,
                                          .base = ask->base,
                                          .commit = ask->commit,
                                          .tree = c->tree_at[0],
                                          .base_tree = c->tree_at[1],
                                          .files = c->files.paths,
                                          .refs = c->refs.paths,
                                          .file_count = c->files.n,
                                          .ref_count = c->refs.n};
    char **argv = NULL, key[HF_SHA256_HEX + 1];
    int rc = -1, kept = ask->config->command.cache;

    if (kept && facts_key(key, c, err) != 0)
        return -1;
    if (kept && hf_cache_get(ask, key, output)) {
        hf_make_tell(ask, 0, "built before, from the same files by the same %s", c->tool.name);
        return 0;
    }
    if (hf_argv_expand(&argv, c->template, &values, err) == 0 && run_tool(c, argv, output, err) == 0 &&
        hf_tool_same(&c->tool, err) == 0)
        rc = 0;
    if (rc == 0 && kept)
        hf_cache_put(ask, key, output);
    hf_argv_free(argv);
    return rc;
}

int hf_make_command(struct hf_built *out, const struct hf_build_ask *ask, const char *files, struct hf_err *err)
{
    struct command c = {.ask = ask, .template = ask->config->command.argv};
    int rc = -1;

    if (hf_argv_check(&c.needs, c.template, err) != 0 || open_tool(&c, err) != 0 || hf_tool_confine(&c.tool, ask, err) != 0 ||
        hf_changes_export(ask->repo, ask->changes, files, NULL, NULL, err) != 0 ||
        hf_make_paths(&c.files, ask->changes, files, err) != 0 ||
        (c.needs.refs && hf_make_rules(&c.refs, ask, ask->config->command.refs, "refs", "[command] refs", err) != 0) ||
        (c.needs.tree && check_out(&c, 0, ask->commit, "tree", err) != 0) ||
        (c.needs.base_tree && check_out(&c, 1, ask->base, "base_tree", err) != 0))
        goto out;
    snprintf(out->name, sizeof out->name, "%s", ask->config->command.name);
    snprintf(out->builder, sizeof out->builder, "command %.128s sha256:%s", c.tool.name, c.tool.sha256);
    if (snprintf(out->path, sizeof out->path, "%s/output", c.tool.folder) >= (int)sizeof out->path) {
        hf_fail(err, HF_E_LIMIT, "the path of the work folder is too long");
        goto out;
    }
    rc = build(&c, out->path, err);
out:
    hf_make_files_free(&c.files);
    hf_make_files_free(&c.refs);
    for (int i = 0; i < 2; i++) {
        hf_changes_free(c.trees[i]);
        free(c.tree_at[i]);
    }
    return rc;
}
