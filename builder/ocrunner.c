/* ocrunner.c: the builder `ocrunner`: OCRunner's PatchGenerator. Its exit status says little: it skips files without a word,
 * writes half a patch and ends well. So a build counts only if everything that can be seen of it is right. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builder/cache.h"
#include "builder/changes.h"
#include "builder/make.h"
#include "builder/occheck.h"
#include "builder/oclog.h"
#include "builder/ocpatch.h"
#include "builder/tool.h"
#include "core/escape.h"

#define WARNINGS_MAX 20
#define ERRORS_MAX 10
#define FACTS_MAX (16 * 1024 * 1024)
#define SOURCE_SHOWN 120
#define SHOWN 240
#define FILE_SLACK 16        /* what the tool prints around each path */
#define OUTPUT_SLACK 1048576 /* and besides its lists */

struct oc {
    const struct hf_build_ask *ask;
    struct hf_tool tool;
    char version[32]; /* of the tool, or "" */
    char target[HF_OCPATCH_MAX_VERSION + 1];
    struct hf_make_files files, refs;
    const char *folder;       /* of the files */
    char *files_at, *refs_at; /* prefixes: the folders with a slash */
    char open_comment[SHOWN]; /* the file that would make it wait for ever, or "" */
};

/* What was found in one file. */
struct finding {
    unsigned long line;
    const char *words;
};

struct look {
    const struct hf_changes *changes;
    struct seen {
        struct finding *found;
        size_t n;
        int open_comment, no_memory;
    } * files; /* one for each of the changes */
};

static int note(void *arg, unsigned long line, const char *words)
{
    struct seen *s = arg;
    struct finding *more = reallocarray(s->found, s->n + 1, sizeof *more);

    s->no_memory |= more == NULL;
    if (more == NULL)
        return -1;
    s->found = more;
    s->found[s->n++] = (struct finding){line, words};
    return 0;
}

/* While they are exported, by several threads: each file's findings have their own place. */
static void look_at(void *arg, size_t i, const void *p, size_t n)
{
    const struct look *l = arg;

    l->files[i].open_comment = hf_occheck(l->changes->files[i].path, p, n, note, &l->files[i]);
}

static int tell_findings(struct oc *o, const struct look *l, struct hf_err *err)
{
    char shown[SHOWN];
    size_t said = 0;

    for (size_t i = 0; i < l->changes->file_count; i++) {
        const struct seen *s = &l->files[i];
        const char *path = l->changes->files[i].path;

        if (s->no_memory)
            return hf_nomem(err);
        if (s->n > 0 || s->open_comment)
            hf_escape(shown, sizeof shown, path, strlen(path));
        for (size_t k = 0; k < s->n; k++)
            if (said++ < WARNINGS_MAX)
                hf_make_tell(o->ask, 1, "%s:%lu: %s", shown, s->found[k].line, s->found[k].words);
        if (s->open_comment && o->open_comment[0] == '\0')
            strcpy(o->open_comment, shown);
    }
    if (said > WARNINGS_MAX)
        hf_make_tell(o->ask, 1, "and %zu more of this kind", said - WARNINGS_MAX);
    return 0;
}

/* Exports the files; what the language cannot do is said before the tool runs, so that its own words make sense. */
static int export_and_look(struct oc *o, const char *files, struct hf_err *err)
{
    struct look l = {.changes = o->ask->changes};
    int rc = -1;

    l.files = calloc(l.changes->file_count + 1, sizeof *l.files);
    if (l.files == NULL)
        return hf_nomem(err);
    if (hf_changes_export(o->ask->repo, l.changes, files, look_at, &l, err) == 0)
        rc = tell_findings(o, &l, err);
    for (size_t i = 0; i < l.changes->file_count; i++)
        free(l.files[i].found);
    free(l.files);
    return rc;
}

