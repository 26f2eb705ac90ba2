/* http.c: see http.h. */
#include "store/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/escape.h"
#include "core/timestamp.h"
#include "store/http_in.h"

#define CONNECT_SECONDS 10
#define STALL_SECONDS 30
#define STALL_BYTES_PER_SECOND 100
#define MAX_ORIGIN 300
#define SEND_BUFFER (256 * 1024L)

int hf_http_new(struct hf_http **out, struct hf_err *err)
{
    struct hf_http *h;

    *out = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return hf_fail(err, HF_E_FAIL, "libcurl cannot be started");
    h = calloc(1, sizeof *h);
    if (h != NULL)
        h->easy = curl_easy_init();
    if (h == NULL || h->easy == NULL) {
        free(h);
        curl_global_cleanup();
        return hf_nomem(err);
    }
    *out = h;
    return 0;
}

void hf_http_free(struct hf_http *h)
{
    size_t i;

    if (h == NULL)
        return;
    for (i = 0; i < HF_HTTP_MANY; i++)
        curl_easy_cleanup(h->several[i]);
    if (h->multi != NULL)
        curl_multi_cleanup(h->multi);
    curl_easy_cleanup(h->easy);
    free(h);
    curl_global_cleanup();
}

void hf_http_reply_clear(struct hf_http_reply *reply)
{
    hf_buf_free(&reply->body);
}

/* The value of the header when the line is this header; its length in *n, without the blanks around it. */
static const char *header_value(const char *line, size_t len, const char *name, size_t *n)
{
    size_t k = strlen(name);

    if (len <= k || strncasecmp(line, name, k) != 0 || line[k] != ':')
        return NULL;
    line += k + 1;
    len -= k + 1;
    while (len > 0 && (line[0] == ' ' || line[0] == '\t')) {
        line++;
        len--;
    }
    while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL)
        len--;
    *n = len;
    return line;
}

/* A header that is too long for its place, or that has a NUL or a control byte, counts as absent. */
static void keep(char *out, size_t max, const char *v, size_t n)
{
    size_t i;

    out[0] = '\0';
    if (n >= max)
        return;
    for (i = 0; i < n; i++) {
        if ((unsigned char)v[i] < 0x20 || (unsigned char)v[i] > 0x7e)
            return;
    }
    memcpy(out, v, n);
    out[n] = '\0';
}

static void forget_head(struct hf_http_reply *r)
{
    r->etag[0] = '\0';
    r->content_range[0] = '\0';
    r->wanted[0] = '\0';
    r->content_length = -1;
    r->date = 0;
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    struct hf_exchange *x = arg;
    size_t len = size * count;
    const char *v;
    size_t n = 0;

    x->head += len;
    if (x->head > HF_HTTP_MAX_HEAD) {
        x->stop = HF_E_LIMIT;
        return 0;
    }
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        forget_head(x->reply); /* an interim 1xx had its own head */
        x->in_head = 1;
        return len;
    }
    if (!x->in_head)
        return len;
    if (line[0] == '\r' || line[0] == '\n')
        x->in_head = 0;
    else if ((v = header_value(line, len, "ETag", &n)) != NULL)
        keep(x->reply->etag, sizeof x->reply->etag, v, n);
    else if ((v = header_value(line, len, "Content-Range", &n)) != NULL)
        keep(x->reply->content_range, sizeof x->reply->content_range, v, n);
    else if ((v = header_value(line, len, "Date", &n)) != NULL) {
        x->reply->date = 0;
        hf_http_date_parse(&x->reply->date, v, n); /* any other form counts as no Date */
    } else if (x->ask->want != NULL && (v = header_value(line, len, x->ask->want, &n)) != NULL) {
        keep(x->reply->wanted, sizeof x->reply->wanted, v, n);
    }
    return len;
}

