/* step.c: see step.h. The count is the one state of this process that no main owns: it must see every step of every room. */
#include "core/step.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void hf_step(const char *what)
{
    static int asked, on;
    static long count;
    const char *at, *file;
    int fd;

    if (asked && !on)
        return;
    at = getenv("HOTFIX_TEST_KILL_AT");
    file = getenv("HOTFIX_TEST_STEPS");
    asked = 1;
    on = at != NULL || file != NULL;
    if (!on)
        return;
    count++;
    if (file != NULL && (fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) >= 0) {
        dprintf(fd, "%ld %s\n", count, what);
        close(fd);
    }
    if (at != NULL && count == strtol(at, NULL, 10))
        raise(SIGKILL);
}
