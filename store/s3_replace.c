/* s3_replace.c: bytes that are put only if nobody was first: by the server's preconditions, or, where it has none, by a lock that
 * the publishers of this machine share. Nothing is ever overwritten that was not read. docs/decisions.md says why so. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/s3.h"

#define LOCK_SECONDS 20
#define LOCK_PAUSE 10 /* milliseconds */
#define LOOKS 5       /* at a server that still shows the old bytes */

enum standing {
    OURS,      /* the bytes that we put */
    UNCHANGED, /* what was read before */
    OTHERS,
    UNKNOWN /* it cannot be read; err says why */
};

/* What is in force under the key, beside what we put and what we read before it (etag; NULL: nothing). */
static enum standing look(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, const char *etag, struct hf_err *err)
{
    char tag[HF_ETAG_MAX] = "";
    struct hf_err why = {HF_OK, ""};
    struct hf_buf there;
    enum standing is;
    int rc;

    hf_buf_init(&there, HF_JWS_MAX_BYTES);
    rc = hf_s3_get(s, key, &there, tag, &why);
    if (rc == 0 && there.n == b->n && memcmp(there.p, b->p, b->n) == 0)
        is = OURS;
    else if (rc == 0)
        is = etag != NULL && strcmp(tag, etag) == 0 ? UNCHANGED : OTHERS;
    else if (why.code == HF_E_NOTFOUND)
        is = etag == NULL ? UNCHANGED : OTHERS;
    else
        is = UNKNOWN;
    hf_buf_free(&there);
    if (is == UNKNOWN)
        *err = why;
    return is;
}

static int race(struct hf_err *err)
{
    return hf_fail(err, HF_E_RACE, "another publisher was first");
}

/* hotfix.ini's own lock: it is there wherever a publisher is, and needs no place in the file system that another may take. */
static int take_lock(const struct hf_s3 *s, struct hf_err *err)
{
    int64_t start = hf_s3_clock();
    int fd = open(s->lock_path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return hf_fail(err, HF_E_AGAIN, "cannot lock %.300s: %s", s->lock_path, strerror(errno));
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || hf_s3_clock() - start > LOCK_SECONDS * 1000) {
            close(fd);
            return hf_fail(err, HF_E_AGAIN, "another publisher has held the lock of %.300s for %d s", s->lock_path, LOCK_SECONDS);
        }
        hf_s3_sleep(LOCK_PAUSE);
    }
    return fd;
}

static int put_plainly(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, struct hf_err *err)
{
    const struct hf_s3_ask asked = {.method = "PUT", .key = key};
    struct hf_http_reply reply;
    int rc = 0;

    if (hf_s3_put_bytes(s, key, b, NULL, NULL, 0, &reply, err) != 0)
        return -1;
    if (reply.status != 200)
        rc = hf_s3_refused(s, &asked, &reply, err);
    hf_http_reply_clear(&reply);
    return rc;
}

/* Read, put, read back: whoever is not of this machine may come between, and is found. */
static int replace_in_turn(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, const char *etag, struct hf_err *err)
{
    enum standing is;
    int i, rc = -1, lock = take_lock(s, err);

    if (lock < 0)
        return -1;
    is = look(s, key, b, etag, err);
    if (is == UNCHANGED && put_plainly(s, key, b, err) == 0) {
        for (i = 0; (is = look(s, key, b, etag, err)) == UNCHANGED && i < LOOKS; i++)
            hf_s3_sleep(hf_s3_pause(i));
        if (is == UNCHANGED)
            hf_fail(err, HF_E_AGAIN, "the server took what was put, and still shows what was there before");
    }
    if (is == OURS)
        rc = 0;
    else if (is == OTHERS)
        race(err);
    close(lock);
    return rc;
}

/* One conditional PUT and what became of it. 1: once more, after a pause unless *soon. */
static int try_replace(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, const char *etag, int *soon,
                       struct hf_err *err)
{
    const struct hf_s3_ask asked = {.method = "PUT", .key = key};
    char bare[HF_ETAG_MAX];
    size_t m = etag != NULL ? strlen(etag) : 0;
    int quoted = m > 2 && etag[0] == '"' && etag[m - 1] == '"', rc, status;
    const char *value = etag == NULL ? "*" : etag;
    struct hf_http_reply reply;

