/* wire.c: loaded before a program's own libraries (LD_PRELOAD), it writes down when each HTTP request began to be sent and when its
 * reply's head came, a line each into the file that WIRE names: METHOD BEGIN END, in seconds of the monotonic clock. The same for
 * hotfix and for curl, so that neither pays for a proxy between. One request at a time, as both send them. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static char method[8];
static double begun;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* At the end: MEM 0 KIB -, the most memory that was resident. */
__attribute__((destructor)) static void tell_memory(void)
{
    const char *path = getenv("WIRE");
    FILE *out = path != NULL ? fopen(path, "a") : NULL, *in = fopen("/proc/self/status", "r");
    char line[200];

    while (out != NULL && in != NULL && fgets(line, sizeof line, in) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            fprintf(out, "MEM 0 %ld -\n", strtol(line + 6, NULL, 10));
    }
    if (in != NULL)
        fclose(in);
    if (out != NULL)
        fclose(out);
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
    static ssize_t (*real)(int fd, const void *p, size_t n, int flags);

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "send");
    if (n > 5 && (memcmp(p, "GET /", 5) == 0 || memcmp(p, "PUT /", 5) == 0 || memcmp(p, "HEAD /", 5) == 0)) {
        snprintf(method, sizeof method, "%.3s", (const char *)p);
        begun = now();
    }
    return real(fd, p, n, flags);
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
    static ssize_t (*real)(int fd, void *p, size_t n, int flags);
    const char *path = getenv("WIRE");
    ssize_t got;
    FILE *f;

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "recv");
    got = real(fd, p, n, flags);
    if (got > 5 && memcmp(p, "HTTP/", 5) == 0 && method[0] != '\0' && path != NULL && (f = fopen(path, "a")) != NULL) {
        fprintf(f, "%s %.6f %.6f %.3s\n", method, begun, now(), (const char *)p + 9);
        fclose(f);
        method[0] = '\0';
    }
    return got;
}
