/* ci_fetch.c: see ci_fetch.h. */
#include "publisher/ci_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder/run.h"
#include "core/escape.h"

#define GIT_SECONDS 600
#define LIST_MAX (32u * 1024 * 1024)     /* bytes of ls-remote */
#define FETCHED_MAX ((uint64_t)64 << 30) /* bytes of one pack */
#define ARGS_MAX 64                      /* of one git */
#define TAGS_AT_ONCE (ARGS_MAX - 16)
#define WORDS_MAX 240
#define SPEC_MAX (2 * HF_MANIFEST_MAX_REF + 32)

/* What git, ssh and curl want from an environment. None of it is a secret of ours; a job's own token may be among it. */
static const char *const wanted[] = {"PATH=", "HOME=", "USER=", "LOGNAME=", "LANG=", "LC_", "TMPDIR=", "SSH_", "GIT_SSH",
                                     "GIT_CONFIG",
                                     "GIT_ASKPASS=", "GIT_SSL_", "GIT_PROXY_", "http_proxy=", "https_proxy=", "HTTPS_PROXY=",
                                     "HTTP_PROXY=", "ALL_PROXY=", "all_proxy=", "NO_PROXY=", "no_proxy=", "SSL_CERT_",
                                     "CURL_CA_BUNDLE=", "XDG_CONFIG_HOME=", "CI_JOB_TOKEN=", "CI_SERVER_"};

static int is_wanted(const char *variable)
{
    size_t i;

    for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (strncmp(variable, wanted[i], strlen(wanted[i])) == 0)
            return 1;
    return 0;
}

static int make_env(struct hf_ci_clone *c, struct hf_err *err)
{
    size_t n = 0, i;

    while (environ[n] != NULL)
        n++;
    c->env = calloc(n + 2, sizeof *c->env);
    if (c->env == NULL)
        return hf_nomem(err);
    for (i = n = 0; environ[i] != NULL; i++) {
        if (!is_wanted(environ[i]))
            continue;
        c->env[n] = strdup(environ[i]);
        if (c->env[n++] == NULL)
            return hf_nomem(err);
    }
    c->env[n] = strdup("GIT_TERMINAL_PROMPT=0"); /* nobody is there to answer */
    return c->env[n] != NULL ? 0 : hf_nomem(err);
}

/* The first git in an absolute folder of PATH. */
static int find_git(struct hf_ci_clone *c, struct hf_err *err)
{
    const char *p = getenv("PATH"), *end;

    for (p = p != NULL ? p : "/usr/local/bin:/usr/bin:/bin"; *p != '\0'; p = *end != '\0' ? end + 1 : end) {
        end = p + strcspn(p, ":");
        if (*p != '/' || (size_t)(end - p) + sizeof "/git" > sizeof c->git)
            continue;
        snprintf(c->git, sizeof c->git, "%.*s/git", (int)(end - p), p);
        if (access(c->git, X_OK) == 0)
            return 0;
    }
    return hf_fail(err, HF_E_CONFIG, "there is no git in PATH, which fetches what the clone lacks");
}

int hf_ci_clone_open(struct hf_ci_clone *c, const struct hf_repo *repo, const struct hf_say *say, struct hf_err *err)
{
    memset(c, 0, sizeof *c);
    c->say = say;
    if (strlen(hf_repo_dir(repo)) >= sizeof c->dir)
        return hf_fail(err, HF_E_LIMIT, "the path of the clone is too long");
    memcpy(c->dir, hf_repo_dir(repo), strlen(hf_repo_dir(repo)) + 1);
    return find_git(c, err) != 0 ? -1 : make_env(c, err);
}

void hf_ci_clone_close(struct hf_ci_clone *c)
{
    size_t i;

    for (i = 0; c->env != NULL && c->env[i] != NULL; i++)
        free(c->env[i]);
    free(c->env);
    hf_ci_refs_free(&c->refs);
    memset(c, 0, sizeof *c);
}

/* The words of git that say why, for people: one line, without what stands before an @ in an address: it may be a token. */
static const char *last_words(char out[WORDS_MAX], const struct hf_buf *errs)
{
    char line[WORDS_MAX], *scheme, *at;
    const char *p = errs->p != NULL ? errs->p : "", *fatal = strstr(p, "fatal: ");
    size_t n = strlen(p);

    if (fatal == NULL) { /* the last line */
        for (; n > 0 && p[n - 1] == '\n'; n--)
            ;
        for (fatal = p + n; fatal > p && fatal[-1] != '\n'; fatal--)
            ;
    }
    snprintf(line, sizeof line, "%.*s", (int)strcspn(fatal, "\r\n"), fatal);
    for (scheme = strstr(line, "://"); scheme != NULL; scheme = strstr(scheme + 3, "://")) {
        at = strpbrk(scheme + 3, "@/ '");
        if (at != NULL && *at == '@')
            memmove(scheme + 3, at + 1, strlen(at + 1) + 1);
        else if (at == NULL)
            scheme[3] = '\0'; /* cut in the midst of it */
    }
    return hf_escape(out, WORDS_MAX, line, strlen(line));
}

