/* cmd_init.c: hotfix init: everything that a bare repository needs, in one command; and nothing that is there is destroyed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/escape.h"
#include "publisher/cmd.h"
#include "publisher/hookfile.h"
#include "publisher/keyfile.h"
#include "publisher/match.h"
#include "publisher/spool.h"

#define USAGE "hotfix init --repo BARE --app ID [options]"
#define PATH_TEXT 4096
#define URL_KEY_BYTES 32

struct init_args {
    const char *repo, *app, *store, *endpoint, *region, *builder, *include, *channel;
};

static void help(void)
{
    puts("usage: " USAGE "\n\n"
         "Sets up a bare git repository: writes hotfix.ini (never over one that is\n"
         "there), makes the keys that are missing, and puts the hooks in place beside\n"
         "those that are there.\n\n"
         "      --repo BARE      the repository that people push to\n"
         "      --app ID         the app, as its store knows it: com.example.shop.ios\n"
         "      --store URL      file:///FOLDER (default: hotfix/store in the repository),\n"
         "                       or s3://BUCKET/PREFIX\n"
         "      --endpoint URL   the bucket's server, when it is not AWS\n"
         "      --region NAME    the bucket's region (default: AWS_REGION, us-east-1)\n"
         "      --builder NAME   archive (default), ocrunner, jspatch or command\n"
         "      --include GLOBS  which files make the patch, gitignore rules: 'HotPath/**'\n"
         "      --channel NAME   default: production");
}

/* 0 go on, 1 help was shown, -1 with err. */
static int parse(struct init_args *a, int argc, char **argv, struct hf_err *err)
{
    static const struct option options[] = {
        {"repo", required_argument, NULL, 'r'},
        {"app", required_argument, NULL, 'a'},
        {"store", required_argument, NULL, 's'},
        {"endpoint", required_argument, NULL, 'e'},
        {"region", required_argument, NULL, 'R'},
        {"builder", required_argument, NULL, 'b'},
        {"include", required_argument, NULL, 'i'},
        {"channel", required_argument, NULL, 'C'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    *a = (struct init_args){.builder = "archive", .channel = "production"};
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'r')
            a->repo = optarg;
        else if (c == 'a')
            a->app = optarg;
        else if (c == 's')
            a->store = optarg;
        else if (c == 'e')
            a->endpoint = optarg;
        else if (c == 'R')
            a->region = optarg;
        else if (c == 'b')
            a->builder = optarg;
        else if (c == 'i')
            a->include = optarg;
        else if (c == 'C')
            a->channel = optarg;
        else if (c == 'h') {
            help();
            return 1;
        } else
            return hf_fail(err, HF_E_USAGE, "usage: " USAGE);
    }
    if (optind != argc)
        return hf_fail(err, HF_E_USAGE, "init takes no operand; usage: " USAGE);
    if (a->repo == NULL)
        return hf_fail(err, HF_E_USAGE, "--repo is missing: the bare repository that people push to");
    return 0;
}

/* Asked before anything is written: a hotfix.ini that is there is kept, and a second init could not mend it. */
static int check_store(const char *url, struct hf_err *err)
{
    if (url == NULL || strncmp(url, "file:///", 8) == 0 || strncmp(url, "s3://", 5) == 0)
        return 0;
    if (url[0] == '/')
        return hf_fail(err, HF_E_USAGE, "--store takes a URL: write file://%s", url);
    return hf_fail(err, HF_E_USAGE, "--store takes file:///a/folder or s3://bucket/prefix");
}

