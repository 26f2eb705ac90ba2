/* s3_words.c: what a bucket's server refused, in words for a person: what is wrong, where, what to do; then the server's own. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "core/timestamp.h"
#include "store/s3.h"
#include "store/xml.h"

static void take(char *out, size_t max, const struct hf_xml_node *root, const char *name)
{
    const char *text = root != NULL ? hf_xml_text(root, name) : NULL;

    out[0] = '\0';
    if (text != NULL)
        hf_escape(out, max, text, strlen(text));
}

void hf_s3_error_read(struct hf_s3_error *e, const struct hf_http_reply *reply)
{
    const struct hf_xml_node *root = NULL;
    struct hf_xml *x = NULL;

    memset(e, 0, sizeof *e);
    if (reply->body.n > 0 && reply->body.n <= HF_S3_MAX_REPLY &&
        hf_xml_load(&x, reply->body.p, reply->body.n, "a refusal", NULL) == 0)
        root = hf_xml_root(x);
    if (root != NULL && strcmp(hf_xml_name(root), "Error") == 0) {
        take(e->code, sizeof e->code, root, "Code");
        take(e->message, sizeof e->message, root, "Message");
        take(e->region, sizeof e->region, root, "Region");
    }
    hf_xml_free(x);
}

const char *hf_s3_where(char out[HF_S3_KEY_MAX + 80], const struct hf_s3 *s, const char *key)
{
    snprintf(out, HF_S3_KEY_MAX + 80, "s3://%s/%s", s->place.bucket, key);
    return out;
}

/* What a code means for whoever set this up. */
struct meaning {
    const char *code;
    enum hf_code ours;
    const char *words; /* %s: see fill() */
    enum {
        NOTHING,
        KEY_ID,
        BUCKET
    } fill;
};

static const struct meaning meanings[] = {
    {"SignatureDoesNotMatch", HF_E_CONFIG, "the secret does not belong to the access key '%s'; give the right pair", KEY_ID},
    {"InvalidAccessKeyId", HF_E_CONFIG, "the server does not know the access key '%s'", KEY_ID},
    {"ExpiredToken", HF_E_AGAIN, "the credentials of '%s' have expired", KEY_ID},
    {"InvalidToken", HF_E_CONFIG, "the session token of '%s' is none that the server takes", KEY_ID},
    {"NoSuchBucket", HF_E_CONFIG, "there is no bucket '%s' on this server; make it, or mend [store] url", BUCKET},
    {"AllAccessDisabled", HF_E_CONFIG, "the bucket '%s' is closed", BUCKET},
    {"AccessDenied", HF_E_CONFIG, "no permission for the access key '%s'; docs/s3.md has the policies", KEY_ID},
    {"QuotaExceeded", HF_E_AGAIN, "the bucket '%s' is full", BUCKET},
    {"BadDigest", HF_E_SIG, "what arrived is not what was to be published: it changed meanwhile, or on the way", NOTHING},
    {"XAmzContentSHA256Mismatch", HF_E_SIG,
     "what arrived is not what was to be published: it changed meanwhile, or on the way", NOTHING},
};

static int is_region(const struct hf_s3_error *e, int status)
{
    return strcmp(e->code, "AuthorizationHeaderMalformed") == 0 || strcmp(e->code, "PermanentRedirect") == 0 ||
           strcmp(e->code, "TemporaryRedirect") == 0 || strcmp(e->code, "IllegalLocationConstraintException") == 0 ||
           (status >= 301 && status <= 308 && status != 304);
}

static void clock_words(char *out, size_t max, int64_t now, int64_t theirs)
{
    char there[HF_TIMESTAMP_LEN + 1] = "", here[HF_TIMESTAMP_LEN + 1] = "";
    int64_t off = now - theirs;

    if (theirs <= 0 || now <= 0) {
        snprintf(out, max, "the clock of this machine and the server's differ too much; set it right (timedatectl)");
        return;
    }
    hf_timestamp_format(here, now);
    hf_timestamp_format(there, theirs);
    snprintf(out, max, "the clock of this machine is %" PRId64 " min %s: it says %s, the server %s; set it right (timedatectl)",
             (off < 0 ? -off : off) / 60, off < 0 ? "slow" : "fast", here, there);
}

static void region_words(char *out, size_t max, const struct hf_s3 *s, const struct hf_s3_error *e)
{
    if (e->region[0] != '\0')
        snprintf(out, max, "the bucket is in the region '%s', not '%s'; set [store] region", e->region, s->place.region);
    else
        snprintf(out, max, "this is not the bucket's region or server ('%s' was asked); mend [store] region or endpoint",
                 s->place.region);
}

/* The words for what was refused, and our code for it. */
static enum hf_code explain(char *out, size_t max, const struct hf_s3 *s, const char *method, const struct hf_s3_error *e,
                            const struct hf_http_reply *reply)
{
    const char *code = e->code[0] == '\0' && reply->status == 403 ? "AccessDenied" : e->code;
    char id[HF_AWS_ID_MAX + 1];
    size_t i;

    if (strcmp(e->code, "RequestTimeTooSkewed") == 0) {
        clock_words(out, max, s->asked, reply->date);
        return HF_E_CONFIG;
    }
    if (is_region(e, reply->status)) {
        region_words(out, max, s, e);
        return HF_E_CONFIG;
    }
    hf_escape(id, sizeof id, s->keys->id, strlen(s->keys->id));
    if (strcmp(code, "AccessDenied") == 0 && strcmp(method, "DELETE") == 0) {
        snprintf(out, max, "no permission for the access key '%s' to remove objects: it needs s3:DeleteObject (docs/s3.md)", id);
        return HF_E_CONFIG;
    }
    for (i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        const struct meaning *m = &meanings[i];

        if (strcmp(code, m->code) != 0)
            continue;
        switch (m->fill) {
        case NOTHING:
            snprintf(out, max, "%s", m->words);
            break;
        case KEY_ID:
        case BUCKET: {
            const char *at = strstr(m->words, "%s");

            snprintf(out, max, "%.*s%s%s", (int)(at - m->words), m->words, m->fill == KEY_ID ? id : s->place.bucket, at + 2);
            break;
        }
        }
        return m->ours;
    }
    snprintf(out, max, "%s", reply->status >= 500 || reply->status == 429 ? "the server cannot answer now" : "refused");
    return reply->status >= 500 || reply->status == 429 ? HF_E_AGAIN : HF_E_FAIL;
}

int hf_s3_refused(const struct hf_s3 *s, const struct hf_s3_ask *ask, const struct hf_http_reply *reply, struct hf_err *err)
{
    char where[HF_S3_KEY_MAX + 80], words[400];
    struct hf_s3_error e;
    enum hf_code code;

    hf_s3_error_read(&e, reply);
    hf_s3_where(where, s, ask->key);
    if (reply->status == 404 && strcmp(e.code, "NoSuchBucket") != 0)
        return hf_fail(err, HF_E_NOTFOUND, "%s is not there", where);
    code = explain(words, sizeof words, s, ask->method, &e, reply);
    return hf_fail(err, code, "%.*s: %s (%s: %d%s%s%s%.120s)", 200, where, words, ask->method, reply->status,
                   e.code[0] != '\0' ? " " : "", e.code, e.message[0] != '\0' ? ", " : "", e.message);
}
