/* supervise.c: see supervise.h. Signals, descriptors and times come in at one place: the loop at the end. */
#include "edge/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/notify.h"
#include "edge/super_in.h"

#define READY_MS 30000     /* a generation that does not answer by then is ended */
#define RETIRE_MS 3600000  /* the longest that a download may keep an old generation */
#define HUNG_MS 10000      /* a worker that was not seen for so long is killed; kore makes another */
#define TURN_MS 200        /* how often times are looked at while something is under way, */
#define IDLE_TURN_MS 1000  /* and while nothing is */
#define KILL_AFTER_MS 5000 /* behind the end of a drain */

/* In the child: only what is its own stays open. */
static void become(struct super *s, struct generation *g, struct hf_super_share *mine, const struct hf_super_plan *plan,
                   const struct hf_listen *sockets)
{
    size_t i;

    for (i = 0; i < MAX_GENERATIONS; i++)
        if (s->list[i].pid != 0)
            close(s->list[i].pipe);
    for (i = 0; i < s->closing_count; i++)
        close(s->closing[i].fd);
    close(g->pipe);
    close(s->signals);
    sigprocmask(SIG_SETMASK, &s->before, NULL);
    if (plan != &s->plan)
        s->hooks->drop(&s->plan);
    mine->plan = *plan;
    memcpy(mine->sockets, sockets, sizeof mine->sockets);
    mine->shared = g->shared;
    hf_super_sync_forget();
}

static struct generation *free_place(struct super *s)
{
    size_t i;

    for (i = 0; i < MAX_GENERATIONS; i++)
        if (s->list[i].pid == 0)
            return &s->list[i];
    return NULL;
}

