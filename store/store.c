/* store.c: see store.h: which kind of store, and what is checked for each kind alike. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/escape.h"
#include "store/backend.h"

struct hf_store {
    const struct hf_store_ops *ops;
    void *self;
    char *name;
};

static int open_kind(struct hf_store **out, const struct hf_config *c, int make, struct hf_err *err)
{
    struct hf_store *s;
    int s3 = strncmp(c->store.url, "s3://", 5) == 0;

    *out = NULL;
    if (c->store.url[0] == '\0')
        return hf_fail(err, HF_E_CONFIG, "%s: [store] url is not set", c->path);
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return hf_nomem(err);
    s->name = strdup(c->store.url);
    if (s->name == NULL) {
        free(s);
        return hf_nomem(err);
    }
    s->ops = s3 ? &hf_s3_store_ops : &hf_file_store_ops;
    if ((s3 ? hf_s3_store_open(&s->self, c, err) : hf_file_store_open(&s->self, c->store.url + 7, make, err)) != 0) {
        free(s->name);
        free(s);
        return -1;
    }
    *out = s;
    return 0;
}

int hf_store_open(struct hf_store **out, const struct hf_config *c, struct hf_err *err)
{
    return open_kind(out, c, 0, err);
}

int hf_store_make(struct hf_store **out, const struct hf_config *c, struct hf_err *err)
{
    return open_kind(out, c, 1, err);
}

void hf_store_close(struct hf_store *s)
{
    if (s == NULL)
        return;
    s->ops->close(s->self);
    free(s->name);
    free(s);
}

const char *hf_store_name(const struct hf_store *s)
{
    return s->name;
}

/* Keys come from manifests and names that were checked; this is the lock behind those. */
static int check_key(const char *key, struct hf_err *err)
{
    char part[HF_FILE_NAME_MAX + HF_SHA256_HEX], shown[HF_STORE_KEY_MAX];
    const char *p, *slash;
    size_t n;

    if (strlen(key) > HF_STORE_KEY_MAX)
        return hf_fail(err, HF_E_LIMIT, "a key of the store is longer than %d bytes", HF_STORE_KEY_MAX);
    for (p = key; p != NULL; p = slash != NULL ? slash + 1 : NULL) {
        slash = strchr(p, '/');
        n = slash != NULL ? (size_t)(slash - p) : strlen(p);
        if (n >= sizeof part)
            goto bad;
        memcpy(part, p, n);
        part[n] = '\0';
        if (!hf_name_ok(part, sizeof part - 1))
            goto bad;
    }
    return 0;
bad:
    return hf_fail(err, HF_E_INPUT, "'%s' is no key of a store", hf_escape(shown, sizeof shown, key, strlen(key)));
}

int64_t hf_store_time(const struct hf_store *s)
{
    return s->ops->time != NULL ? s->ops->time(s->self) : 0;
}

int hf_store_get(struct hf_store *s, const char *key, struct hf_buf *out, char etag[HF_ETAG_MAX], struct hf_err *err)
{
    return check_key(key, err) != 0 ? -1 : s->ops->get(s->self, key, out, etag, err);
}

int hf_store_size(struct hf_store *s, const char *key, int64_t *size, struct hf_err *err)
{
    return check_key(key, err) != 0 ? -1 : s->ops->size(s->self, key, size, err);
}

/* A media type goes into a header of a request as it stands. */
static int check_type(const char *type, struct hf_err *err)
{
    char shown[HF_STORE_TYPE_MAX * 4 + 1];
    size_t i, n = strlen(type);
    const char *slash = strchr(type, '/');

    if (n > HF_STORE_TYPE_MAX || slash == NULL || slash == type || slash[1] == '\0')
        goto bad;
    for (i = 0; i < n; i++) {
        /* One blank at a time, and none at the ends: signers and servers differ in what they make of others. */
        if (type[i] < 0x20 || type[i] > 0x7e || (type[i] == ' ' && (i == 0 || i + 1 == n || type[i + 1] == ' ')))
            goto bad;
    }
    return 0;
bad:
    return hf_fail(err, HF_E_INPUT, "'%s' is not a media type", hf_escape(shown, sizeof shown, type, n));
}

int hf_store_put_object(struct hf_store *s, const char *key, int fd, const struct hf_sums *sums, const char *type,
                        struct hf_err *err)
{
    return check_key(key, err) != 0 || check_type(type, err) != 0 ? -1 : s->ops->put_object(s->self, key, fd, sums, type, err);
}

int hf_store_put_new(struct hf_store *s, const char *key, const struct hf_store_bytes *b, int *made, struct hf_err *err)
{
    return check_key(key, err) != 0 || check_type(b->type, err) != 0 ? -1 : s->ops->put_new(s->self, key, b, made, err);
}

int hf_store_replace(struct hf_store *s, const char *key, const struct hf_store_bytes *b, const char *etag, struct hf_err *err)
{
    return check_key(key, err) != 0 || check_type(b->type, err) != 0 ? -1 : s->ops->replace(s->self, key, b, etag, err);
}

int hf_store_sums(struct hf_store *s, const char *key, struct hf_sums *out, struct hf_err *err)
{
    return check_key(key, err) != 0 ? -1 : s->ops->sums(s->self, key, out, err);
}

int hf_store_list(struct hf_store *s, const char *folder, int (*f)(void *arg, const struct hf_store_entry *e), void *arg,
                  struct hf_err *err)
{
    return folder[0] != '\0' && check_key(folder, err) != 0 ? -1 : s->ops->list(s->self, folder, f, arg, err);
}

int hf_store_probe(struct hf_store *s, const char *folder, struct hf_store_facts *facts, struct hf_err *err)
{
    memset(facts, 0, sizeof *facts);
    return folder[0] != '\0' && check_key(folder, err) != 0 ? -1 : s->ops->probe(s->self, folder, facts, err);
}

int hf_store_remove(struct hf_store *s, const char *key, struct hf_err *err)
{
    return check_key(key, err) != 0 ? -1 : s->ops->remove(s->self, key, err);
}

int hf_store_fetch(struct hf_store *s, const char *key, int fd, int64_t max, struct hf_sums *out, struct hf_err *err)
{
    struct stat st;
    int rc;

    if (check_key(key, err) != 0)
        return -1;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || ftruncate(fd, 0) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot fetch %s into what is not a file open for writing", key);
    rc = s->ops->fetch(s->self, key, fd, max, out, err);
    if (rc != 0 && ftruncate(fd, 0) != 0) /* nobody reads half of it; the caller has the error */
        return -1;
    return rc;
}

void hf_store_watch(struct hf_store *s, hf_store_progress *f, void *arg)
{
    if (s->ops->watch != NULL)
        s->ops->watch(s->self, f, arg);
}
