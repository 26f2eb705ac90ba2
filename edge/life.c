/* life.c: see life.h. */
#include "edge/life.h"

#include <fcntl.h>
#include <kore/http.h>
#include <kore/seccomp.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "edge/watch.h"

#define DRAIN_TURN_MS 100
#define LAST_WORD_MS 500     /* an idle connection younger than this may have a request on its way */
#define RETIRED_SECONDS 3600 /* how long an old generation may live for its downloads */
#define SOLO_COUNT 3         /* of kore: worker_count with one worker, whose accept lock does not count */

/* kore's hooks and seams have no argument to carry these. */
static struct hf_shared *shared;
static const struct hf_user *user;
static int root_fd;
static int64_t drain_seconds;
static pid_t parent;
static int wanted;
static int64_t drain_since; /* in a worker: 0 as long as it serves */

#ifdef HF_SANITIZED
/* What kore allocates once and keeps until the end is no leak of ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:kore_seccomp_enable\nleak:kore_accesslog_gather\nleak:kore_pool_init\nleak:pool_region_create\n";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

#ifdef HF_SECCOMP_TRACE
static int trace_fd = -1; /* opened before the processes are locked in */
#endif

void hf_life_begin(struct hf_shared *s, const struct hf_user *u, int root, int64_t drain)
{
    shared = s;
    user = u;
    root_fd = root;
    drain_seconds = drain;
    parent = getpid();
    wanted = worker_count;
#ifdef HF_SECCOMP_TRACE
    if (getenv("HF_SECCOMP_LOG") != NULL)
        trace_fd = open(getenv("HF_SECCOMP_LOG"), O_WRONLY | O_APPEND | O_CLOEXEC);
#endif
}

static void end_with(pid_t who)
{
    if (prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0)
        fatal("prctl: %s", errno_s);
    if (getppid() != who) /* it was faster */
        exit(0);
}

static struct hf_worker_state *my_state(void)
{
    if (worker->id >= HF_SHARED_WORKERS)
        fatal("more workers than edge/shared.h knows");
    return &shared->workers[worker->id];
}

/* The worker's own SIGTERM: to wake it is enough. */
static void on_wake(int sig)
{
    (void)sig;
}

void hf_life_enter(void)
{
    struct hf_worker_state *me = my_state();
    int64_t began = atomic_load(&me->since), now = hf_shared_now(), pause;
    struct timespec moment = {0, DRAIN_TURN_MS * 1000000};
    struct sigaction sa;

    end_with(parent);
    hf_limits_settle(&shared->lasting->limits, &me->claims); /* of the one before, which died */
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = on_wake;
    sigfillset(&sa.sa_mask);
    sigaction(SIGTERM, &sa, NULL);
    atomic_store(&me->deaf, 0);
    atomic_store(&me->beat, now);
    atomic_store(&me->pid, getpid());
    if (began != 0)
        atomic_store(&me->fails, now - began < HF_SHARED_SOON ? atomic_load(&me->fails) + 1 : 1);
    pause = hf_shared_pause(atomic_load(&me->fails));
    if (pause > 0)
        hf_life_say("worker %u died %d times soon after its start: the next one begins in %lld ms", worker->id,
                    atomic_load(&me->fails), (long long)pause);
    for (pause += now; now < pause && sig_recv == 0 && atomic_load(&shared->order) == HF_ORDER_SERVE; now = hf_shared_now()) {
        atomic_store(&me->beat, now);
        nanosleep(&moment, NULL);
    }
    atomic_store(&me->since, now);
    hf_count(&shared->lasting->metrics.shards[worker->id].starts, 1);
}

struct hf_claims *hf_life_claims(void)
{
    return &my_state()->claims;
}

unsigned hf_life_workers(unsigned *configured)
{
    unsigned i, n = 0;

    for (i = 0; i < HF_SHARED_WORKERS; i++)
        n += atomic_load(&shared->workers[i].pid) != 0;
    *configured = (unsigned)wanted;
    return n;
}

