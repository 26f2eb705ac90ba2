/* run.c: see run.h. The child sets its own limits between fork and exec, so only async-signal-safe calls are made there; a pipe
 * that exec closes tells the parent whether, and why not, the program was started. */
#include "builder/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "builder/room.h"
#include "core/escape.h"

#define MAX_OPEN_FILES 256
#define MAX_PROCESSES 4096 /* of the user, threads counted: a git server has hundreds, and the kernel counts no finer */
#define MEASURE_MS 250     /* how often its folder is measured, */
#define MEASURE_SHARE 20   /* and of the time, measuring takes this part at most */
#define READ_AT_ONCE (64 * 1024)
#define DRAIN_MS 1000 /* how long output may still come once the group has been killed */
#define REAP_MS 10000 /* how long the kernel may take to end a process that was killed */
#define SHOWN 256

/* What the child could not do; goes through the pipe. */
struct failure {
    char step[24];
    int number;
};

struct child {
    pid_t pid;             /* also its process group; -1: none */
    int pidfd;             /* readable when it has ended */
    int out, errs, failed; /* our ends of the pipes; -1 when closed */
    int64_t until;         /* monotonic milliseconds */
    int64_t measure_at;    /* when the folder is looked at next */
    int was_reaper;
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void limit(unsigned what, rlim_t n)
{
    struct rlimit l = {n, n};

    /* A lower hard limit of our own may stand in the way: then it is the one that counts. */
    if (setrlimit(what, &l) < 0 && getrlimit(what, &l) == 0) {
        l.rlim_cur = n < l.rlim_max ? n : l.rlim_max;
        setrlimit(what, &l);
    }
}

static void set_limits(const struct hf_run_ask *ask, long cpus)
{
    /* The wall clock is the parent's; this one ends a tool whose parent was killed, and must not end one that uses all cores. */
    limit(RLIMIT_CPU, (rlim_t)ask->timeout * (rlim_t)(cpus > 0 ? cpus : 1) + 1);
    if (ask->max_memory > 0)
        limit(RLIMIT_AS, (rlim_t)ask->max_memory);
    limit(RLIMIT_FSIZE, (rlim_t)ask->max_file);
    limit(RLIMIT_NOFILE, MAX_OPEN_FILES);
    limit(RLIMIT_NPROC, MAX_PROCESSES);
    limit(RLIMIT_CORE, 0);
}

/* What the tool may reach: its rights only ever shrink here. */
static int confine(const struct hf_run_ask *ask)
{
    return ask->cage != NULL ? hf_cage_enter(ask->cage) : prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
}

/* Signals as a new program expects them: the parent may ignore or block some, and exec keeps that. */
static void reset_signals(void)
{
    struct sigaction a = {.sa_handler = SIG_DFL};
    sigset_t none;

    sigemptyset(&a.sa_mask);
    for (int s = 1; s < NSIG; s++)
        sigaction(s, &a, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((noreturn)) give_up(int fd, const char *step)
{
    struct failure f = {.number = errno};

    strncpy(f.step, step, sizeof f.step - 1);
    while (write(fd, &f, sizeof f) < 0 && errno == EINTR)
        ;
    _exit(127);
}

/* In the child. in is /dev/null, tell is the pipe that exec closes; all of them are above 3. */
static void __attribute__((noreturn)) child_main(const struct hf_run_ask *ask, pid_t parent, long cpus, int in, int out, int errs,
                                                 int tell)
{
    static char *const empty[] = {NULL};
    union {
        const char *const *in;
        char *const *out;
    } argv = {.in = ask->argv}, env = {.in = ask->env}; /* execve's type says less than it promises */

    if (setsid() < 0)
        give_up(tell, "start a session for");
    /* If hotfix itself is killed, so is the tool. The parent may have gone before this line. */
    if (prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL) < 0 || getppid() != parent)
        give_up(tell, "tie to hotfix");
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(errs, 2) < 0 || dup3(tell, 3, O_CLOEXEC) < 0)
        give_up(tell, "set up the pipes of");
    tell = 3;
    closefrom(4);
    reset_signals();
    umask(077);
    set_limits(ask, cpus);
    if (chdir(ask->cwd) < 0)
        give_up(tell, "enter the folder of");
    if (confine(ask) < 0)
        give_up(tell, "confine");
    execve(ask->program, argv.out, env.out == NULL ? empty : env.out);
    give_up(tell, "run");
}

/* A pipe whose two ends are above 3, so that the child may put its own 0 to 3 in place without treading on them. */
static int make_pipe(int fd[2], struct hf_err *err)
{
    int low[2];

    if (pipe2(low, O_CLOEXEC) < 0)
        return hf_fail(err, HF_E_AGAIN, "cannot make a pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        fd[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 4);
        close(low[i]);
    }
    if (fd[0] < 0 || fd[1] < 0)
        return hf_fail(err, HF_E_AGAIN, "cannot make a pipe: %s", strerror(EMFILE));
    return 0;
}

static int open_null(struct hf_err *err)
{
    int low = open("/dev/null", O_RDONLY | O_CLOEXEC), fd;

    if (low < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open '/dev/null': %s", strerror(errno));
    fd = fcntl(low, F_DUPFD_CLOEXEC, 4);
    close(low);
    return fd < 0 ? hf_fail(err, HF_E_AGAIN, "cannot open '/dev/null': %s", strerror(EMFILE)) : fd;
}

static int start(struct child *c, const struct hf_run_ask *ask, struct hf_err *err)
{
    int out[2] = {-1, -1}, errs[2] = {-1, -1}, tell[2] = {-1, -1}, null = -1, rc = -1;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    pid_t parent = getpid();

    if (make_pipe(out, err) < 0 || make_pipe(errs, err) < 0 || make_pipe(tell, err) < 0 || (null = open_null(err)) < 0)
        goto out;
    if (fcntl(out[0], F_SETFL, O_NONBLOCK) < 0 || fcntl(errs[0], F_SETFL, O_NONBLOCK) < 0) {
        hf_fail(err, HF_E_FAIL, "cannot set up a pipe: %s", strerror(errno));
        goto out;
    }
    c->until = now_ms() + ask->timeout * 1000;
    c->pid = fork();
    if (c->pid == 0)
        child_main(ask, parent, cpus, null, out[1], errs[1], tell[1]);
    if (c->pid < 0) {
        hf_fail(err, HF_E_AGAIN, "cannot start a process: %s", strerror(errno));
        goto out;
    }
    /* The pid cannot be anybody else's: it is not reaped before finish(). */
    c->pidfd = pidfd_open(c->pid, 0);
    if (c->pidfd < 0)
        hf_fail(err, HF_E_FAIL, "cannot watch a process: %s", strerror(errno));
    else
        rc = 0;
    c->out = out[0];
    c->errs = errs[0];
    c->failed = tell[0];
    out[0] = errs[0] = tell[0] = -1;
out:
    for (int i = 0; i < 2; i++) {
        close_fd(&out[i]);
        close_fd(&errs[i]);
        close_fd(&tell[i]);
    }
    close_fd(&null);
    return rc;
}

/* Waits until exec has closed the pipe, or the child has said why there was no exec. */
static int await_exec(struct child *c, const struct hf_run_ask *ask, struct hf_err *err)
{
    struct failure f = {.number = 0};
    char shown[SHOWN];
    ssize_t n;

    do
        n = read(c->failed, &f, sizeof f);
    while (n < 0 && errno == EINTR);
    close_fd(&c->failed);
    if (n == 0)
        return 0;
    if (n != (ssize_t)sizeof f)
        return hf_fail(err, HF_E_FAIL, "cannot watch a process");
    return hf_fail(err, HF_E_CONFIG, "cannot %.*s '%s': %s", (int)sizeof f.step, f.step,
                   hf_escape(shown, sizeof shown, ask->program, strlen(ask->program)), strerror(f.number));
}

/* Takes what one pipe has: all of it, so that the tool never waits for us, but keeps only what fits. */
static void take(int *fd, struct hf_buf *b, uint64_t *dropped)
{
    char bytes[READ_AT_ONCE];
    ssize_t n = read(*fd, bytes, sizeof bytes);

    if (n > 0) {
        size_t room = b->max - b->n, keep = (size_t)n < room ? (size_t)n : room;

        hf_buf_add(b, bytes, keep);
        *dropped += (uint64_t)n - keep;
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        close_fd(fd);
    }
}

/* Looks at the folder when it is time to. 1: it holds too much. */
static int overfull(struct child *c, const struct hf_run_ask *ask)
{
    int64_t begin = now_ms(), next;
    int over;

    if (ask->max_folder == 0 || begin < c->measure_at)
        return 0;
    over = hf_room_over(ask->cwd, ask->max_folder) || hf_room_hidden(c->pid, ask->max_folder);
    next = (now_ms() - begin) * MEASURE_SHARE;
    c->measure_at = now_ms() + (next > MEASURE_MS ? next : MEASURE_MS);
    return over;
}

/* Takes output until the process has ended (1), `until` has come (0), or, when pidfd is -1, until both pipes are closed (1). With
 * an ask it also ends when the folder is overfull (1). */
static int watch(struct child *c, struct hf_run *res, const struct hf_run_ask *ask, int pidfd, int64_t until)
{
    for (;;) {
        struct pollfd p[3] = {{c->out, POLLIN, 0}, {c->errs, POLLIN, 0}, {pidfd, POLLIN, 0}};
        int64_t left = until - now_ms(), most = ask != NULL && ask->max_folder > 0 ? MEASURE_MS : 60000;

        if (pidfd < 0 && c->out < 0 && c->errs < 0)
            return 1;
        if (left <= 0)
            return 0;
        if (poll(p, 3, (int)(left > most ? most : left)) < 0 && errno != EINTR)
            return 0;
        if (p[0].revents != 0)
            take(&c->out, &res->out, &res->dropped);
        if (p[1].revents != 0)
            take(&c->errs, &res->errs, &res->dropped);
        if (p[2].revents != 0)
            return 1;
        if (ask != NULL && overfull(c, ask)) {
            res->overfull = 1;
            return 1;
        }
    }
}

/* After the leader has been reaped its number stays taken for as long as anybody is in the group. They were killed before, and
 * are our children since their parents died: counts those that were still at work, and waits until nobody is left. */
static unsigned reap_group(pid_t group)
{
    const struct timespec a_moment = {0, 5 * 1000 * 1000};
    unsigned left = 0;
    int status, i = 0;
    pid_t got;

    while ((got = waitpid(-group, &status, WNOHANG)) >= 0 || errno == EINTR) {
        if (got > 0) {
            left += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
            continue;
        }
        if (got == 0 && i++ >= REAP_MS / 5)
            break;
        kill(-group, SIGKILL);
        nanosleep(&a_moment, NULL);
    }
    /* Whoever is not our child: one that was in the midst of being born. */
    for (i = 0; i < 100 && kill(-group, SIGKILL) == 0; i++)
        nanosleep(&a_moment, NULL);
    return left;
}

/* Kills what is left, takes the last of the output, and reaps. */
static int finish(struct child *c, struct hf_run *res, struct hf_err *err)
{
    int status = 0;
    pid_t got;

    if (c->pid < 0)
        return 0;
    /* It is not reaped yet, so both numbers are still its own. */
    kill(-c->pid, SIGKILL);
    kill(c->pid, SIGKILL);
    /* Bytes that were in the pipes are worth having. Somebody who left the group may hold them open: this wait is bounded. */
    watch(c, res, NULL, -1, now_ms() + DRAIN_MS);
    if (c->pidfd >= 0 && !watch(c, res, NULL, c->pidfd, now_ms() + REAP_MS))
        return hf_fail(err, HF_E_FAIL, "a process that was killed does not end");
    do
        got = waitpid(c->pid, &status, 0);
    while (got < 0 && errno == EINTR);
    res->left = reap_group(c->pid);
    if (got < 0)
        return hf_fail(err, HF_E_FAIL, "cannot wait for a process: %s", strerror(errno));
    res->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    res->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 0;
}

int hf_run(struct hf_run *res, const struct hf_run_ask *ask, struct hf_err *err)
{
    struct child c = {.pid = -1, .pidfd = -1, .out = -1, .errs = -1, .failed = -1};
    int rc = -1;

    memset(res, 0, sizeof *res);
    res->exit_status = -1;
    hf_buf_init(&res->out, ask->max_output > 0 ? ask->max_output : HF_RUN_MAX_OUTPUT);
    hf_buf_init(&res->errs, ask->max_output > 0 ? ask->max_output : HF_RUN_MAX_OUTPUT);
    if (ask->program[0] != '/' || ask->cwd[0] != '/')
        return hf_fail(err, HF_E_CONFIG, "the path of a program and its folder must begin with '/'");
    if (ask->timeout <= 0)
        return hf_fail(err, HF_E_CONFIG, "a program needs a time limit");

    /* Orphans of the tool become our children, so that we can wait for them. */
    if (prctl(PR_GET_CHILD_SUBREAPER, (unsigned long)&c.was_reaper, 0L, 0L, 0L) < 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) < 0)
        return hf_fail(err, HF_E_FAIL, "cannot watch a process: %s", strerror(errno));
    if (start(&c, ask, err) < 0 || await_exec(&c, ask, err) < 0)
        goto out;
    res->timed_out = !watch(&c, res, ask, c.pidfd, c.until);
    rc = 0;
out:
    if (finish(&c, res, rc == 0 ? err : NULL) < 0)
        rc = -1;
    if (rc == 0 && ask->max_folder > 0 && !res->overfull)
        res->overfull = hf_room_over(ask->cwd, ask->max_folder);
    (void)prctl(PR_SET_CHILD_SUBREAPER, (unsigned long)c.was_reaper, 0L, 0L, 0L);
    close_fd(&c.pidfd);
    close_fd(&c.out);
    close_fd(&c.errs);
    close_fd(&c.failed);
    if (rc == 0 && (hf_buf_ok(&res->out, "output", err) < 0 || hf_buf_ok(&res->errs, "output", err) < 0))
        rc = -1;
    return rc;
}

void hf_run_clear(struct hf_run *res)
{
    hf_buf_free(&res->out);
    hf_buf_free(&res->errs);
}