/* What curl knows of the head only once it is complete. */
static void take_head(struct hf_exchange *x)
{
    curl_off_t length = -1;
    long status = 0;

    if (curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
        x->reply->status = (int)status;
    if (curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK)
        x->reply->content_length = length;
}

static size_t on_body(char *p, size_t size, size_t count, void *arg)
{
    struct hf_exchange *x = arg;
    size_t n = size * count;
    int r;

    if (x->body == 0)
        take_head(x);
    if (n > x->ask->max_body - x->body ||
        (x->reply->content_length >= 0 && (uint64_t)x->reply->content_length > x->ask->max_body)) {
        x->stop = HF_E_LIMIT;
        return 0;
    }
    x->body += n;
    if (x->ask->sink != NULL) {
        r = x->ask->sink(x->ask->sink_arg, x->reply->status, p, n);
        if (r != 0) {
            x->stop = r > 0 && r <= HF_E_NOMEM ? (enum hf_code)r : HF_E_FAIL;
            return 0;
        }
        return n;
    }
    hf_buf_add(&x->reply->body, p, n);
    if (x->reply->body.failed) {
        x->stop = HF_E_NOMEM;
        return 0;
    }
    return n;
}

/* The next bytes of a body that lies in a file. */
static size_t on_send(char *p, size_t size, size_t count, void *arg)
{
    struct hf_exchange *x = arg;
    const struct hf_http_file *f = x->ask->file;
    size_t n = size * count, left = x->ask->body_n - x->sent;
    ssize_t got;

    if (n > left)
        n = left;
    do
        got = pread(f->fd, p, n, (off_t)(f->at + (int64_t)x->sent));
    while (got < 0 && errno == EINTR);
    if (got < 0 || (got == 0 && n > 0)) {
        x->stop = HF_E_FAIL; /* shorter than it was: it changed while it was sent */
        return CURL_READFUNC_ABORT;
    }
    x->sent += (size_t)got;
    if (f->sent != NULL && got > 0)
        f->sent(f->arg, got);
    return (size_t)got;
}

/* curl sends a body anew, where a kept connection turned out to be closed. */
static int on_seek(void *arg, curl_off_t to, int whence)
{
    struct hf_exchange *x = arg;

    if (whence != SEEK_SET || to < 0 || (uint64_t)to > x->ask->body_n)
        return CURL_SEEKFUNC_FAIL;
    if (x->ask->file->sent != NULL)
        x->ask->file->sent(x->ask->file->arg, to - (curl_off_t)x->sent);
    x->sent = (size_t)to;
    return CURL_SEEKFUNC_OK;
}

/* scheme://host:port of the URL, fit to be shown: no user, no path, no query. */
static const char *origin(char *out, size_t max, const char *url)
{
    const char *host = strstr(url, "://");
    size_t n, at;

    if (host == NULL)
        return hf_escape(out, max, "?", 1);
    host += 3;
    n = strcspn(host, "/?#");
    for (at = n; at > 0; at--) {
        if (host[at - 1] == '@')
            break;
    }
    return hf_escape(out, max, host + at, n - at);
}

static int judge(CURLcode rc, const struct hf_exchange *x, const char *words, struct hf_err *err)
{
    char where[MAX_ORIGIN], why[CURL_ERROR_SIZE];
    const char *host = origin(where, sizeof where, x->ask->url);

    if (words[0] == '\0')
        words = curl_easy_strerror(rc);
    hf_escape(why, sizeof why, words, strlen(words));
    if (x->stop == HF_E_NOMEM || rc == CURLE_OUT_OF_MEMORY)
        return hf_nomem(err);
    if (x->stop == HF_E_LIMIT && x->head > HF_HTTP_MAX_HEAD)
        return hf_fail(err, HF_E_LIMIT, "%s: the head of the reply is over %d bytes", host, HF_HTTP_MAX_HEAD);
    if (x->stop == HF_E_LIMIT)
        return hf_fail(err, HF_E_LIMIT, "%s: the reply is over the limit of %zu bytes", host, x->ask->max_body);
    if (x->stop != HF_OK && x->sent > 0)
        return hf_fail(err, x->stop, "%s: the file that was sent cannot be read to its end", host);
    if (x->stop != HF_OK)
        return hf_fail(err, x->stop, "%s: the reply was not taken", host);
    switch ((int)rc) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return hf_fail(err, HF_E_INPUT, "not a URL that can be asked: %s", host);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return hf_fail(err, HF_E_SIG, "%s: the server's certificate is not trusted: %s", host, why);
    default:
        return hf_fail(err, HF_E_AGAIN, "%s: %s", host, why);
    }
}

static unsigned set_method(struct hf_exchange *x)
{
    const struct hf_http_ask *ask = x->ask;
    CURL *e = x->easy;
    int body = ask->file == NULL && (strcmp(ask->method, "POST") == 0 || strcmp(ask->method, "PUT") == 0);
    unsigned rc = 0;

    if (strcmp(ask->method, "HEAD") == 0)
        rc |= curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    else if (ask->file != NULL) {
        rc |= curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
        rc |= curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)ask->body_n);
        rc |= curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER);
        rc |= curl_easy_setopt(e, CURLOPT_READFUNCTION, on_send);
        rc |= curl_easy_setopt(e, CURLOPT_READDATA, x);
        rc |= curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_seek);
        rc |= curl_easy_setopt(e, CURLOPT_SEEKDATA, x);
    } else if (!body)
        rc |= curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
    if (body) {
        rc |= curl_easy_setopt(e, CURLOPT_POST, 1L);
        rc |= curl_easy_setopt(e, CURLOPT_POSTFIELDS, ask->body_n == 0 ? "" : ask->body);
        rc |= curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body_n);
    }
    if (strcmp(ask->method, "HEAD") != 0)
        rc |= curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, ask->method);
    return rc;
}

