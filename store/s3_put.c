/* s3_put.c: objects and bytes into a bucket: see s3.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base64url.h"
#include "core/layout.h"
#include "store/s3.h"

/* What a key names never changes, but for the manifest in force: caches may keep it for as long as they keep anything. */
#define FOREVER "max-age=31536000, immutable"
#define SHORTLY "max-age=10"
#define SMALL ((size_t)32 * 1024)

void hf_s3_labels(struct hf_sigv4_pair out[HF_S3_LABELS], const char *key, const char *type)
{
    const char *name = strrchr(key, '/');

    name = name != NULL ? name + 1 : key;
    out[0] = (struct hf_sigv4_pair){"content-type", type};
    out[1] = (struct hf_sigv4_pair){"cache-control", strcmp(name, HF_MANIFEST_LEAF) == 0 ? SHORTLY : FOREVER};
}

/* The ordinary alphabet, with padding. */
void hf_s3_md5(char out[32], const uint8_t md5[16])
{
    char *p;

    hf_base64url(out, md5, 16);
    for (p = out; *p != '\0'; p++)
        *p = (char)(*p == '-' ? '+' : (*p == '_' ? '/' : *p));
    snprintf(p, 3, "==");
}

int hf_s3_put_bytes(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, const char *name, const char *value,
                    int once, struct hf_http_reply *reply, struct hf_err *err)
{
    struct hf_sigv4_pair headers[HF_S3_LABELS + 2];
    char md5[32], sha256[HF_SHA256_HEX + 1];
    struct hf_digest *d = NULL;
    struct hf_sums sums;
    uint8_t raw[16];
    int ok;
    struct hf_s3_ask ask = {.method = "PUT",
                            .key = key,
                            .headers = headers,
                            .headers_n = HF_S3_LABELS + (name != NULL ? 2 : 1),
                            .body = b->p,
                            .body_n = b->n,
                            .sha256 = sha256,
                            .max_body = HF_S3_MAX_REPLY,
                            .once = once};

    ok = hf_digest_new(&d, err) == 0 && hf_digest_update(d, b->p, b->n, err) == 0 && hf_digest_final(d, &sums, err) == 0 &&
         hf_unhex(raw, sizeof raw, sums.md5) == 0;
    hf_digest_free(d);
    if (!ok)
        return err->code != HF_OK ? -1 : hf_fail(err, HF_E_FAIL, "cannot compute a digest");
    memcpy(sha256, sums.sha256, sizeof sha256);
    hf_s3_md5(md5, raw);
    hf_s3_labels(headers, key, b->type);
    headers[HF_S3_LABELS] = (struct hf_sigv4_pair){"content-md5", md5};
    headers[HF_S3_LABELS + 1] = (struct hf_sigv4_pair){name, value};
    return hf_s3_do(s, &ask, reply, err);
}

struct sending {
    struct hf_s3 *s;
    int64_t done, all;
};

static void sent(void *arg, int64_t n)
{
    struct sending *to = arg;

    to->done += n;
    to->s->progress(to->s->progress_arg, to->done, to->all);
}

/* A small file, whole: it goes out with its head in one piece. 0 also when it cannot be read; then it is sent as it is read. */
static size_t read_small(char *out, int fd, uint64_t size)
{
    ssize_t n = size <= SMALL ? pread(fd, out, SMALL, 0) : -1;

    return n > 0 && (uint64_t)n == size ? (size_t)n : 0;
}

/* The same key is the same bytes, and the server takes none that differ from the digests: so it is put without a question. */
int hf_s3_put_object(struct hf_s3 *s, const char *key, int fd, const struct hf_sums *sums, const char *type, struct hf_err *err)
{
    struct hf_sigv4_pair headers[HF_S3_LABELS + 1];
    struct sending to = {s, 0, (int64_t)sums->size};
    struct hf_http_file file = {fd, 0, s->progress != NULL ? sent : NULL, &to};
    struct hf_http_reply reply;
    char md5[32], small[SMALL];
    uint8_t raw[16];
    int rc = 0;
    struct hf_s3_ask ask = {.method = "PUT",
                            .key = key,
                            .headers = headers,
                            .headers_n = HF_S3_LABELS + 1,
                            .file = &file,
                            .body_n = (size_t)sums->size,
                            .sha256 = sums->sha256,
                            .max_body = HF_S3_MAX_REPLY};

    if ((int64_t)sums->size > HF_S3_ONE_PUT_MAX)
        return hf_s3_multipart(s, key, fd, sums, type, err);
    if (hf_unhex(raw, sizeof raw, sums->md5) != 0)
        return hf_fail(err, HF_E_INPUT, "the sums of a patch have no MD5");
    hf_s3_md5(md5, raw);
    hf_s3_labels(headers, key, type);
    headers[HF_S3_LABELS] = (struct hf_sigv4_pair){"content-md5", md5};
    if (read_small(small, fd, sums->size) > 0) {
        ask.body = small;
        ask.file = NULL;
    }
    if (hf_s3_do(s, &ask, &reply, err) != 0)
        return -1;
    if (reply.status != 200)
        rc = hf_s3_refused(s, &ask, &reply, err);
    if (rc != 0 && err->code == HF_E_NOTFOUND)
        err->code = HF_E_FAIL; /* to whoever publishes, only what is asked for can be missing */
    hf_http_reply_clear(&reply);
    return rc;
}
