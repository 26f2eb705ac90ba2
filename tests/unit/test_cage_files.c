/* test_cage_files.c: what Landlock keeps a tool from, with each ABI that this kernel can play: 2 is Debian 12's. Without Landlock
 * there is nothing to test, and the whole file says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/caged.h"

static char top[] = "/tmp/hotfix-test-cage-XXXXXX";
static char own[64], given[64], secret[64], tool[64];
static int newest;

static void put(char path[64], const char *name, const char *bytes)
{
    int fd;

    snprintf(path, 64, "%s/%s", top, name);
    fd = open(path, O_WRONLY | O_CREAT, 0700);
    assert_true(fd >= 0 && write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
    close(fd);
}

/* In the cage of this ABI. */
static int in(int abi, attempt_fn *attempt, const char *arg)
{
    const char *read[] = {given, NULL}, *run[] = {tool, NULL};
    struct hf_cage c = {.kernel = {.landlock = abi, .seccomp = 1}, .write = own, .read = read, .run = run};

    return caged(&c, attempt, arg);
}

/* In each: the same. */
static void always(int expected, attempt_fn *attempt, const char *arg)
{
    for (int abi = 1; abi <= newest; abi++)
        if (in(abi, attempt, arg) != expected)
            fail_msg("ABI %d: '%s' gave %d, not %d", abi, arg, in(abi, attempt, arg), expected);
}

static int try_read(const char *path)
{
    return errno_of(open(path, O_RDONLY));
}

static int try_list(const char *path)
{
    return opendir(path) == NULL ? errno : 0;
}

static int try_write(const char *path)
{
    return errno_of(open(path, O_WRONLY));
}

static int try_create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    return fd < 0 || unlink(path) < 0 ? errno : 0;
}

static int try_remove(const char *path)
{
    return errno_of(unlink(path));
}

static int try_empty(const char *path)
{
    int fd = open(path, O_RDONLY | O_TRUNC); /* NOLINT: that is the attempt */

    return fd >= 0 ? 0 : truncate(path, 0) == 0 ? 0
                                                : errno;
}

static int try_take_in(const char *path)
{
    char to[96];

    snprintf(to, sizeof to, "%s/taken", own);
    if (link(path, to) == 0 || rename(path, to) == 0)
        return 0;
    return errno == EXDEV ? EACCES : errno; /* ABI 1 says it so */
}

static int try_mode(const char *path)
{
    struct stat st;

    return chmod(path, 0666) < 0 || stat(path, &st) < 0 ? errno : (st.st_mode & 0777) == 0666 ? 0
                                                                                              : EACCES;
}

static int try_run(const char *path)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        execl(path, path, (char *)NULL);
        _exit(errno);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

static void a_key_elsewhere(void **state)
{
    char path[96];

    (void)state;
    always(EACCES, try_read, secret);
    always(EACCES, try_write, secret);
    always(EACCES, try_remove, secret);
    always(EACCES, try_empty, secret);
    always(EACCES, try_take_in, secret);
    always(EACCES, try_mode, secret);
    always(EACCES, try_list, top);
    always(EACCES, try_read, "/etc/shadow");
    always(EACCES, try_list, "/etc");
    always(EACCES, try_list, "/proc");
    always(EACCES, try_list, "/dev");
    always(EACCES, try_create, "/dev/shm/hotfix-test-cage");
    snprintf(path, sizeof path, "%s/new", top);
    always(EACCES, try_create, path);
    snprintf(path, sizeof path, "/proc/%d/environ", (int)getpid());
    always(EACCES, try_read, path);
    snprintf(path, sizeof path, "/proc/%d/root/etc/shadow", (int)getpid());
    always(EACCES, try_read, path);
    snprintf(path, sizeof path, "%s/../secret", own);
    always(EACCES, try_read, path);
}

static int try_through_link(const char *path)
{
    char at[96];
    int error;

    snprintf(at, sizeof at, "%s/link", own);
    if (symlink(path, at) < 0)
        return ECHILD;
    error = try_read(at);
    unlink(at);
    return error;
}

static void links_lead_nowhere(void **state)
{
    (void)state;
    always(EACCES, try_through_link, secret);
    always(0, try_through_link, "/etc/passwd");
}

