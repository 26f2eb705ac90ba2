/* links.h: links to the files of a private bucket: presigned GETs on the address that devices see. Pure CPU: what they are signed
 * with comes from the file that `hotfix sync` keeps (store/link_keys.h). */
#ifndef HF_LINKS_H
#define HF_LINKS_H

#include "core/config.h"
#include "edge/log_fn.h"

struct hf_links;

/* For [store] of a configuration whose url is s3://. Nothing to sign with is there before the first poll. HF_E_CONFIG. */
int hf_links_new(struct hf_links **out, const struct hf_config *c, struct hf_err *err);
void hf_links_free(struct hf_links *l); /* cleanses */

/* Looks for a new file in the folder (beneath.h); keeps the last good one. */
void hf_links_poll(struct hf_links *l, int root, hf_log_fn *say);

/* Takes the bytes of such a file. HF_E_INPUT; what was there before stays. */
int hf_links_take(struct hf_links *l, const void *p, size_t n, struct hf_err *err);

/* 1 when links can be made at this time. */
int hf_links_ready(const struct hf_links *l, int64_t now);

/* A link to an object of an app that is good for ttl seconds, or for as long as the credentials are; the file arrives under this
 * name. Borrowed until the next call. HF_E_AGAIN when nothing is there to sign with. */
int hf_links_make(struct hf_links *l, const char **url, const char *app, const char *key, const char *name, int64_t ttl,
                  int64_t now, struct hf_err *err);

#endif
