/* watch.h: a bucket as `hotfix sync` sees it: the same few objects asked for again and again, and nothing written. One request a
 * question; how often is the caller's business. */
#ifndef HF_WATCH_H
#define HF_WATCH_H

#include "core/config.h"
#include "store/link_keys.h"
#include "store/store.h"

struct hf_watch;

/* By [store] of a configuration whose url is s3://; nothing is asked yet. */
int hf_watch_open(struct hf_watch **out, const struct hf_config *c, struct hf_err *err);
void hf_watch_close(struct hf_watch *w);

enum hf_watch_found {
    HF_WATCH_NEW,   /* out has its bytes, etag its entity tag ("" when the server gave none) */
    HF_WATCH_SAME,  /* it still has the entity tag that was given */
    HF_WATCH_NONE,  /* there is none */
    HF_WATCH_HIDDEN /* the server refuses to say: forbidden, or not there and we may not list. err has the words */
};

/* Asks for an object, unless it has the entity tag in `etag` still ("": none is known), which is replaced by that of the answer.
 * out is initialised with the most bytes it may have. -1: HF_E_AGAIN when the bucket is away, HF_E_LIMIT when the object is too
 * long, HF_E_CONFIG for what an operator must mend. */
int hf_watch_get(struct hf_watch *w, const char *key, char etag[HF_ETAG_MAX], struct hf_buf *out, enum hf_watch_found *found,
                 struct hf_err *err);

/* What links can be made with at this time; asks for new credentials when it is time to. *again: when to call this again at the
 * latest, 0: when the day ends. Cleansed by the caller. */
int hf_watch_link_keys(struct hf_watch *w, struct hf_link_keys *out, int64_t *again, int64_t now, struct hf_err *err);

#endif
