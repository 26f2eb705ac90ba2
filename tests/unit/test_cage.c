/* test_cage.c: what the filter of system calls forbids, and what it leaves. These need seccomp, which every kernel has that Debian
 * builds; what Landlock does is test_cage_files.c. Each attempt is one that succeeds without the cage, as root or as a user, or
 * fails there with another errno. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "tests/unit/caged.h"

static char folder[] = "/tmp/hotfix-test-cage-XXXXXX";

/* The filter alone. */
static int filtered(attempt_fn *attempt, const char *arg)
{
    struct hf_cage c = {.kernel = {.seccomp = 1}};

    return caged(&c, attempt, arg);
}

static int try_socket(const char *family)
{
    return errno_of(socket(atoi(family), SOCK_DGRAM, 0));
}

static int try_pair(const char *type)
{
    int fd[2];

    return errno_of(socketpair(AF_UNIX, atoi(type), 0, fd));
}

static void no_socket_of_any_family(void **state)
{
    char family[16];

    (void)state;
    for (int i = 0; i <= AF_MAX; i++) {
        snprintf(family, sizeof family, "%d", i);
        assert_int_equal(filtered(try_socket, family), EACCES);
    }
    snprintf(family, sizeof family, "%d", SOCK_DGRAM); /* it could send to any name, such as /dev/log */
    assert_int_equal(filtered(try_pair, family), EACCES);
    snprintf(family, sizeof family, "%d", SOCK_SEQPACKET | SOCK_CLOEXEC);
    assert_int_equal(filtered(try_pair, family), EACCES);
    snprintf(family, sizeof family, "%d", SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK); /* node's pipes to its children */
    assert_int_equal(filtered(try_pair, family), 0);
}

static int try_call(const char *number)
{
    return errno_of(syscall(atol(number), -1L, -1L, -1L, -1L, -1L, -1L));
}

/* With arguments that the kernel itself refuses in another way, if it ever sees them. */
static void calls_that_are_forbidden_whatever_they_say(void **state)
{
    static const struct {
        long nr;
        int error;
    } calls[] = {
        {SYS_process_vm_readv, EPERM},
        {SYS_process_vm_writev, EPERM},
        {SYS_kcmp, EPERM},
        {SYS_pidfd_open, ENOSYS},
        {SYS_pidfd_getfd, ENOSYS},
        {SYS_pidfd_send_signal, ENOSYS},
        {SYS_add_key, EPERM},
        {SYS_request_key, EPERM},
        {SYS_keyctl, EPERM},
        {SYS_unshare, EPERM},
        {SYS_setns, EPERM},
        {SYS_clone3, ENOSYS},
        {SYS_mount, EPERM},
        {SYS_umount2, EPERM},
        {SYS_open_tree, EPERM},
        {SYS_move_mount, EPERM},
        {SYS_fsopen, EPERM},
        {SYS_pivot_root, EPERM},
        {SYS_chroot, EPERM},
        {SYS_bpf, EPERM},
        {SYS_perf_event_open, EPERM},
        {SYS_userfaultfd, EPERM},
        {SYS_io_uring_setup, ENOSYS},
        {SYS_io_uring_enter, ENOSYS},
        {SYS_io_uring_register, ENOSYS},
        {SYS_open_by_handle_at, EPERM},
        {SYS_openat2, ENOSYS},
        {SYS_connect, EACCES},
        {SYS_bind, EACCES},
        {SYS_shmget, EACCES},
        {SYS_mq_open, EACCES},
        {SYS_setsid, EPERM},
        {SYS_setpgid, EPERM},
        {SYS_setxattr, EOPNOTSUPP},
        {451, ENOSYS}, /* cachestat, and what comes after the list */
        {452, ENOSYS}, /* fchmodat2 */
        {466, ENOSYS},
    };
    char number[24];

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        snprintf(number, sizeof number, "%ld", calls[i].nr);
        if (filtered(try_call, number) != calls[i].error)
            fail_msg("system call %ld gave errno %d", calls[i].nr, filtered(try_call, number));
    }
}

#ifdef __x86_64__
static int try_32_bit(const char *arg)
{
    long pid;

    (void)arg;
    __asm__ volatile("int $0x80" : "=a"(pid) : "a"(20L) : "memory", "r8", "r9", "r10", "r11"); /* getpid there */
    return 0;
}

