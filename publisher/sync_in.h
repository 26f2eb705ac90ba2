/* sync_in.h: what the two files of sync.h share. */
#ifndef HF_SYNC_IN_H
#define HF_SYNC_IN_H

#include "core/follow.h"
#include "core/manifest.h"
#include "publisher/sync.h"
#include "store/bucket.h"

/* Something that is wrong, told at its beginning and then now and then. */
struct trouble {
    int on;
    enum hf_sync_level level;
    int64_t told;
    char text[HF_ERR_MAX_MESSAGE];
};

struct line {
    const struct hf_channel *channel;
    char key[HF_KEY_MAX];
    int dir;                /* of the folder; -1 until it is needed */
    char etag[HF_ETAG_MAX]; /* of what lay in the bucket last, good or refused */
    int have;               /* a manifest is in the folder: */
    struct hf_follow follow;
    int refused; /* what has this etag was refused */
    struct trouble trouble;
    int waiting_told; /* that nothing is published yet */
};

struct hf_sync {
    const struct hf_config *config;
    const struct hf_sync_say *say;
    struct hf_bucket *bucket;
    struct hf_trust *trust;
    int root, lock; /* lock: -1 when another of ours has it */
    struct line *lines;
    size_t count;
    struct hf_buf written; /* what the file of keys has; empty before the first time */
    int64_t keys_again;    /* when credentials are due; 0: no hurry */
    struct trouble away, keys;
    int fails; /* looks in a row */
};

void hf_sync_tell(struct hf_sync *s, enum hf_sync_level level, const struct line *l, const char *text);

/* Something is wrong: told at once, and again after a while. text may be t's own. Returns -1. */
int hf_sync_trouble(struct hf_sync *s, struct trouble *t, enum hf_sync_level level, const struct line *l, const char *text,
                    int64_t now);

/* The folder of a line, which is made when there is something to put into it. */
int hf_sync_folder(struct hf_sync *s, struct line *l, struct hf_err *err);

/* What bytes are: verified first, parsed after. */
int hf_sync_judge(struct hf_follow *out, const struct hf_sync *s, const struct line *l, const struct hf_buf *b,
                  struct hf_err *err);

#endif