/* "PatchGenerator: 1.1.0" stands at the head of its help. A tool that tells none has none. */
static void ask_version(struct oc *o)
{
    const char *argv[] = {o->tool.path, "-help", NULL};
    struct hf_run run;
    const char *p = NULL;
    size_t n = 0;

    if (hf_tool_run(&run, &o->tool, o->ask, argv, 0, NULL) == 0 && run.exit_status == 0 && run.out.n > 0)
        p = strstr(run.out.p, "PatchGenerator: ");
    if (p != NULL) {
        p += strlen("PatchGenerator: ");
        n = strspn(p, "0123456789.");
    }
    if (n > 0 && n < sizeof o->version)
        memcpy(o->version, p, n);
    hf_run_clear(&run);
}

/* PATH:LINE, as the pusher knows the file. */
static void place(char out[SHOWN + 24], const struct oc *o, const struct hf_oclog_error *e)
{
    const char *path = e->path, *prefixes[] = {o->files_at, o->refs_at};
    char shown[SHOWN];
    size_t n = e->path_n;

    for (size_t i = 0; i < 2 && path != NULL; i++) {
        size_t k = prefixes[i] == NULL ? 0 : strlen(prefixes[i]);

        if (k > 0 && n > k && memcmp(path, prefixes[i], k) == 0) {
            path += k;
            n -= k;
            break;
        }
    }
    hf_escape(shown, sizeof shown, path == NULL ? "a file that it does not name" : path, path == NULL ? 28 : n);
    if (e->line > 0)
        snprintf(out, SHOWN + 24, "%s:%lu", shown, e->line);
    else
        snprintf(out, SHOWN + 24, "%s", shown);
}

/* Its parse errors, each to the pusher; the first is the reason. */
static int parse_errors(const struct oc *o, const struct hf_run *run, struct hf_err *err)
{
    const struct hf_buf *text = hf_oclog_failed(&run->errs) ? &run->errs : &run->out;
    struct hf_oclog_error e;
    char where[SHOWN + 24], source[SOURCE_SHOWN], first[SHOWN + SOURCE_SHOWN + 64] = "";
    const char *old = run->exit_status == 0 ? "; this PatchGenerator ends with status 0 all the same: it is an old one" : "";
    size_t at = 0, n = 0;

    while (n < ERRORS_MAX && hf_oclog_next(&e, text, &at)) {
        const char *p = e.source;
        size_t k = e.source_n;

        for (; k > 0 && (*p == ' ' || *p == '\t'); p++, k--)
            ;
        place(where, o, &e);
        hf_escape(source, sizeof source, k > 0 ? p : "", k);
        if (n++ == 0)
            snprintf(first, sizeof first, "%s: syntax error: %s", where, source);
        else
            hf_make_tell(o->ask, 1, "%s: syntax error: %s", where, source);
    }
    return hf_fail(err, HF_E_INPUT, "PatchGenerator cannot read the code: %s%s", n > 0 ? first : "it does not say where", old);
}

/* How its run ended, and what it printed. */
static int judge_run(const struct oc *o, const struct hf_run *run, const struct hf_make_files *files, struct hf_err *err)
{
    if (run->timed_out && o->open_comment[0] != '\0')
        return hf_fail(err, HF_E_INPUT,
                       "PatchGenerator did not end within %lld s and was stopped: a comment in %s is never closed",
                       (long long)o->ask->config->build.timeout, o->open_comment);
    if (run->timed_out || run->signal != 0)
        return hf_tool_ended(run, &o->tool, o->ask, err);
    if (hf_oclog_failed(&run->errs) || hf_oclog_failed(&run->out))
        return parse_errors(o, run, err);
    if (hf_tool_ended(run, &o->tool, o->ask, err) != 0) {
        hf_tool_tell(o->ask, &o->tool, &run->errs, 1);
        return -1;
    }
    if (run->dropped > 0)
        return hf_fail(err, HF_E_LIMIT, "PatchGenerator printed so much that its lists of files cannot be compared");
    if (hf_oclog_list(&run->out, "References:", o->refs.paths, o->refs.n, o->refs_at != NULL ? o->refs_at : "", err) != 0 ||
        hf_oclog_list(&run->out, "InputFiles:", files->paths, files->n, o->files_at, err) != 0)
        return -1;
    return 0;
}

