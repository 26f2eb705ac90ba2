/* caged.h: runs a function in a child, in the cage, and tells how it went. */
#ifndef CAGED_H
#define CAGED_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "builder/cage.h"

#define BY_SIGNAL 1000 /* and the signal's number, where a signal ended it */
#define NO_CAGE 255

/* 0, or an errno. */
typedef int attempt_fn(const char *arg);

/* What the attempt came to in a cage of its own. */
static int caged(const struct hf_cage *c, attempt_fn *attempt, const char *arg)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        if (setsid() < 0 || hf_cage_enter(c) < 0)
            _exit(NO_CAGE);
        _exit(attempt(arg));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return NO_CAGE;
    return WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
}

static int errno_of(long result)
{
    return result < 0 ? errno : 0;
}

#endif
