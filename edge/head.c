/* head.c: see head.h. */
#include "edge/head.h"

#include <string.h>
#include <strings.h>

/* The fields that stay, written in lower case; all others are judged and dropped. */
enum field {
    F_HOST,
    F_LENGTH,
    F_CONNECTION,
    F_RANGE,
    F_IF_RANGE,
    F_IF_NONE_MATCH,
    KEPT_FIELDS,
    F_TRANSFER = KEPT_FIELDS,
    F_EXPECT,
    F_FORWARDED,
    F_OTHER
};
static const struct {
    const char *name;
    size_t n; /* its length */
} fields[] = {
    {"host", 4},
    {"content-length", 14},
    {"connection", 10},
    {"range", 5},
    {"if-range", 8},
    {"if-none-match", 13},
    {"transfer-encoding", 17},
    {"expect", 6},
    {"x-forwarded-for", 15},
};

struct span {
    char *p;
    size_t n;
};

/* One head on its way through the judgement. */
struct work {
    struct hf_head *out;
    struct span method;
    struct span version;
    struct span value[KEPT_FIELDS]; /* p is NULL for a field that is not there */
};

static enum hf_verdict bad(struct hf_head *out, int status, const char *why)
{
    out->status = status;
    out->why = why;
    return HF_HEAD_BAD;
}

static int is_token_char(unsigned char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-')
        return 1;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int span_is(const struct span *s, const char *text)
{
    return s->n == strlen(text) && memcmp(s->p, text, s->n) == 0;
}

enum hf_verdict hf_head_scan(struct hf_head *out, const char *p, size_t n, size_t *seen)
{
    size_t i;

    for (i = *seen; i < n; i++) {
        unsigned char c = (unsigned char)p[i];

        if (c == '\r') {
            if (i + 1 == n)
                break; /* looked at again when the next byte is in */
            if (p[i + 1] != '\n')
                return bad(out, 400, "carriage return without line feed");
            if (i >= 2 && p[i - 1] == '\n') {
                *seen = i + 2;
                return HF_HEAD_GOOD;
            }
            if (i == 0)
                return bad(out, 400, "empty line before the request");
            i++;
        } else if (c == '\n') {
            return bad(out, 400, "line feed without carriage return");
        } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return bad(out, 400, "control byte in the request");
        }
    }
    *seen = i;
    if (n >= HF_HEAD_MAX_BYTES)
        return bad(out, memchr(p, '\n', n) == NULL ? 414 : 431, "request head too long");
    return HF_HEAD_MORE;
}

/* "GET /path HTTP/1.1": one space each, and a path, never a whole URL. */
static enum hf_verdict judge_request_line(struct work *w, char *p, size_t n)
{
    char *target, *end;
    size_t i;

    target = memchr(p, ' ', n);
    if (target == NULL || target == p)
        return bad(w->out, 400, "malformed request line");
    w->method.p = p;
    w->method.n = (size_t)(target - p);
    for (i = 0; i < w->method.n; i++)
        if (!is_token_char((unsigned char)p[i]))
            return bad(w->out, 400, "malformed method");
    target++;
    end = memchr(target, ' ', n - w->method.n - 1);
    if (end == NULL)
        return bad(w->out, 400, "malformed request line");
    if (end - target > HF_HEAD_MAX_TARGET)
        return bad(w->out, 414, "request target too long");
    if (*target != '/')
        return bad(w->out, 400, "request target must be a path");
    for (; target < end; target++)
        if (*target <= 0x20 || *target > 0x7e) /* chars from 0x80 are negative or large: refused either way */
            return bad(w->out, 400, "malformed request target");
    w->version.p = end + 1;
    w->version.n = n - (size_t)(end + 1 - p);
    if (!span_is(&w->version, "HTTP/1.1") && !span_is(&w->version, "HTTP/1.0"))
        return bad(w->out, w->version.n > 5 && memcmp(w->version.p, "HTTP/", 5) == 0 ? 505 : 400, "HTTP/1.1 or 1.0 only");
    return HF_HEAD_GOOD;
}

static enum field field_of(const struct span *name)
{
    size_t i;