static void what_it_was_given_is_read_only(void **state)
{
    char path[96];

    (void)state;
    snprintf(path, sizeof path, "%s/file", given);
    always(0, try_list, given);
    always(0, try_read, path);
    always(EACCES, try_write, path);
    always(EACCES, try_empty, path);
    always(EACCES, try_remove, path);
    always(EACCES, try_run, path); /* it was pushed */
    always(EACCES, try_take_in, path);
    snprintf(path, sizeof path, "%s/new", given);
    always(EACCES, try_create, path);
}

static int try_device(const char *path)
{
    return errno_of(mknod(path, S_IFCHR | 0600, 0x103)); /* the null device */
}

/* Between two folders of its own. ABI 1 has no right for that. */
static int try_own(const char *at)
{
    char a[96], b[96], c[128], d[128];
    int fd;

    snprintf(a, sizeof a, "%s/a", at);
    snprintf(b, sizeof b, "%s/b", at);
    snprintf(c, sizeof c, "%s/file", a);
    snprintf(d, sizeof d, "%s/file", b);
    if (mkdir(a, 0700) < 0 || mkdir(b, 0700) < 0 || (fd = open(c, O_RDWR | O_CREAT | O_TRUNC, 0700)) < 0)
        return errno;
    close(fd);
    fd = rename(c, d) < 0 ? errno : 0;
    unlink(c);
    unlink(d);
    rmdir(a);
    rmdir(b);
    return fd;
}

static int try_truncate(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), error;

    if (fd < 0)
        return ECHILD;
    close(fd);
    error = errno_of(truncate(path, 8));
    return unlink(path) < 0 ? ECHILD : error;
}

static void its_own_folder_is_its_own(void **state)
{
    char path[96];

    (void)state;
    for (int abi = 2; abi <= newest; abi++)
        assert_int_equal(in(abi, try_own, own), 0);
    snprintf(path, sizeof path, "%s/new", own);
    for (int abi = 1; abi <= newest; abi++)
        assert_int_equal(in(abi, try_truncate, path), abi < 3 ? EACCES : 0); /* by name; Landlock judges it since ABI 3 */
    always(0, try_create, path);
    always(EACCES, try_device, path);
    always(0, try_run, tool);
    always(0, try_run, "/bin/true");
    always(0, try_read, "/proc/self/cmdline");
    always(0, try_write, "/dev/null");
    always(EACCES, try_write, "/dev/full");
}

static int try_kill(const char *pid)
{
    return errno_of(kill(atoi(pid), 0));
}

static int try_limit_all(const char *arg)
{
    (void)arg;
    return errno_of(kill(-1, 0));
}

static void signals_stay_inside(void **state)
{
    pid_t elder = fork();
    char pid[16];

    (void)state;
    if (elder == 0) {
        for (;;)
            pause();
    }
    snprintf(pid, sizeof pid, "%d", (int)elder);
    always(EPERM, try_kill, pid);
    kill(elder, SIGKILL);
    waitpid(elder, NULL, 0);
    always(0, try_kill, "0");
    for (int abi = 1; abi < HF_CAGE_LANDLOCK_SIGNALS && abi <= newest; abi++)
        assert_int_equal(in(abi, try_limit_all, NULL), EPERM);
}

static int set_up(void **state)
{
    char path[64];

    (void)state;
    if (mkdtemp(top) == NULL)
        return -1;
    snprintf(own, sizeof own, "%s/own", top);
    snprintf(given, sizeof given, "%s/given", top);
    put(secret, "secret", "key");
    if (chmod(secret, 0600) < 0 || mkdir(own, 0700) < 0 || mkdir(given, 0700) < 0)
        return -1;
    put(path, "given/file", "#!/bin/sh\nexit 0\n");
    put(tool, "tool", "#!/bin/sh\nexit 0\n");
    return 0;
}

static int clear_up(void **state)
{
    char path[80];

    (void)state;
    snprintf(path, sizeof path, "%s/file", given);
    unlink(path);
    unlink(secret);
    unlink(tool);
    rmdir(given);
    rmdir(own);
    return rmdir(top); /* and nothing else came to be */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_elsewhere),           cmocka_unit_test(links_lead_nowhere),
        cmocka_unit_test(what_it_was_given_is_read_only), cmocka_unit_test(its_own_folder_is_its_own),
        cmocka_unit_test(signals_stay_inside),
    };
    struct hf_cage_kernel k;

    hf_cage_ask(&k);
    newest = k.landlock;
    if (newest == 0) {
        puts("1..0 # SKIP this kernel has no Landlock");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, clear_up);
}
