/* state.h: what a device remembers, one JSON file: which patch is in force, which one to go back to, what it gave up on, and
 * the highest serial of each pinned key. It is not signed: it only chooses among bytes that are checked again. */
#ifndef HF_STATE_H
#define HF_STATE_H

#include "client/dir.h"
#include "core/decide.h"
#include "core/key.h"
#include "core/manifest.h"
#include "core/question.h"
#include "core/version.h"

#define HF_STATE_FILE "state.json"
#define HF_STATE_FORMAT 1
#define HF_STATE_MAX_BYTES (64 * 1024)
#define HF_STATE_MAX_STARTS 1000000
#define HF_STATE_MAX_REPORTS 8
#define HF_ETAG_LEN 127

/* A patch that lies in patches/<sha256>/<name>. sha256 "" is none. */
struct hf_held {
    int64_t patch;
    int64_t size;
    char sha256[HF_SHA256_HEX + 1];
    char md5[HF_MD5_HEX + 1];
    char name[HF_FILE_NAME_MAX + 1];
    char target[HF_RANGE_MAX + 1];
    int confirmed; /* it has had a good start */
};

/* The newest manifest that a key signed. */
struct hf_seen {
    char kid[HF_KID_LEN + 1];
    int64_t serial;
    int64_t published;
    char sha256[HF_SHA256_HEX + 1]; /* of the payload */
};

/* What became of a patch, and the edge has not been told yet. */
struct hf_report {
    char sha256[HF_SHA256_HEX + 1];
    enum hf_result result;
};

struct hf_device {
    char app[HF_APP_MAX + 1]; /* "" until the first command that names it */
    char channel[HF_CHANNEL_MAX + 1];
    char version[HF_VERSION_MAX + 1]; /* of the app, at the last command that named it */
    struct hf_held current;
    struct hf_held previous;                             /* to go back to */
    int starts;                                          /* begins of current since it was put in force or confirmed */
    char begun[HF_SHA256_HEX + 1];                       /* what the last begin handed out, "" none: confirm speaks of it */
    char failed[HF_FACTS_MAX_FAILED][HF_SHA256_HEX + 1]; /* given up, oldest first */
    size_t failed_count;
    struct hf_report reports[HF_STATE_MAX_REPORTS]; /* oldest first */
    size_t report_count;
    struct hf_seen seen[HF_TRUST_MAX_KEYS];
    size_t seen_count;
    char etag[HF_ETAG_LEN + 1];   /* of the kept manifest; "" none */
    char kept[HF_SHA256_HEX + 1]; /* the SHA-256 of the kept manifest's bytes, so that the etag is never another one's */
};

/* Reads and checks. HF_E_INPUT or HF_E_LIMIT with what is wrong; *out is empty then. */
int hf_state_parse(struct hf_device *out, const void *p, size_t n, struct hf_err *err);
int hf_state_write(struct hf_buf *out, const struct hf_device *s, struct hf_err *err);

/* Loads the folder's state. One that is not there or cannot be read as a state is an empty one, with *fresh = 1 and, in the
 * second case, the reason in `why`: then nothing in the folder is vouched for. -1 only when the disk says no. */
int hf_state_load(struct hf_device *out, const struct hf_dir *d, int *fresh, struct hf_err *why, struct hf_err *err);

/* Replaces the folder's state, unless it says the same as `loaded`, which lies there; NULL: nothing does. */
int hf_state_save(struct hf_dir *d, const struct hf_device *s, const struct hf_device *loaded, struct hf_err *err);

/* Remembers that a patch was given up; when the list is full, the oldest is forgotten. */
void hf_state_fail(struct hf_device *s, const char *sha256);
int hf_state_failed(const struct hf_device *s, const char *sha256);

/* Remembers what the edge is to be told, once; when the list is full, the oldest is forgotten. And that it was told. */
void hf_state_report(struct hf_device *s, const char *sha256, enum hf_result result);
void hf_state_reported(struct hf_device *s, const struct hf_report *r);

#endif
