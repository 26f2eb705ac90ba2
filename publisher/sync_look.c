/* sync_look.c: one look at a bucket: see sync.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/durable.h"
#include "publisher/sync_in.h"
#include "store/sync_names.h"

#define KEYS_MODE 0600
#define MANIFEST_MODE 0640
#define LONGEST_PAUSE 60000 /* milliseconds between two looks at a bucket that is away, or [edge] sync_interval if that is more */
#define TELL_AGAIN 600      /* seconds after which what is still wrong is told once more, */
#define TELL_OTHER 60       /* and what is wrong in another way than before; an alarm at once */

/* Apart from numbers: how many milliseconds a connection took to fail is no news. */
static int same_words(const char *a, const char *b)
{
    static const char digits[] = "0123456789";

    for (;; a++, b++) {
        a += strspn(a, digits);
        b += strspn(b, digits);
        if (*a != *b || *a == '\0')
            return *a == *b;
    }
}

int hf_sync_trouble(struct hf_sync *s, struct trouble *t, enum hf_sync_level level, const struct line *l, const char *text,
                    int64_t now)
{
    int same = level == HF_SYNC_ALARM ? strcmp(t->text, text) == 0 : same_words(t->text, text);
    int64_t hold = same ? TELL_AGAIN : level == HF_SYNC_ALARM ? 0
                                                              : TELL_OTHER;

    if (!t->on || t->level != level || now - t->told >= hold) {
        hf_sync_tell(s, level, l, text);
        t->told = now;
        if (text != t->text) /* printed onto itself it would be empty */
            snprintf(t->text, sizeof t->text, "%s", text);
    }
    t->on = 1;
    t->level = level;
    return -1;
}

static void trouble_off(struct hf_sync *s, struct trouble *t, const struct line *l, const char *text)
{
    if (t->on)
        hf_sync_tell(s, HF_SYNC_INFO, l, text);
    memset(t, 0, sizeof *t);
}

