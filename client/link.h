/* link.h: asking the edge for the link to one file, and reading its answer. The edge is believed in nothing but the URL. */
#ifndef HF_LINK_H
#define HF_LINK_H

#include "client/session.h"

#define HF_LINK_MAX_URL 4096
#define HF_LINK_MAX_REPLY (64 * 1024)

/* Checks an edge's address, http[s]://host[:port][/prefix] without user, query and fragment, and copies it without the slash
 * at its end. HF_E_USAGE. */
int hf_edge_check(char out[HF_EDGE_MAX + 1], const char *edge, struct hf_err *err);
int hf_store_check(char out[HF_EDGE_MAX + 1], const char *store, struct hf_err *err); /* the same, for --store */

/* The address of a file in a store that everybody may read. HF_E_LIMIT. */
int hf_link_store(char out[HF_LINK_MAX_URL + 1], const char *store, const char *app, const char *sha256, struct hf_err *err);

/* Where the edge's "url" leads: a path is appended to the edge's address, so that a prefix stays; an absolute URL stands as
 * it is, but never goes from https to http. HF_E_INPUT. */
int hf_link_join(char out[HF_LINK_MAX_URL + 1], const char *edge, const char *url, struct hf_err *err);

/* The question, as JSON: what the device is and has, and the sha256 of the file that it decided on. */
int hf_link_question(struct hf_buf *out, const struct hf_client *c, const struct hf_device *s, const char *object,
                     struct hf_err *err);

/* Reads the answer to it. HF_E_AGAIN when the edge gives no link (its decision may lag behind the manifest), or has none of
 * its own at the moment; its words are shown, escaped. */
int hf_link_answer(char out[HF_LINK_MAX_URL + 1], const char *edge, int status, const void *p, size_t n, struct hf_err *err);

#endif
