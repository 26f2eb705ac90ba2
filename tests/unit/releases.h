/* releases.h: manifests for tests, release by release. File N has sixty-four times the digit N as its sha256, and thirty-two
 * times as its MD5. */
#ifndef HF_TEST_RELEASES_H
#define HF_TEST_RELEASES_H

#include <stdlib.h>
#include <string.h>

#include "core/manifest.h"

#define NOW INT64_C(1795327500)
#define SALT "9f2c01d4a6b7e853"

static inline const char *sum_of(int file)
{
    static char sums[16][HF_SHA256_HEX + 1];

    memset(sums[file], "0123456789abcdef"[file], HF_SHA256_HEX);
    return sums[file];
}

static inline const char *md5_of(int file)
{
    return sum_of(file) + HF_SHA256_HEX - HF_MD5_HEX;
}

static inline struct hf_manifest *manifest_new(void)
{
    struct hf_manifest *m = NULL;

    if (hf_manifest_new(&m, "com.example.shop.ios", "production", NULL) != 0)
        abort();
    m->serial = 1;
    m->published = NOW - 3600;
    m->expires = NOW + 3600;
    return m;
}

/* Puts a live release for everybody in front. file 0: "file":null. The release may be changed until the next one is put. */
static inline struct hf_release *release_add(struct hf_manifest *m, int64_t patch, const char *target, int file)
{
    struct hf_release r;

    memset(&r, 0, sizeof r);
    r.patch = patch;
    strcpy(r.job, "00112233445566778899aabbccddeeff");
    strcpy(r.target, target);
    if (hf_range_parse(&r.range, target, NULL) != 0)
        abort();
    r.rollout = HF_ROLLOUT_ALL;
    strcpy(r.salt, SALT);
    r.priority = HF_NORMAL;
    r.published = NOW - 3600;
    r.notes = strdup("");
    strcpy(r.source.commit, "0123456789abcdef0123456789abcdef01234567");
    r.has_file = file != 0;
    if (r.has_file) {
        strcpy(r.file.sums.sha256, sum_of(file));
        strcpy(r.file.sums.md5, md5_of(file));
        strcpy(r.file.key, "objects/");
        strcat(r.file.key, sum_of(file));
        strcpy(r.file.name, "patch.zip");
        r.file.size = 1;
    }
    if (hf_manifest_add(m, &r, NULL) != 0)
        abort();
    m->last = patch;
    return &m->releases[0];
}

static inline void revoke(struct hf_manifest *m, int file)
{
    m->revoked = reallocarray(m->revoked, m->revoked_count + 1, sizeof *m->revoked);
    strcpy(m->revoked[m->revoked_count++], sum_of(file));
}

#endif
