/* test_run.c: a child may end, die, hang, print, breed: the caller gets its answer and nothing stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "builder/run.h"

static char folder[] = "/tmp/hotfix-test-run-XXXXXX";

/* Runs a shell script; limits that a test does not name are wide. */
static int run_with(struct hf_run *res, struct hf_run_ask ask, const char *script, struct hf_err *err)
{
    const char *argv[] = { "sh", "-c", script, NULL };

    if (ask.program == NULL)
        ask.program = "/bin/sh";
    ask.argv = argv;
    ask.cwd = folder;
    if (ask.timeout == 0)
        ask.timeout = 30;
    if (ask.max_file == 0)
        ask.max_file = 1 << 30;
    return hf_run(res, &ask, err);
}

static void run(struct hf_run *res, const char *script)
{
    struct hf_err err;

    if (run_with(res, (struct hf_run_ask){ 0 }, script, &err) < 0)
        fail_msg("%s", err.msg);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 1 when no process has this number, or only what is left of one that nobody reaped. */
static int is_dead(long pid)
{
    char path[64], state = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    f = fopen(path, "re");
    if (f == NULL)
        return 1;
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X';
    fclose(f);
    return state == 'Z' || state == 'X';
}

static void status_and_output(void **state)
{
    struct hf_run res;

    (void)state;
    run(&res, "echo out; echo err >&2; pwd; exit 7");
    assert_int_equal(res.exit_status, 7);
    assert_int_equal(res.signal, 0);
    assert_int_equal(res.timed_out, 0);
    assert_string_equal(res.errs.p, "err\n");
    assert_memory_equal(res.out.p, "out\n/", 5);
    assert_non_null(strstr(res.out.p, folder));
    hf_run_clear(&res);

    run(&res, "kill -SEGV $$");
    assert_int_equal(res.exit_status, -1);
    assert_int_equal(res.signal, SIGSEGV);
    hf_run_clear(&res);
}

static void nothing_is_inherited(void **state)
{
    struct hf_run res;
    struct hf_err err;
    const char *const env[] = { "ONE=1", "TWO=a b", NULL };
    int fd = open("/etc/passwd", O_RDONLY), high = fcntl(fd, F_DUPFD, 200);
    struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
    sigset_t block, mask;

    (void)state;
    assert_true(fd >= 0 && high >= 200);
    setenv("HOTFIX_TEST_SECRET", "x", 1);
    run(&res, "exec cat /proc/self/environ");
    assert_null(res.out.p == NULL ? NULL : strstr(res.out.p, "SECRET"));
    hf_run_clear(&res);
    assert_int_equal(run_with(&res, (struct hf_run_ask){ .env = env }, "echo \"$ONE$TWO\"", &err), 0);
    assert_string_equal(res.out.p, "1a b\n");
    hf_run_clear(&res);

    run(&res, "ls /proc/self/fd | tr '\\n' ' '; readlink /proc/self/fd/0");
    assert_string_equal(res.out.p, "0 1 2 3 /dev/null\n"); /* 3 is the folder that ls reads */
    hf_run_clear(&res);
    close(fd);
    close(high);

    sigaction(SIGPIPE, &ignore, &was);
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, &mask);
    /* Signals 32 and 33 are the C library's own: no program can reset them, and a test runner may hand them down ignored. */
    run(&res, "grep -E '^(SigBlk|SigIgn|NoNewPrivs):' /proc/self/status | sed 's/\\(SigIgn:.*\\)[0-9a-f]80000000$/\\1000000000/'");
    sigprocmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGPIPE, &was, NULL);
    assert_string_equal(res.out.p, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nNoNewPrivs:\t1\n");
    hf_run_clear(&res);

    run(&res, "ulimit -c; ulimit -n; umask");
    assert_string_equal(res.out.p, "0\n256\n0077\n");
    hf_run_clear(&res);
}

static void environment_is_empty(void **state)
{
    const char *argv[] = { "env", NULL };
    struct hf_run_ask ask = { .program = "/usr/bin/env", .argv = argv, .cwd = "/", .timeout = 30, .max_file = 1 };
    struct hf_run res;

    (void)state;
    assert_int_equal(hf_run(&res, &ask, NULL), 0);
    assert_int_equal(res.exit_status, 0);
    assert_int_equal(res.out.n, 0);
    hf_run_clear(&res);
}

static void time_limit_takes_the_grandchild(void **state)
{
    struct hf_run res;
    struct hf_err err;
    int64_t begin = now_ms();
    long pid;

    (void)state;
    assert_int_equal(run_with(&res, (struct hf_run_ask){ .timeout = 1 }, "trap '' TERM; sleep 600 & echo $!; wait", &err), 0);
    assert_int_equal(res.timed_out, 1);
    assert_int_equal(res.signal, SIGKILL);
    assert_in_range(now_ms() - begin, 900, 10000);
    pid = strtol(res.out.p, NULL, 10);
    assert_true(pid > 1);
    assert_true(is_dead(pid));
    hf_run_clear(&res);
}