/* Is there something to open at all? */
static int judge_kind(const char *output, struct hf_err *err)
{
    struct stat st;

    if (lstat(output, &st) != 0 || !S_ISREG(st.st_mode))
        return hf_fail(err, HF_E_INPUT, "PatchGenerator ended as if all was well, but wrote no patch");
    return 0;
}

/* Opens what it wrote. built: its sums are taken meanwhile, and what it was made from goes. */
static int judge_patch(struct hf_ocpatch *patch, const struct oc *o, const char *output, struct hf_built *built,
                       struct hf_err *err)
{
    struct hf_summing sums;
    int rc;

    if (judge_kind(output, err) != 0)
        return -1;
    if (built != NULL)
        hf_make_sums_begin(&sums, built);
    rc = hf_ocpatch_file(patch, output, o->target, err);
    if (built != NULL) {
        hf_work_remove(o->folder);
        if (hf_make_sums_end(&sums, rc == 0 ? err : NULL) != 0 && rc == 0)
            return -1;
    }
    if (rc == 0)
        return 0;
    if (err->code == HF_E_SIG) /* of its own kind: the same text gives the same damage */
        err->code = HF_E_INPUT;
    return hf_fail_in(err, "PatchGenerator wrote a patch that cannot be used: ");
}

static size_t room_for(const struct hf_make_files *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        n += strlen(f->paths[i]) + FILE_SLACK;
    return n;
}

/* One run of the tool: these files and all refs into output, which is still to be judged. */
static int generate(const struct oc *o, const struct hf_make_files *files, const char *output, struct hf_err *err)
{
    const char **argv = calloc(files->n + o->refs.n + 16, sizeof *argv);
    struct hf_run run;
    size_t n = 0;
    int rc = -1;

    memset(&run, 0, sizeof run);
    if (argv == NULL)
        return hf_nomem(err);
    argv[n++] = o->tool.path;
    argv[n++] = "-files";
    for (size_t i = 0; i < files->n; i++)
        argv[n++] = files->paths[i];
    if (o->refs.n > 0)
        argv[n++] = "-refs";
    for (size_t i = 0; i < o->refs.n; i++)
        argv[n++] = o->refs.paths[i];
    argv[n++] = "-output";
    argv[n++] = output;
    argv[n++] = "-type";
    argv[n++] = "binary";
    argv[n++] = "-appVersion";
    argv[n++] = o->target;
    if (hf_tool_run(&run, &o->tool, o->ask, argv, room_for(files) + room_for(&o->refs) + OUTPUT_SLACK, err) == 0 &&
        judge_run(o, &run, files, err) == 0 && judge_kind(output, err) == 0)
        rc = 0;
    hf_run_clear(&run);
    free(argv);
    return rc;
}

/* What decides the bytes: the tool, what it is told, and what it is given, in order. files NULL: of the refs alone. */
static int facts_key(char key[HF_SHA256_HEX + 1], const struct oc *o, const struct hf_changes *files, struct hf_err *err)
{
    struct hf_buf facts;
    int rc;

    hf_buf_init(&facts, FACTS_MAX);
    hf_buf_fmt(&facts, "ocrunner 1\ntool %s\nappVersion %s\n", o->tool.sha256, o->target);
    hf_make_facts(&facts, "ref", o->refs.changes);
    hf_make_facts(&facts, "file", files);
    rc = hf_cache_key(key, &facts, err);
    hf_buf_free(&facts);
    return rc;
}

