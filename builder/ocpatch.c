/* ocpatch.c: see ocpatch.h. */
#include "builder/ocpatch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/escape.h"
#include "core/range.h"

#define DIGEST 32
#define POOL_XOR 0x41

/* Where the bytes are: in memory, or in a file that is read as it goes (p is NULL). */
struct source {
    const uint8_t *p;
    int fd;
    size_t n;
};

/* What is left to read. */
struct reading {
    const struct source *from;
    size_t at;
};

/* n bytes from a place on. -1: there are not so many. */
static int fetch(void *out, const struct source *from, size_t at, size_t n)
{
    if (at > from->n || n > from->n - at)
        return -1;
    if (from->p != NULL)
        memcpy(out, from->p + at, n);
    else if (pread(from->fd, out, n, (off_t)at) != (ssize_t)n)
        return -1;
    return 0;
}

static int take_byte(struct reading *r, uint8_t wanted)
{
    uint8_t b;

    if (fetch(&b, r->from, r->at, 1) < 0 || b != wanted)
        return -1;
    r->at++;
    return 0;
}

static int take_u32(struct reading *r, uint32_t *out)
{
    uint8_t b[4];

    if (fetch(b, r->from, r->at, sizeof b) < 0)
        return -1;
    *out = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    r->at += sizeof b;
    return 0;
}

/* A string: its place in the pool, whose bytes are masked. */
static int take_version(struct reading *r, char out[HF_OCPATCH_MAX_VERSION + 1], size_t pool, uint32_t pool_n)
{
    uint32_t at, n;

    if (take_byte(r, 2) < 0 || take_u32(r, &at) < 0 || take_u32(r, &n) < 0 || n > HF_OCPATCH_MAX_VERSION || at > pool_n ||
        n > pool_n - at || fetch(out, r->from, pool + at, n) < 0)
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        out[i] = (char)(out[i] ^ POOL_XOR);
        if (out[i] < ' ' || out[i] > '~')
            return -1;
    }
    out[n] = '\0';
    return 0;
}

/* The digest of all that stands behind it. */
static int sum_rest(uint8_t sum[DIGEST], const struct source *from, struct hf_err *err)
{
    if (from->p == NULL)
        return hf_sha256_fd(sum, from->fd, DIGEST, err);
    return hf_sha256(sum, from->p + DIGEST, from->n - DIGEST) == 0 ? 0 : hf_fail(err, HF_E_FAIL, "cannot compute SHA-256");
}

static int read_head(struct hf_ocpatch *out, const struct source *from, struct hf_err *err)
{
    struct reading r = {from, DIGEST};
    uint8_t wanted[DIGEST], sum[DIGEST];
    size_t pool;
    uint32_t pool_n;

    memset(out, 0, sizeof *out);
    if (from->n < DIGEST + 2 || fetch(wanted, from, 0, DIGEST) < 0)
        return hf_fail(err, HF_E_INPUT, "it is no OCRunner patch: it has %zu bytes", from->n);
    if (sum_rest(sum, from, err) != 0)
        return -1;
    if (memcmp(sum, wanted, DIGEST) != 0)
        return hf_fail(err, HF_E_SIG, "it is no OCRunner patch, or damaged: its SHA-256 is not the one that it begins with");
    if (take_byte(&r, 1) < 0 || take_byte(&r, 1) < 0 || take_byte(&r, 3) < 0 || take_u32(&r, &pool_n) < 0 ||
        pool_n > from->n - r.at)
        return hf_fail(err, HF_E_INPUT, "it is no OCRunner patch in the binary form");
    pool = r.at;
    r.at += pool_n;
    if (take_version(&r, out->app_version, pool, pool_n) < 0 || take_version(&r, out->format, pool, pool_n) < 0 ||
        take_byte(&r, 4) < 0 || take_u32(&r, &out->nodes) < 0)
        return hf_fail(err, HF_E_INPUT, "it is no OCRunner patch in the binary form: its head is cut or damaged");
    /* Each node takes a byte at least. */
    if (out->nodes > from->n - r.at)
        return hf_fail(err, HF_E_INPUT, "it says that it has %" PRIu32 " nodes, which %zu bytes cannot hold", out->nodes,
                       from->n - r.at);
    return 0;
}

int hf_ocpatch_read(struct hf_ocpatch *out, const void *p, size_t n, struct hf_err *err)
{
    static const uint8_t nothing[1];
    const struct source from = {.p = n > 0 ? p : nothing, .fd = -1, .n = n};

    return read_head(out, &from, err);
}

int hf_ocpatch_version(char out[HF_OCPATCH_MAX_VERSION + 1], const char *target, const char *builder, struct hf_err *err)
{
    char shown[160];
    struct hf_range *range = NULL;
    size_t n;

    if (hf_range_parse(&range, target, err) != 0)
        return -1;
    if (hf_range_exact(range) == NULL) {
        hf_range_free(range);
        return hf_fail(err, HF_E_INPUT,
                       "the builder '%s' makes a patch for one exact version, and '%s' is not one: name it, as in 1.1.1", builder,
                       hf_escape(shown, sizeof shown, target, strlen(target)));
    }
    hf_range_free(range);
    target += strspn(target, " =");
    n = strcspn(target, "+ ");
    if (n == 0 || n > HF_OCPATCH_MAX_VERSION)
        return hf_fail(err, HF_E_INPUT, "'%s' names no version", hf_escape(shown, sizeof shown, target, strlen(target)));
    memcpy(out, target, n);
    out[n] = '\0';
    return 0;
}

/* A device compares the constraint with its own version as numbers of one length, so only the same text is the same. */
int hf_ocpatch_for(const struct hf_ocpatch *patch, const char *target, struct hf_err *err)
{
    char wanted[HF_OCPATCH_MAX_VERSION + 1], shown[160];
    const char *has = patch->app_version + (patch->app_version[0] == '=');

    if (hf_ocpatch_version(wanted, target, "ocrunner", err) != 0)
        return -1;
    if (strcmp(has, wanted) == 0)
        return 0;
    return hf_fail(err, HF_E_POLICY,
                   "the patch says that it is for app version '%s', and its target is %s: make it with -appVersion %s",
                   hf_escape(shown, sizeof shown, patch->app_version, strlen(patch->app_version)), wanted, wanted);
}

int hf_ocpatch_file(struct hf_ocpatch *out, const char *path, const char *target, struct hf_err *err)
{
    char shown[160];
    struct source from = {.fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    struct stat st;
    int rc = -1;

    hf_escape(shown, sizeof shown, path, strlen(path));
    if (from.fd < 0)
        return hf_fail(err, errno == ENOENT ? HF_E_NOTFOUND : HF_E_FAIL, "cannot open '%s': %s", shown, strerror(errno));
    if (fstat(from.fd, &st) != 0 || !S_ISREG(st.st_mode))
        hf_fail(err, HF_E_FAIL, "'%s' is not a regular file", shown);
    else if (st.st_size > HF_OCPATCH_MAX_BYTES)
        hf_fail(err, HF_E_LIMIT, "'%s' is over the limit of %d bytes", shown, HF_OCPATCH_MAX_BYTES);
    else
        rc = 0;
    from.n = (size_t)st.st_size;
    if (rc == 0)
        rc = read_head(out, &from, err);
    if (rc == 0)
        rc = hf_ocpatch_for(out, target, err);
    close(from.fd);
    return rc;
}
