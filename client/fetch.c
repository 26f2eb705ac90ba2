/* fetch.c: see fetch.h. */
#include "client/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/ask.h"
#include "client/link.h"
#include "core/digest.h"
#include "core/durable.h"

#define MAX_LINKS 3      /* links asked for without a byte in between */
#define MAX_EXCHANGES 32 /* requests for one file in one call */
#define LINK_SECONDS 60
#define MAX_OTHER_BODY (64 * 1024)
#define ETAG_NAME (HF_SHA256_HEX + sizeof ".etag")

struct download {
    struct hf_client *client;
    const struct hf_device *state;
    const struct hf_held *want;
    int folder; /* partial/ */
    int fd;     /* partial/<sha256> */
    char etag_name[ETAG_NAME];
    char etag[HF_ETAG_LEN + 1]; /* strong, of the bytes that are there; "" none */
    int64_t have;
    int64_t before; /* have, when the exchange began */
    int mixed;      /* some of the bytes are from an earlier exchange */
    int judged;     /* the reply's head was looked at */
    struct hf_client_reply reply;
    struct hf_err *err;
};

int hf_fetch_range_ok(const char *content_range, int64_t first, int64_t size)
{
    char start[48], end[48];
    const char *last, *slash;
    char *stop;
    long long n;

    snprintf(start, sizeof start, "bytes %" PRId64 "-", first);
    snprintf(end, sizeof end, "/%" PRId64, size);
    if (strncmp(content_range, start, strlen(start)) != 0)
        return 0;
    last = content_range + strlen(start);
    slash = strchr(last, '/');
    if (slash == NULL || slash == last || slash - last > 18 || strspn(last, "0123456789") != (size_t)(slash - last))
        return 0;
    n = strtoll(last, &stop, 10);
    return n >= first && n < size && (strcmp(slash, end) == 0 || strcmp(slash, "/*") == 0);
}

