/* shell.h: unit tests that need other people's tools: a temporary folder, and commands run in it. */
#ifndef HF_TEST_SHELL_H
#define HF_TEST_SHELL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of this test program. Commands run in it; git sees no configuration but the repository's own. */
static char top[] = "/tmp/hotfix-test-XXXXXX";

static inline int make_top(void **state)
{
    static const char *const env[][2] = {
        { "GIT_CONFIG_GLOBAL", "/dev/null" },   { "GIT_CONFIG_NOSYSTEM", "1" },
        { "GIT_AUTHOR_NAME", "A" },             { "GIT_AUTHOR_EMAIL", "a@example.com" },
        { "GIT_COMMITTER_NAME", "A" },          { "GIT_COMMITTER_EMAIL", "a@example.com" },
        { "GIT_AUTHOR_DATE", "1700000000 +0" }, { "GIT_COMMITTER_DATE", "1700000000 +0" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof env / sizeof env[0]; i++)
        setenv(env[i][0], env[i][1], 1);
    unsetenv("GIT_DIR");
    if (mkdtemp(top) == NULL)
        return -1;
    setenv("HOME", top, 1);
    return 0;
}

static inline int remove_top(void **state)
{
    char cmd[128];

    (void)state;
    snprintf(cmd, sizeof cmd, "chmod -R u+rwx %s; rm -rf %s", top, top);
    return system(cmd);
}

/* A path below the folder, in one of a few buffers that take turns. */
static inline const char *in_top(const char *name)
{
    static char paths[8][512];
    static unsigned turn;
    char *p = paths[turn++ % 8];

    snprintf(p, sizeof paths[0], "%s/%s", top, name);
    return p;
}

/* Runs a shell script in the folder; a status other than 0 fails the test. Returns what it printed, without the newlines at
 * its end, in one of a few buffers that take turns. */
static inline const char *sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline const char *sh(const char *fmt, ...)
{
    static char outs[8][16384];
    static unsigned turn;
    char script[16384], *out = outs[turn++ % 8];
    size_t n;
    FILE *p;
    int status;
    va_list ap;

    n = (size_t)snprintf(script, sizeof script, "set -e; cd %s; ", top);
    va_start(ap, fmt);
    vsnprintf(script + n, sizeof script - n, fmt, ap);
    va_end(ap);
    p = popen(script, "r"); /* NOLINT: a test's own words */
    if (p == NULL)
        fail_msg("no shell");
    n = fread(out, 1, sizeof outs[0] - 1, p);
    status = pclose(p);
    if (status != 0)
        fail_msg("status %d: %s", status, script);
    while (n > 0 && out[n - 1] == '\n')
        n--;
    out[n] = '\0';
    return out;
}

#endif
