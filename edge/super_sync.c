/* super_sync.c: the supervisor's hand on `hotfix sync`: see super_in.h. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/super_in.h"

#define PROGRAM "hotfix"
#define KILL_AFTER_MS 5000 /* it writes nothing that a kill could break */
#define SECRETS "AWS_"     /* how the names of variables begin that it alone needs */
#define LEAST_PAUSE_MS 250

void hf_super_sync_forget(void)
{
    char **e, **to = environ;

    for (e = environ; *e != NULL; e++) {
        if (strncmp(*e, SECRETS, strlen(SECRETS)) == 0)
            explicit_bzero(*e, strlen(*e)); /* the text itself: /proc/PID/environ shows it */
        else
            *to++ = *e;
    }
    *to = NULL;
}

/* The command: beside this program, or where `make install` puts it. */
static int find_program(char out[PATH_MAX])
{
    static const char *const places[] = {"/" PROGRAM, "/../bin/" PROGRAM};
    char here[PATH_MAX - 32], *slash;
    ssize_t n = readlink("/proc/self/exe", here, sizeof here - 1);
    size_t i;

    if (n <= 0)
        return -1;
    here[n] = '\0';
    slash = strrchr(here, '/');
    if (slash == NULL)
        return -1;
    *slash = '\0';
    for (i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(out, PATH_MAX, "%s%s", here, places[i]);
        if (access(out, X_OK) == 0)
            return 0;
    }
    return -1;
}

/* In the child. What it says goes where the edge's messages go: standard output has the ready line alone. */
static _Noreturn void become_sync(const struct super *s, pid_t parent, const char *program)
{
    const char *argv[2 * HF_START_MAX_CONFIGS + 3] = {PROGRAM, "sync"};
    struct hf_err err;
    size_t i, n = 2;

    for (i = 0; i < s->plan.sync_count; i++) {
        argv[n++] = "-c";
        argv[n++] = s->plan.sync[i];
    }
    sigprocmask(SIG_SETMASK, &s->before, NULL);
    if (hf_start_become(s->plan.user, &err) != 0) {
        s->hooks->say("hotfix sync: %s", err.msg);
        _exit(1);
    }
    dup2(STDERR_FILENO, STDOUT_FILENO);
    /* A change of the user forgets it, so it comes last. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        _exit(1);
    execv(program, (char *const *)(uintptr_t)argv);
    s->hooks->say("cannot run %s: %s", program, strerror(errno));
    _exit(1);
}

static void pause_sync(struct super *s, int64_t now)
{
    int64_t pause = hf_shared_pause(++s->sync.fails);

    s->sync.start_at = now + (pause > LEAST_PAUSE_MS ? pause : LEAST_PAUSE_MS);
}

static void start_sync(struct super *s, int64_t now)
{
    pid_t parent = getpid();
    char program[PATH_MAX];

    if (find_program(program) != 0) {
        s->hooks->say("there is no program '" PROGRAM "' beside this one: nothing fetches the manifests from the bucket");
        pause_sync(s, now);
        return;
    }
    fflush(stdout);
    s->sync.pid = fork();
    if (s->sync.pid == 0)
        become_sync(s, parent, program);
    if (s->sync.pid < 0) {
        s->sync.pid = 0;
        s->hooks->say("cannot fork: %s", strerror(errno));
        pause_sync(s, now);
        return;
    }
    s->sync.since = now;
    s->sync.ending = 0;
}

void hf_super_sync_turn(struct super *s, int64_t now)
{
    if (s->sync.pid != 0) {
        if (s->sync.ending && now >= s->sync.kill_at)
            kill(s->sync.pid, SIGKILL);
        return;
    }
    if (!s->stopping && s->plan.sync_count > 0 && now >= s->sync.start_at)
        start_sync(s, now);
}

void hf_super_sync_end(struct super *s)
{
    s->sync.start_at = 0;
    s->sync.fails = 0;
    if (s->sync.pid == 0)
        return;
    if (!s->sync.ending)
        s->sync.kill_at = hf_shared_now() + KILL_AFTER_MS;
    s->sync.ending = 1;
    kill(s->sync.pid, SIGTERM);
}

int hf_super_sync_ended(struct super *s, pid_t pid, int status)
{
    int64_t now = hf_shared_now();

    if (s->sync.pid == 0 || pid != s->sync.pid)
        return 0;
    s->sync.pid = 0;
    if (s->sync.ending || s->stopping) {
        s->sync.ending = 0;
        return 1;
    }
    if (now - s->sync.since >= HF_SHARED_SOON)
        s->sync.fails = 0;
    pause_sync(s, now);
    if (WIFSIGNALED(status))
        s->hooks->say("hotfix sync was ended by signal %d; it is started again in %" PRId64 " ms", WTERMSIG(status),
                      s->sync.start_at - now);
    else
        s->hooks->say("hotfix sync ended with status %d; it is started again in %" PRId64 " ms", WEXITSTATUS(status),
                      s->sync.start_at - now);
    return 1;
}
