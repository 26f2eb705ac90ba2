/* notify.c: see notify.h. */
#include "edge/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void hf_notify(const char *assignments)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to;
    size_t n = path != NULL ? strlen(path) : 0;
    int fd;

    memset(&to, 0, sizeof to);
    if (n < 2 || n >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    to.sun_family = AF_UNIX;
    memcpy(to.sun_path, path, n);
    if (path[0] == '@') /* an abstract one: a NUL, and no NUL behind it */
        to.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    while (sendto(fd, assignments, strlen(assignments), MSG_NOSIGNAL, (const struct sockaddr *)&to,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0 &&
           errno == EINTR)
        ;
    close(fd);
}

int64_t hf_notify_watchdog(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    long long every = usec != NULL ? strtoll(usec, NULL, 10) : 0;

    if (every <= 0 || (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid()))
        return 0;
    return every / 2000 > 0 ? every / 2000 : 1;
}
