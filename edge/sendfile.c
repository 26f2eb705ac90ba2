/* sendfile.c: see sendfile.h. */
#include "edge/sendfile.h"

#include <kore/http.h>
#include <sys/sendfile.h>

#include "edge/tls.h"
#include "edge/watch.h"

#define SENDFILE_CHUNK (256 * 1024)
#define SHARE (1024 * 1024) /* for one connection before the others have their turn */

u_int64_t hf_sendfile_stall = 120000;

static unsigned count; /* kore's netbufs have no argument to carry it */

unsigned hf_sendfile_count(void)
{
    return count;
}

void hf_sendfile(struct connection *c, int fd, off_t off, off_t len)
{
    struct kore_fileref *ref;
    struct netbuf *nb;

    if (len <= 0) {
        close(fd);
        return;
    }
    ref = kore_calloc(1, sizeof *ref);
    ref->fd = fd;
    net_send_fileref(c, ref);
    nb = TAILQ_LAST(&c->send_queue, netbuf_head);
    nb->fd_off = off;
    nb->fd_len = off + len;        /* kore's name; it is where the bytes end */
    nb->extra = NULL;              /* the bytes of this turn, as a number */
    nb->flags = NETBUF_IS_FILEREF; /* on TLS too: kore would look for a mapping */
    c->idle_timer.length = hf_sendfile_stall;
    count++;
}

/* sendfile(2), as much as the socket takes. */
static int send_piece(struct connection *c, struct netbuf *nb)
{
    off_t left = nb->fd_len - nb->fd_off;
    size_t n = left < SENDFILE_CHUNK ? (size_t)left : SENDFILE_CHUNK;
    ssize_t sent = sendfile(c->fd, nb->file_ref->fd, &nb->fd_off, n);

    if (sent == -1) {
        if (errno == EAGAIN)
            c->evt.flags &= ~KORE_EVENT_WRITE;
        else if (errno != EINTR)
            return KORE_RESULT_ERROR;
        return KORE_RESULT_OK;
    }
    /* 0: the file became shorter. The client must see a broken answer, not wait. */
    return sent > 0 ? KORE_RESULT_OK : KORE_RESULT_ERROR;
}

/* Ends a turn that was long enough. The event is asked for again: edge-triggered, it does not come twice by itself. */
static void share(struct connection *c, struct netbuf *nb, off_t sent)
{
    uintptr_t turn = (uintptr_t)nb->extra + (uintptr_t)sent;

    if (!(c->evt.flags & KORE_EVENT_WRITE)) {
        turn = 0;
    } else if (turn >= SHARE) {
        turn = 0;
        c->evt.flags &= ~KORE_EVENT_WRITE;
        kore_platform_event_all(c->fd, c);
    }
    nb->extra = (void *)turn;
}

int __wrap_kore_platform_sendfile(struct connection *c, struct netbuf *nb)
{
    off_t before = nb->fd_off;
    int r = c->ssl != NULL ? hf_tls_send_piece(c, nb) : send_piece(c, nb);

    hf_watch_sent((u_int64_t)(nb->fd_off - before));
    if (r == KORE_RESULT_OK && nb->fd_off == nb->fd_len) {
        net_remove_netbuf(c, nb);
        c->snb = NULL;
        c->idle_timer.length = (u_int64_t)http_keepalive_time * 1000;
    } else if (r == KORE_RESULT_OK) {
        share(c, nb, nb->fd_off - before);
    }
    return r;
}

void __wrap_kore_fileref_release(struct kore_fileref *ref)
{
    close(ref->fd);
    kore_free(ref);
    count--;
}