/* What a new hotfix.ini needs to be told. */
static int check_args(const struct init_args *a, struct hf_err *err)
{
    const struct hf_builder *builder = hf_builder_find(a->builder);
    char shown[160];

    if (builder == NULL)
        return hf_fail(err, HF_E_USAGE, "--builder: '%s' is not a builder: write " HF_BUILDER_NAMES,
                       hf_escape(shown, sizeof shown, a->builder, strlen(a->builder)));
    if (a->app == NULL)
        return hf_fail(err, HF_E_USAGE, "--app is missing: the app's id, like com.example.shop.ios");
    if (a->include == NULL && *builder->include == '\0')
        return hf_fail(err, HF_E_USAGE, "--include is missing: the builder %s must be told which files make a patch, "
                                        "like --include 'HotPath/**'",
                       a->builder);
    if (hf_app_check(a->app, err) != 0 || hf_channel_check(a->channel, err) != 0 || check_store(a->store, err) != 0) {
        err->code = HF_E_USAGE;
        return -1;
    }
    return 0;
}

/* Every server but AWS's takes the path style; only AWS's asks for the other. */
static void write_store(struct hf_buf *b, const struct init_args *a)
{
    hf_buf_fmt(b, "\n[store]\nurl = %s\n", a->store);
    if (a->endpoint != NULL)
        hf_buf_fmt(b, "endpoint = %s\npath_style = yes\n", a->endpoint);
    if (a->region != NULL)
        hf_buf_fmt(b, "region = %s\n", a->region);
}

static void write_ini(struct hf_buf *b, const struct init_args *a, const char *dir)
{
    int named = strcmp(a->channel, "production") != 0;

    hf_buf_str(b, "; Written by hotfix init. man hotfix.ini explains each key and its default.\n");
    hf_buf_fmt(b, "[app]\nid = %s\n", a->app);
    hf_buf_str(b, "\n; A push to hotfix/1.2.3 releases to app version 1.2.3.\n");
    hf_buf_fmt(b, "[channel %s]\nrefs = refs/heads/hotfix%s%s/*\n", a->channel, named ? "-" : "", named ? a->channel : "");
    hf_buf_fmt(b, "\n[build]\nbuilder = %s\n", a->builder);
    if (a->include != NULL)
        hf_buf_fmt(b, "include = %s\n", a->include);
    hf_buf_str(b, "; The release tag of a version: v1.2.3. A patch holds what differs between it and the push.\n");
    hf_buf_str(b, "base = refs/tags/v*\n");
    hf_buf_str(b, hf_builder_find(a->builder)->section);
    hf_buf_fmt(b, "\n[sign]\nkey = file:%s/hotfix/signing.pem\n", dir);
    hf_buf_fmt(b, "\n[trust]\nkeys = file:%s/hotfix/signing.pub.pem\n", dir);
    if (a->store != NULL)
        write_store(b, a);
    else
        hf_buf_fmt(b, "\n[store]\nurl = file://%s/hotfix/store\n", dir);
    hf_buf_fmt(b, "\n[edge]\nlisten = 127.0.0.1:3001\nsecret = file:%s/hotfix/url.key\n", dir);
    if (a->store != NULL && strncmp(a->store, "s3://", 5) == 0)
        hf_buf_fmt(b, "sync_dir = %s/hotfix/sync\n", dir);
}

/* Writes hotfix.ini unless there is one; what is written must be read back by the strict reader first. */
static int make_ini(const struct init_args *a, const char *dir, const char *path, struct hf_err *err)
{
    struct hf_config *c = NULL;
    struct hf_buf b;
    int rc = -1;

    if (access(path, F_OK) == 0) {
        printf("kept      %s (to change what it says, edit it)\n", path);
        return 0;
    }
    if (check_args(a, err) != 0)
        return -1;
    hf_buf_init(&b, HF_CONFIG_MAX_BYTES);
    write_ini(&b, a, dir);
    if (hf_buf_ok(&b, "hotfix.ini", err) != 0)
        goto out;
    if (hf_config_parse(&c, b.p, b.n, "the new hotfix.ini", err) != 0) {
        err->code = HF_E_USAGE;
        goto out;
    }
    if (hf_keyfile_put(path, b.p, b.n, 0640, err) != 0)
        goto out;
    printf("wrote     %s\n", path);
    rc = 0;
out:
    hf_config_free(c);
    hf_buf_free(&b);
    return rc;
}

