/* links.c: see links.h. */
#include "edge/links.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/name.h"
#include "edge/beneath.h"
#include "edge/reply.h"
#include "store/link_keys.h"

#define ANY_REGION "us-east-1" /* where hotfix.ini says nothing, the real one comes from the environment, to `hotfix sync` */

#define LINK_FIXED 512 /* of a link: the names of its parameters, and the values that are always as long */

struct hf_links {
    char bucket[HF_PLACE_BUCKET_MAX + 1];
    char prefix[HF_PLACE_KEY_MAX + 1]; /* "" or with a slash at its end */
    char *public_endpoint;             /* "": the store's own */
    int path_style;
    int ready;                                 /* the rest is there */
    struct hf_aws_keys who;                    /* without a secret */
    struct hf_place place;                     /* that devices see */
    struct hf_sigv4 signer[HF_LINK_KEYS_DAYS]; /* each with the key of one day */
    struct timespec mtime;                     /* of the file that was looked at last, good or not */
    off_t size;
    ino_t inode;
};

int hf_links_new(struct hf_links **out, const struct hf_config *c, struct hf_err *err)
{
    struct hf_links *l = calloc(1, sizeof *l);
    struct hf_place trial;
    size_t i;

    *out = NULL;
    if (l == NULL)
        return hf_nomem(err);
    for (i = 0; i < HF_LINK_KEYS_DAYS; i++)
        hf_sigv4_init(&l->signer[i]);
    l->path_style = c->store.path_style;
    l->public_endpoint = strdup(c->store.public_endpoint);
    if (l->public_endpoint == NULL) {
        hf_nomem(err);
        goto fail;
    }
    if (hf_place_bucket(l->bucket, l->prefix, c->store.url, err) != 0)
        goto fail;
    if (hf_place_set(&trial, l->public_endpoint, *c->store.region != '\0' ? c->store.region : ANY_REGION, l->bucket,
                     l->path_style, err) != 0) {
        hf_fail_in(err, "[store] public_endpoint: ");
        goto fail;
    }
    *out = l;
    return 0;
fail:
    hf_links_free(l);
    return -1;
}

void hf_links_free(struct hf_links *l)
{
    size_t i;

    if (l == NULL)
        return;
    for (i = 0; i < HF_LINK_KEYS_DAYS; i++)
        hf_sigv4_clear(&l->signer[i]);
    free(l->public_endpoint);
    explicit_bzero(l, sizeof *l);
    free(l);
}

static int presign(struct hf_links *l, const char **url, const char *app, const char *key, const char *name, int64_t ttl,
                   int64_t now, struct hf_err *err)
{
    char object[HF_PLACE_KEY_MAX + HF_APP_MAX + HF_OBJECT_KEY_MAX + 2], as[HF_FILE_NAME_MAX + 64];
    const struct hf_sigv4_pair query[] = {{"response-content-disposition", as}};
    const struct hf_sigv4_ask ask = {.method = "GET", .key = object, .query = query, .query_n = 1};
    int rc = -1;
    size_t i;

    snprintf(object, sizeof object, "%s%s/%s", l->prefix, app, key);
    snprintf(as, sizeof as, "attachment; filename=\"%s\"", name);
    for (i = 0; i < HF_LINK_KEYS_DAYS && rc != 0; i++) { /* HF_E_EXPIRED: it is the key of another day */
        rc = hf_sigv4_presign(&l->signer[i], url, NULL, &l->who, &l->place, &ask, ttl, now, err);
        if (rc != 0 && err->code != HF_E_EXPIRED)
            return -1;
    }
    if (rc != 0)
        return hf_fail(err, HF_E_AGAIN, "No link can be made now");
    return strlen(*url) < HF_URL_MAX ? 0 : hf_fail(err, HF_E_LIMIT, "a link is over the limit of %d bytes", HF_URL_MAX - 1);
}