    for (i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (name->n == fields[i].n && strncasecmp(name->p, fields[i].name, name->n) == 0)
            return (enum field)i;
    return F_OTHER;
}

/* Finds "close" in a list of connection options. */
static int lists_close(const struct span *v)
{
    size_t i = 0, start, end;

    while (i < v->n) {
        while (i < v->n && (v->p[i] == ' ' || v->p[i] == '\t' || v->p[i] == ','))
            i++;
        start = i;
        while (i < v->n && v->p[i] != ',')
            i++;
        for (end = i; end > start && (v->p[end - 1] == ' ' || v->p[end - 1] == '\t'); end--)
            ;
        if (end - start == 5 && strncasecmp(v->p + start, "close", 5) == 0)
            return 1;
    }
    return 0;
}

/* Each proxy appends, so the end is what the last ones wrote; what does not fit is cut off the beginning, which strangers
 * write. */
static void add_forwarded(struct hf_head *out, const struct span *v)
{
    const char *from = v->n > HF_FORWARDED_MAX ? v->p + v->n - HF_FORWARDED_MAX : v->p;
    size_t n = v->n > HF_FORWARDED_MAX ? HF_FORWARDED_MAX : v->n, room = HF_FORWARDED_MAX - n;
    size_t keep = room == 0 ? 0 : out->forwarded_n < room ? out->forwarded_n
                                                          : room - 1;

    if (out->forwarded_n > 0 && keep > 0) {
        memmove(out->forwarded, out->forwarded + out->forwarded_n - keep, keep);
        out->forwarded[keep++] = ',';
    }
    memcpy(out->forwarded + keep, from, n);
    out->forwarded_n = keep + n;
}

/* Keeps one known field. A tab becomes a space; nothing but printable ASCII may stand in a field that we use. */
static enum hf_verdict judge_value(struct work *w, enum field f, struct span *v)
{
    size_t i;

    if (f == F_TRANSFER)
        return bad(w->out, 400, "Transfer-Encoding is not supported: send Content-Length");
    if (f == F_EXPECT) {
        if (v->n != 12 || strncasecmp(v->p, "100-continue", 12) != 0)
            return bad(w->out, 417, "unknown expectation");
        w->out->expects_100 = 1;
        return HF_HEAD_GOOD;
    }
    if (f == F_FORWARDED) {
        add_forwarded(w->out, v);
        return HF_HEAD_GOOD;
    }
    if (f == F_CONNECTION) { /* may stand twice; all that matters is a "close" in one of them */
        if (w->value[f].p == NULL && lists_close(v)) {
            w->value[f].p = memcpy(v->p, "close", 5);
            w->value[f].n = 5;
        }
        return HF_HEAD_GOOD;
    }
    if (w->value[f].p != NULL)
        return bad(w->out, 400, "a header that may stand once stands twice");
    for (i = 0; i < v->n; i++) {
        if (v->p[i] == '\t')
            v->p[i] = ' ';
        if (v->p[i] < 0x20 || v->p[i] > 0x7e)
            return bad(w->out, 400, "malformed header value");
    }
    w->value[f] = *v;
    return HF_HEAD_GOOD;
}

static enum hf_verdict judge_field(struct work *w, char *p, size_t n)
{
    struct span name, value;
    enum field f;
    char *colon = memchr(p, ':', n);

    if (*p == ' ' || *p == '\t')
        return bad(w->out, 400, "folded header");
    if (colon == NULL || colon == p)
        return bad(w->out, 400, "malformed header");
    name.p = p;
    name.n = (size_t)(colon - p);
    for (p = name.p; p < colon; p++)
        if (!is_token_char((unsigned char)*p))
            return bad(w->out, 400, "malformed header name");
    value.p = colon + 1;
    value.n = n - name.n - 1;
    while (value.n > 0 && (value.p[0] == ' ' || value.p[0] == '\t')) {
        value.p++;
        value.n--;
    }
    while (value.n > 0 && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
        value.n--;
    f = field_of(&name);
    return f == F_OTHER ? HF_HEAD_GOOD : judge_value(w, f, &value);
}

/* A name or an address, and perhaps a port. Nothing is ever decided by it; it only must not be able to confuse anybody. */
static enum hf_verdict judge_host(struct work *w)
{
    const struct span *v = &w->value[F_HOST];
    size_t i;

