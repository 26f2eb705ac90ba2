/* tool.c: see tool.h. */
#include "builder/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder/make.h"
#include "builder/reach.h"
#include "builder/room.h"
#include "core/escape.h"

#define SHOWN 256
#define LINE_SHOWN 160
#define FIRST_TOLD 12 /* lines of a long output: a compiler says first what is wrong, a script last */
#define LAST_TOLD 4
#define LACKS_SHOWN 256
#define ARGUMENTS_MARGIN (16 * 1024) /* what execve needs besides what we count */

int hf_tool_open(struct hf_tool *out, const char *path, const char *key, struct hf_err *err)
{
    char shown[SHOWN];
    struct hf_sums sums;
    int fd, rc = -1;

    memset(out, 0, sizeof *out);
    hf_escape(shown, sizeof shown, path, strlen(path));
    if (path[0] != '/' || strlen(path) >= sizeof out->path)
        return hf_fail(err, HF_E_CONFIG, "%s: '%s' is not the absolute path of a program", key, shown);
    strcpy(out->path, path);
    out->name = strrchr(out->path, '/') + 1;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return hf_fail(err, HF_E_CONFIG, "%s: cannot open '%s': %s", key, shown, strerror(errno));
    if (fstat(fd, &out->st) < 0 || !S_ISREG(out->st.st_mode) || access(path, X_OK) != 0)
        hf_fail(err, HF_E_CONFIG, "%s: '%s' is not a program that can be run", key, shown);
    else if ((rc = hf_digest_fd(&sums, fd, err)) == 0)
        strcpy(out->sha256, sums.sha256);
    close(fd);
    return rc;
}

int hf_tool_same(const struct hf_tool *t, struct hf_err *err)
{
    struct stat st;

    if (stat(t->path, &st) == 0 && st.st_dev == t->st.st_dev && st.st_ino == t->st.st_ino && st.st_size == t->st.st_size &&
        st.st_ctim.tv_sec == t->st.st_ctim.tv_sec && st.st_ctim.tv_nsec == t->st.st_ctim.tv_nsec)
        return 0;
    return hf_fail(err, HF_E_AGAIN, "%s was changed while it ran", t->name);
}

/* The kernel gives all arguments and the environment one room; said here, because its own words name no way out. */
static int judge_size(const char *const *argv, const struct hf_tool *t, struct hf_err *err)
{
    size_t n = 0, i;
    long room = sysconf(_SC_ARG_MAX);

    for (i = 0; argv[i] != NULL; i++)
        n += strlen(argv[i]) + 1 + sizeof argv[i];
    if (room > ARGUMENTS_MARGIN && n > (size_t)room - ARGUMENTS_MARGIN)
        return hf_fail(err, HF_E_LIMIT,
                       "the names of %zu files are too long for one command line of %s: let [build] include admit fewer", i,
                       t->name);
    return 0;
}

int hf_tool_confine(struct hf_tool *t, const struct hf_build_ask *ask, struct hf_err *err)
{
    char lacks[LACKS_SHOWN], *folder = NULL;
    int rc = hf_make_folder(&folder, ask, "tool", err);

    if (rc == 0 && snprintf(t->folder, sizeof t->folder, "%s", folder) >= (int)sizeof t->folder - HF_FILE_NAME_MAX - 1)
        rc = hf_fail(err, HF_E_LIMIT, "the path of the work folder is too long");
    free(folder);
    if (rc != 0 || hf_reach_judge(ask->config, err) != 0)
        return -1;
    hf_cage_ask(&t->kernel);
    if (hf_cage_lacks(lacks, sizeof lacks, &t->kernel) == NULL)
        return 0;
    if (ask->config->build.sandbox)
        return hf_fail(err, HF_E_CONFIG, "%s was not run, because nothing would keep it from the keys and the network: %s. "
                                         "[build] sandbox = preferred runs it all the same",
                       t->name, lacks);
    hf_make_tell(ask, 1, "%s runs without its cage, and can read what hotfix can: %s", t->name, lacks);
    return 0;
}

/* What it did that is no failure, but is no secret either. */
static void tell_run(const struct hf_run *res, const struct hf_tool *t, const struct hf_build_ask *ask)
{
    if (res->left > 0)
        hf_make_tell(ask, 1, "%s left %u process%s behind: stopped", t->name, res->left, res->left == 1 ? "" : "es");
    if (res->dropped > 0)
        hf_make_tell(ask, 1, "%s printed %llu bytes more than are kept", t->name, (unsigned long long)res->dropped);
}

static uint64_t room(const struct hf_build_ask *ask)
{
    return (uint64_t)ask->config->build.room * 1024 * 1024;
}

/* The largest file that it may write. */
static uint64_t file_max(const struct hf_build_ask *ask)
{
    return room(ask) < (uint64_t)HF_FILE_MAX_BYTES ? room(ask) : (uint64_t)HF_FILE_MAX_BYTES;
}

