/* hookfile.c: see hookfile.h. */
#include "publisher/hookfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/durable.h"

/* Bytes of the hooks folder's path: room stays for a hook's name. */
#define DIR_MAX_TEXT 3500

#define HOOK_MAX_BYTES (64u * 1024 * 1024) /* of a hook that is a copy of our program */

/* git hands a hook its lines on stdin, once: the script keeps them for both. In pre-receive, either may refuse. */
#define CHAIN                                                                                     \
    "#!/bin/sh\n"                                                                                 \
    "# Written by `hotfix init`: runs the hook that was here before (%s.local), then hotfix's.\n" \
    "dir=$(dirname \"$0\")\n"                                                                     \
    "lines=$(cat; echo .)\n"                                                                      \
    "lines=${lines%%.}\n"                                                                         \
    "if [ -x \"$dir/%s.local\" ]; then\n"                                                         \
    "    printf %%s \"$lines\" | \"$dir/%s.local\" \"$@\" || %s\n"                                \
    "fi\n"                                                                                        \
    "printf %%s \"$lines\" | exec '%s' \"$@\"\n"

int hf_hook_program(char path[4096], const char *name, struct hf_err *err)
{
    static const char *const places[] = {".", "../libexec/hotfix"};
    char self[PATH_MAX], *dir, candidate[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    size_t i;

    if (n <= 0)
        return hf_fail(err, HF_E_FAIL, "cannot find where this program lies: %s", strerror(errno));
    self[n] = '\0';
    dir = dirname(self);
    for (i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(candidate, sizeof candidate, "%s/%s/%s", dir, places[i], name);
        if (access(candidate, X_OK) == 0) {
            char *real = realpath(candidate, NULL);

            if (real == NULL || strlen(real) >= 4096 || strchr(real, '\'') != NULL) {
                free(real);
                return hf_fail(err, HF_E_FAIL, "the path of the program %s cannot be used in a hook", name);
            }
            memcpy(path, real, strlen(real) + 1);
            free(real);
            return 0;
        }
    }
    return hf_fail(err, HF_E_FAIL, "the program %s lies neither beside this one nor in ../libexec/hotfix", name);
}

/* The folder that git runs hooks from. */
static int hooks_folder(char dir[DIR_MAX_TEXT], const struct hf_repo *repo, struct hf_err *err)
{
    char *configured = NULL;
    struct hf_err why;
    int n;

    if (hf_repo_config_get(repo, &configured, "core.hookspath", &why) == 0) {
        n = configured[0] == '/' ? snprintf(dir, DIR_MAX_TEXT, "%s", configured)
                                 : snprintf(dir, DIR_MAX_TEXT, "%s/%s", hf_repo_dir(repo), configured);
        free(configured);
    } else {
        n = snprintf(dir, DIR_MAX_TEXT, "%s/hooks", hf_repo_dir(repo));
    }
    return n >= 0 && n < DIR_MAX_TEXT ? 0 : hf_fail(err, HF_E_LIMIT, "the path of the hooks folder is too long");
}

static int link_to(const char *program, const char *where, struct hf_err *err)
{
    if (symlink(program, where) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot make the hook %s: %s", where, strerror(errno));
    return 0;
}

/* 1 when the link or script is ours: it leads to, or names, our program. */
static int is_ours(const char *where, const char *program)
{
    char target[4096], text[8192];
    ssize_t n = readlink(where, target, sizeof target - 1);
    int fd;

    if (n > 0) {
        target[n] = '\0';
        return strcmp(target, program) == 0;
    }
    fd = open(where, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return strstr(text, "Written by `hotfix init`") != NULL && strstr(text, program) != NULL;
}

/* The other hook steps aside first; until the script has its name, git runs no hook, so the script is complete before. */
static int chain(const char *dir, const char *name, const char *program, struct hf_err *err)
{
    char from[4200], to[4200], script[12288];
    int fd, n, rc;

    snprintf(from, sizeof from, "%s/%s", dir, name);
    snprintf(to, sizeof to, "%s/%s.local", dir, name);
    if (access(to, F_OK) == 0)
        return hf_fail(err, HF_E_POLICY, "both %s and %s.local are there; put hotfix's hook into yours by hand: %s", from, name,
                       program);
    n = snprintf(script, sizeof script, CHAIN, name, name, name, strcmp(name, "pre-receive") == 0 ? "exit 1" : ":", program);
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open %s: %s", dir, strerror(errno));
    rc = link(from, to) == 0 ? hf_durable_put(fd, name, script, (size_t)n, 0755, 0, NULL, from, err)
                             : hf_fail(err, HF_E_FAIL, "cannot move %s aside: %s", from, strerror(errno));
    close(fd);
    return rc;
}

int hf_hook_install(const struct hf_repo *repo, const char *name, enum hf_hook_place *how, char where[4096], struct hf_err *err)
{
    char dir[DIR_MAX_TEXT], program[4096];
    struct stat st;

    if (hf_hook_program(program, name, err) != 0 || hooks_folder(dir, repo, err) != 0)
        return -1;
    if (mkdir(dir, 0755) != 0 && errno != EEXIST)
        return hf_fail(err, HF_E_FAIL, "cannot make %s: %s", dir, strerror(errno));
    snprintf(where, 4096, "%s/%s.d", dir, name);
    if (stat(where, &st) == 0 && S_ISDIR(st.st_mode)) {
        *how = HF_HOOK_FOLDER;
        snprintf(where, 4096, "%s/%s.d/hotfix", dir, name);
        if (is_ours(where, program)) {
            *how = HF_HOOK_THERE;
            return 0;
        }
        return link_to(program, where, err);
    }
    snprintf(where, 4096, "%s/%s", dir, name);
    if (lstat(where, &st) != 0) {
        *how = HF_HOOK_LINKED;
        return link_to(program, where, err);
    }
    if (is_ours(where, program)) {
        *how = HF_HOOK_THERE;
        return 0;
    }
    *how = HF_HOOK_CHAINED;
    return chain(dir, name, program, err);
}

/* What our chaining script runs behind the other hook: the last "exec '...'". */
static void chained_program(char program[4096], const char *text)
{
    const char *p, *from = NULL, *end;

    for (p = text; (p = strstr(p, "exec '")) != NULL; p += 6)
        from = p + 6;
    end = from != NULL ? strchr(from, '\'') : NULL;
    snprintf(program, 4096, "%.*s", end != NULL ? (int)(end - from) : 0, end != NULL ? from : "");
}

static enum hf_hook_state look_at_link(const char *where, const char *name, const char *program)
{
    const char *leaf = strrchr(program, '/');

    if (strcmp(leaf != NULL ? leaf + 1 : program, name) != 0)
        return access(where, X_OK) == 0 ? HF_HOOK_OTHER : HF_HOOK_GONE;
    return access(where, X_OK) == 0 ? HF_HOOK_RUNS : HF_HOOK_GONE;
}

/* A script of ours, a script of somebody's that speaks of us, or a copy of our program. */
static int look_at_file(enum hf_hook_state *state, const char *where, char program[4096], struct hf_err *err)
{
    struct hf_buf text;
    int ours;

    hf_buf_init(&text, HOOK_MAX_BYTES);
    if (hf_buf_read_file(&text, where, 0, err) != 0) {
        hf_buf_free(&text);
        return -1;
    }
    ours = text.n > 0 && memmem(text.p, text.n, "hotfix", 6) != NULL;
    if (text.n > 0 && strstr(text.p, "Written by `hotfix init`") != NULL)
        chained_program(program, text.p);
    hf_buf_free(&text);
    *state = !ours                                              ? HF_HOOK_OTHER
             : access(where, X_OK) != 0                         ? HF_HOOK_NOT_EXECUTABLE
             : program[0] != '\0' && access(program, X_OK) != 0 ? HF_HOOK_GONE
                                                                : HF_HOOK_RUNS;
    return 0;
}

int hf_hook_look(enum hf_hook_state *state, const struct hf_repo *repo, const char *name, char where[4096], char program[4096],
                 struct hf_err *err)
{
    char dir[DIR_MAX_TEXT];
    struct stat st;
    ssize_t n;

    program[0] = '\0';
    if (hooks_folder(dir, repo, err) != 0)
        return -1;
    snprintf(where, 4096, "%s/%s.d/hotfix", dir, name);
    if (lstat(where, &st) != 0) {
        snprintf(where, 4096, "%s/%s", dir, name);
        if (lstat(where, &st) != 0) {
            *state = HF_HOOK_ABSENT;
            return 0;
        }
    }
    n = readlink(where, program, 4095);
    if (n < 0)
        return look_at_file(state, where, program, err);
    program[n] = '\0';
    *state = look_at_link(where, name, program);
    return 0;
}