/* A patch out of the cache is judged again all the same. built: NULL when its sums are of no interest. */
static int build_or_find(struct hf_ocpatch *patch, struct oc *o, const struct hf_changes *changes,
                         const struct hf_make_files *files, const char *output, struct hf_built *built, struct hf_err *err)
{
    char key[HF_SHA256_HEX + 1];
    int found;

    if (facts_key(key, o, changes, err) != 0)
        return -1;
    found = hf_cache_get(o->ask, key, output);
    if (found && changes != NULL)
        hf_make_tell(o->ask, 0, "built before, from the same files by the same PatchGenerator");
    if ((!found && generate(o, files, output, err) != 0) || judge_patch(patch, o, output, built, err) != 0)
        return -1;
    if (found)
        return 0;
    if (hf_tool_same(&o->tool, err) != 0)
        return -1;
    hf_cache_put(o->ask, key, output);
    return 0;
}

/* How many nodes the refs alone give: a patch without more has lost all that was changed. */
static int count_refs(uint32_t *nodes, struct oc *o, struct hf_err *err)
{
    const struct hf_make_files none = {0};
    struct hf_ocpatch patch;
    char *output = NULL;
    int rc;

    *nodes = 0;
    if (o->refs.n == 0)
        return 0;
    if (asprintf(&output, "%s/refs-only", o->tool.folder) < 0)
        return hf_nomem(err);
    rc = build_or_find(&patch, o, NULL, &none, output, NULL, err);
    if (rc == 0)
        *nodes = patch.nodes;
    else
        hf_fail_in(err, "[ocrunner] refs: ");
    free(output);
    return rc;
}

static int prepare(struct oc *o, const char *files, struct hf_err *err)
{
    const struct hf_build_ask *ask = o->ask;

    if (hf_ocpatch_version(o->target, ask->target, "ocrunner", err) != 0 ||
        hf_tool_open(&o->tool, ask->config->ocrunner.generator, "[ocrunner] generator", err) != 0 ||
        hf_tool_confine(&o->tool, ask, err) != 0 ||
        hf_make_paths(&o->files, ask->changes, files, err) != 0 ||
        hf_make_rules(&o->refs, ask, ask->config->ocrunner.refs, "refs", "[ocrunner] refs", err) != 0)
        return -1;
    if (asprintf(&o->files_at, "%s/", files) < 0) {
        o->files_at = NULL;
        return hf_nomem(err);
    }
    if (asprintf(&o->refs_at, "%s/refs/", ask->work) < 0) {
        o->refs_at = NULL;
        return hf_nomem(err);
    }
    return export_and_look(o, files, err);
}

int hf_make_ocrunner(struct hf_built *out, const struct hf_build_ask *ask, const char *files, struct hf_err *err)
{
    struct oc o = {.ask = ask, .folder = files};
    struct hf_ocpatch patch;
    uint32_t refs_nodes;
    int rc = -1;

    if (prepare(&o, files, err) != 0)
        goto out;
    ask_version(&o);
    snprintf(out->name, sizeof out->name, "binarypatch");
    snprintf(out->builder, sizeof out->builder, "ocrunner%s%s sha256:%s", o.version[0] != '\0' ? " " : "", o.version,
             o.tool.sha256);
    if (snprintf(out->path, sizeof out->path, "%s/%s", o.tool.folder, out->name) >= (int)sizeof out->path) {
        hf_fail(err, HF_E_LIMIT, "the path of the work folder is too long");
        goto out;
    }
    if (build_or_find(&patch, &o, ask->changes, &o.files, out->path, out, err) != 0 || count_refs(&refs_nodes, &o, err) != 0)
        goto out;
    if (patch.nodes <= refs_nodes) {
        hf_fail(err, HF_E_INPUT,
                "the patch holds no class and no function of the changed files%s: they may be empty, or not Objective-C",
                refs_nodes > 0 ? ", only the declarations of [ocrunner] refs" : "");
        goto out;
    }
    rc = 0;
out:
    hf_make_files_free(&o.files);
    hf_make_files_free(&o.refs);
    free(o.files_at);
    free(o.refs_at);
    return rc;
}