static int try_x32(const char *arg)
{
    (void)arg;
    return errno_of(syscall(0x40000000L | SYS_getpid));
}
#endif

static void the_kernels_other_doors_end_it(void **state)
{
    (void)state;
#ifdef __x86_64__
    assert_int_equal(filtered(try_32_bit, NULL), BY_SIGNAL + SIGSYS);
    assert_int_equal(filtered(try_x32, NULL), BY_SIGNAL + SIGSYS);
#endif
}

static int try_ptrace(const char *pid)
{
    return errno_of(syscall(SYS_ptrace, 0x4206L /* PTRACE_SEIZE */, atol(pid), 0L, 0L));
}

static int try_kill(const char *pid)
{
    return errno_of(kill(atoi(pid), 0));
}

static int try_tgkill(const char *pid)
{
    return errno_of(syscall(SYS_tgkill, atol(pid), atol(pid), 0L));
}

static int try_limit(const char *pid)
{
    struct rlimit l;

    return errno_of(prlimit(atoi(pid), RLIMIT_NOFILE, NULL, &l));
}

static int try_priority(const char *pid)
{
    return errno_of(setpriority(PRIO_PROCESS, (id_t)atoi(pid), 19));
}

static int try_affinity(const char *pid)
{
    cpu_set_t cpus;

    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    return errno_of(sched_setaffinity(atoi(pid), sizeof cpus, &cpus));
}

/* A pipe that sends SIGKILL to whom it belongs. */
static int try_owner(const char *pid)
{
    int fd[2];

    return pipe(fd) < 0 ? errno : errno_of(fcntl(fd[0], F_SETOWN, atoi(pid)));
}

static void no_process_that_is_not_its_own(void **state)
{
    static attempt_fn *const attempts[] = {try_ptrace, try_kill, try_tgkill, try_limit, try_priority, try_affinity, try_owner};
    char parent[16];
    pid_t elder = fork(); /* one that could be hurt */

    (void)state;
    if (elder == 0) {
        for (;;)
            pause();
    }
    assert_true(elder > 0);
    snprintf(parent, sizeof parent, "%d", (int)elder);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        if (filtered(attempts[i], parent) != EPERM)
            fail_msg("attempt %zu", i);
    kill(elder, SIGKILL);
    waitpid(elder, NULL, 0);
    assert_int_equal(filtered(try_kill, "-1"), EPERM); /* everybody */
    assert_int_equal(filtered(try_kill, "1"), EPERM);
    snprintf(parent, sizeof parent, "-%d", (int)getpgrp());
    assert_int_equal(filtered(try_kill, parent), EPERM);
    assert_int_equal(filtered(try_kill, "0"), 0);
}

static int try_new_user(const char *arg)
{
    (void)arg;
    return errno_of(syscall(SYS_clone, (long)(CLONE_NEWUSER | SIGCHLD), 0L, 0L, 0L, 0L));
}

static int try_new_net(const char *arg)
{
    (void)arg;
    return errno_of(syscall(SYS_clone, (long)((unsigned)CLONE_NEWNET | SIGCHLD), 0L, 0L, 0L, 0L));
}

static void no_namespace(void **state)
{
    (void)state;
    assert_int_equal(filtered(try_new_user, NULL), EPERM);
    assert_int_equal(filtered(try_new_net, NULL), EPERM);
}

static int try_empty_by_reading(const char *path)
{
    return errno_of(open(path, O_RDONLY | O_TRUNC)); /* NOLINT: that is the attempt */
}

static int try_truncate(const char *path)
{
    return errno_of(truncate(path, 0));
}

static int try_modes(const char *path)
{
    int fd = open(path, O_RDONLY);

    return fd < 0 || chmod(path, 0777) < 0 || fchmod(fd, 0777) < 0 || fchmodat(AT_FDCWD, path, 0777, 0) < 0 ||
                   chown(path, 1, 1) < 0 || fchown(fd, 1, 1) < 0 || lchown(path, 1, 1) < 0
               ? errno
               : 0;
}

