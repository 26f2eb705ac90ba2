/* ocpatch.c: see ocpatch.h. */
#include "builder/ocpatch.h"

#include <inttypes.h>
#include <string.h>

#include "core/buf.h"
#include "core/digest.h"
#include "core/escape.h"
#include "core/range.h"

#define DIGEST 32
#define POOL_XOR 0x41

/* What is left to read. */
struct reading {
    const uint8_t *p;
    size_t n;
};

static int take_byte(struct reading *r, uint8_t wanted)
{
    if (r->n == 0 || *r->p != wanted)
        return -1;
    r->p++;
    r->n--;
    return 0;
}

static int take_u32(struct reading *r, uint32_t *out)
{
    if (r->n < 4)
        return -1;
    *out = (uint32_t)r->p[0] | (uint32_t)r->p[1] << 8 | (uint32_t)r->p[2] << 16 | (uint32_t)r->p[3] << 24;
    r->p += 4;
    r->n -= 4;
    return 0;
}

/* A string: its place in the pool, whose bytes are masked. */
static int take_version(struct reading *r, char out[HF_OCPATCH_MAX_VERSION + 1], const uint8_t *pool, uint32_t pool_n)
{
    uint32_t at, n;

    if (take_byte(r, 2) < 0 || take_u32(r, &at) < 0 || take_u32(r, &n) < 0 || n > HF_OCPATCH_MAX_VERSION || at > pool_n ||
        n > pool_n - at)
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        out[i] = (char)(pool[at + i] ^ POOL_XOR);
        if (out[i] < ' ' || out[i] > '~')
            return -1;
    }
    out[n] = '\0';
    return 0;
}

int hf_ocpatch_read(struct hf_ocpatch *out, const void *p, size_t n, struct hf_err *err)
{
    struct reading r = {p, n};
    uint8_t sum[DIGEST];
    const uint8_t *pool;
    uint32_t pool_n;

    memset(out, 0, sizeof *out);
    if (n < DIGEST + 2)
        return hf_fail(err, HF_E_INPUT, "it is no OCRunner patch: it has %zu bytes", n);
    r.p += DIGEST;
    r.n -= DIGEST;
    if (hf_sha256(sum, r.p, r.n) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot compute SHA-256");
    if (memcmp(sum, p, DIGEST) != 0)
        return hf_fail(err, HF_E_SIG, "it is no OCRunner patch, or damaged: its SHA-256 is not the one that it begins with");
    if (take_byte(&r, 1) < 0 || take_byte(&r, 1) < 0 || take_byte(&r, 3) < 0 || take_u32(&r, &pool_n) < 0 || pool_n > r.n)
        return hf_fail(err, HF_E_INPUT, "it is no OCRunner patch in the binary form");
    pool = r.p;
    r.p += pool_n;
    r.n -= pool_n;
    if (take_version(&r, out->app_version, pool, pool_n) < 0 || take_version(&r, out->format, pool, pool_n) < 0 ||
        take_byte(&r, 4) < 0 || take_u32(&r, &out->nodes) < 0)
        return hf_fail(err, HF_E_INPUT, "it is no OCRunner patch in the binary form: its head is cut or damaged");
    /* Each node takes a byte at least. */
    if (out->nodes > r.n)
        return hf_fail(err, HF_E_INPUT, "it says that it has %" PRIu32 " nodes, which %zu bytes cannot hold", out->nodes, r.n);
    return 0;
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
    struct hf_buf b;
    int rc;

    hf_buf_init(&b, HF_OCPATCH_MAX_BYTES);
    rc = hf_buf_read_file(&b, path, 1, err);
    if (rc == 0)
        rc = hf_ocpatch_read(out, b.p, b.n, err);
    if (rc == 0)
        rc = hf_ocpatch_for(out, target, err);
    hf_buf_free(&b);
    return rc;
}
