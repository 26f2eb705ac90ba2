/* sigv4_canonical.c: see sigv4_in.h. The canonical request of both forms, in the order in which it is hashed. */
#include <string.h>
#include <strings.h>

#include "store/sigv4_in.h"

#define MAX_NAME 128 /* of a header */

void hf_sigv4_query(struct hf_sigv4_work *w, const char *name, const char *value)
{
    struct hf_buf *b = &w->s->pieces;
    struct hf_sigv4_piece *p = &w->query[w->query_n++];

    p->name = b->n;
    hf_uri_encode(b, name, strlen(name), 0);
    p->name_n = b->n - p->name;
    p->value = b->n;
    if (value != NULL)
        hf_uri_encode(b, value, strlen(value), 0);
    p->value_n = b->n - p->value;
}

static int is_header_name(const char *s)
{
    size_t n;

    for (n = 0; s[n] != '\0'; n++) {
        if (s[n] <= ' ' || s[n] >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", s[n]) != NULL || n == MAX_NAME)
            return 0;
    }
    return n > 0;
}

int hf_sigv4_field(struct hf_sigv4_work *w, const char *name, const char *value)
{
    struct hf_buf *b = &w->s->pieces;
    struct hf_sigv4_piece *p = &w->fields[w->fields_n++];
    const char *v = value != NULL ? value : "";
    size_t i, from;
    char c;

    if (!is_header_name(name))
        return hf_fail(w->err, HF_E_INPUT, "not a header's name");
    p->name = b->n;
    for (i = 0; name[i] != '\0'; i++) {
        c = hf_ascii_lower(name[i]);
        hf_buf_add(b, &c, 1);
    }
    p->name_n = b->n - p->name;
    p->value = b->n;
    for (i = 0; v[i] != '\0';) {
        for (from = i; v[i] != '\0' && v[i] != ' ' && v[i] != '\t'; i++) {
            if ((unsigned char)v[i] < ' ' || v[i] == 0x7f)
                return hf_fail(w->err, HF_E_INPUT, "the value of the header %s holds a control byte", name);
        }
        if (i > from && b->n > p->value)
            hf_buf_add(b, " ", 1);
        hf_buf_add(b, v + from, i - from);
        while (v[i] == ' ' || v[i] == '\t')
            i++;
    }
    p->value_n = b->n - p->value;
    if (p->value_n == 0 && !b->failed)
        return hf_fail(w->err, HF_E_INPUT, "the header %s has no value", name);
    return 0;
}

int hf_sigv4_fields(struct hf_sigv4_work *w)
{
    static const char *const ours[] = {"host", "authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"};
    size_t i, j;

    for (i = 0; i < w->ask->headers_n; i++) {
        for (j = 0; j < sizeof ours / sizeof *ours; j++) {
            if (strcasecmp(w->ask->headers[i].name, ours[j]) == 0)
                return hf_fail(w->err, HF_E_INPUT, "the header %s is not the caller's to set", ours[j]);
        }
        if (hf_sigv4_field(w, w->ask->headers[i].name, w->ask->headers[i].value) != 0)
            return -1;
    }
    return 0;
}

/* Memory order, a shorter one before what goes on behind it. */
static int order(const char *p, const struct hf_sigv4_piece *a, const struct hf_sigv4_piece *b, int by_value)
{
    size_t n = a->name_n < b->name_n ? a->name_n : b->name_n;
    int r = memcmp(p + a->name, p + b->name, n);

    if (r == 0 && a->name_n != b->name_n)
        r = a->name_n < b->name_n ? -1 : 1;
    if (r != 0 || !by_value)
        return r;
    n = a->value_n < b->value_n ? a->value_n : b->value_n;
    r = memcmp(p + a->value, p + b->value, n);
    if (r == 0 && a->value_n != b->value_n)
        r = a->value_n < b->value_n ? -1 : 1;
    return r;
}

/* By names, never by whole lines ('-' stands before '='); stable, so that a repeated header keeps its order. */
static void sort(const char *p, struct hf_sigv4_piece *list, size_t n, int by_value)
{
    struct hf_sigv4_piece x;
    size_t i, j;

    for (i = 1; i < n; i++) {
        x = list[i];
        for (j = i; j > 0 && order(p, &list[j - 1], &x, by_value) > 0; j--)
            list[j] = list[j - 1];
        list[j] = x;
    }
}

static void join_query(struct hf_buf *out, const struct hf_sigv4_work *w)
{
    const char *p = w->s->pieces.p;
    size_t i;

    for (i = 0; i < w->query_n; i++) {
        if (i > 0)
            hf_buf_add(out, "&", 1);
        hf_buf_add(out, p + w->query[i].name, w->query[i].name_n);
        hf_buf_add(out, "=", 1);
        hf_buf_add(out, p + w->query[i].value, w->query[i].value_n);
    }
}

static int same_name(const struct hf_sigv4_work *w, size_t i, size_t j)
{
    return order(w->s->pieces.p, &w->fields[i], &w->fields[j], 0) == 0;
}

void hf_sigv4_names(struct hf_sigv4_work *w)
{
    size_t i;

    sort(w->s->pieces.p, w->fields, w->fields_n, 0);
    for (i = 0; i < w->fields_n; i++) {
        if (i > 0 && same_name(w, i - 1, i))
            continue;
        if (i > 0)
            hf_buf_add(&w->s->names, ";", 1);
        hf_buf_add(&w->s->names, w->s->pieces.p + w->fields[i].name, w->fields[i].name_n);
    }
}

/* The lines of the headers; one that is repeated is one line with commas. */
static void join_fields(struct hf_buf *out, const struct hf_sigv4_work *w)
{
    const char *p = w->s->pieces.p;
    size_t i;

    for (i = 0; i < w->fields_n; i++) {
        if (i > 0 && same_name(w, i - 1, i)) {
            hf_buf_add(out, ",", 1);
        } else {
            if (i > 0)
                hf_buf_add(out, "\n", 1);
            hf_buf_add(out, p + w->fields[i].name, w->fields[i].name_n);
            hf_buf_add(out, ":", 1);
        }
        hf_buf_add(out, p + w->fields[i].value, w->fields[i].value_n);
    }
    hf_buf_add(out, "\n", 1);
}

void hf_sigv4_sort_query(struct hf_sigv4_work *w)
{
    sort(w->s->pieces.p, w->query, w->query_n, 1);
}

int hf_sigv4_canonical(struct hf_sigv4_work *w, const char *payload)
{
    struct hf_buf *c = &w->s->canonical;

    hf_buf_str(c, w->ask->method);
    hf_buf_add(c, "\n", 1);
    w->path_at = c->n;
    hf_place_path(c, w->place, w->ask->key);
    w->path_n = c->n - w->path_at;
    hf_buf_add(c, "\n", 1);
    w->search_at = c->n;
    join_query(c, w);
    w->search_n = c->n - w->search_at;
    hf_buf_add(c, "\n", 1);
    join_fields(c, w);
    hf_buf_add(c, "\n", 1);
    hf_buf_add(c, w->s->names.p, w->s->names.n);
    hf_buf_add(c, "\n", 1);
    hf_buf_str(c, payload);
    if (hf_buf_ok(&w->s->pieces, "a request to sign", w->err) != 0 || hf_buf_ok(&w->s->names, "a request to sign", w->err) != 0)
        return -1;
    return hf_buf_ok(c, "a request to sign", w->err);
}

void hf_sigv4_url(struct hf_sigv4_work *w)
{
    struct hf_buf *u = &w->s->url;

    hf_buf_str(u, w->place->https ? "https://" : "http://");
    hf_buf_str(u, w->place->host);
    hf_buf_add(u, w->s->canonical.p + w->path_at, w->path_n);
    if (w->query_n > 0) {
        hf_buf_add(u, "?", 1);
        hf_buf_add(u, w->s->canonical.p + w->search_at, w->search_n);
    }
}
