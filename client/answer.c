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
    return hf_fail(err, HF_E_USAGE, "%s.size is %zu, and must be sizeof(struct hf_client_%s): at least %zu", s->name, size,
                   s->name, s->first);
}

static int too_large(size_t size, const struct hf_sized *s, struct hf_err *err)
{
    return hf_fail(err, HF_E_USAGE,
                   "%s.size is %zu, but this library knows only %zu bytes: it is older than the header, or size was not set",
                   s->name, size, s->known);
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

/* What an app is told of a failure. */
struct ending {
    enum hf_client_result result;
    enum hf_client_reason reason;
};

static struct ending ending_of(enum hf_code code)
{
    static const struct ending internal = {HF_CLIENT_FAILED, HF_CLIENT_REASON_INTERNAL};
    static const struct ending endings[] = {
        [HF_E_USAGE] = {HF_CLIENT_USAGE, HF_CLIENT_REASON_USAGE},
        [HF_E_CONFIG] = {HF_CLIENT_USAGE, HF_CLIENT_REASON_USAGE},
        [HF_E_INPUT] = {HF_CLIENT_REFUSED, HF_CLIENT_REASON_FORMAT},
        [HF_E_LIMIT] = {HF_CLIENT_REFUSED, HF_CLIENT_REASON_LIMIT},
        [HF_E_SIG] = {HF_CLIENT_REFUSED, HF_CLIENT_REASON_SIGNATURE},
        [HF_E_EXPIRED] = {HF_CLIENT_EXPIRED, HF_CLIENT_REASON_EXPIRED},
        [HF_E_NOTFOUND] = {HF_CLIENT_FAILED, HF_CLIENT_REASON_DISK},
        [HF_E_RACE] = {HF_CLIENT_AGAIN, HF_CLIENT_REASON_BUSY},
        [HF_E_AGAIN] = {HF_CLIENT_AGAIN, HF_CLIENT_REASON_SERVER},
        [HF_E_POLICY] = {HF_CLIENT_REFUSED, HF_CLIENT_REASON_MANIFEST},
        [HF_E_DISK] = {HF_CLIENT_FAILED, HF_CLIENT_REASON_DISK},
        [HF_E_FOLDER] = {HF_CLIENT_REFUSED, HF_CLIENT_REASON_FOLDER},
        [HF_E_BUSY] = {HF_CLIENT_AGAIN, HF_CLIENT_REASON_BUSY},
        [HF_E_NETWORK] = {HF_CLIENT_AGAIN, HF_CLIENT_REASON_NETWORK},
        [HF_E_CANNOT] = {HF_CLIENT_FAILED, HF_CLIENT_REASON_NETWORK},
        [HF_E_SERVER] = {HF_CLIENT_FAILED, HF_CLIENT_REASON_SERVER},
        [HF_E_REDIRECT] = {HF_CLIENT_REFUSED, HF_CLIENT_REASON_SERVER},
        [HF_E_DAMAGED] = {HF_CLIENT_REFUSED, HF_CLIENT_REASON_DAMAGED},
        [HF_E_CONFLICT] = {HF_CLIENT_REFUSED, HF_CLIENT_REASON_CONFLICT},
        [HF_E_CLOCK] = {HF_CLIENT_REFUSED, HF_CLIENT_REASON_CLOCK},
        [HF_E_STOPPED] = {HF_CLIENT_AGAIN, HF_CLIENT_REASON_STOPPED},
        [HF_E_NOMEM] = {HF_CLIENT_FAILED, HF_CLIENT_REASON_MEMORY},
    };

    if ((size_t)code >= sizeof endings / sizeof endings[0] || endings[code].result == HF_CLIENT_OK)
        return internal;
    return endings[code];
}

enum hf_client_result hf_answer_end(struct hf_client_answer *callers, struct hf_client_answer *a, int status,
                                    const struct hf_err *err)
{
    struct ending end = {HF_CLIENT_OK, a->reason};

    if (status != 0) {
        end = ending_of(err->code);
        snprintf(a->message, sizeof a->message, "%s", err->msg);
        a->event = HF_CLIENT_NOTHING;
        a->reason = end.reason;
    }
    hf_sized_write(callers, callers->size, a, &answer);
    return end.result;
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
