/* link_keys.h: what a worker of the edge needs to make links to a bucket, and no more: `hotfix sync` writes it into a file, the
 * edge reads it. In it is no secret access key but the keys of two days that were made from it (docs/threats.md). */
#ifndef HF_LINK_KEYS_H
#define HF_LINK_KEYS_H

#include "store/sigv4.h"

#define HF_LINK_KEYS_FILE ".links.json" /* in the folder of `hotfix sync`; no app's name begins with a dot */
#define HF_LINK_KEYS_MAX_BYTES (24 * 1024)
#define HF_LINK_KEYS_DAYS 2      /* the day of a link that is made now, and the next one */
#define HF_LINK_KEYS_BEHIND 3600 /* seconds that a reader's clock may be behind the writer's at midnight */
#define HF_LINK_KEYS_ENDPOINT_MAX 511

struct hf_link_keys {
    struct hf_aws_keys who; /* its secret is "" */
    char region[HF_PLACE_REGION_MAX + 1];
    char endpoint[HF_LINK_KEYS_ENDPOINT_MAX + 1]; /* "": AWS's own */
    struct {
        char day[HF_SIGV4_DAY + 1];
        uint8_t key[HF_SIGV4_DAY_KEY];
    } days[HF_LINK_KEYS_DAYS];
};

/* Makes the keys of the days. Cleansed by its owner (explicit_bzero), like all of these. */
int hf_link_keys_make(struct hf_link_keys *out, const struct hf_aws_keys *keys, const char *region, const char *endpoint,
                      int64_t now, struct hf_err *err);

/* As the file has them; out is wiped by the caller. */
int hf_link_keys_write(struct hf_buf *out, const struct hf_link_keys *k, struct hf_err *err);

/* Reads a file. HF_E_INPUT; messages show nothing of it. */
int hf_link_keys_parse(struct hf_link_keys *out, const void *p, size_t n, struct hf_err *err);

#endif