/* <bare>/hotfix: the group may pass through to the public key and url.key, which the edge reads. */
static int make_folder(const char *path, struct hf_err *err)
{
    if (mkdir(path, 0700) == 0)
        return chmod(path, 0750) == 0 ? 0 : hf_fail(err, HF_E_FAIL, "cannot set the mode of %s: %s", path, strerror(errno));
    return errno == EEXIST ? 0 : hf_fail(err, HF_E_FAIL, "cannot make %s: %s", path, strerror(errno));
}

static int make_keys(const char *folder, struct hf_err *err)
{
    char path[PATH_TEXT + 64], pub[PATH_TEXT + 64], kid[HF_KID_LEN + 1], hex[URL_KEY_BYTES * 2 + 2];
    uint8_t r[URL_KEY_BYTES];
    int made;

    snprintf(path, sizeof path, "%s/signing.pem", folder);
    if (access(path, F_OK) != 0) {
        if (hf_keyfile_make(path, pub, sizeof pub, kid, err) != 0)
            return -1;
        printf("made      %s (signs releases; keep it safe)\n", path);
    } else {
        printf("kept      %s\n", path);
        if (hf_keyfile_public(path, pub, sizeof pub, &made, err) != 0)
            return -1;
        if (made)
            printf("made      %s (its public half)\n", pub);
    }
    snprintf(path, sizeof path, "%s/url.key", folder);
    if (access(path, F_OK) == 0) {
        printf("kept      %s\n", path);
        return 0;
    }
    if (hf_random(r, sizeof r, err) != 0)
        return -1;
    hf_hex(hex, r, sizeof r);
    hex[URL_KEY_BYTES * 2] = '\n';
    if (hf_keyfile_put(path, hex, URL_KEY_BYTES * 2 + 1, 0640, err) != 0)
        return -1;
    printf("made      %s (signs download links)\n", path);
    return 0;
}

/* The store's folder is there from now on, so that an edge can start before the first release. */
static int make_store(const char *ini, struct hf_err *err)
{
    struct hf_config *c = NULL;
    struct hf_store *s = NULL;
    int rc = -1;

    if (hf_config_load(&c, ini, err) != 0)
        return -1;
    if (hf_store_make(&s, c, err) == 0) {
        printf("store     %s\n", hf_store_name(s));
        rc = 0;
    }
    hf_store_close(s);
    hf_config_free(c);
    return rc;
}

struct see {
    struct hf_repo *repo;
    struct hf_buf tips;
    size_t count;
};

static int see_ref(const char *ref, void *arg)
{
    struct see *s = arg;
    char tip[HF_OID_MAX + 1];

    if (hf_repo_commit(s->repo, tip, ref, NULL) == 0) {
        hf_spool_tip(&s->tips, tip, ref);
        s->count++;
    }
    return 0;
}

/* Branches that were there before hotfix was are no releases that somebody forgot: `hotfix retry` leaves their tips alone. This
 * is done once: a tip that is found later was pushed past a hook that could not run, and is one that somebody waits for. */
static int see_tips(struct hf_repo *repo, const char *ini, struct hf_err *err)
{
    struct see s = {.repo = repo};
    struct hf_spool *spool = NULL;
    struct hf_config *c = NULL;
    size_t i;
    int first, rc = -1;

    hf_buf_init(&s.tips, HF_SPOOL_SEEN_MAX);
    if (hf_config_load(&c, ini, err) != 0 || hf_spool_open(&spool, hf_repo_dir(repo), err) != 0)
        goto out;
    rc = 0;
    for (i = 0; rc == 0 && i < c->channel_count; i++)
        rc = hf_match_each(&c->channels[i], repo, see_ref, &s, err);
    if (rc == 0)
        rc = hf_spool_see_first(spool, &s.tips, &first, err);
    if (rc == 0 && first && s.count > 0)
        printf("seen      %zu branch%s that %s there already: not released by itself\n", s.count, s.count == 1 ? "" : "es",
               s.count == 1 ? "is" : "are");
out:
    hf_buf_free(&s.tips);
    hf_spool_close(spool);
    hf_config_free(c);
    return rc;
}