    *soon = 0;
    if (quoted && s->bare_etag) {
        memcpy(bare, etag + 1, m - 2);
        bare[m - 2] = '\0';
        value = bare;
    }
    rc = hf_s3_put_bytes(s, key, b, etag != NULL ? "if-match" : "if-none-match", value, 1, &reply, err);
    if (rc != 0 && err->code != HF_E_AGAIN && err->code != HF_E_LIMIT)
        return -1;
    status = rc == 0 ? reply.status : 0;
    if ((status == 404 && etag == NULL) || /* no bucket */
        (status != 0 && status != 200 && status != 404 && status != 409 && status != 412 && status != 501 &&
         !hf_s3_again(0, &reply, HF_OK)))
        rc = hf_s3_refused(s, &asked, &reply, err);
    else
        rc = 1;
    hf_http_reply_clear(&reply);
    if (status == 200)
        return 0;
    if (status == 501) {
        s->unconditional = 1;
        return *soon = 1;
    }
    if (rc != 1)
        return -1;
    /* Refused, or no answer came: what is in force says whether it was put all the same, or by whom. */
    switch (look(s, key, b, etag, err)) {
    case OURS:
        return 0;
    case OTHERS:
        return race(err);
    case UNKNOWN:
        return -1;
    case UNCHANGED:
        break;
    }
    if (status == 412 && quoted && !s->bare_etag) {
        s->bare_etag = 1; /* a server that compares the quotes too; the next one is conditional as well */
        return *soon = 1;
    }
    hf_fail(err, HF_E_AGAIN, "the server does not take the manifest (%d), although nobody else changed it", status);
    return 1;
}

int hf_s3_replace(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, const char *etag, struct hf_err *err)
{
    int64_t start = hf_s3_clock();
    int attempt, soon, rc;

    for (attempt = 0; attempt < HF_S3_ATTEMPTS && hf_s3_clock() - start <= HF_S3_PATIENCE * 1000;) {
        if (s->unconditional)
            return replace_in_turn(s, key, b, etag, err);
        rc = try_replace(s, key, b, etag, &soon, err);
        if (rc != 1)
            return rc;
        if (!soon)
            hf_s3_sleep(hf_s3_pause(attempt++));
    }
    return -1;
}

static int new_in_turn(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, int *made, struct hf_err *err)
{
    int rc = -1, lock = take_lock(s, err);
    enum standing is;

    if (lock < 0)
        return -1;
    is = look(s, key, b, NULL, err);
    if (is == UNCHANGED) {
        rc = put_plainly(s, key, b, err);
        *made = rc == 0;
    } else if (is != UNKNOWN) {
        rc = 0;
    }
    close(lock);
    return rc;
}

int hf_s3_put_new(struct hf_s3 *s, const char *key, const struct hf_store_bytes *b, int *made, struct hf_err *err)
{
    const struct hf_s3_ask asked = {.method = "PUT", .key = key};
    struct hf_http_reply reply;
    int attempt, rc, status, unused;

    if (made == NULL)
        made = &unused;
    *made = 0;
    for (attempt = 0; !s->unconditional; attempt++) {
        if (hf_s3_put_bytes(s, key, b, "if-none-match", "*", 0, &reply, err) != 0)
            return -1;
        status = reply.status;
        rc = status == 200 || status == 409 || status == 412 || status == 501 ? 0 : hf_s3_refused(s, &asked, &reply, err);
        hf_http_reply_clear(&reply);
        if (status == 501)
            s->unconditional = 1;
        *made = status == 200;
        if (rc != 0 || status == 200 || status == 412)
            return rc;
        if (status == 409 && attempt + 1 == HF_S3_ATTEMPTS)
            return hf_fail(err, HF_E_AGAIN, "the server is busy with another PUT of %.300s", key);
        if (status == 409)
            hf_s3_sleep(hf_s3_pause(attempt));
    }
    return new_in_turn(s, key, b, made, err);
}
