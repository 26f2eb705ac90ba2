/* answer.c: see answer.h. */
#include "client/answer.h"

#include <stdio.h>
#include <string.h>

/* No padding at the end: there, a new member would lie within the size of an older struct. */
#define ENDS_WITH(type, member) \
    _Static_assert(offsetof(type, member) + sizeof(((type *)0)->member) == sizeof(type), #member " is at the end of " #type)
ENDS_WITH(struct hf_client_options, clock);
ENDS_WITH(struct hf_client_answer, message);
ENDS_WITH(struct hf_client_status, expires);

static const struct hf_sized options = {"options", sizeof(struct hf_client_options), sizeof(struct hf_client_options)};
static const struct hf_sized answer = {"answer", sizeof(struct hf_client_answer), sizeof(struct hf_client_answer)};
static const struct hf_sized status_of = {"status", sizeof(struct hf_client_status), sizeof(struct hf_client_status)};

static int too_small(size_t size, const struct hf_sized *s, struct hf_err *err)
{
    if (size >= s->first)
        return 0;
    return hf_fail(err, HF_E_USAGE, "%s.size is %zu, and must be sizeof(struct hf_client_%s): at least %zu", s->name, size, s->name,
                   s->first);
}

static int too_large(size_t size, const struct hf_sized *s, struct hf_err *err)
{
    return hf_fail(err, HF_E_USAGE,
                   "%s.size is %zu, but this library knows only %zu bytes: it is older than the header, or size was not set", s->name,
                   size, s->known);
}

int hf_sized_read(void *out, const void *in, size_t size, const struct hf_sized *s, struct hf_err *err)
{
    const unsigned char *p = in;
    size_t i;

    memset(out, 0, s->known);
    if (too_small(size, s, err) != 0)
        return -1;
    /* A size that was never set may be anything: no more than this is looked at. */
    if (size > 2 * s->known)
        return too_large(size, s, err);
    for (i = s->known; i < size; i++)
        if (p[i] != 0)
            return too_large(size, s, err);
    memcpy(out, in, size < s->known ? size : s->known);
    return 0;
}

int hf_sized_check(size_t size, const struct hf_sized *s, struct hf_err *err)
{
    if (too_small(size, s, err) != 0)
        return -1;
    return size > s->known ? too_large(size, s, err) : 0;
}

void hf_sized_write(void *out, size_t size, const void *in, const struct hf_sized *s)
{
    size_t n = size < s->known ? size : s->known;

    if (size >= s->first)
        memcpy((char *)out + sizeof(size_t), (const char *)in + sizeof(size_t), n - sizeof(size_t));
}

int hf_options_read(struct hf_client_options *out, const struct hf_client_options *in, struct hf_err *err)
{
    return hf_sized_read(out, in, in->size, &options, err);
}

int hf_answer_begin(struct hf_client_answer *a, const struct hf_client_answer *callers, struct hf_err *err)
{
    memset(a, 0, sizeof *a);
    return hf_sized_check(callers->size, &answer, err);
}

static enum hf_client_result result_of(enum hf_code code)
{
    switch (code) {
    case HF_E_USAGE:
    case HF_E_CONFIG:
        return HF_CLIENT_USAGE;
    case HF_E_INPUT:
    case HF_E_LIMIT:
    case HF_E_SIG:
    case HF_E_POLICY:
        return HF_CLIENT_REFUSED;
    case HF_E_EXPIRED:
        return HF_CLIENT_EXPIRED;
    case HF_E_AGAIN:
    case HF_E_RACE:
    case HF_E_STOPPED:
        return HF_CLIENT_AGAIN;
    case HF_OK:
    case HF_E_FAIL:
    case HF_E_NOTFOUND:
    case HF_E_NOMEM:
        break;
    }
    return HF_CLIENT_FAILED;
}

enum hf_client_result hf_answer_end(struct hf_client_answer *callers, struct hf_client_answer *a, int status,
                                    const struct hf_err *err)
{
    enum hf_client_result r = status == 0 ? HF_CLIENT_OK : result_of(err->code);

    if (r != HF_CLIENT_OK) {
        snprintf(a->message, sizeof a->message, "%s", err->msg);
        a->event = HF_CLIENT_NOTHING;
    }
    hf_sized_write(callers, callers->size, a, &answer);
    return r;
}

int hf_status_begin(const struct hf_client_status *callers, struct hf_err *err)
{
    return callers == NULL ? 0 : hf_sized_check(callers->size, &status_of, err);
}

void hf_status_end(struct hf_client_status *callers, const struct hf_client_status *s)
{
    if (callers != NULL)
        hf_sized_write(callers, callers->size, s, &status_of);
}
