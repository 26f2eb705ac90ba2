/* life.c: see life.h. */
#include "edge/life.h"

#include <limits.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static struct shared {
    atomic_int ready; /* workers that have ever become ready */
    atomic_flag counted[KORE_WORKER_MAX + 1];
    atomic_int ending;
} * shared;
static pid_t parent;
static int wanted;
static const char *line;
static volatile sig_atomic_t stop; /* in the parent: which signal ends us */

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

void hf_life_begin(int workers, const char *ready_line)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        fatal("mmap: %s", errno_s);
    parent = getpid();
    wanted = workers;
    line = ready_line;
}

void hf_life_end_with_parent(void)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        fatal("prctl: %s", errno_s);
    if (getppid() != parent) /* it was faster */
        exit(0);
}

void hf_life_ready(void)
{
    if (worker->id > KORE_WORKER_MAX || atomic_flag_test_and_set(&shared->counted[worker->id]) ||
        atomic_fetch_add(&shared->ready, 1) + 1 != wanted)
        return;
    printf("%s\n", line);
    fflush(stdout);
}

void hf_life_tick(void)
{
    if (atomic_load(&shared->ending))
        sig_recv = SIGTERM;
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

void __wrap_kore_log(int prio, const char *fmt, ...)
{
    va_list ap;

    (void)prio;
    va_start(ap, fmt);
    say(fmt, ap);
    va_end(ap);
}

static void on_stop(int sig)
{
    stop = sig;
    sig_recv = sig;
}

void __wrap_kore_worker_init(void)
{
    struct sigaction sa;

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = on_stop;
    sigfillset(&sa.sa_mask);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGQUIT, &sa, NULL);
    __real_kore_worker_init();
}

void __wrap_kore_worker_reap(void)
{
    __real_kore_worker_reap();
    if (stop != 0)
        sig_recv = SIGTERM;
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

void __wrap_kore_worker_shutdown(void)
{
    atomic_store(&shared->ending, 1);
    __real_kore_worker_shutdown();
}