/* Forks. 1 in the child, 0 in the parent, -1 when it failed. */
static int start(struct super *s, struct hf_super_share *mine, const struct hf_super_plan *plan, const struct hf_listen *sockets)
{
    struct generation *g = free_place(s);
    int ends[2];

    if (g == NULL || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        s->hooks->say("cannot start a generation: %s", g == NULL ? "too many old ones still have downloads" : strerror(errno));
        return -1;
    }
    g->shared = mmap(NULL, sizeof *g->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (g->shared == MAP_FAILED) {
        s->hooks->say("cannot start a generation: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    g->pipe = ends[0];
    g->shared->lasting = s->lasting;
    g->shared->supervisor = getpid();
    g->shared->tell = ends[1];
    fflush(stdout);
    g->pid = fork();
    if (g->pid == 0) {
        become(s, g, mine, plan, sockets);
        return 1;
    }
    close(ends[1]);
    if (g->pid < 0) {
        s->hooks->say("cannot fork: %s", strerror(errno));
        close(ends[0]);
        munmap(g->shared, sizeof *g->shared);
        g->pid = 0;
        return -1;
    }
    g->since = hf_shared_now();
    g->until = g->since + READY_MS;
    s->starting = g;
    return 0;
}

static void order(struct generation *g, enum hf_order what, int64_t until)
{
    hf_shared_raise(&g->shared->order, what);
    kill(g->pid, what == HF_ORDER_STOP ? SIGQUIT : SIGTERM);
    if (g->until == 0 || until < g->until || what != HF_ORDER_RETIRE)
        g->until = until;
}

static void on_ready(struct super *s)
{
    struct generation *old = s->serving;

    s->serving = s->starting;
    s->starting = NULL;
    s->serving->until = 0;
    hf_super_adopt(s);
    if (old != NULL) {
        hf_super_sync_end(s);
        order(old, HF_ORDER_RETIRE, hf_shared_now() + RETIRE_MS);
        s->hooks->say("hotfix.ini was read again and is in force");
    }
    if (!s->announced) {
        if (s->plan.listen_count > 1)
            printf("hotfix-edge: metrics on %s\n", s->sockets[1].address);
        printf("hotfix-edge: listening on %s\n", s->sockets[0].address);
        fflush(stdout);
    }
    s->announced = 1;
    hf_notify("READY=1\nSTATUS=serving");
}

/* How the end of a generation reads in a log. */
static void say_end(struct super *s, int status, const char *what)
{
    if (WIFSIGNALED(status))
        s->hooks->say("%s was ended by signal %d", what, WTERMSIG(status));
    else
        s->hooks->say("%s ended with status %d", what, WEXITSTATUS(status));
}

static void on_end(struct super *s, struct generation *g, int status)
{
    int64_t now = hf_shared_now();

    close(g->pipe);
    hf_shared_settle(g->shared);
    munmap(g->shared, sizeof *g->shared);
    g->pid = 0;
    if (s->stopping) {
        if (g == s->serving || g == s->starting)
            s->serving = s->starting = NULL;
        return;
    }
    if (g == s->starting) {
        s->starting = NULL;
        say_end(s, status, "a new generation");
        if (s->serving != NULL) {
            hf_super_abandon(s);
            s->hooks->say("the old configuration goes on");
            hf_notify("READY=1\nSTATUS=serving; the new configuration did not start");
            return;
        }
        if (!s->announced) { /* at the very beginning there is nothing to go on with */
            hf_super_sync_end(s);
            s->stopping = 1;
            s->status = WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1;
            return;
        }
        s->fails++;
    } else if (g == s->serving) {
        s->serving = NULL;
        say_end(s, status, "kore");
        s->fails = now - g->since < HF_SHARED_SOON ? s->fails + 1 : 1;
    } else {
        return;
    }
    if (s->starting == NULL) {
        s->restart_at = now + hf_shared_pause(s->fails);
        s->hooks->say("it is started again in %" PRId64 " ms", s->restart_at - now);
    }
}

static void stop(struct super *s, enum hf_order what)
{
    int64_t now = hf_shared_now();
    size_t i;

    if (!s->stopping) {
        hf_notify("STOPPING=1");
        hf_super_close_all(s);
        hf_super_sync_end(s);
        s->restart_at = 0;
    } else {
        what = HF_ORDER_STOP; /* asked twice */
    }
    s->stopping = 1;
    for (i = 0; i < MAX_GENERATIONS; i++)
        if (s->list[i].pid != 0)
            order(&s->list[i], what, now + KILL_AFTER_MS + (what == HF_ORDER_STOP ? 0 : s->plan.drain * 1000));
}

/* 1 in a new generation. */
static int reload(struct super *s, struct hf_super_share *mine)
{
    char text[128];
    struct hf_err err;
    int r;

    s->reload = 0;
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, hf_shared_now() * 1000);
    hf_notify(text);
    memset(&s->next, 0, sizeof s->next);
    if (s->hooks->load(&s->next, s->hooks->ctx, &err) == 0) {
        if (hf_super_open(s, &s->next, s->next_sockets, &err) == 0) {
            s->next_is_new = 1;
            r = start(s, mine, &s->next, s->next_sockets);
            if (r >= 0)
                return r;
            hf_super_abandon(s);
            hf_notify("READY=1\nSTATUS=serving; the new configuration did not start");
            return 0;
        }
        s->hooks->drop(&s->next);
    }
    s->hooks->say("%s; the old configuration goes on", err.msg);
    hf_notify("READY=1\nSTATUS=serving; the new configuration is broken");
    return 0;
}

static void on_signals(struct super *s)
{
    struct signalfd_siginfo si;
    int status;
    pid_t pid;
    size_t i;

    while (read(s->signals, &si, sizeof si) == (ssize_t)sizeof si) {
        switch (si.ssi_signo) {
        case SIGHUP:
            s->reload = 1;
            break;
        case SIGTERM:
            stop(s, HF_ORDER_DRAIN);
            break;
        case SIGINT:
        case SIGQUIT:
            stop(s, HF_ORDER_STOP);
            break;
        default:
            break;
        }
    }
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (hf_super_sync_ended(s, pid, status))
            continue;
        for (i = 0; i < MAX_GENERATIONS; i++)
            if (s->list[i].pid == pid)
                on_end(s, &s->list[i], status);
    }
}

/* Kills workers that hang; kore makes new ones. 1 when all of the generation that serves were seen. */
static int look_at_workers(struct super *s, int64_t now)
{
    int good = s->serving != NULL;
    size_t i, w;

    for (i = 0; i < MAX_GENERATIONS; i++)
        for (w = 0; w < HF_SHARED_WORKERS && s->list[i].pid != 0; w++) {
            struct hf_worker_state *ws = &s->list[i].shared->workers[w];
            pid_t pid = ws->pid;

            if (pid == 0 || now - ws->beat < HUNG_MS)
                continue;
            s->hooks->say("worker %zu (process %d) hangs: killed", w, (int)pid);
            ws->beat = now;
            kill(pid, SIGKILL);
            good = good && &s->list[i] != s->serving;
        }
    return good;
}

static void on_time(struct super *s)
{
    int64_t now = hf_shared_now(), every = hf_notify_watchdog();
    int good = look_at_workers(s, now);
    size_t i;

    hf_super_close_unused(s, now);
    for (i = 0; i < MAX_GENERATIONS; i++) {
        struct generation *g = &s->list[i];

        if (g->pid == 0 || g->until == 0 || now < g->until)
            continue;
        if (g == s->starting)
            s->hooks->say("a new generation did not answer within %d s", READY_MS / 1000);
        kill(g->pid, SIGKILL); /* its workers end with it */
        g->until = now + KILL_AFTER_MS;
    }
    if (every > 0 && now >= s->watchdog_at && (good || s->starting != NULL || s->restart_at != 0 || s->stopping)) {
        hf_notify("WATCHDOG=1");
        s->watchdog_at = now + every;
    }
}

/* How long the loop may sleep. */
static int turn(const struct super *s)
{
    int64_t every = hf_notify_watchdog(), t = IDLE_TURN_MS;

    if (s->stopping || s->closing_count > 0 || s->starting != NULL || s->restart_at != 0 || s->sync.ending)
        t = TURN_MS;
    return (int)(every > 0 && every < t ? every : t);
}

static void wait_for_events(struct super *s)
{
    struct pollfd p[2] = {{s->signals, POLLIN, 0}, {-1, POLLIN, 0}};
    char byte;

    if (s->starting != NULL)
        p[1].fd = s->starting->pipe;
    if (poll(p, 2, turn(s)) < 0 && errno != EINTR)
        s->hooks->say("poll: %s", strerror(errno));
    if (s->starting != NULL && !s->stopping && read(s->starting->pipe, &byte, 1) == 1)
        on_ready(s);
    on_signals(s);
    on_time(s);
}

static int any(const struct super *s)
{
    size_t i;

    for (i = 0; i < MAX_GENERATIONS; i++)
        if (s->list[i].pid != 0)
            return 1;
    return s->sync.pid != 0;
}

/* 1 in a generation, 0 when all is over. */
static int run(struct super *s, struct hf_super_share *mine)
{
    while (!s->stopping || any(s)) {
        if (!s->stopping && s->starting == NULL) {
            if (s->restart_at != 0 && hf_shared_now() >= s->restart_at) {
                s->restart_at = 0;
                if (start(s, mine, &s->plan, s->sockets) == 1)
                    return 1;
                if (s->starting == NULL)
                    s->restart_at = hf_shared_now() + hf_shared_pause(++s->fails);
            } else if (s->reload && s->serving != NULL && reload(s, mine) == 1) {
                return 1;
            }
        }
        hf_super_sync_turn(s, hf_shared_now());
        wait_for_events(s);
    }
    return 0;
}

static void catch_signals(struct super *s)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &s->before);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void hf_supervise(struct hf_super_share *mine, const struct hf_super_hooks *hooks)
{
    struct super s;
    struct hf_err err;
    size_t i;
    int r = -1;

    memset(&s, 0, sizeof s);
    s.hooks = hooks;
    for (i = 0; i < HF_SUPER_MAX_SOCKETS; i++)
        s.sockets[i].fd = s.next_sockets[i].fd = -1;
    s.lasting = hf_lasting_new(&err);
    if (s.lasting == NULL || hooks->load(&s.plan, hooks->ctx, &err) != 0 || hf_super_open(&s, &s.plan, s.sockets, &err) != 0) {
        hooks->say("%s", err.msg);
        exit(hf_exit_status(err.code));
    }
    catch_signals(&s);
    if (s.signals < 0)
        hooks->say("signalfd: %s", strerror(errno));
    else
        r = start(&s, mine, &s.plan, s.sockets);
    if (r == 0)
        r = run(&s, mine);
    else if (r < 0)
        s.status = 1;
    if (r == 1)
        return;
    hf_super_abandon(&s);
    hooks->drop(&s.plan);
    exit(s.status);
}