void hf_life_ready(void)
{
    if (atomic_exchange(&my_state()->was_ready, 1) || atomic_fetch_add(&shared->ready, 1) + 1 != wanted)
        return;
    while (write(shared->tell, "", 1) < 0 && errno == EINTR)
        ;
}

void hf_life_tick(void)
{
    atomic_store(&my_state()->beat, hf_shared_now());
}

/* It waits for its parent now, perhaps for long: it neither hangs nor accepts. */
void hf_life_leave(void)
{
    atomic_store(&my_state()->pid, 0);
}

int hf_life_ending(void)
{
    return atomic_load(&shared->order) != HF_ORDER_SERVE;
}

/* Ends a worker's loop. */
static void leave(void)
{
    sig_recv = SIGQUIT;
}

static void drain_turn(void *arg, u_int64_t now)
{
    (void)arg;
    (void)now;
    hf_life_tick();
}

/* No worker takes new connections: kore gives the lock back, and its listeners out of epoll, when it believes to be full. A
 * worker alone never does. */
static void begin_drain(void)
{
    drain_since = hf_shared_now();
    worker_max_connections = 0;
    kore_timer_add(drain_turn, DRAIN_TURN_MS, NULL, 0);
    if (worker_count == SOLO_COUNT) {
        kore_platform_disable_accept();
        atomic_store(&my_state()->deaf, 1);
    }
}

/* Nothing of a request has come and nothing of an answer is left. */
static int is_idle(const struct connection *c, u_int64_t now)
{
    return c->proto == CONN_PROTO_HTTP && c->state == CONN_STATE_ESTABLISHED && TAILQ_EMPTY(&c->http_requests) &&
           TAILQ_EMPTY(&c->send_queue) && (c->rnb == NULL || c->rnb->s_off == 0) && now - c->idle_timer.start > LAST_WORD_MS;
}

static void drain(enum hf_order order, u_int64_t kore_now)
{
    int64_t limit = (order == HF_ORDER_RETIRE ? RETIRED_SECONDS : drain_seconds) * 1000;
    struct connection *c, *next;

    if (worker_count != SOLO_COUNT && !worker->has_lock)
        atomic_store(&my_state()->deaf, 1);
    for (c = TAILQ_FIRST(&connections); c != NULL && order == HF_ORDER_DRAIN; c = next) {
        next = TAILQ_NEXT(c, list);
        if (is_idle(c, kore_now))
            kore_connection_disconnect(c);
    }
    if (worker_active_connections == 0 || order == HF_ORDER_STOP)
        leave();
    else if (hf_shared_now() - drain_since > limit) {
        hf_life_say("%u connections are cut: they were not done within %lld s", worker_active_connections,
                    (long long)(limit / 1000));
        leave();
    }
}

void __wrap_kore_timer_run(u_int64_t now)
{
    enum hf_order order = worker != NULL ? (enum hf_order)atomic_load(&shared->order) : HF_ORDER_SERVE;
    static enum hf_order last;

    if (worker == NULL && parent == getpid())
        __wrap_kore_worker_reap(); /* kore clears a SIGCHLD that came while it handled one */
    if (order != HF_ORDER_SERVE) {
        if (drain_since == 0)
            begin_drain();
        if (order != last && order == HF_ORDER_DRAIN)
            drain_since = hf_shared_now(); /* from here it counts */
        last = order;
        drain(order, now);
    }
    hf_watch_turn();
    __real_kore_timer_run(now);
}

static __attribute__((format(printf, 1, 0))) void say(const char *fmt, va_list ap)
{
    char text[1024];
    int n = snprintf(text, sizeof text, "hotfix-edge: ");

    vsnprintf(text + n, sizeof text - (size_t)n, fmt, ap);
    fprintf(stderr, "%s\n", text);
}

void hf_life_say(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(fmt, ap);
    va_end(ap);
}