/* Marks this moment. A mark that cannot be made is no reason to stop: it makes the news look older than they are. */
static void mark(struct line *l, const char *name)
{
    int fd = openat(l->dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

    if (fd < 0)
        return;
    futimens(fd, NULL);
    close(fd);
}

/* The words for what stays. */
static const char *stays(char out[96], const struct line *l)
{
    if (l->have)
        snprintf(out, 96, "serial %lld stays in force until it expires", (long long)l->follow.serial);
    else
        snprintf(out, 96, "no manifest is in force");
    return out;
}

static int refuse(struct hf_sync *s, struct line *l, const char *why, int64_t now)
{
    char text[HF_ERR_MAX_MESSAGE], rest[96];

    if (!l->refused && hf_sync_folder(s, l, NULL) == 0)
        mark(l, HF_SYNC_REFUSED);
    l->refused = 1;
    snprintf(text, sizeof text, "the manifest in the bucket is refused: %.500s; %s", why, stays(rest, l));
    return hf_sync_trouble(s, &l->trouble, HF_SYNC_ALARM, l, text, now);
}

/* The bucket says what we have. */
static int fine(struct hf_sync *s, struct line *l)
{
    const char *news = l->refused ? "the bucket has a good manifest again" : "the bucket can be read now";

    if (l->refused)
        unlinkat(l->dir, HF_SYNC_REFUSED, 0);
    l->refused = 0;
    trouble_off(s, &l->trouble, l, news);
    mark(l, HF_SYNC_SEEN);
    return 0;
}

/* Bytes that the folder does not know yet. -1 and *fatal when it is not the bytes that are to blame. */
static int take(struct hf_sync *s, struct line *l, const struct hf_buf *b, int64_t now, int *fatal, struct hf_err *err)
{
    struct hf_follow next;
    char text[96];

    if (hf_sync_judge(&next, s, l, b, err) != 0 || hf_follow_check(l->have ? &l->follow : NULL, &next, err) != 0) {
        *fatal = err->code == HF_E_NOMEM || err->code == HF_E_FAIL;
        return *fatal ? -1 : refuse(s, l, err->msg, now);
    }
    *fatal = 1;
    if (hf_sync_folder(s, l, err) != 0 ||
        hf_durable_put(l->dir, HF_MANIFEST_LEAF, b->p, b->n, MANIFEST_MODE, 0, NULL, l->key, err) != 0)
        return -1;
    *fatal = 0;
    if (l->have && !hf_follow_same_signer(&l->follow, &next))
        hf_sync_tell(s, HF_SYNC_INFO, l, "signed by another pinned key than the one before");
    if (!l->have || l->follow.serial != next.serial) {
        snprintf(text, sizeof text, "serial %lld is in force", (long long)next.serial);
        hf_sync_tell(s, HF_SYNC_INFO, l, text);
    }
    l->follow = next;
    l->have = 1;
    return fine(s, l);
}

static int missing(struct hf_sync *s, struct line *l, int64_t now)
{
    char text[HF_ERR_MAX_MESSAGE], rest[96];

    if (l->have) {
        snprintf(text, sizeof text, "the manifest is gone from the bucket; %s", stays(rest, l));
        return hf_sync_trouble(s, &l->trouble, HF_SYNC_ALARM, l, text, now);
    }
    if (!l->waiting_told)
        hf_sync_tell(s, HF_SYNC_INFO, l, "nothing is published yet");
    l->waiting_told = 1;
    if (hf_sync_folder(s, l, NULL) == 0)
        fine(s, l);
    return 0;
}

/* Forbidden, or not there: who may not list is not told which. */
static int hidden(struct hf_sync *s, struct line *l, const char *why, int64_t now)
{
    static const char maybe[] = "or nothing is published yet: without s3:ListBucket the two look alike; ";
    char text[HF_ERR_MAX_MESSAGE], rest[96];

    snprintf(text, sizeof text, "%.500s; %s%s", why, l->have ? "" : maybe, stays(rest, l));
    return hf_sync_trouble(s, &l->trouble, HF_SYNC_WARNING, l, text, now);
}

/* 0 good, -1 told; *fatal: the rest of the bucket need not be asked, err says why. */
static int look_at(struct hf_sync *s, struct line *l, int64_t now, int *fatal, struct hf_err *err)
{
    enum hf_bucket_found found;
    struct hf_buf b;
    int rc;

    *fatal = 0;
    if (l->have && faccessat(l->dir, HF_MANIFEST_LEAF, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        l->etag[0] = '\0'; /* somebody has emptied the folder: fetch it again */
    hf_buf_init(&b, HF_JWS_MAX_BYTES);
    rc = hf_bucket_get(s->bucket, l->key, l->etag, &b, &found, err);
    if (rc != 0) {
        *fatal = err->code != HF_E_LIMIT;
        if (!*fatal) {
            l->etag[0] = '\0'; /* it is that of what lay there before, which may come back */
            refuse(s, l, err->msg, now);
        }
    } else if (found == HF_BUCKET_NEW) {
        rc = take(s, l, &b, now, fatal, err);
        if (*fatal)
            l->etag[0] = '\0'; /* it is to be fetched again */
    } else if (found == HF_BUCKET_SAME) {
        rc = l->refused ? hf_sync_trouble(s, &l->trouble, HF_SYNC_ALARM, l, l->trouble.text, now) : fine(s, l);
    } else {
        l->etag[0] = '\0';
        rc = found == HF_BUCKET_NONE ? missing(s, l, now) : hidden(s, l, err->msg, now);
    }
    hf_buf_free(&b);
    return rc;
}

/* Hands on what links are signed with, when it has changed. */
static int hand_on_keys(struct hf_sync *s, int64_t now)
{
    struct hf_link_keys keys;
    struct hf_buf b;
    struct hf_err err;
    int rc;

    memset(&keys, 0, sizeof keys);
    hf_buf_init(&b, HF_LINK_KEYS_MAX_BYTES);
    rc = hf_bucket_link_keys(s->bucket, &keys, &s->keys_again, now, &err);
    if (rc == 0)
        rc = hf_link_keys_write(&b, &keys, &err);
    if (rc == 0 && (b.n != s->written.n || memcmp(b.p, s->written.p, b.n) != 0 ||
                    faccessat(s->root, HF_LINK_KEYS_FILE, F_OK, AT_SYMLINK_NOFOLLOW) != 0)) {
        rc = hf_durable_put(s->root, HF_LINK_KEYS_FILE, b.p, b.n, KEYS_MODE, 0, NULL, HF_LINK_KEYS_FILE, &err);
        if (rc == 0) {
            hf_buf_wipe(&s->written);
            s->written = b;
            hf_buf_init(&b, HF_LINK_KEYS_MAX_BYTES);
        }
    }
    if (rc != 0)
        hf_sync_trouble(s, &s->keys, HF_SYNC_WARNING, NULL, err.msg, now);
    else
        trouble_off(s, &s->keys, NULL, "there are credentials again");
    explicit_bzero(&keys, sizeof keys);
    hf_buf_wipe(&b);
    return rc;
}

/* Milliseconds. A quarter of it is chance, so that many edges do not ask all at once. */
static int64_t pause_after(const struct hf_sync *s, int64_t now)
{
    int64_t usual = s->config->edge.sync_interval * 1000, longest = usual > LONGEST_PAUSE ? usual : LONGEST_PAUSE, pause = usual;
    uint16_t chance = 0x8000;
    int i;

    for (i = 1; i < s->fails && pause < longest; i++)
        pause *= 2;
    pause = pause < longest ? pause : longest;
    hf_random(&chance, sizeof chance, NULL);
    pause -= pause / 4 * chance / 0x10000;
    if (s->keys_again > now && (s->keys_again - now) * 1000 < pause)
        pause = (s->keys_again - now) * 1000;
    return pause;
}

int hf_sync_look(struct hf_sync *s, int64_t now, int64_t *next)
{
    char text[HF_ERR_MAX_MESSAGE];
    struct hf_err err = {HF_OK, ""};
    int bad = 0, fatal = 0, have = 0;
    size_t i;

    if (hand_on_keys(s, now) != 0) { /* without credentials there is nothing to ask with */
        s->fails++;
        *next = pause_after(s, now);
        return -1;
    }
    for (i = 0; i < s->count && !fatal; i++)
        bad = look_at(s, &s->lines[i], now, &fatal, &err) != 0 || bad;
    if (fatal) {
        for (i = 0; i < s->count; i++)
            have |= s->lines[i].have;
        snprintf(text, sizeof text, "%.600s; %s", err.msg,
                 have ? "what was fetched last serves until it expires" : "nothing was fetched yet");
        hf_sync_trouble(s, &s->away, HF_SYNC_WARNING, NULL, text, now);
    } else {
        trouble_off(s, &s->away, NULL, "the bucket answers again");
    }
    s->fails = fatal ? s->fails + 1 : 0;
    *next = pause_after(s, now);
    return bad ? -1 : 0;
}
