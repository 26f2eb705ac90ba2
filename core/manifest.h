/* manifest.h: the signed list of releases of one (app, channel), newest first. The only truth. */
#ifndef HF_MANIFEST_H
#define HF_MANIFEST_H

#include <stdint.h>

#include "core/buf.h"
#include "core/hex.h"
#include "core/jws.h"
#include "core/layout.h"
#include "core/range.h"
#include "core/rollout.h"
#include "core/timestamp.h"

#define HF_MANIFEST_FORMAT 1
#define HF_MANIFEST_MAX_BYTES (2u * 1024 * 1024) /* the payload */
#define HF_MANIFEST_MAX_RELEASES 512
#define HF_MANIFEST_MAX_DELTAS 16
#define HF_MANIFEST_MAX_CRITICAL 16
#define HF_MANIFEST_MAX_REVOKED 2048
#define HF_MANIFEST_MAX_NOTES 2000 /* bytes */
#define HF_MANIFEST_MAX_REF 255
#define HF_MANIFEST_MAX_BUILDER 255
#define HF_MANIFEST_MAX_CRITICAL_NAME 64
#define HF_OID_MAX 64                                       /* hex digits of a git object id: 40 or 64 */
#define HF_MANIFEST_FUTURE 60                               /* seconds that `published` may be after a clock before it is said */
#define HF_FILE_MAX_BYTES ((int64_t)2 * 1024 * 1024 * 1024) /* one patch */
#define HF_JOB_HEX 32

enum hf_state {
    HF_LIVE,
    HF_PAUSED,
    HF_WITHDRAWN,
    HF_REVOKED
};
enum hf_priority {
    HF_IDLE,
    HF_NORMAL,
    HF_MANDATORY
}; /* in order of strength */

struct hf_file {
    char key[HF_OBJECT_KEY_MAX + 1]; /* objects/<sha256> */
    char name[HF_FILE_NAME_MAX + 1];
    struct hf_sums_hex {
        char md5[HF_MD5_HEX + 1];
        char sha256[HF_SHA256_HEX + 1];
    } sums;
    int64_t size;
};

struct hf_delta {
    char from[HF_SHA256_HEX + 1];
    char codec[16];
    char key[HF_OBJECT_KEY_MAX + 1]; /* deltas/<from>-<to> */
    char sha256[HF_SHA256_HEX + 1];
    int64_t size;
};

struct hf_source {
    char ref[HF_MANIFEST_MAX_REF + 1];
    char base[HF_OID_MAX + 1];
    char commit[HF_OID_MAX + 1];
    int64_t files;
    char builder[HF_MANIFEST_MAX_BUILDER + 1];
};

struct hf_release {
    int64_t patch;
    char job[HF_JOB_HEX + 1];
    char target[HF_RANGE_MAX + 1];
    struct hf_range *range; /* target, parsed */
    enum hf_state state;
    int rollout;
    char salt[HF_SALT_HEX_MAX + 1];
    enum hf_priority priority;
    char window[12]; /* "02:00-05:00", or "" */
    int64_t published;
    char *notes;  /* UTF-8, never NULL */
    char *reason; /* why it is paused, withdrawn or revoked, in somebody's words; NULL when nobody said */
    struct hf_source source;
    int has_file; /* 0: "file":null, back to the app as shipped */
    struct hf_file file;
    struct hf_delta *deltas;
    size_t delta_count;
    int64_t over;         /* the newest rolled-back patch that this one claims to fix; 0: none */
    int64_t instead;      /* a rollback made this release in place of that patch; 0: a person published it */
    int unknown_critical; /* names a member that this reader does not know: no candidate */
    void *raw;            /* the JSON it came from, so that members of a newer hotfix survive a rewrite; or NULL */
};

struct hf_manifest {
    char app[HF_APP_MAX + 1];
    char channel[HF_CHANNEL_MAX + 1];
    int64_t serial;
    int64_t last; /* the highest patch number ever given */
    int64_t published;
    int64_t expires;
    struct hf_release *releases; /* newest first */
    size_t release_count;
    char (*revoked)[HF_SHA256_HEX + 1];
    size_t revoked_count;
    void *raw;
};

/* An empty one (serial 0, no release) for a channel that has none yet. */
int hf_manifest_new(struct hf_manifest **out, const char *app, const char *channel, struct hf_err *err);

/* Reads a payload that was verified. Everything is checked: types, grammar, limits, order of releases. */
int hf_manifest_parse(struct hf_manifest **out, const void *p, size_t n, struct hf_err *err);

/* Verifies an envelope, parses it, and compares app and channel (either may be NULL: not compared).
 * jws, if not NULL, gets the envelope's facts and must be freed by the caller. Does not judge expiry or serial. */
int hf_manifest_open(struct hf_manifest **out, struct hf_jws *jws, const void *p, size_t n, const struct hf_trust *trust,
                     const char *app, const char *channel, struct hf_err *err);

void hf_manifest_free(struct hf_manifest *m);

/* The payload bytes of m. Refuses what hf_manifest_parse would refuse. */
int hf_manifest_write(struct hf_buf *out, const struct hf_manifest *m, struct hf_err *err);

/* Puts a copy of *r in front (r's pointers move over: on success the caller no longer owns range, notes, reason, deltas, raw). */
int hf_manifest_add(struct hf_manifest *m, struct hf_release *r, struct hf_err *err);

/* Frees what a release that is in no manifest owns. */
void hf_release_clear(struct hf_release *r);

/* 1 when the sha256 is in `revoked`. */
int hf_manifest_revoked(const struct hf_manifest *m, const char *sha256);

/* The release with this patch number, or NULL. */
struct hf_release *hf_manifest_find(const struct hf_manifest *m, int64_t patch);

const char *hf_state_name(enum hf_state s);
const char *hf_priority_name(enum hf_priority p);
/* 0, or -1 with HF_E_INPUT and the words that would be right. */
int hf_priority_parse(enum hf_priority *out, const char *s, struct hf_err *err);

#endif