    if (v->p == NULL || v->n == 0)
        return bad(w->out, 400, "Host required");
    if (v->n > HF_HEAD_MAX_HOST)
        return bad(w->out, 400, "Host too long");
    for (i = 0; i < v->n; i++)
        if (!is_token_char((unsigned char)v->p[i]) && v->p[i] != ':' && v->p[i] != '[' && v->p[i] != ']')
            return bad(w->out, 400, "malformed Host");
    return HF_HEAD_GOOD;
}

/* How long the body is, from the method and Content-Length alone; `behind` bytes have come with the head. */
static enum hf_verdict judge_body(struct work *w, size_t behind)
{
    static const char *const with[] = {"POST", "PUT", "PATCH"}, *const without[] = {"GET", "HEAD", "DELETE", "OPTIONS"};
    const struct span *v = &w->value[F_LENGTH];
    int may = 0, known = 0;
    size_t i;

    for (i = 0; i < sizeof with / sizeof with[0]; i++)
        may |= span_is(&w->method, with[i]);
    for (i = 0; i < sizeof without / sizeof without[0]; i++)
        known |= span_is(&w->method, without[i]);
    /* kore answers other methods, and all but three of HTTP/1.0, in its own words */
    if ((!may && !known) || (w->version.p[7] == '0' && !span_is(&w->method, "GET") && !span_is(&w->method, "HEAD") &&
                             !span_is(&w->method, "POST")))
        return bad(w->out, 501, "method not supported");
    if (v->p == NULL && may)
        return bad(w->out, 411, "Content-Length required");
    if (v->p != NULL && v->n == 0)
        return bad(w->out, 400, "malformed Content-Length");
    for (i = 0; v->p != NULL && i < v->n; i++) {
        if (!is_digit(v->p[i]))
            return bad(w->out, 400, "malformed Content-Length");
        if (w->out->body <= HF_HEAD_MAX_BODY)
            w->out->body = w->out->body * 10 + (size_t)(v->p[i] - '0');
    }
    if (w->out->body > 0 && !may)
        return bad(w->out, 400, "a body is not allowed with this method");
    if (w->out->body > HF_HEAD_MAX_BODY)
        return bad(w->out, 413, "request body too large");
    if (behind > w->out->body)
        return bad(w->out, 400, "more bytes than announced");
    return HF_HEAD_GOOD;
}

static char *put(char *to, const char *p, size_t n)
{
    memmove(to, p, n);
    return to + n;
}

/* Writes the kept fields behind the request line, in the order in which they came: each goes to where it was or before, and
 * never over one that is still to be written. Returns where the head ends. */
static char *rewrite(struct work *w, char *to)
{
    enum field f, next;
    const char *done = to;

    for (;;) {
        next = KEPT_FIELDS;
        for (f = 0; f < KEPT_FIELDS; f++)
            if (w->value[f].p != NULL && w->value[f].p > done && (next == KEPT_FIELDS || w->value[f].p < w->value[next].p))
                next = f;
        if (next == KEPT_FIELDS)
            break;
        done = w->value[next].p;
        if (w->value[next].n == 0)
            continue; /* kore refuses an empty value; here it means what an absent field means */
        to = put(to, fields[next].name, fields[next].n);
        to = put(to, ":", 1);
        to = put(to, w->value[next].p, w->value[next].n);
        to = put(to, "\r\n", 2);
    }
    return put(to, "\r\n", 2);
}

enum hf_verdict hf_head_judge(struct hf_head *out, char *p, size_t *n, size_t end)
{
    struct work w;
    enum hf_verdict v;
    char *line, *eol, *last = p + end - 2, *first, *to; /* last: the blank line */
    unsigned count = 0;

    memset(out, 0, sizeof *out);
    memset(&w, 0, sizeof w);
    w.out = out;
    eol = memchr(p, '\r', end);
    if (eol == NULL || eol >= last)
        return bad(out, 400, "Host required");
    v = judge_request_line(&w, p, (size_t)(eol - p));
    first = eol + 2;
    for (line = first; v == HF_HEAD_GOOD && line < last; line = eol + 2) {
        eol = memchr(line, '\r', (size_t)(last - line) + 1);
        if (++count > HF_HEAD_MAX_FIELDS)
            return bad(out, 431, "too many headers");
        v = judge_field(&w, line, (size_t)(eol - line));
    }
    if (v == HF_HEAD_GOOD)
        v = judge_host(&w);
    if (v == HF_HEAD_GOOD)
        v = judge_body(&w, *n - end);
    if (v != HF_HEAD_GOOD)
        return v;
    to = rewrite(&w, first);
    memmove(to, p + end, *n - end);
    *n = (size_t)(to - p) + (*n - end);
    return HF_HEAD_GOOD;
}