static void what_landlock_leaves_open_of_files(void **state)
{
    char path[64];
    struct stat st;
    int fd;

    (void)state;
    snprintf(path, sizeof path, "%s/key", folder);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, "key", 3) == 3);
    close(fd);
    assert_int_equal(filtered(try_empty_by_reading, path), EACCES);
    assert_int_equal(filtered(try_truncate, path), EACCES);
    assert_int_equal(filtered(try_modes, path), 0); /* it is told so, */
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600); /* and nothing came of it */
    assert_int_equal(st.st_uid, geteuid());
    assert_int_equal(st.st_size, 3);
    unlink(path);
}

static int try_power(const char *arg)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[256];
    int bad = f == NULL;

    (void)arg;
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "CapPrm:", 7) == 0 || strncmp(line, "CapEff:", 7) == 0 || strncmp(line, "CapAmb:", 7) == 0)
            bad |= strspn(line + 7, "\t0\n") != strlen(line + 7);
    return bad ? EPERM : 0;
}

static void no_power_is_left(void **state)
{
    (void)state;
    assert_int_equal(filtered(try_power, NULL), 0);
}

static void *in_thread(void *arg)
{
    return arg;
}

/* What tools do all day. */
static int live(const char *where)
{
    char path[96], *argv[] = {(char[]){"true"}, NULL}, *env[] = {NULL};
    pthread_t thread;
    void *got = NULL;
    pid_t pid;
    int fd[2], status = -1;
    struct rlimit l;
    const struct timespec times[2] = {{1, 0}, {1, 0}};

    if (pthread_create(&thread, NULL, in_thread, &pid) != 0 || pthread_join(thread, &got) != 0 || got != &pid)
        return 1;
    if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, env) != 0 || waitpid(pid, &status, 0) != pid || status != 0)
        return 2;
    pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    if (pid < 0 || kill(pid, SIGKILL) < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
        return 3;
    if (raise(0) != 0 || getrlimit(RLIMIT_AS, &l) < 0 || pipe(fd) < 0 || fcntl(fd[0], F_SETFL, O_NONBLOCK) < 0)
        return 4;
    snprintf(path, sizeof path, "%s/new", where);
    fd[0] = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd[0] < 0 || ftruncate(fd[0], 100) < 0 || futimens(fd[0], times) < 0 || ioctl(fd[0], FIOCLEX) < 0 || unlink(path) < 0)
        return 5;
    return setpriority(PRIO_PROCESS, 0, 1) < 0 ? 6 : 0;
}

static void what_tools_do_all_day(void **state)
{
    struct hf_cage c = {.kernel = {.landlock = 0}};

    (void)state;
    hf_cage_ask(&c.kernel);
    c.write = folder;
    assert_int_equal(filtered(live, folder), 0);
    assert_int_equal(caged(&c, live, folder), 0);
}

static void what_lacks_is_said(void **state)
{
    const struct {
        struct hf_cage_kernel k;
        const char *words;
    } cases[] = {
        {{.seccomp = 1, .error = ENOSYS}, "offers no Landlock (it is older than 5.13, or was built without)"},
        {{.seccomp = 1, .error = EOPNOTSUPP}, "it was switched off: 'landlock' must stand in the boot parameter lsm="},
        {{.seccomp = 0, .error = EPERM}, "offers no Landlock and no seccomp filter (it is forbidden here"},
        {{.landlock = 2}, "has no seccomp filter"},
    };
    struct hf_cage_kernel whole = {.landlock = 1, .seccomp = 1};
    char said[256];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ptr_equal(hf_cage_lacks(said, sizeof said, &cases[i].k), said);
        if (strstr(said, cases[i].words) == NULL)
            fail_msg("%s", said);
    }
    assert_null(hf_cage_lacks(said, sizeof said, &whole));
    hf_cage_ask(&whole);
    assert_true(whole.seccomp); /* of the machine that runs the tests */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_socket_of_any_family),
        cmocka_unit_test(calls_that_are_forbidden_whatever_they_say),
        cmocka_unit_test(the_kernels_other_doors_end_it),
        cmocka_unit_test(no_process_that_is_not_its_own),
        cmocka_unit_test(no_namespace),
        cmocka_unit_test(what_landlock_leaves_open_of_files),
        cmocka_unit_test(no_power_is_left),
        cmocka_unit_test(what_tools_do_all_day),
        cmocka_unit_test(what_lacks_is_said),
    };
    int failed;

    if (mkdtemp(folder) == NULL)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