static void end_takes_the_grandchild(void **state)
{
    struct hf_run res;
    int64_t begin = now_ms();
    long pid;

    (void)state;
    run(&res, "sleep 600 & echo $!");
    assert_int_equal(res.timed_out, 0);
    assert_int_equal(res.exit_status, 0);
    assert_in_range(now_ms() - begin, 0, 10000);
    pid = strtol(res.out.p, NULL, 10);
    assert_true(pid > 1);
    assert_true(is_dead(pid));
    hf_run_clear(&res);
}

/* One that left the group keeps the pipe open: it does not hold us. */
static void held_pipe(void **state)
{
    struct hf_run res;
    int64_t begin = now_ms();
    long pid;

    (void)state;
    run(&res, "mkfifo f; setsid sh -c 'echo $$; : > f; exec sleep 600' & : < f; rm f; exit 3");
    assert_int_equal(res.exit_status, 3);
    assert_in_range(now_ms() - begin, 0, 20000);
    pid = strtol(res.out.p, NULL, 10);
    assert_true(pid > 1);
    kill((pid_t)pid, SIGKILL);
    hf_run_clear(&res);
}

static void output_is_bounded(void **state)
{
    struct hf_run res;

    (void)state;
    run(&res, "head -c 1000000000 /dev/zero; head -c 300000 /dev/zero >&2");
    assert_int_equal(res.exit_status, 0);
    assert_int_equal(res.out.n, HF_RUN_MAX_OUTPUT);
    assert_int_equal(res.errs.n, HF_RUN_MAX_OUTPUT);
    assert_int_equal(res.dropped, 1000000000 + 300000 - 2 * HF_RUN_MAX_OUTPUT);
    hf_run_clear(&res);
}

static void file_size_limit(void **state)
{
    struct hf_run res;
    struct hf_err err;
    struct stat st;
    char path[sizeof folder + 8];

    (void)state;
    assert_int_equal(run_with(&res, (struct hf_run_ask){ .max_file = 4096 }, "exec head -c 100000 /dev/zero > big", &err), 0);
    assert_int_equal(res.signal, SIGXFSZ);
    hf_run_clear(&res);
    snprintf(path, sizeof path, "%s/big", folder);
    assert_int_equal(stat(path, &st), 0);
    assert_in_range(st.st_size, 0, 4096);
    unlink(path);
}

static void memory_limit(void **state)
{
    struct hf_run res;
    struct hf_err err;

    (void)state;
    run(&res, "exec dd if=/dev/zero of=/dev/null bs=512M count=1");
    assert_int_equal(res.exit_status, 0);
    hf_run_clear(&res);
    assert_int_equal(run_with(&res, (struct hf_run_ask){ .max_memory = 256u << 20 },
                              "exec dd if=/dev/zero of=/dev/null bs=512M count=1", &err),
                     0);
    assert_int_not_equal(res.exit_status, 0);
    hf_run_clear(&res);
}

static void not_started(void **state)
{
    struct hf_run res;
    struct hf_err err;

    (void)state;
    assert_int_equal(run_with(&res, (struct hf_run_ask){ .program = "/nowhere/a\nb" }, "", &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
    assert_string_equal(err.msg, "cannot run '/nowhere/a\\x0ab': No such file or directory");
    hf_run_clear(&res);
    assert_int_equal(run_with(&res, (struct hf_run_ask){ .program = "/etc/passwd" }, "", &err), -1);
    assert_string_equal(err.msg, "cannot run '/etc/passwd': Permission denied");
    hf_run_clear(&res);
    assert_int_equal(run_with(&res, (struct hf_run_ask){ .program = "sh" }, "", &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
    hf_run_clear(&res);
}

/* A caller that runs many tools must not run out of descriptors. */
static void no_leak(void **state)
{
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC), after;
    struct hf_run res;
    struct hf_err err;

    (void)state;
    close(before);
    for (int i = 0; i < 5; i++) {
        run(&res, ":");
        hf_run_clear(&res);
        (void)run_with(&res, (struct hf_run_ask){ .program = "/nowhere" }, "", &err);
        hf_run_clear(&res);
    }
    after = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(after);
    assert_int_equal(before, after);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_and_output),
        cmocka_unit_test(nothing_is_inherited),
        cmocka_unit_test(environment_is_empty),
        cmocka_unit_test(time_limit_takes_the_grandchild),
        cmocka_unit_test(end_takes_the_grandchild),
        cmocka_unit_test(held_pipe),
        cmocka_unit_test(output_is_bounded),
        cmocka_unit_test(file_size_limit),
        cmocka_unit_test(memory_limit),
        cmocka_unit_test(not_started),
        cmocka_unit_test(no_leak),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