/* Begins the file anew. The tag of the old bytes goes first, so that it never stands beside others. */
static int begin_anew(struct download *d, const char *etag)
{
    size_t n = strlen(etag);
    int fd;

    d->etag[0] = '\0';
    d->have = d->before = 0;
    d->mixed = 0;
    if (unlinkat(d->folder, d->etag_name, 0) != 0 && errno != ENOENT)
        return hf_fail(d->err, HF_E_DISK, "cannot remove a partial file's tag: %s", strerror(errno));
    if (ftruncate(d->fd, 0) != 0 || lseek(d->fd, 0, SEEK_SET) != 0)
        return hf_fail(d->err, HF_E_DISK, "cannot empty a partial file: %s", strerror(errno));
    if (n < 2 || n > HF_ETAG_LEN || etag[0] != '"' || etag[n - 1] != '"')
        return 0; /* none, or a weak one: such a download cannot be resumed (RFC 9110, 13.1.5) */
    fd = openat(d->folder, d->etag_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return hf_fail(d->err, HF_E_DISK, "cannot keep a partial file's tag: %s", strerror(errno));
    if (hf_durable_write_fd(fd, etag, n, "a partial file's tag", d->err) != 0) {
        close(fd);
        return hf_dir_failed(d->err);
    }
    close(fd);
    memcpy(d->etag, etag, n + 1);
    return 0;
}

static int judge_head(struct download *d)
{
    const struct hf_client_reply *r = &d->reply;

    d->judged = 1;
    if (r->status == 200)
        return begin_anew(d, r->etag);
    if (r->status == 206 && !hf_fetch_range_ok(r->content_range, d->have, d->want->size))
        return hf_fail(d->err, HF_E_INPUT, "the server sends another range than the one asked for");
    return 0;
}

static int take_body(void *arg, const void *p, size_t n)
{
    struct download *d = arg;

    if (!d->judged && judge_head(d) != 0)
        return -1;
    if (d->reply.status != 200 && d->reply.status != 206)
        return 0;
    if ((uint64_t)n > (uint64_t)(d->want->size - d->have))
        return hf_fail(d->err, HF_E_LIMIT, "the server sends more than the %" PRId64 " bytes that were signed", d->want->size);
    if (hf_durable_write_fd(d->fd, p, n, "a partial file", d->err) != 0)
        return hf_dir_failed(d->err);
    d->have += (int64_t)n;
    if (d->client->progress != NULL && d->client->progress(d->client->arg, d->have, d->want->size) != 0)
        return hf_fail(d->err, HF_E_STOPPED, "the download was stopped by the app at byte %" PRId64 " of %" PRId64, d->have,
                       d->want->size);
    return 0;
}

/* Opens what an earlier call left, if it can be gone on with, else an empty file. */
static int open_partial(struct download *d)
{
    const char *keep[] = {d->want->sha256, d->etag_name, NULL};
    struct stat st;
    ssize_t n = 0;
    int fd;

    snprintf(d->etag_name, sizeof d->etag_name, "%s.etag", d->want->sha256);
    if (hf_dir_sub(d->client->dir.fd, HF_PARTIAL, 1, &d->folder, d->err) != 0 ||
        hf_dir_prune(d->folder, keep, d->err) != 0)
        return -1;
    d->fd = openat(d->folder, d->want->sha256, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (d->fd < 0 || fstat(d->fd, &st) != 0)
        return hf_fail(d->err, HF_E_DISK, "cannot open a partial file: %s", strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
        return hf_fail(d->err, HF_E_DISK, "a partial file is not a regular file of its own");
    fd = openat(d->folder, d->etag_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
        n = read(fd, d->etag, sizeof d->etag - 1);
        close(fd);
    }
    d->etag[n > 0 ? n : 0] = '\0';
    if (strlen(d->etag) < 2 || d->etag[0] != '"' || strpbrk(d->etag, "\r\n") != NULL || (int64_t)st.st_size > d->want->size)
        return begin_anew(d, "");
    d->have = (int64_t)lseek(d->fd, 0, SEEK_END);
    d->mixed = d->have > 0;
    return 0;
}

static int ask_edge(struct download *d, char url[HF_LINK_MAX_URL + 1])
{
    static const char *const headers[] = {"Content-Type: application/json", "Accept: application/json", NULL};
    char where[HF_EDGE_MAX + 32];
    struct hf_client_ask ask = {
        .method = "POST", .url = where, .headers = headers, .max_body = HF_LINK_MAX_REPLY, .total_seconds = LINK_SECONDS};
    struct hf_client_reply reply;
    struct hf_buf question, body;
    int r;

    snprintf(where, sizeof where, "%s/api/patch/version", d->client->edge);
    hf_buf_init(&question, 16 * 1024);
    hf_buf_init(&body, 0);
    r = hf_link_question(&question, d->client, d->state, d->want->sha256, d->err);
    if (r == 0) {
        ask.body = question.p;
        ask.body_n = question.n;
        r = hf_ask_whole(d->client, &ask, &reply, &body, d->err);
    }
    if (r == 0)
        r = hf_link_answer(url, d->client->edge, reply.status, body.p == NULL ? "" : body.p, body.n, d->err);
    hf_buf_free(&body);
    hf_buf_free(&question);
    if (r == 0)
        hf_client_note(d->client, "the edge gives a link for patch %" PRId64, d->want->patch);
    return r;
}

/* Where the bytes are: with an edge, by a link of its; else the manifest has said it. */
static int ask_link(struct download *d, char url[HF_LINK_MAX_URL + 1])
{
    if (d->client->edge[0] == '\0')
        return hf_link_store(url, d->client->store, d->state->app, d->want->sha256, d->err);
    return ask_edge(d, url);
}

/* One request for the bytes that are missing. 0 when a reply came or the exchange broke off (*broke = 1, d->err says how). */
static int exchange(struct download *d, const char *url, int *broke)
{
    char range[64], if_range[HF_ETAG_LEN + 16];
    const char *headers[] = {NULL, NULL, NULL};
    /* take_body holds the file to its size; this is for what is not the file: an error's page. */
    const size_t most = (size_t)d->want->size + MAX_OTHER_BODY;
    const struct hf_client_ask ask = {.method = "GET", .url = url, .headers = headers, .max_body = most};
    struct hf_err err;
    struct hf_err *outer = d->err;
    int r;

    if (d->have > 0) {
        snprintf(range, sizeof range, "Range: bytes=%" PRId64 "-", d->have);
        snprintf(if_range, sizeof if_range, "If-Range: %s", d->etag);
        headers[0] = range;
        headers[1] = if_range;
        d->mixed = 1;
    }
    hf_client_note(d->client, "asking for bytes %" PRId64 " to %" PRId64, d->have, d->want->size);
    d->before = d->have;
    d->judged = 0;
    memset(&err, 0, sizeof err);
    d->err = &err;
    r = hf_ask(d->client, &ask, &d->reply, take_body, d, &err);
    d->err = outer;
    *broke = r != 0 && err.code == HF_E_NETWORK;
    if (r != 0)
        hf_fail(outer, err.code, "%s", err.msg);
    return *broke ? 0 : r;
}

/* What a reply that did not bring the rest means: 0 to go on (with a new link when *link = 0), else -1. */
static int judge_reply(struct download *d, int *link, int *links)
{
    const int status = d->reply.status;

    switch (status) {
    case 200:
    case 206:
        if (d->have > d->before)
            return 0;
        return hf_fail(d->err, HF_E_AGAIN, "the server sends an empty reply");
    case 400: /* so a bucket says that the credentials behind a link have expired */
    case 401:
    case 403:
    case 404:
    case 410:
        *link = 0;
        if (*links < MAX_LINKS)
            return 0;
        if (d->client->edge[0] == '\0')
            return hf_fail(d->err, HF_E_AGAIN, "the store does not give the patch: HTTP status %d", status);
        return hf_fail(d->err, HF_E_AGAIN, "the server refuses the links that the edge gives: HTTP status %d", status);
    case 416:
        if (d->have > 0)
            return begin_anew(d, "");
        break;
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return hf_fail(d->err, HF_E_REDIRECT, "the server redirects the link (HTTP status %d): this is not followed", status);
    default:
        break;
    }
    return hf_fail(d->err, hf_ask_later(status) ? HF_E_AGAIN : HF_E_SERVER, "the server gives no patch: HTTP status %d", status);
}

/* Fetches until all bytes are there. */
static int receive(struct download *d)
{
    char url[HF_LINK_MAX_URL + 1];
    int link = 0, links = 0, exchanges = 0, broke;

    while (d->have < d->want->size) {
        if (!link) {
            links++;
            if (ask_link(d, url) != 0)
                return -1;
            link = 1;
        }
        if (++exchanges > MAX_EXCHANGES)
            return hf_fail(d->err, HF_E_NETWORK, "the download broke off %d times", MAX_EXCHANGES);
        if (exchange(d, url, &broke) != 0)
            return -1;
        if (d->have > d->before)
            links = 0;
        if (broke && d->have > 0 && d->etag[0] == '\0' && begin_anew(d, "") != 0)
            return -1;
        if (broke && d->have <= d->before)
            return -1;
        if (!broke && d->have < d->want->size && judge_reply(d, &link, &links) != 0)
            return -1;
        if (d->have < d->want->size && d->have > d->before)
            hf_client_note(d->client, "the download broke off at byte %" PRId64, d->have);
    }
    return 0;
}

/* The bytes themselves, as they lie on the disk. */
static int check(struct download *d)
{
    struct hf_sums sums;

    if (lseek(d->fd, 0, SEEK_SET) != 0)
        return hf_fail(d->err, HF_E_DISK, "cannot read a partial file: %s", strerror(errno));
    if (hf_digest_fd(&sums, d->fd, d->err) != 0)
        return -1;
    if (sums.size != (uint64_t)d->want->size || strcmp(sums.sha256, d->want->sha256) != 0)
        return hf_fail(d->err, HF_E_DAMAGED,
                       "patch %" PRId64 ": the bytes are not those that were signed (sha256 %.12s..., not %.12s...)",
                       d->want->patch, sums.sha256, d->want->sha256);
    if (strcmp(sums.md5, d->want->md5) != 0)
        return hf_fail(d->err, HF_E_DAMAGED, "patch %" PRId64 ": the bytes have not the MD5 that was signed", d->want->patch);
    return hf_durable_sync(d->fd, "the patch", d->err) == 0 ? 0 : hf_dir_failed(d->err);
}

int hf_fetch_file(struct hf_client *c, const struct hf_device *s, const struct hf_held *want, struct hf_err *err)
{
    struct download d = {.client = c, .state = s, .want = want, .folder = -1, .fd = -1, .err = err};
    int r, mixed;

    r = open_partial(&d);
    if (r == 0)
        r = receive(&d);
    if (r == 0) {
        mixed = d.mixed;
        r = check(&d);
        if (r != 0 && err->code == HF_E_DAMAGED) {
            if (begin_anew(&d, "") == 0 && mixed) {
                /* Bytes of two exchanges, perhaps of two days: the pieces may be to blame. Once more, in one. */
                hf_client_note(c, "the resumed download is damaged: once more from its beginning");
                r = receive(&d) != 0 || check(&d) != 0 ? -1 : 0;
            }
            if (r != 0 && err->code == HF_E_DAMAGED)
                unlinkat(d.folder, want->sha256, 0);
        }
    }
    if (d.fd >= 0)
        close(d.fd);
    if (d.folder >= 0)
        close(d.folder);
    return r;
}

int hf_fetch_forget(struct hf_client *c, struct hf_err *err)
{
    struct hf_err none;
    int fd, r;

    memset(&none, 0, sizeof none);
    if (hf_dir_sub(c->dir.fd, HF_PARTIAL, 0, &fd, &none) != 0)
        return none.code == HF_E_NOTFOUND ? 0 : hf_fail(err, none.code, "%s", none.msg);
    r = hf_dir_prune(fd, NULL, err);
    close(fd);
    return r;
}