int hf_links_ready(const struct hf_links *l, int64_t now)
{
    return l->ready && (l->who.expires == 0 || l->who.expires > now);
}

int hf_links_make(struct hf_links *l, const char **url, const char *app, const char *key, const char *name, int64_t ttl,
                  int64_t now, struct hf_err *err)
{
    if (!hf_links_ready(l, now))
        return hf_fail(err, HF_E_AGAIN, "No link can be made now");
    return presign(l, url, app, key, name, ttl, now, err);
}

/* What no answer has room for is refused once, here. Encoded, a byte becomes three at most. */
static int check_length(const struct hf_links *l, const struct hf_link_keys *k, const struct hf_place *place, struct hf_err *err)
{
    size_t n = strlen(place->host) + strlen(l->bucket) + 3 * strlen(l->prefix) + HF_APP_MAX + HF_OBJECT_KEY_MAX +
               HF_FILE_NAME_MAX + 3 * strlen(k->who.id) + strlen(k->region) + LINK_FIXED;
    struct hf_buf token;

    hf_buf_init(&token, 4 * HF_AWS_TOKEN_MAX);
    hf_uri_encode(&token, k->who.token, strlen(k->who.token), 0);
    n += token.n;
    hf_buf_wipe(&token);
    return n < HF_URL_MAX ? 0
                          : hf_fail(err, HF_E_LIMIT, "with its session token of %zu bytes a link would be over the limit of %d",
                                    strlen(k->who.token), HF_URL_MAX - 1);
}

int hf_links_take(struct hf_links *l, const void *p, size_t n, struct hf_err *err)
{
    struct hf_link_keys keys;
    struct hf_place place;
    int rc = -1;
    size_t i;

    if (hf_link_keys_parse(&keys, p, n, err) != 0)
        goto out;
    if (hf_place_set(&place, *l->public_endpoint != '\0' ? l->public_endpoint : keys.endpoint, keys.region, l->bucket,
                     l->path_style, err) != 0)
        goto out;
    if (check_length(l, &keys, &place, err) != 0)
        goto out;
    for (i = 0; i < HF_LINK_KEYS_DAYS; i++)
        hf_sigv4_take_day_key(&l->signer[i], keys.region, keys.days[i].day, keys.days[i].key);
    l->place = place;
    l->who = keys.who;
    l->ready = 1;
    rc = 0;
out:
    explicit_bzero(&keys, sizeof keys);
    return rc;
}

/* The file is replaced at once and never changed. A descriptor when it is another one than last time, else -1. */
static int changed(struct hf_links *l, int root, struct hf_err *err)
{
    struct stat st;
    int fd = hf_beneath_open(root, HF_LINK_KEYS_FILE, err);

    if (fd < 0) { /* not there yet, or not there for a moment */
        l->inode = 0;
        return -1;
    }
    if (fstat(fd, &st) != 0 || (st.st_ino == l->inode && st.st_size == l->size && st.st_mtim.tv_sec == l->mtime.tv_sec &&
                                st.st_mtim.tv_nsec == l->mtime.tv_nsec)) {
        close(fd);
        return -1;
    }
    l->inode = st.st_ino;
    l->size = st.st_size;
    l->mtime = st.st_mtim;
    return fd;
}

void hf_links_poll(struct hf_links *l, int root, hf_log_fn *say)
{
    struct hf_buf b;
    struct hf_err err;
    int fd = changed(l, root, &err);

    if (fd < 0)
        return;
    hf_buf_init(&b, HF_LINK_KEYS_MAX_BYTES);
    if (hf_buf_read_fd(&b, fd, HF_LINK_KEYS_FILE, &err) != 0 || hf_links_take(l, b.p != NULL ? b.p : "", b.n, &err) != 0)
        say("%s: %s; %s", HF_LINK_KEYS_FILE, err.msg, l->ready ? "links are signed as before" : "no link can be made");
    hf_buf_wipe(&b);
    close(fd);
}
