/* memory.h: what this publisher signed last, for one channel, in a file of its own. Whoever may write the store can put an old
 * manifest back; the memory is why the publisher does not sign that one anew. docs/formats.md, "The publisher's memory". */
#ifndef HF_MEMORY_H
#define HF_MEMORY_H

#include <stdint.h>

#include "core/buf.h"
#include "core/manifest.h"

#define HF_MEMORY_FORMAT 1
#define HF_MEMORY_MAX_BYTES (8 * 1024)
#define HF_MEMORY_MAX_STORE 1024
#define HF_MEMORY_AHEAD 1000                     /* serials and patch numbers that others may have published meanwhile */
#define HF_MEMORY_FUTURE (INT64_C(24) * 60 * 60) /* seconds that `published` of such a manifest may be ahead of our clock */

/* One manifest. serial 0: none. */
struct hf_remembered {
    int64_t serial;
    int64_t last;                   /* its highest patch number */
    int64_t published;              /* seconds since 1970 */
    char sha256[HF_SHA256_HEX + 1]; /* of the payload */
};

struct hf_memory {
    char app[HF_APP_MAX + 1];
    char channel[HF_CHANNEL_MAX + 1];
    char store[HF_MEMORY_MAX_STORE + 1]; /* where it was published: "file:///var/lib/hotfix" */
    struct hf_remembered in_force;       /* what the store showed last */
    struct hf_remembered tried;          /* what was about to be put into the store, and may be in force */
    int64_t serial, last;                /* the highest ever tried: no number is given to two contents */
};

/* What a store shows, and what is known around it. */
struct hf_shown {
    int there; /* 0: no manifest */
    struct hf_remembered manifest;
    int64_t history; /* the highest serial in history/; 0: none, or not looked for */
    int64_t now;
    const char *store;
};

enum hf_memory_verdict {
    HF_MEMORY_FIRST,      /* nothing is remembered: what the store shows is taken up */
    HF_MEMORY_KNOWN,      /* what was signed here last */
    HF_MEMORY_TRIED,      /* what was tried here: it is in force */
    HF_MEMORY_HIGHER,     /* another publisher went on; good when history/ and the clock agree */
    HF_MEMORY_GONE,       /* the store shows nothing, and should */
    HF_MEMORY_BACK,       /* the store shows an older state, or another manifest under a known serial */
    HF_MEMORY_FAR,        /* more than HF_MEMORY_AHEAD numbers on */
    HF_MEMORY_NOT_NEWEST, /* history/ has a higher serial */
    HF_MEMORY_NOT_YET     /* published in the future */
};

/* The pure rule. m NULL: nothing is remembered. */
enum hf_memory_verdict hf_memory_judge(const struct hf_memory *m, const struct hf_shown *s);

/* 1 when the verdict lets a publisher sign upon what the store shows. */
int hf_memory_allows(enum hf_memory_verdict v);

/* Fails with what the store shows, what is remembered, and what to do. HF_E_SIG: a job waits. */
int hf_memory_refuse(enum hf_memory_verdict v, const struct hf_memory *m, const struct hf_shown *s, struct hf_err *err);

/* The memory of a channel in `<folder>/signed/<app>/<channel>.json`, locked: other publishers that use the folder wait, at most
 * HF_MEMORY_LOCK_SECONDS. HF_E_SIG, with the lock held: there is one that says nothing, for it is damaged or of another channel.
 * Ended with hf_memory_close, after a failure too. */
#define HF_MEMORY_LOCK_SECONDS 300
struct hf_memory_file {
    int dir;   /* of the file; -1: not open */
    int lock;  /* -1: not held */
    int known; /* 1: there is a memory */
    struct hf_memory memory;
};
int hf_memory_open(struct hf_memory_file *f, const char *folder, const char *app, const char *channel, struct hf_err *err);
void hf_memory_close(struct hf_memory_file *f);

/* Writes f->memory: on disk when this returns 0. */
int hf_memory_save(struct hf_memory_file *f, struct hf_err *err);

/* Reads it without a lock, for those who only look. HF_E_NOTFOUND: nothing is remembered. */
int hf_memory_peek(struct hf_memory *out, const char *folder, const char *app, const char *channel, struct hf_err *err);

/* Text of a memory, and back; strict. */
int hf_memory_write(struct hf_buf *out, const struct hf_memory *m, struct hf_err *err);
int hf_memory_parse(struct hf_memory *out, const void *p, size_t n, struct hf_err *err);

#endif