int hf_tool_run(struct hf_run *res, const struct hf_tool *t, const struct hf_build_ask *ask, const char *const *argv,
                size_t max_output, struct hf_err *err)
{
    char home[4200], tmp[4200];
    struct hf_reach reach;
    const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", home, tmp, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    struct hf_run_ask run = {.program = t->path,
                             .argv = argv,
                             .cwd = t->folder,
                             .env = env,
                             .timeout = ask->config->build.timeout,
                             .max_memory = (uint64_t)ask->config->build.memory * 1024 * 1024,
                             .max_file = file_max(ask),
                             .max_folder = room(ask),
                             .cage = &reach.cage,
                             .max_output = max_output};

    int rc;

    memset(res, 0, sizeof *res);
#ifdef HF_SANITIZED
    run.max_memory = 0; /* the tools of our own tests are sanitized too, and reserve terabytes */
#endif
    if (judge_size(argv, t, err) != 0)
        return -1;
    if (snprintf(home, sizeof home, "HOME=%s", t->folder) >= (int)sizeof home ||
        snprintf(tmp, sizeof tmp, "TMPDIR=%s", t->folder) >= (int)sizeof tmp)
        return hf_fail(err, HF_E_LIMIT, "the path of the work folder is too long");
    rc = hf_reach_plan(&reach, ask->config, &t->kernel, t->path, ask->work, t->folder, err);
    if (rc == 0)
        rc = hf_run(res, &run, err);
    if (rc == 0)
        tell_run(res, t, ask);
    hf_reach_free(&reach);
    return rc;
}

/* The last line that is not blank; NULL when there is none. */
static const char *last_line(const struct hf_buf *text, size_t *n)
{
    size_t end = text->n, begin;

    while (end > 0 && (text->p[end - 1] == '\n' || text->p[end - 1] == '\r' || text->p[end - 1] == ' '))
        end--;
    for (begin = end; begin > 0 && text->p[begin - 1] != '\n'; begin--)
        ;
    *n = end - begin;
    return *n > 0 ? text->p + begin : NULL;
}

/* Does it complain of what a cage does? */
static int refused(const struct hf_buf *text)
{
    static const char *const words[] = {"ermission denied", "not permitted", "EACCES", "EPERM"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text->n > 0 && memmem(text->p, text->n, words[i], strlen(words[i])) != NULL)
            return 1;
    return 0;
}

int hf_tool_ended(const struct hf_run *res, const struct hf_tool *t, const struct hf_build_ask *ask, struct hf_err *err)
{
    char shown[LINE_SHOWN];
    const char *line;
    size_t n;

    if (res->overfull)
        return hf_fail(err, HF_E_INPUT,
                       "%s filled its folder with more than [build] room allows, %lld MiB or %d files, and was stopped",
                       t->name, (long long)ask->config->build.room, HF_ROOM_MAX_ENTRIES);
    if (res->timed_out || res->signal == SIGXCPU)
        return hf_fail(err, HF_E_INPUT, "%s did not end within %lld s and was stopped", t->name,
                       (long long)ask->config->build.timeout);
    if (res->signal == SIGXFSZ)
        return hf_fail(err, HF_E_INPUT, "%s wrote a file of more than %lld bytes and was stopped", t->name,
                       (long long)file_max(ask));
    if (res->signal != 0)
        return hf_fail(err, HF_E_INPUT, "%s was ended by a signal: %s", t->name, sigdescr_np(res->signal));
    if (res->exit_status == 0)
        return 0;
    if (refused(&res->errs))
        hf_make_tell(ask, 0, "%s runs in a cage: it reads the system's folders, itself, what it is given and [build] readable, "
                             "writes only to its own folder, and has no network",
                     t->name);
    line = last_line(&res->errs, &n);
    if (line == NULL)
        return hf_fail(err, HF_E_INPUT, "%s ended with status %d and said nothing", t->name, res->exit_status);
    return hf_fail(err, HF_E_INPUT, "%s ended with status %d: %s", t->name, res->exit_status,
                   hf_escape(shown, sizeof shown, line, n));
}

/* Tells the lines from number `from` on, before number `to`; blank ones are not counted. Returns how many there are. */
static size_t tell_lines(const struct hf_build_ask *ask, const struct hf_tool *t, const struct hf_buf *text, int warning,
                         size_t from, size_t to)
{
    const char *p = text->p, *end = text->n > 0 ? text->p + text->n : text->p;
    char shown[LINE_SHOWN];
    size_t i = 0;

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t n = newline == NULL ? (size_t)(end - p) : (size_t)(newline - p), k = n;

        while (k > 0 && (p[k - 1] == '\r' || p[k - 1] == ' '))
            k--;
        if (k > 0 && i++ >= from && i <= to)
            hf_make_tell(ask, warning, "%s: %s", t->name, hf_escape(shown, sizeof shown, p, k));
        p += n + (newline != NULL);
    }
    return i;
}

void hf_tool_tell(const struct hf_build_ask *ask, const struct hf_tool *t, const struct hf_buf *text, int warning)
{
    size_t n = tell_lines(ask, t, text, warning, 0, 0);

    if (n <= FIRST_TOLD + LAST_TOLD) {
        tell_lines(ask, t, text, warning, 0, n);
        return;
    }
    tell_lines(ask, t, text, warning, 0, FIRST_TOLD);
    hf_make_tell(ask, warning, "%s: ... %zu more lines", t->name, n - FIRST_TOLD - LAST_TOLD);
    tell_lines(ask, t, text, warning, n - LAST_TOLD, n);
}
