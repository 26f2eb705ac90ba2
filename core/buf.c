/* buf.c: see buf.h. */
#include "core/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/escape.h"

/* A call through a volatile pointer is one that the compiler may not leave out. */
static void *(*const volatile overwrite)(void *, int, size_t) = memset;

static void wipe(char *p, size_t n)
{
    if (p != NULL)
        overwrite(p, 0, n);
}

/* Makes room for n more bytes and the NUL. Not realloc: the bytes may be a secret, and it would leave a copy behind. */
static int grow(struct hf_buf *b, size_t n)
{
    size_t need, cap;
    char *p;

    if (b->failed)
        return -1;
    if (b->n > b->max || n > b->max - b->n) {
        b->failed = 1;
        return -1;
    }
    if (b->n >= SIZE_MAX / 4 || n >= SIZE_MAX / 4) { /* the sums below must not wrap */
        b->failed = 2;
        return -1;
    }
    need = b->n + n + 1;
    if (need <= b->cap)
        return 0;
    cap = b->cap < 64 ? 64 : b->cap * 2;
    if (cap < need)
        cap = need;
    p = malloc(cap);
    if (p == NULL) {
        b->failed = 2;
        return -1;
    }
    if (b->p != NULL) {
        memcpy(p, b->p, b->n);
        wipe(b->p, b->cap);
        free(b->p);
    }
    p[b->n] = '\0';
    b->p = p;
    b->cap = cap;
    return 0;
}

void hf_buf_init(struct hf_buf *b, size_t max)
{
    memset(b, 0, sizeof *b);
    b->max = max;
}

void hf_buf_free(struct hf_buf *b)
{
    size_t max = b->max;

    free(b->p);
    hf_buf_init(b, max);
}

void hf_buf_wipe(struct hf_buf *b)
{
    wipe(b->p, b->cap);
    hf_buf_free(b);
}

void hf_buf_add(struct hf_buf *b, const void *p, size_t n)
{
    int fits = !b->failed && b->n < b->cap && n < b->cap - b->n && b->n + n <= b->max; /* most do; cap counts the NUL too */

    if (n == 0 || (!fits && grow(b, n) != 0))
        return;
    memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void hf_buf_fmt(struct hf_buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->failed = 2;
        return;
    }
    if (n == 0 || grow(b, (size_t)n) != 0)
        return;
    va_start(ap, fmt);
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

int hf_buf_ok(const struct hf_buf *b, const char *what, struct hf_err *err)
{
    char shown[192];

    if (b->failed == 0)
        return 0;
    if (b->failed == 2)
        return hf_nomem(err);
    return hf_fail(err, HF_E_LIMIT, "%s is over the limit of %zu bytes", hf_escape(shown, sizeof shown, what, strlen(what)),
                   b->max);
}

int hf_buf_read_fd(struct hf_buf *b, int fd, const char *what, struct hf_err *err)
{
    char chunk[16 * 1024], shown[192];
    ssize_t n;

    while (!b->failed) { /* a stream without end must not keep us reading */
        size_t room = b->cap > b->n ? b->cap - b->n - 1 : 0;
        int straight; /* into what is there for it */

        if (room > b->max - b->n)
            room = b->max - b->n;
        straight = room > 0;
        n = straight ? read(fd, b->p + b->n, room) : read(fd, chunk, sizeof chunk);
        if (n == 0)
            break;
        if (n < 0) {
            if (errno == EINTR)
                continue;
            hf_fail(err, HF_E_FAIL, "cannot read '%s': %s", hf_escape(shown, sizeof shown, what, strlen(what)),
                    strerror(errno));
            wipe(chunk, sizeof chunk);
            return -1;
        }
        if (straight) {
            b->n += (size_t)n;
            b->p[b->n] = '\0';
        } else {
            hf_buf_add(b, chunk, (size_t)n);
        }
    }
    wipe(chunk, sizeof chunk);
    return hf_buf_ok(b, what, err);
}

int hf_buf_read_file(struct hf_buf *b, const char *path, int nofollow, struct hf_err *err)
{
    char shown[192];
    struct stat st;
    int fd, rc = -1;

    hf_escape(shown, sizeof shown, path, strlen(path));
    /* O_NONBLOCK: opening a FIFO must fail below, not wait for a writer. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (nofollow ? O_NOFOLLOW : 0));
    if (fd < 0) {
        enum hf_code code = errno == ENOENT || errno == ENOTDIR ? HF_E_NOTFOUND : HF_E_FAIL;

        if (nofollow && errno == ELOOP)
            return hf_fail(err, code, "'%s' is a symbolic link", shown);
        return hf_fail(err, code, "cannot open '%s': %s", shown, strerror(errno));
    }
    if (fstat(fd, &st) != 0) {
        hf_fail(err, HF_E_FAIL, "cannot stat '%s': %s", shown, strerror(errno));
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        hf_fail(err, HF_E_FAIL, "'%s' is not a regular file", shown);
        goto out;
    }
    if (st.st_size > 0 && (b->n > b->max || (uintmax_t)st.st_size > b->max - b->n)) {
        b->failed = 1;
        hf_buf_ok(b, path, err);
        goto out;
    }
    if (st.st_size > 0)
        grow(b, (size_t)st.st_size);
    rc = hf_buf_read_fd(b, fd, path, err);
out:
    close(fd);
    return rc;
}
