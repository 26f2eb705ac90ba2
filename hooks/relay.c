/* relay.c: see relay.h. */
#include "hooks/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READER_WAIT_MS 2000

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The child keeps nothing that git waits for. */
static void child(int fd, void (*work)(void *arg, int fd), void *arg)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    work(arg, fd);
    _exit(0);
}

/* 0 when everything was taken, -1 when nobody reads. */
static int pass_on(int out, const char *p, ssize_t n)
{
    struct pollfd pfd = {out, POLLOUT, 0};
    ssize_t w;

    while (n > 0) {
        if (poll(&pfd, 1, READER_WAIT_MS) != 1 || (pfd.revents & POLLOUT) == 0)
            return -1;
        w = write(out, p, (size_t)n);
        if (w < 0 && errno != EINTR)
            return -1;
        if (w > 0) {
            p += w;
            n -= w;
        }
    }
    return 0;
}

static enum hf_relay_end relay(int in, int out, int64_t deadline)
{
    struct pollfd pfd = {in, POLLIN, 0};
    char block[4096];
    int64_t left;
    ssize_t n;

    for (;;) {
        left = deadline - now_ms();
        if (left <= 0)
            return HF_RELAY_LATE;
        if (poll(&pfd, 1, left > 60000 ? 60000 : (int)left) <= 0)
            continue;
        n = read(in, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return HF_RELAY_DONE;
        if (pass_on(out, block, n) != 0)
            return HF_RELAY_GONE;
    }
}

enum hf_relay_end hf_relay(int out, int64_t seconds, void (*work)(void *arg, int fd), void *arg)
{
    enum hf_relay_end end;
    int p[2], status = 0;
    pid_t pid, ended;

    if (pipe2(p, O_CLOEXEC) != 0) {
        work(arg, out);
        return HF_RELAY_DONE;
    }
    pid = fork();
    if (pid == 0) {
        close(p[0]);
        child(p[1], work, arg);
    }
    close(p[1]);
    if (pid < 0) {
        close(p[0]);
        work(arg, out);
        return HF_RELAY_DONE;
    }
    end = relay(p[0], out, now_ms() + seconds * 1000);
    close(p[0]);
    if (end != HF_RELAY_DONE)
        return end;
    do
        ended = waitpid(pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    return ended == pid && WIFSIGNALED(status) ? HF_RELAY_DIED : HF_RELAY_DONE;
}
