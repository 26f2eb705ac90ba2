/* escapee.c: a tool that tries to get out of its cage: escapee ATTEMPT OUTPUT [ARGUMENT] [what is left is not looked at]. When the
 * attempt comes off it writes a patch and ends well, so that a release is the proof of a hole; else it says why not, and ends
 * with 1. And `escapee --without-landlock PROGRAM ARGUMENT...`: runs a program as on a kernel that has none;
 * `escapee --landlock` ends with 0 on one that has it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the sanitizers are on, their search for leaks would ptrace; that is not what is tried here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) /* NOLINT: that is its name */
{
    return "detect_leaks=0";
}

static const char *output, *arg;

static int read_file(void)
{
    char bytes[64];
    int fd = open(arg, O_RDONLY);

    return fd >= 0 && read(fd, bytes, sizeof bytes) > 0;
}

/* What the hook itself was given: a secret may stand in its environment. */
static int read_parent(void)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/environ", (int)getppid());
    arg = path;
    return read_file();
}

static int list_folder(void)
{
    return opendir(arg) != NULL;
}

static int write_file(void)
{
    return open(arg, O_WRONLY | O_CREAT, 0600) >= 0;
}

static int remove_file(void)
{
    return unlink(arg) == 0;
}

static int empty_file(void)
{
    return truncate(arg, 0) == 0 || open(arg, O_RDONLY | O_TRUNC) >= 0; /* NOLINT: that is the attempt */
}

static int open_up(void)
{
    struct stat st;

    if (chmod(arg, 0666) == 0 && stat(arg, &st) == 0 && (st.st_mode & 0777) == 0666)
        return 1;
    errno = EPERM;
    return 0;
}

static int make_socket(void)
{
    static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK};

    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (socket(families[i], SOCK_STREAM, 0) >= 0 || socket(families[i], SOCK_DGRAM, 0) >= 0)
            return 1;
    return 0;
}

static int trace_parent(void)
{
    return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0;
}

static int kill_parent(void)
{
    return kill(getppid(), SIGKILL) == 0;
}

static int starve_parent(void)
{
    const struct rlimit none = {0, 0};

    return prlimit(getppid(), RLIMIT_CPU, &none, NULL) == 0;
}

static int leave_group(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(setsid() >= 0 || setpgid(0, 0) == 0 ? 0 : errno);
    waitpid(pid, &status, 0);
    errno = WEXITSTATUS(status);
    return errno == 0;
}

static int new_user(void)
{
    return unshare(CLONE_NEWUSER) == 0;
}

/* One that goes on: its number goes into the output. */
static int breed(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        for (;;)
            pause();
    }
    fprintf(stderr, "grandchild %d\n", (int)pid);
    return pid > 0;
}

static int breed_and_wait(void)
{
    breed();
    while (pause() < 0)
        ;
    return 0;
}

/* One that prints when the tool has ended: it waits for that, and not for time. */
static int print_late(void)
{
    int fd[2];
    char byte;

    if (pipe(fd) < 0)
        return 0;
    if (fork() == 0) {
        close(fd[1]);
        while (read(fd[0], &byte, 1) > 0)
            ;
        for (;;)
            if (write(2, "late words\n", 11) < 0)
                _exit(0);
    }
    return 1;
}

/* Files of 1 MiB: as many as it is told, or until nothing goes any more. No single one is too large. */
static int fill(void)
{
    static char bytes[1 << 20];
    char name[32];

    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < (*arg != '-' ? atoi(arg) : 100000); i++) {
        int fd;

        snprintf(name, sizeof name, "fill-%d", i);
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (fd < 0 || write(fd, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
            return 0;
        close(fd);
    }
    return 1;
}

/* 64 MiB in files that stand in no folder any more, and then it takes its time. */
static int fill_unseen(void)
{
    static char bytes[1 << 20];
    char name[32];

    for (int i = 0; i < 64; i++) {
        int fd;

        snprintf(name, sizeof name, "unseen-%d", i);
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (fd < 0 || unlink(name) < 0 || write(fd, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
            return 0;
    }
    sleep(20); /* it is stopped long before */
    return 1;
}

static int one_file(void)
{
    static char bytes[1 << 20];
    int fd = open("large", O_WRONLY | O_CREAT, 0600);

    for (int i = 0; i < 100000; i++)
        if (fd < 0 || write(fd, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
            return 0;
    return 1;
}

static int print_much(void)
{
    static char bytes[1 << 20];

    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < 1024; i++)
        for (size_t n = 0; n < sizeof bytes;) {
            ssize_t k = write(2, bytes + n, sizeof bytes - n);

            if (k < 0)
                return 0;
            n += (size_t)k;
        }
    return 1;
}

static int print_escapes(void)
{
    fputs("\033]0;title\a\033[2J\r\nerror: forged\n\xc2\x9b" "31mred\n\xe2\x80\xae" "backwards\n", stderr);
    return 1;
}

static const struct {
    const char *name;
    int (*attempt)(void);
} attempts[] = {
    {"read", read_file},
    {"read-parent", read_parent},
    {"list", list_folder},
    {"write", write_file},
    {"remove", remove_file},
    {"empty", empty_file},
    {"open-up", open_up},
    {"socket", make_socket},
    {"trace", trace_parent},
    {"kill", kill_parent},
    {"starve", starve_parent},
    {"leave", leave_group},
    {"new-user", new_user},
    {"breed", breed},
    {"breed-and-wait", breed_and_wait},
    {"print-late", print_late},
    {"fill", fill},
    {"fill-unseen", fill_unseen},
    {"one-file", one_file},
    {"print-much", print_much},
    {"print-escapes", print_escapes},
};

static int without_landlock(char **argv)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        return 1;
    execvp(argv[0], argv);
    return 127;
}

int main(int argc, char **argv)
{
    int fd;

    if (argc > 2 && strcmp(argv[1], "--without-landlock") == 0)
        return without_landlock(argv + 2);
    if (argc == 2 && strcmp(argv[1], "--landlock") == 0)
        return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1U) > 0 ? 0 : 1;
    if (argc < 3)
        return 2;
    output = argv[2];
    arg = argc > 3 ? argv[3] : "-";
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        if (strcmp(attempts[i].name, argv[1]) != 0)
            continue;
        if (!attempts[i].attempt()) {
            fprintf(stderr, "cannot %s %s: %s\n", argv[1], arg, strerror(errno));
            return 1;
        }
        fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        return fd >= 0 && write(fd, "escaped\n", 8) == 8 ? 0 : 3;
    }
    return 2;
}
