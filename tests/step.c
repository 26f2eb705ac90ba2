/* step.c: ends or writes down a program that a test runs, at a step of core/step.h. HOTFIX_TEST_KILL_AT=N in the environment ends
 * the process by SIGKILL at the N-th step; HOTFIX_TEST_STEPS=FILE appends a line for each. */
#include "core/step.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void hf_step(const char *what, const char *of)
{
    static long count;
    const char *at = getenv("HOTFIX_TEST_KILL_AT"), *file = getenv("HOTFIX_TEST_STEPS");
    int fd;

    count++;
    if (file != NULL && (fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) >= 0) {
        dprintf(fd, "%ld %s %s\n", count, what, of);
        close(fd);
    }
    if (at != NULL && count == strtol(at, NULL, 10))
        raise(SIGKILL);
}