static unsigned set_headers(CURL *e, const struct hf_http_ask *ask, struct curl_slist **list)
{
    /* What curl would add by itself: a pause before a body, and a type that nobody named. */
    static const char *const quiet[] = {"Expect:", "Content-Type:"};
    struct curl_slist *more;
    size_t i;
    int named = 0;

    for (i = 0; ask->headers != NULL && ask->headers[i] != NULL; i++) {
        named |= strncasecmp(ask->headers[i], "Content-Type:", 13) == 0;
        more = curl_slist_append(*list, ask->headers[i]);
        if (more == NULL)
            return CURLE_OUT_OF_MEMORY;
        *list = more;
    }
    for (i = 0; i < (named ? 1u : 2u); i++) {
        more = curl_slist_append(*list, quiet[i]);
        if (more == NULL)
            return CURLE_OUT_OF_MEMORY;
        *list = more;
    }
    return curl_easy_setopt(e, CURLOPT_HTTPHEADER, *list);
}

static unsigned set_rules(CURL *e, const struct hf_http_ask *ask)
{
    unsigned rc = 0;

    rc |= curl_easy_setopt(e, CURLOPT_URL, ask->url);
    rc |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, strncasecmp(ask->url, "http:", 5) == 0 ? "http" : "https");
    rc |= curl_easy_setopt(e, CURLOPT_DEFAULT_PROTOCOL, "https");
    rc |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    rc |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    rc |= curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L); /* a signed path is signed as it stands */
    rc |= curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    rc |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, ask->connect_seconds > 0 ? ask->connect_seconds : CONNECT_SECONDS);
    rc |= curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, (long)STALL_BYTES_PER_SECOND);
    rc |= curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, ask->stall_seconds > 0 ? ask->stall_seconds : STALL_SECONDS);
    rc |= curl_easy_setopt(e, CURLOPT_TIMEOUT, ask->total_seconds);
    if (ask->direct)
        rc |= curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
    rc |= curl_easy_setopt(e, CURLOPT_USERAGENT, "hotfix/" HF_VERSION);
    rc |= curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    rc |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    return rc;
}

int hf_exchange_begin(struct hf_exchange *x, CURL *easy, const struct hf_http_ask *ask, struct hf_http_reply *reply,
                      struct hf_err *err)
{
    unsigned bad = 0;

    memset(x, 0, sizeof *x);
    x->easy = easy;
    x->ask = ask;
    x->reply = reply;
    memset(reply, 0, sizeof *reply);
    hf_buf_init(&reply->body, ask->max_body);
    forget_head(reply);
    if (strncasecmp(ask->url, "http://", 7) != 0 && strncasecmp(ask->url, "https://", 8) != 0)
        return hf_fail(err, HF_E_INPUT, "not a URL that can be asked: it begins with neither https:// nor http://");
    curl_easy_reset(easy); /* the connections stay */
    bad |= set_rules(easy, ask);
    bad |= set_method(x);
    bad |= set_headers(easy, ask, &x->headers);
    bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->words);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    return bad ? hf_fail(err, HF_E_FAIL, "libcurl does not take the options of an exchange") : 0;
}

void hf_exchange_drop(struct hf_exchange *x)
{
    curl_easy_reset(x->easy); /* nothing of this exchange stays behind in the handle */
    curl_slist_free_all(x->headers);
    x->headers = NULL;
}

int hf_exchange_end(struct hf_exchange *x, CURLcode rc, struct hf_err *err)
{
    if (rc == CURLE_OK) {
        take_head(x);
        x->reply->date_trusted = x->reply->date > 0 && strncasecmp(x->ask->url, "https:", 6) == 0;
    } else {
        judge(rc, x, x->words, err);
    }
    hf_exchange_drop(x);
    return rc == CURLE_OK ? 0 : -1;
}

int hf_http_do(struct hf_http *h, const struct hf_http_ask *ask, struct hf_http_reply *reply, struct hf_err *err)
{
    struct hf_exchange x;

    if (hf_exchange_begin(&x, h->easy, ask, reply, err) != 0) {
        hf_exchange_drop(&x);
        return -1;
    }
    return hf_exchange_end(&x, curl_easy_perform(h->easy), err);
}
