/* answer.c: see answer.h. */
#include "edge/answer.h"

#include <string.h>

#include "edge/reply.h"

/* What stands in a JSON string as it is: most of what is asked for. */
static int is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

void hf_answer_string(struct hf_buf *out, const char *s)
{
    const char *from = s;

    hf_buf_add(out, "\"", 1);
    for (;;) {
        while (is_plain((unsigned char)*s))
            s++;
        hf_buf_add(out, from, (size_t)(s - from));
        if (*s == '\0')
            break;
        if ((unsigned char)*s < 0x20)
            hf_buf_fmt(out, "\\u%04x", (unsigned char)*s);
        else
            hf_buf_add(out, *s == '"' ? "\\\"" : "\\\\", 2);
        from = ++s;
    }
    hf_buf_add(out, "\"", 1);
}

/* "name": with what must stand before it. */
static void name(struct hf_buf *out, const char *n)
{
    if (out->n > 0 && out->p[out->n - 1] != '{')
        hf_buf_add(out, ",", 1);
    hf_buf_add(out, "\"", 1);
    hf_buf_str(out, n);
    hf_buf_add(out, "\":", 2);
}

static void text(struct hf_buf *out, const char *n, const char *value)
{
    name(out, n);
    hf_answer_string(out, value);
}

static void number(struct hf_buf *out, const char *n, int64_t value)
{
    char digits[HF_DIGITS];

    name(out, n);
    hf_buf_str(out, hf_digits(digits, (uint64_t)value)); /* nothing here is below zero */
}

static void raw(struct hf_buf *out, const char *n, const char *json)
{
    name(out, n);
    hf_buf_str(out, json);
}

void hf_answer_release(struct hf_buf *out, const struct hf_release *r)
{
    number(out, "patch", r->patch);
    text(out, "target", r->target);
    if (r->has_file) {
        text(out, "name", r->file.name);
        text(out, "md5", r->file.sums.md5);
        text(out, "sha256", r->file.sums.sha256);
        number(out, "size", r->file.size);
    }
    if (r->window[0] != '\0')
        text(out, "window", r->window);
    else
        raw(out, "window", "null");
}

void hf_answer_delta(struct hf_buf *out, const struct hf_delta *d)
{
    text(out, "from", d->from);
    text(out, "codec", d->codec);
    text(out, "sha256", d->sha256);
    number(out, "size", d->size);
}

int hf_check_after(const char *client)
{
    int bucket = hf_client_id_real(client) ? hf_rollout_bucket("check-after", client) : HF_ROLLOUT_ALL / 2;

    return HF_CHECK_AFTER_BASE + (bucket < 0 ? 0 : bucket * HF_CHECK_AFTER_SPREAD / HF_ROLLOUT_ALL);
}

static void end(struct hf_buf *out, int64_t serial, int check_after)
{
    char digits[HF_DIGITS];

    hf_buf_str(out, ",\"serial\":");
    hf_buf_str(out, hf_digits(digits, (uint64_t)serial));
    hf_buf_str(out, ",\"check_after\":");
    hf_buf_str(out, hf_digits(digits, (uint64_t)check_after));
    hf_buf_str(out, "}");
}

/* The one that is asked for most. */
void hf_answer_update(struct hf_buf *out, const struct hf_answer *a)
{
    hf_buf_str(out, "{\"update\":true,\"version\":");
    hf_answer_string(out, a->version);
    hf_buf_str(out, ",\"url\":");
    hf_answer_string(out, a->url);
    hf_buf_str(out, ",");
    hf_buf_str(out, a->release);
    hf_buf_str(out, ",\"priority\":\"");
    hf_buf_str(out, hf_priority_name(a->priority));
    if (a->delta == NULL) {
        hf_buf_str(out, "\",\"delta\":null");
    } else {
        hf_buf_str(out, "\",\"delta\":{");
        hf_buf_str(out, a->delta);
        text(out, "url", a->delta_url);
        hf_buf_str(out, "}");
    }
    end(out, a->serial, a->check_after);
}

void hf_answer_remove(struct hf_buf *out, const struct hf_answer *a, int64_t patch)
{
    hf_buf_str(out, "{\"update\":false,\"remove\":true,\"message\":\"Remove the patch\"");
    text(out, "version", a->version);
    if (patch > 0)
        number(out, "patch", patch);
    text(out, "priority", hf_priority_name(a->priority));
    end(out, a->serial, a->check_after);
}

void hf_answer_nothing(struct hf_buf *out, const char *message, int64_t serial, int check_after)
{
    hf_buf_str(out, "{\"update\":false");
    text(out, "message", message);
    end(out, serial, check_after);
}

void hf_answer_object(struct hf_buf *out, const char *object, const char *url, int64_t size, int64_t serial, int check_after)
{
    hf_buf_str(out, "{\"update\":true");
    text(out, "object", object);
    text(out, "url", url);
    number(out, "size", size);
    end(out, serial, check_after);
}

void hf_answer_error(struct hf_buf *out, const char *why, int check_after)
{
    hf_buf_add(out, "{", 1);
    text(out, "error", why);
    number(out, "check_after", check_after);
    hf_buf_add(out, "}", 1);
}