static int install_hooks(struct hf_repo *repo, struct hf_err *err)
{
    static const char *const names[] = {"pre-receive", "post-receive"};
    static const char *const words[] = {"linked", "kept", "linked", "chained"};
    enum hf_hook_place how;
    char where[PATH_TEXT];
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (hf_hook_install(repo, names[i], &how, where, err) != 0)
            return -1;
        printf("%-9s %s%s\n", words[how], where, how == HF_HOOK_CHAINED ? " (the hook that was there runs first)" : "");
    }
    if (hf_repo_config_set(repo, "receive.advertisePushOptions", "true", err) != 0)
        return -1;
    puts("set       receive.advertisePushOptions = true");
    return 0;
}

static int next_steps(const char *ini, const char *dir, const char *folder, struct hf_err *err)
{
    char path[PATH_TEXT + 64];
    struct hf_buf pem;

    hf_buf_init(&pem, HF_KEY_MAX_PEM);
    snprintf(path, sizeof path, "%s/signing.pub.pem", folder);
    if (hf_buf_read_file(&pem, path, 0, NULL) == 0)
        printf("\nThe public key, for your apps and edges:\n%s", pem.p);
    hf_buf_free(&pem);
    printf("\nNext:\n"
           "  tag each released app version:     git tag v1.0.0 && git push origin v1.0.0\n"
           "  start the edge:                    hotfix-edge -c %s\n"
           "  push a fix for that version:       git push origin HEAD:hotfix/1.0.0\n"
           "  see what is released:              hotfix status --repo %s\n"
           "  see what is wrong with this:       hotfix check --repo %s\n",
           ini, dir, dir);
    return fflush(stdout) == 0 ? 0 : hf_fail(err, HF_E_FAIL, "cannot write to stdout");
}

static int init(const struct init_args *a, struct hf_err *err)
{
    struct hf_repo *repo = NULL;
    struct hf_err why = {HF_OK, ""};
    char folder[PATH_TEXT], ini[PATH_TEXT];
    const char *dir;
    size_t n;
    int rc = -1;

    if (hf_repo_open(&repo, a->repo, 0, &why) != 0)
        return why.code == HF_E_NOTFOUND ? hf_fail(err, HF_E_USAGE, "%s; make one: git init --bare %s", why.msg, a->repo)
                                         : hf_fail(err, why.code, "%s", why.msg);
    dir = hf_repo_dir(repo);
    n = strlen(dir);
    if (n > 5 && strcmp(dir + n - 5, "/.git") == 0)
        fputs("warning: this is a working copy; set up the bare repository that people push to\n", stderr);
    if (strlen(dir) > PATH_TEXT - 64 || strpbrk(dir, ";\n\r") != NULL) {
        hf_fail(err, HF_E_INPUT, "the repository's path cannot be written into hotfix.ini");
        goto out;
    }
    snprintf(folder, sizeof folder, "%s/hotfix", dir);
    snprintf(ini, sizeof ini, "%s/hotfix.ini", dir);
    if (make_ini(a, dir, ini, err) != 0 || make_folder(folder, err) != 0 || make_keys(folder, err) != 0 ||
        make_store(ini, err) != 0 || see_tips(repo, ini, err) != 0 || install_hooks(repo, err) != 0)
        goto out;
    rc = next_steps(ini, dir, folder, err);
out:
    hf_repo_close(repo);
    return rc;
}

int hf_cmd_init(int argc, char **argv)
{
    struct init_args a;
    struct hf_err err = {HF_OK, ""};
    int rc = parse(&a, argc, argv, &err);

    if (rc == 0)
        rc = init(&a, &err);
    return rc >= 0 ? 0 : hf_cmd_fail(&err);
}
