/* news.c: see news.h. */
#include "client/news.h"

#include <stdio.h>
#include <string.h>

#include "core/digest.h"
#include "core/timestamp.h"

static int sha256_hex(char out[HF_SHA256_HEX + 1], const void *p, size_t n, struct hf_err *err)
{
    uint8_t raw[32];

    if (hf_sha256(raw, p, n) != 0)
        return hf_fail(err, HF_E_FAIL, "SHA-256 cannot be computed");
    hf_hex(out, raw, sizeof raw);
    return 0;
}

void hf_news_forget(struct hf_device *s, const struct hf_trust *trust)
{
    size_t i, kept = 0;

    for (i = 0; i < s->seen_count; i++) {
        if (hf_trust_find(trust, s->seen[i].kid) < 0)
            continue;
        if (kept != i)
            s->seen[kept] = s->seen[i];
        kept++;
    }
    memset(&s->seen[kept], 0, (HF_TRUST_MAX_KEYS - kept) * sizeof s->seen[0]);
    s->seen_count = kept;
}

/* The newest manifest that was seen, by its serial; NULL: none. */
static const struct hf_seen *newest(const struct hf_device *s)
{
    const struct hf_seen *top = NULL;
    size_t i;

    for (i = 0; i < s->seen_count; i++) {
        if (top == NULL || s->seen[i].serial > top->serial)
            top = &s->seen[i];
    }
    return top;
}

enum hf_news hf_news_judge(const struct hf_device *s, int64_t serial, const char *payload_sha256)
{
    const struct hf_seen *top = newest(s);

    if (top == NULL || serial > top->serial)
        return HF_NEWS_NEWER;
    if (serial < top->serial)
        return HF_NEWS_OLDER;
    return strcmp(top->sha256, payload_sha256) == 0 ? HF_NEWS_SAME : HF_NEWS_FORGED;
}

static struct hf_seen *seen_of(struct hf_device *s, const char *kid)
{
    size_t i;

    for (i = 0; i < s->seen_count; i++) {
        if (strcmp(s->seen[i].kid, kid) == 0)
            return &s->seen[i];
    }
    return s->seen_count < HF_TRUST_MAX_KEYS ? &s->seen[s->seen_count++] : NULL;
}

int hf_news_note(struct hf_device *s, const struct hf_jws *jws, const struct hf_manifest *m, struct hf_err *err)
{
    char sha256[HF_SHA256_HEX + 1];
    struct hf_seen *e;
    unsigned i;

    if (sha256_hex(sha256, jws->payload.p, jws->payload.n, err) != 0)
        return -1;
    for (i = 0; i < jws->signatures; i++) {
        if ((jws->verified & (1u << i)) == 0)
            continue;
        e = seen_of(s, jws->kid[i]);
        if (e == NULL)
            return hf_fail(err, HF_E_LIMIT, "more than %d keys have signed manifests", HF_TRUST_MAX_KEYS);
        memset(e, 0, sizeof *e);
        memcpy(e->kid, jws->kid[i], sizeof e->kid);
        memcpy(e->sha256, sha256, sizeof e->sha256);
        e->serial = m->serial;
        e->published = m->published;
    }
    return 0;
}

/* The greatest of three times, less the tolerance. */
static int64_t time_of(int64_t clock, int64_t date, int64_t published)
{
    int64_t now = date > clock ? date : clock;

    return (published > now ? published : now) - HF_NEWS_TOLERANCE;
}

int64_t hf_news_now(const struct hf_device *s, int64_t clock, int64_t date)
{
    const struct hf_seen *top = newest(s);

    return time_of(clock, date, top != NULL ? top->published : 0);
}

int hf_news_in_time(const struct hf_manifest *m, int64_t date, struct hf_err *err)
{
    char published[HF_TIMESTAMP_LEN + 1], told[HF_TIMESTAMP_LEN + 1];

    if (date <= 0 || m->published <= date || m->published - date <= HF_NEWS_TOLERANCE)
        return 0;
    hf_timestamp_format(published, m->published);
    hf_timestamp_format(told, date);
    return hf_fail(err, HF_E_CLOCK,
                   "the manifest with serial %lld is from the future and is refused: it was published at %s, but the server's "
                   "time is %s; the clock of its publisher was ahead",
                   (long long)m->serial, published, told);
}