/* Runs git in the clone. args is what stands behind it, NULL at the end. -1: it could not be run, or did not end with 0. */
static int git(struct hf_run *res, const struct hf_ci_clone *c, const char *const *args, size_t max_output, struct hf_err *err)
{
    static const char *const always[] = {"-c", "protocol.version=2", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
                                         "-c", "core.hooksPath=/dev/null"};
    const char *argv[ARGS_MAX + 1] = {c->git};
    char dir[sizeof c->dir + 16], words[WORDS_MAX];
    struct hf_run_ask ask = {.program = c->git,
                             .argv = argv,
                             .cwd = c->dir,
                             .timeout = GIT_SECONDS,
                             .max_file = FETCHED_MAX,
                             .max_output = max_output};
    const union {
        char **in;
        const char *const *out;
    } env = {.in = c->env};
    size_t n = 1, i;

    snprintf(dir, sizeof dir, "--git-dir=%s", c->dir);
    argv[n++] = dir;
    for (i = 0; i < sizeof always / sizeof always[0]; i++)
        argv[n++] = always[i];
    for (i = 0; args[i] != NULL && n < ARGS_MAX; i++)
        argv[n++] = args[i];
    ask.env = env.out;
    if (hf_run(res, &ask, err) != 0)
        return -1;
    if (res->timed_out)
        return hf_fail(err, HF_E_AGAIN, "git %s did not end within %d s", args[0], GIT_SECONDS);
    if (res->exit_status != 0)
        return hf_fail(err, HF_E_NOTFOUND, "git %s failed: %s", args[0], last_words(words, &res->errs));
    if (res->dropped > 0)
        return hf_fail(err, HF_E_LIMIT, "git %s printed more than %zu bytes", args[0], max_output);
    return 0;
}

static void say(const struct hf_ci_clone *c, const char *text)
{
    if (c->say != NULL)
        c->say->line(c->say->arg, HF_SAY_STEP, text);
}

int hf_ci_clone_ask(struct hf_ci_clone *c, const char *ref, struct hf_err *err)
{
    const char *const args[] = {"ls-remote", "--symref", "--", "origin", "HEAD", ref, "refs/tags/*", NULL};
    char text[HF_ERR_MAX_MESSAGE + 96];
    struct hf_err why = {HF_OK, ""};
    struct hf_run res;
    int rc = -1;

    hf_ci_refs_free(&c->refs);
    if (git(&res, c, args, LIST_MAX, &why) == 0) {
        rc = hf_ci_refs_parse(&c->refs, res.out.p, res.out.n, err);
        c->asked = rc == 0;
    } else if (why.code == HF_E_NOTFOUND) {
        snprintf(text, sizeof text, "origin cannot be asked, so what was checked out is all there is: %s", why.msg);
        say(c, text);
        rc = 0;
    } else {
        *err = why;
    }
    hf_run_clear(&res);
    return rc;
}

int hf_ci_clone_shallow(const struct hf_ci_clone *c)
{
    char path[sizeof c->dir + 16];

    snprintf(path, sizeof path, "%s/shallow", c->dir);
    return access(path, F_OK) == 0;
}

/* git fetch --no-tags [depth] -- origin ARGS... */
static int fetch(struct hf_ci_clone *c, const char *how, const char *const *what, size_t n, struct hf_err *err)
{
    const char *args[ARGS_MAX] = {"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"};
    struct hf_run res;
    size_t k = 5, i;
    int rc;

    if (how != NULL)
        args[k++] = how;
    args[k++] = "--";
    args[k++] = "origin";
    for (i = 0; i < n && k < ARGS_MAX - 1; i++)
        args[k++] = what[i];
    rc = git(&res, c, args, 0, err);
    hf_run_clear(&res);
    return rc;
}

/* A depth makes a whole clone shallow, so that only one which is so already gets it. */
static const char *depth(const struct hf_ci_clone *c)
{
    return hf_ci_clone_shallow(c) ? "--depth=1" : NULL;
}

