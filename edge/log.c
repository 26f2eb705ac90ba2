/* log.c: see log.h. */
#include "edge/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/timestamp.h"

int hf_log_open(int *is_socket, struct hf_err *err)
{
    struct stat st;
    int fd, flags;

    *is_socket = 0;
    if (fstat(STDOUT_FILENO, &st) != 0)
        return hf_fail(err, HF_E_FAIL, "standard output: %s", strerror(errno));
    *is_socket = S_ISSOCK(st.st_mode); /* send(2) can be told not to wait */
    if (*is_socket || S_ISREG(st.st_mode))
        fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    else /* a description of our own, whose flags are nobody else's */
        fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == EACCES) { /* somebody else's pipe: then it is told to everybody who has it */
        fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;
        if (flags >= 0)
            fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    }
    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open standard output for log lines: %s", strerror(errno));
    return fd;
}

size_t hf_log_flush(struct hf_log *l)
{
    size_t lines = l->lines, n = l->n;
    ssize_t r;

    l->lines = l->n = 0;
    if (n == 0 || l->fd < 0)
        return 0;
    do {
        r = l->is_socket ? send(l->fd, l->buffer, n, MSG_DONTWAIT | MSG_NOSIGNAL) : write(l->fd, l->buffer, n);
    } while (r < 0 && errno == EINTR);
    if (r == (ssize_t)n)
        return 0;
    if (r > 0) { /* a file on a full disk, a terminal: the cut line ends here */
        for (n = (size_t)r; n > 0; n--)
            lines -= l->buffer[n - 1] == '\n';
        l->buffer[0] = '\n';
        l->n = 1;
    }
    return lines;
}

/* Where a line is being written. What does not fit is left out, member by member. */
struct pen {
    char p[HF_LOG_MAX_LINE];
    size_t n;
};

static void put(struct pen *pen, const char *text, size_t n)
{
    if (pen->n + n + sizeof "}\n" > sizeof pen->p)
        return;
    memcpy(pen->p + pen->n, text, n);
    pen->n += n;
}

static void number(struct pen *pen, const char *name, uint64_t v)
{
    char text[64];
    int n = snprintf(text, sizeof text, ",\"%s\":%" PRIu64, name, v);

    put(pen, text, (size_t)n);
}

/* The text of a string that has to be escaped is a device's: at most HF_CLIENT_ID_MAX bytes of UTF-8. */
static void string(struct pen *pen, const char *name, const char *v)
{
    char text[32 + 6 * HF_CLIENT_ID_MAX];
    size_t n = (size_t)snprintf(text, sizeof text, ",\"%.16s\":\"", name);

    if (v[0] == '\0')
        return;
    for (; *v != '\0' && n + 8 < sizeof text; v++) {
        if (*v == '"' || *v == '\\')
            text[n++] = '\\';
        if ((unsigned char)*v >= 0x20 && *v != 0x7f)
            text[n++] = *v;
        else
            n += (size_t)snprintf(text + n, 7, "\\u%04x", (unsigned)(unsigned char)*v);
    }
    text[n++] = '"';
    put(pen, text, n);
}

static void about(struct pen *pen, const struct hf_log *l, const struct hf_note *note)
{
    char hash[20];

    string(pen, "app", note->app);
    string(pen, "channel", note->channel);
    string(pen, "version", note->version);
    if (note->client[0] != '\0') {
        snprintf(hash, sizeof hash, "%016" PRIx64, hf_siphash(l->key, note->client, strlen(note->client)));
        string(pen, "client", hash);
    }
    if (note->decided) {
        string(pen, "action", hf_action_name(note->action));
        string(pen, "reason", hf_why_word(note->why));
    }
    if (note->patch > 0)
        number(pen, "patch", (uint64_t)note->patch);
    string(pen, "report", hf_result_name(note->result));
    if (note->reported > 0)
        number(pen, "reported", (uint64_t)note->reported);
}

size_t hf_log_add(struct hf_log *l, const struct hf_log_entry *e, const struct hf_note *note)
{
    char when[HF_TIMESTAMP_LEN + 1], text[64];
    size_t dropped = 0;
    struct pen pen;

    if (l->fd < 0)
        return 0;
    pen.n = 0;
    hf_timestamp_format(when, e->now_ms / 1000);
    snprintf(text, sizeof text, "{\"time\":\"%.19s.%03dZ\"", when, (int)(e->now_ms % 1000));
    put(&pen, text, strlen(text));
    number(&pen, "worker", e->worker);
    string(&pen, "address", e->address);
    string(&pen, "method", e->method);
    string(&pen, "route", hf_route_name(note->route));
    number(&pen, "status", (uint64_t)e->status);
    number(&pen, "bytes", e->bytes);
    number(&pen, "us", e->ns / 1000);
    if (e->error != NULL)
        string(&pen, "error", e->error);
    about(&pen, l, note);
    memcpy(pen.p + pen.n, "}\n", 2);
    pen.n += 2;
    if (l->n + pen.n > sizeof l->buffer)
        dropped = hf_log_flush(l);
    memcpy(l->buffer + l->n, pen.p, pen.n);
    l->n += pen.n;
    l->lines++;
    return dropped;
}