#ifdef HF_SECCOMP_TRACE
/* `make trace`: kore watches its workers by ptrace(2) and says which system calls the sandbox would have killed them for. */
static int is_traced(const char *fmt, va_list ap)
{
    if (strstr(fmt, "seccomp tracing") != NULL)
        return 1;
    if (strstr(fmt, "seccomp violation") == NULL || trace_fd < 0)
        return 0;
    vdprintf(trace_fd, fmt, ap);
    dprintf(trace_fd, "\n");
    return 1;
}
#endif

void __wrap_kore_log(int prio, const char *fmt, ...)
{
    va_list ap;

    (void)prio;
#ifdef HF_SECCOMP_TRACE
    va_start(ap, fmt);
    prio = is_traced(fmt, ap);
    va_end(ap);
    if (prio)
        return;
#endif
    va_start(ap, fmt);
    say(fmt, ap);
    va_end(ap);
}

/* In kore's parent. The supervisor has written its order already; one that comes from elsewhere is as good. */
static void on_stop(int sig)
{
    if (sig != SIGTERM || atomic_load(&shared->order) > HF_ORDER_DRAIN)
        hf_shared_raise(&shared->order, HF_ORDER_STOP);
    else if (atomic_load(&shared->order) == HF_ORDER_SERVE)
        hf_shared_raise(&shared->order, HF_ORDER_DRAIN);
    sig_recv = sig;
}

void __wrap_kore_worker_init(void)
{
    struct sigaction sa;
    struct hf_err err;

    if (hf_start_confine(user, root_fd, &err) != 0)
        fatal("%s", err.msg);
    end_with(shared->supervisor);
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = on_stop;
    sigfillset(&sa.sa_mask);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGQUIT, &sa, NULL);
    signal(SIGHUP, SIG_IGN); /* the supervisor's: kore would look for modules */
    __real_kore_worker_init();
}

void __wrap_kore_worker_reap(void)
{
    struct kore_worker *kw;
    u_int8_t i;

    __real_kore_worker_reap();
    for (i = 0; i < worker_count; i++) { /* one that is gone is not to be killed as if it hung */
        kw = kore_worker_data(i);
        if (kw->id < HF_SHARED_WORKERS && atomic_load(&shared->workers[kw->id].pid) != kw->pid)
            atomic_store(&shared->workers[kw->id].pid, 0);
    }
    if (atomic_load(&shared->order) != HF_ORDER_SERVE)
        sig_recv = SIGTERM;
}

/* The worker with this process, or NULL. */
static struct kore_worker *worker_of(pid_t pid)
{
    u_int8_t i;

    for (i = 0; i < worker_count; i++)
        if (kore_worker_data(i)->running && kore_worker_data(i)->pid == pid)
            return kore_worker_data(i);
    return NULL;
}

void __wrap_kore_worker_shutdown(void)
{
    struct kore_worker *kw;
    int status;
    pid_t pid;
    u_int8_t i;

    while ((pid = waitpid(-1, &status, 0)) > 0 || errno == EINTR) {
        if (pid < 0 || kore_seccomp_trace(pid, status) || (kw = worker_of(pid)) == NULL)
            continue;
        if (kw->id < HF_SHARED_WORKERS)
            atomic_store(&shared->workers[kw->id].pid, 0);
        kw->pid = 0;
        kw->running = 0;
    }
    for (i = 0; i < worker_count; i++) /* nobody is left, whatever kore knows */
        kore_worker_data(i)->running = 0;
    __real_kore_worker_shutdown();
}

/* kore_worker_init asks once, for all; the segment's id carries its size. */
int __wrap_shmget(key_t key, size_t size, int flags)
{
    (void)key;
    (void)flags;
    return size <= INT_MAX ? (int)size : -1;
}

void *__wrap_shmat(int id, const void *at, int flags)
{
    (void)at;
    (void)flags;
    return mmap(NULL, (size_t)id, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

int __wrap_shmctl(int id, int what, struct shmid_ds *buf)
{
    (void)id;
    (void)what;
    (void)buf;
    return 0;
}
