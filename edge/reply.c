/* reply.c: see reply.h. */
#include "edge/reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 206:
        return "Partial Content";
    case 302:
        return "Found";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 416:
        return "Range Not Satisfiable";
    case 417:
        return "Expectation Failed";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Status";
    }
}

const char *hf_digits(char out[HF_DIGITS], uint64_t value)
{
    char *p = out + HF_DIGITS - 1;

    *p = '\0';
    do {
        *--p = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return p;
}

void hf_reply_init(struct hf_reply *r, int status)
{
    r->status = status;
    r->type = r->cache = r->allow = r->location = NULL;
    r->retry_after = r->ranges = r->no_body = 0;
    r->etag[0] = r->name[0] = r->content_range[0] = '\0';
    r->body = NULL;
    r->body_n = 0;
    r->blob = NULL;
    r->fd = -1;
    r->off = r->len = 0;
}

uint64_t hf_reply_length(const struct hf_reply *r)
{
    if (r->blob != NULL)
        return r->blob->n;
    return r->fd >= 0 ? r->len : r->body_n;
}

void hf_reply_drop(struct hf_reply *r)
{
    hf_blob_drop(r->blob);
    r->blob = NULL;
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
}

/* Where the head is being written. All parts are bounded by their types; `left` is the belt. */
struct pen {
    char *p;
    size_t n, left;
};

static inline void put(struct pen *pen, const char *s) /* inline: a literal's length is then known */
{
    size_t n = strlen(s);

    if (n > pen->left)
        return;
    memcpy(pen->p + pen->n, s, n);
    pen->n += n;
    pen->left -= n;
}

static inline void put_field(struct pen *pen, const char *name, const char *value)
{
    put(pen, name);
    put(pen, value);
    put(pen, "\r\n");
}

size_t hf_reply_head(char out[HF_REPLY_MAX_HEAD], const struct hf_reply *r, const char *date, int close)
{
    struct pen pen = {out, 0, HF_REPLY_MAX_HEAD};
    char number[HF_DIGITS];

    put(&pen, "HTTP/1.1 ");
    put(&pen, hf_digits(number, (uint64_t)r->status));
    put(&pen, " ");
    put_field(&pen, reason(r->status), "");
    put_field(&pen, "Date: ", date);
    if (r->type != NULL)
        put_field(&pen, "Content-Type: ", r->type);
    if (r->cache != NULL)
        put_field(&pen, "Cache-Control: ", r->cache);
    if (r->allow != NULL)
        put_field(&pen, "Allow: ", r->allow);
    if (r->retry_after > 0)
        put_field(&pen, "Retry-After: ", hf_digits(number, (uint64_t)r->retry_after));
    if (r->location != NULL)
        put_field(&pen, "Location: ", r->location);
    if (r->ranges)
        put_field(&pen, "Accept-Ranges: ", "bytes");
    if (r->etag[0] != '\0')
        put_field(&pen, "ETag: ", r->etag);
    if (r->content_range[0] != '\0')
        put_field(&pen, "Content-Range: ", r->content_range);
    if (r->name[0] != '\0') {
        put(&pen, "X-Content-Type-Options: nosniff\r\nContent-Disposition: attachment; filename=\"");
        put_field(&pen, r->name, "\"");
    }
    if (!r->no_body)
        put_field(&pen, "Content-Length: ", hf_digits(number, hf_reply_length(r)));
    put_field(&pen, "Connection: ", close ? "close" : "keep-alive");
    put(&pen, "\r\n");
    return pen.n;
}

void hf_reply_error(struct hf_reply *r, int status, const char *why, char *buf, size_t max)
{
    int n = snprintf(buf, max, "{\"error\":\"%s\"}", why);

    hf_reply_init(r, status);
    r->type = "application/json";
    r->cache = "no-store";
    r->body = buf;
    r->body_n = n < 0 ? 0 : (size_t)n < max ? (size_t)n
                                            : max - 1;
}

void hf_http_date(char out[HF_HTTP_DATE_LEN + 1], time_t t)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[96];
    struct tm tm;

    memset(&tm, 0, sizeof tm);
    gmtime_r(&t, &tm);
    snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday % 7], tm.tm_mday,
             months[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    memcpy(out, text, HF_HTTP_DATE_LEN);
    out[HF_HTTP_DATE_LEN] = '\0';
}

struct hf_blob *hf_blob_take(struct hf_blob *b)
{
    b->refs++;
    return b;
}

void hf_blob_drop(struct hf_blob *b)
{
    if (b != NULL && --b->refs == 0)
        free(b);
}