/* Verifies, parses and judges. */
static int judge(struct hf_manifest **out, struct hf_jws *jws, enum hf_news *news, const struct hf_device *s,
                 const struct hf_trust *trust, const void *p, size_t n, struct hf_err *err)
{
    char sha256[HF_SHA256_HEX + 1];

    if (hf_manifest_open(out, jws, p, n, trust, s->app, s->channel, err) != 0)
        return -1;
    if (sha256_hex(sha256, jws->payload.p, jws->payload.n, err) != 0)
        return -1;
    *news = hf_news_judge(s, (*out)->serial, sha256);
    return 0;
}

static int load(struct hf_manifest **out, const struct hf_buf *b, struct hf_device *s, const struct hf_trust *trust,
                struct hf_err *err)
{
    char sha256[HF_SHA256_HEX + 1];
    enum hf_news news = HF_NEWS_FORGED;
    struct hf_jws jws;
    int r;

    memset(&jws, 0, sizeof jws);
    r = judge(out, &jws, &news, s, trust, b->p == NULL ? "" : b->p, b->n, err);
    if (r == 0 && (news == HF_NEWS_OLDER || news == HF_NEWS_FORGED))
        r = hf_fail(err, HF_E_INPUT, "the kept manifest is not the one that was seen last");
    if (r == 0 && news == HF_NEWS_NEWER) /* cut off between the manifest and the state that speaks of it */
        r = hf_news_note(s, &jws, *out, err);
    if (r == 0)
        r = sha256_hex(sha256, b->p, b->n, err);
    if (r == 0 && strcmp(sha256, s->kept) != 0)
        s->etag[0] = s->kept[0] = '\0';
    hf_jws_free(&jws);
    return r;
}

int hf_news_load(struct hf_manifest **out, const struct hf_dir *d, struct hf_device *s, const struct hf_trust *trust,
                 struct hf_err *err)
{
    struct hf_err why;
    struct hf_buf b;
    int r;

    *out = NULL;
    memset(&why, 0, sizeof why);
    hf_buf_init(&b, HF_JWS_MAX_BYTES);
    r = hf_dir_read(d, HF_NEWS_FILE, &b, &why);
    if (r == 0)
        r = load(out, &b, s, trust, &why);
    hf_buf_free(&b);
    if (r == 0)
        return 0;
    hf_manifest_free(*out);
    *out = NULL;
    s->etag[0] = s->kept[0] = '\0';
    if (why.code == HF_E_DISK || why.code == HF_E_FAIL || why.code == HF_E_NOMEM)
        return hf_fail(err, why.code, "%s", why.msg);
    return 0;
}

/* Keeps what was judged good. The manifest goes to the disk first: a state that is behind it catches up when it is loaded. */
static int keep(struct hf_dir *d, struct hf_device *s, const struct hf_jws *jws, const struct hf_manifest *m, const void *p,
                size_t n, const char *etag, struct hf_err *err)
{
    char sha256[HF_SHA256_HEX + 1];

    if (sha256_hex(sha256, p, n, err) != 0)
        return -1;
    if (strcmp(sha256, s->kept) != 0 && hf_dir_write(d, HF_NEWS_FILE, p, n, err) != 0)
        return -1;
    if (hf_news_note(s, jws, m, err) != 0)
        return -1;
    memcpy(s->kept, sha256, sizeof s->kept);
    memset(s->etag, 0, sizeof s->etag);
    if (strlen(etag) <= HF_ETAG_LEN)
        memcpy(s->etag, etag, strlen(etag));
    return 0;
}

int hf_news_accept(struct hf_manifest **out, enum hf_news *news, struct hf_dir *d, struct hf_device *s,
                   const struct hf_trust *trust, const struct hf_arrival *a, struct hf_err *err)
{
    struct hf_jws jws;
    int r;

    *out = NULL;
    memset(&jws, 0, sizeof jws);
    r = judge(out, &jws, news, s, trust, a->p, a->n, err);
    if (r != 0 || *news == HF_NEWS_OLDER)
        goto out;
    r = -1;
    if (*news == HF_NEWS_FORGED) {
        hf_fail(err, HF_E_CONFLICT, "two manifests with serial %lld and different contents: the second is refused",
                (long long)(*out)->serial);
        goto out;
    }
    if (hf_news_in_time(*out, a->exact, err) != 0)
        goto out;
    /* It has the highest serial: the time is bounded by its own `published`, not by that of the one before. */
    if (time_of(a->clock, a->date, (*out)->published) >= (*out)->expires) {
        hf_fail(err, HF_E_EXPIRED, "the manifest with serial %lld has expired", (long long)(*out)->serial);
        goto out;
    }
    r = keep(d, s, &jws, *out, a->p, a->n, a->etag, err);
out:
    hf_jws_free(&jws);
    if (r != 0) {
        hf_manifest_free(*out);
        *out = NULL;
    }
    return r;
}
