/* start.c: see start.h. */
#include "edge/start.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <linux/capability.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/escape.h"

#define MAX_CONNECTIONS 1280 /* of a worker; a little of it is kept free (app.c), and 1,000 are to be served */
#define MAX_DESCRIPTORS 4608 /* of a worker: a connection and a file each, and room */
#define MIN_DESCRIPTORS 128
#define BACKLOG 1024
#define UNSENT_BYTES (256 * 1024) /* in the kernel for one connection: a slow reader then makes an event every now and then */

static const char usage[] =
    "Usage: hotfix-edge -c FILE [-c FILE]...\n"
    "\n"
    "Serves version checks, manifests and patches to devices, as hotfix.ini says.\n"
    "\n"
    "  -c, --config FILE  hotfix.ini; of several, the first one's [edge] counts\n"
    "      --help         this text\n"
    "      --version      the version\n"
    "\n"
    "Prints one line on standard output when it answers, messages on standard error.\n"
    "SIGHUP reads hotfix.ini again, SIGTERM ends it when its downloads are done, a\n"
    "second one, SIGINT and SIGQUIT at once. Exit status: 0 ended by a signal,\n"
    "1 failed, 2 usage or configuration. Manual: hotfix-edge(8).\n";

int hf_start_options(struct hf_options *out, int argc, char **argv)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
    int o;

    out->count = 0;
    while ((o = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
        switch (o) {
        case 'c':
            if (out->count == HF_START_MAX_CONFIGS) {
                fprintf(stderr, "hotfix-edge: more than %d files\n", HF_START_MAX_CONFIGS);
                return 2;
            }
            out->configs[out->count++] = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        case 'V':
            puts("hotfix-edge " HF_VERSION);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (out->count > 0 && optind == argc)
        return -1;
    fprintf(stderr, "hotfix-edge: %s\n", out->count == 0 ? "which hotfix.ini? name it with -c" : "too many arguments");
    fputs(usage, stderr);
    return 2;
}

/* Splits "127.0.0.1:3001" or "[::1]:3001". */
static int split(char host[64], char port[8], const char *where, struct hf_err *err)
{
    const char *colon = strrchr(where, ':'), *from = where;
    char shown[128];
    size_t n = colon != NULL ? (size_t)(colon - where) : 0, digits;

    if (n >= 2 && where[0] == '[' && where[n - 1] == ']') {
        from++;
        n -= 2;
    } else if (n > 0 && memchr(where, ':', n) != NULL) {
        n = 0;
    }
    digits = n > 0 ? strspn(colon + 1, "0123456789") : 0;
    if (n >= 64 || digits == 0 || digits > 5 || colon[1 + digits] != '\0' || strtol(colon + 1, NULL, 10) > 65535)
        return hf_fail(err, HF_E_CONFIG, "[edge]: '%s': write an address and a port, like 127.0.0.1:3001 or [::1]:3001",
                       hf_escape(shown, sizeof shown, where, strlen(where)));
    memcpy(host, from, n);
    host[n] = '\0';
    strcpy(port, colon + 1);
    return 0;
}

/* Makes the socket and says which port it has got. */
static int bind_to(struct hf_listen *out, const struct addrinfo *ai, struct hf_err *err)
{
    int on = 1, unsent = UNSENT_BYTES;
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;

    out->family = ai->ai_family;
    out->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out->fd < 0 || setsockopt(out->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        /* what is set here, accepted sockets inherit */
        setsockopt(out->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        setsockopt(out->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent) != 0 ||
        bind(out->fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(out->fd, BACKLOG) != 0 ||
        getsockname(out->fd, (struct sockaddr *)&ss, &len) != 0 ||
        getnameinfo((struct sockaddr *)&ss, len, out->host, sizeof out->host, out->port, sizeof out->port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return hf_fail(err, HF_E_FAIL, "%s", strerror(errno));
    snprintf(out->address, sizeof out->address, out->family == AF_INET6 ? "[%s]:%s" : "%s:%s", out->host, out->port);
    return 0;
}

int hf_start_listen(struct hf_listen *out, const char *where, struct hf_err *err)
{
    struct addrinfo hints, *found = NULL;
    char shown[128];
    int rc;

    memset(out, 0, sizeof *out);
    out->fd = -1;
    if (split(out->host, out->port, where, err) != 0)
        return -1;
    hf_escape(shown, sizeof shown, where, strlen(where));
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV | (strcmp(out->host, "localhost") == 0 ? 0 : AI_NUMERICHOST);
    rc = getaddrinfo(out->host, out->port, &hints, &found);
    if (rc != 0)
        return hf_fail(err, HF_E_CONFIG, "[edge]: '%s': %s", shown, gai_strerror(rc));
    rc = bind_to(out, found, err);
    freeaddrinfo(found);
    if (rc == 0)
        return 0;
    if (out->fd >= 0)
        close(out->fd);
    out->fd = -1;
    return hf_fail_in(err, "cannot listen on %s: ", shown);
}

int hf_start_user(struct hf_user *out, const char *name, int root, struct hf_err *err)
{
    struct passwd *pw;
    char shown[64];
    struct stat st;

    memset(out, 0, sizeof *out);
    hf_escape(shown, sizeof shown, name, strlen(name));
    if (*name != '\0') {
        pw = getpwnam(name);
        if (pw == NULL)
            return hf_fail(err, HF_E_CONFIG, "[edge] user '%s': there is no such user", shown);
        if (geteuid() != 0 && pw->pw_uid != geteuid())
            return hf_fail(err, HF_E_CONFIG, "[edge] user '%s': only root can become another user", shown);
        out->uid = pw->pw_uid;
        out->gid = pw->pw_gid;
    } else {
        if (fstat(root, &st) != 0)
            return hf_fail(err, HF_E_FAIL, "cannot stat the store: %s", strerror(errno));
        out->uid = st.st_uid;
        out->gid = st.st_gid;
        pw = getpwuid(st.st_uid);
    }
    out->confine = geteuid() == 0;
    if (pw != NULL && strlen(pw->pw_name) < sizeof out->name)
        strcpy(out->name, pw->pw_name);
    return 0;
}

/* Root is a user that owns much even without rights of its own; so it keeps none. */
static int drop_capabilities(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];

    memset(none, 0, sizeof none);
    return (int)syscall(SYS_capset, &head, none);
}

static int take_groups(const struct hf_user *u, struct hf_err *err)
{
    if ((u->name[0] != '\0' ? initgroups(u->name, u->gid) : setgroups(0, NULL)) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot take the groups of user %u: %s", (unsigned)u->uid, strerror(errno));
    return 0;
}

static int take_user(const struct hf_user *u, struct hf_err *err)
{
    if (setresgid(u->gid, u->gid, u->gid) != 0 || setresuid(u->uid, u->uid, u->uid) != 0 ||
        (u->uid == 0 && drop_capabilities() != 0))
        return hf_fail(err, HF_E_FAIL, "cannot become user %u: %s", (unsigned)u->uid, strerror(errno));
    return 0;
}

int hf_start_become(const struct hf_user *u, struct hf_err *err)
{
    const struct passwd *pw;

    if (!u->confine)
        return 0;
    pw = getpwuid(u->uid);
    if (take_groups(u, err) != 0 || take_user(u, err) != 0)
        return -1;
    if (pw != NULL && pw->pw_dir[0] == '/' && setenv("HOME", pw->pw_dir, 1) != 0)
        return hf_nomem(err);
    return 0;
}

int hf_start_confine(const struct hf_user *u, int root, struct hf_err *err)
{
    if (!u->confine)
        return 0;
    if (take_groups(u, err) != 0)
        return -1;
#ifndef HF_SANITIZED /* sanitizers read /proc at the end */
    if (fchdir(root) != 0 || chroot(".") != 0)
        return hf_fail(err, HF_E_FAIL, "cannot chroot(2) into the store: %s", strerror(errno));
#else
    (void)root;
#endif
    return take_user(u, err);
}

int hf_start_limits(unsigned *descriptors, unsigned *connections, struct hf_err *err)
{
    struct rlimit rl;

    if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
        return hf_fail(err, HF_E_FAIL, "getrlimit: %s", strerror(errno));
    if (rl.rlim_max > MAX_DESCRIPTORS)
        rl.rlim_max = MAX_DESCRIPTORS;
    if (rl.rlim_max < MIN_DESCRIPTORS)
        return hf_fail(err, HF_E_FAIL, "the limit of open files is %u; the edge needs %d or more (ulimit -n)",
                       (unsigned)rl.rlim_max, MIN_DESCRIPTORS);
    rl.rlim_cur = rl.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &rl) != 0)
        return hf_fail(err, HF_E_FAIL, "setrlimit: %s", strerror(errno));
    /* kore adds the descriptors that are open already, and both together must stay under the limit */
    *descriptors = (unsigned)(rl.rlim_max - rl.rlim_max / 8);
    *connections = *descriptors / 2 - MIN_DESCRIPTORS / 4;
    if (*connections > MAX_CONNECTIONS)
        *connections = MAX_CONNECTIONS;
    return 0;
}
