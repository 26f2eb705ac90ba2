/* bucket.h: a bucket as `hotfix sync` sees it: the same few objects asked for again and again, and nothing written. One request a
 * question; how often is the caller's business. */
#ifndef HF_BUCKET_H
#define HF_BUCKET_H

#include "core/config.h"
#include "store/link_keys.h"
#include "store/store.h"

struct hf_bucket;

/* By [store] of a configuration whose url is s3://; nothing is asked yet. */
int hf_bucket_open(struct hf_bucket **out, const struct hf_config *c, struct hf_err *err);
void hf_bucket_close(struct hf_bucket *w);

enum hf_bucket_found {
    HF_BUCKET_NEW,   /* out has its bytes, etag its entity tag ("" when the server gave none) */
    HF_BUCKET_SAME,  /* it still has the entity tag that was given */
    HF_BUCKET_NONE,  /* there is none */
    HF_BUCKET_HIDDEN /* the server refuses to say: forbidden, or not there and we may not list. err has the words */
};

/* Asks for an object, unless it has the entity tag in `etag` still ("": none is known), which is replaced by that of the answer.
 * out is initialised with the most bytes it may have. -1: HF_E_AGAIN when the bucket is away, HF_E_LIMIT when the object is too
 * long, HF_E_CONFIG for what an operator must mend. */
int hf_bucket_get(struct hf_bucket *w, const char *key, char etag[HF_ETAG_MAX], struct hf_buf *out, enum hf_bucket_found *found,
                  struct hf_err *err);

/* What links can be made with at this time; asks for new credentials when it is time to. *again: when to call this again at the
 * latest, 0: when the day ends. Cleansed by the caller. */
int hf_bucket_link_keys(struct hf_bucket *w, struct hf_link_keys *out, int64_t *again, int64_t now, struct hf_err *err);

#endif