int hf_ci_clone_deepen(struct hf_ci_clone *c, struct hf_err *err)
{
    if (!hf_ci_clone_shallow(c))
        return 0;
    say(c, "the clone is shallow; its history is fetched, because what is released must be compared with it");
    if (fetch(c, "--unshallow", NULL, 0, err) == 0)
        return 0;
    return hf_fail_in(err, "this clone is shallow, and its history cannot be fetched (check out with fetch-depth: 0, or "
                           "GIT_DEPTH: 0): ");
}

int hf_ci_clone_commit(struct hf_ci_clone *c, const char *oid, struct hf_err *err)
{
    if (!hf_is_hex(oid, 40) && !hf_is_hex(oid, 64))
        return hf_fail(err, HF_E_NOTFOUND, "no commit's id");
    return fetch(c, depth(c), &oid, 1, err);
}

int hf_ci_clone_ref(struct hf_ci_clone *c, const char *ref, struct hf_err *err)
{
    char spec[SPEC_MAX];
    const char *what = spec;

    if (strlen(ref) > HF_MANIFEST_MAX_REF || strpbrk(ref, ":*^~? ") != NULL || strncmp(ref, "refs/", 5) != 0)
        return hf_fail(err, HF_E_NOTFOUND, "no ref");
    snprintf(spec, sizeof spec, "+%s:%s%s", ref, strncmp(ref, "refs/tags/", 10) == 0 ? "" : "refs/hotfix/", ref);
    return fetch(c, depth(c), &what, 1, err);
}

/* 1 when the tag's version is one that the target holds, however the tag writes it: the same that hf_base_find looks at. */
static int fits(const char *name, const char *pattern, const struct hf_range *range)
{
    const struct hf_version *exact = hf_range_exact(range);
    const char *star = strchr(pattern, '*');
    size_t before, after, n = strlen(name);
    struct hf_version v;

    if (star == NULL)
        return 0;
    before = (size_t)(star - pattern);
    after = strlen(star + 1);
    if (n <= before + after || memcmp(name, pattern, before) != 0 || strcmp(name + n - after, star + 1) != 0 ||
        hf_version_parse(&v, name + before, n - before - after, NULL) < 0)
        return 0;
    return exact != NULL ? hf_version_cmp(exact, &v) == 0 : hf_range_holds(range, &v);
}

/* 1 when the clone has this ref, and it names the same commit. */
static int has(const struct hf_repo *repo, const struct hf_ci_ref *ref)
{
    char oid[HF_OID_MAX + 1];

    return hf_repo_commit(repo, oid, ref->name, NULL) == 0 && strcmp(oid, ref->peeled[0] != '\0' ? ref->peeled : ref->oid) == 0;
}

int hf_ci_clone_tags(struct hf_ci_clone *c, const struct hf_repo *repo, const char *pattern, const struct hf_range *range,
                     struct hf_err *err)
{
    char(*specs)[SPEC_MAX] = calloc(TAGS_AT_ONCE, sizeof *specs);
    const char *what[TAGS_AT_ONCE];
    size_t i, n = 0;
    int rc = 0;

    if (specs == NULL)
        return hf_nomem(err);
    for (i = 0; rc == 0 && i <= c->refs.count; i++) {
        if (n == TAGS_AT_ONCE || (i == c->refs.count && n > 0)) {
            rc = fetch(c, depth(c), what, n, err);
            n = 0;
        }
        if (rc != 0 || i == c->refs.count || !fits(c->refs.refs[i].name, pattern, range) || has(repo, &c->refs.refs[i]) ||
            strlen(c->refs.refs[i].name) > HF_MANIFEST_MAX_REF)
            continue;
        snprintf(specs[n], sizeof specs[n], "+%s:%s", c->refs.refs[i].name, c->refs.refs[i].name);
        what[n] = specs[n];
        n++;
    }
    free(specs);
    return rc;
}

int hf_ci_clone_file(struct hf_ci_clone *c, struct hf_buf *out, const char *commit, const char *path, struct hf_err *err)
{
    char name[HF_OID_MAX + 2048];
    const char *const args[] = {"cat-file", "blob", name, NULL};
    struct hf_run res;
    int rc;

    if ((size_t)snprintf(name, sizeof name, "%s:%s", commit, path) >= sizeof name)
        return hf_fail(err, HF_E_LIMIT, "the path of a file in the repository is too long");
    rc = git(&res, c, args, out->max, err);
    if (rc == 0) {
        hf_buf_add(out, res.out.p, res.out.n);
        rc = hf_buf_ok(out, path, err);
    }
    hf_run_clear(&res);
    return rc;
}
