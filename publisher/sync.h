/* sync.h: one bucket kept in a folder for the edge: manifests that were verified, and what links are signed with. What is wrong
 * is told as an event; nothing that was refused ever reaches the folder. */
#ifndef HF_SYNC_H
#define HF_SYNC_H

#include "core/config.h"

struct hf_sync;

enum hf_sync_level {
    HF_SYNC_INFO,
    HF_SYNC_WARNING, /* something does not work; what was fetched last serves on */
    HF_SYNC_ALARM    /* somebody may be at work who should not be */
};

/* Something to tell. channel is NULL for what is about the whole bucket. */
struct hf_sync_say {
    void (*tell)(void *arg, enum hf_sync_level level, const struct hf_channel *channel, const char *text);
    void *arg;
};

/* Opens the folder (made, 0700, if the one above it is there) and takes its lock; reads what an earlier run left there.
 * `others` are open already, and may share the folder if they are of the same bucket. c and say are borrowed. HF_E_AGAIN when
 * another process keeps the folder. */
int hf_sync_open(struct hf_sync **out, const struct hf_config *c, struct hf_sync *const *others, size_t n,
                 const struct hf_sync_say *say, struct hf_err *err);
void hf_sync_close(struct hf_sync *s);

/* Looks at the bucket once. now: seconds since 1970. 0 when all is well (nothing published yet is); -1 when something was told
 * that is not. *next: when to look again, in milliseconds from the end of the look; more with each failure in a row, and
 * jittered. */
int hf_sync_look(struct hf_sync *s, int64_t now, int64_t *next);

#endif
