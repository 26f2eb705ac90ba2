/* table.h: the manifests that the edge serves, one of each channel in hotfix.ini. Each is verified against the pinned keys when
 * its file changes; the last good one stays in force when the file goes bad, goes back, or goes away. */
#ifndef HF_TABLE_H
#define HF_TABLE_H

#include <sys/types.h>
#include <time.h>

#include "core/config.h"
#include "core/follow.h"
#include "core/key.h"
#include "core/manifest.h"
#include "edge/links.h"
#include "edge/reply.h"

/* A link of the moment: it does not depend on the device, so one is enough for each second. */
struct hf_link {
    int64_t second; /* when it was made */
    char *url;      /* behind [edge] public_url, or whole; NULL: none was made yet */
    size_t room;    /* bytes of it */
};

/* What an answer says of one file, ready made (answer.h). */
struct hf_piece {
    char *text;
    struct hf_link link;
};

/* One good manifest. All but the links is never changed after it was loaded. */
struct hf_loaded {
    struct hf_manifest *m;
    struct hf_blob *raw;         /* the signed bytes */
    char etag[HF_ETAG_TEXT_MAX]; /* of the signed bytes */
    struct hf_follow follow;     /* what may come behind it */
    struct hf_piece *releases;   /* one for each release */
    struct hf_piece **deltas;    /* [release][delta] */
};

/* Where the manifests of one hotfix.ini come from, and whom it trusts. */
struct hf_feed {
    int root; /* of the store, or of the folder that `hotfix sync` keeps of a bucket (beneath.h) */
    struct hf_trust *trust;
    char *store;            /* its url */
    struct hf_links *links; /* to the files of a bucket; NULL for a folder, whose files the edge sends itself */
};

/* One app and channel that is served. */
struct hf_served {
    const struct hf_feed *from; /* borrowed */
    char app[HF_APP_MAX + 1];
    char channel[HF_CHANNEL_MAX + 1];
    struct hf_loaded *now; /* NULL: none was good yet */
    struct timespec mtime; /* of the file that was looked at last, good or not */
    off_t size;
    ino_t inode;
    int refused;        /* what lies in the store now, or does not, was not taken */
    int64_t seen;       /* a bucket: when it last said that `now` is in force there; 0: never */
    int bucket_refused; /* a bucket: what lies there was not taken */
};

struct hf_table {
    struct hf_served *served;
    size_t count;
};

/* An empty one. */
int hf_table_new(struct hf_table **out, struct hf_err *err);

/* Adds one for each (app, channel) of a configuration. An app has one store: HF_E_CONFIG when it stands in two files with two.
 * from is borrowed. */
int hf_table_add(struct hf_table *t, const struct hf_config *c, const struct hf_feed *from, struct hf_err *err);
void hf_table_free(struct hf_table *t);

/* Looks at each file, and loads those that changed. Says why one was not taken, once a change. */
void hf_table_poll(struct hf_table *t, hf_log_fn *say);

/* What is served of this app and channel. "" stands for any, as long as that leaves one. NULL with HF_E_NOTFOUND, or HF_E_INPUT
 * when one must be named. */
struct hf_served *hf_table_find(struct hf_table *t, const char *app, const char *channel, struct hf_err *err);

/* Verifies and prepares an envelope. */
int hf_loaded_new(struct hf_loaded **out, const struct hf_buf *envelope, const struct hf_trust *trust, const char *app,
                  const char *channel, struct hf_err *err);
void hf_loaded_free(struct hf_loaded *l);

#endif
