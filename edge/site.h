/* site.h: requests in, replies out: all that the edge says, without a server. Tested and fuzzed as it is. */
#ifndef HF_SITE_H
#define HF_SITE_H

#include "core/config.h"
#include "edge/note.h"
#include "edge/proxy.h"
#include "edge/reply.h"
#include "edge/table.h"

#define HF_DOWNLOAD_PATH "/api/patch/download/"
#define HF_JSPATCH_PATH "/jspatch/"
#define HF_VERSION_PATH "/api/patch/version"

enum hf_method {
    HF_METHOD_GET = 1,
    HF_METHOD_HEAD = 2,
    HF_METHOD_POST = 4,
    HF_METHOD_OTHER = 8
};

/* A request. Strings are borrowed; a field that was not sent is NULL. */
struct hf_call {
    enum hf_method method;
    const char *path; /* without the query */
    const void *body;
    size_t body_n;
    const char *range, *if_range, *if_none_match;
    int64_t now;                   /* seconds since 1970 */
    unsigned worker, connections;  /* for /health */
    const struct hf_addr *address; /* of the client; NULL: nobody's */
    int busy;                      /* as many downloads as may be are on their way */
};

struct hf_site;

/* Opens the store, reads the keys that hotfix.ini names and makes the table of manifests, empty. HF_E_CONFIG for what the
 * operator must change in hotfix.ini or in a file that it names. */
int hf_site_open(struct hf_site **out, const struct hf_config *c, struct hf_err *err);
void hf_site_close(struct hf_site *s);

/* Adds another file: its channels, with its [store] and [trust]. At most HF_SITE_MAX_FILES. */
#define HF_SITE_MAX_FILES 16
int hf_site_add(struct hf_site *s, const struct hf_config *c, struct hf_err *err);

/* Looks for new manifests: once a second. */
void hf_site_poll(struct hf_site *s, hf_log_fn *say);

/* Always makes a reply. Its body is good until the next call; its blob and file are the caller's. */
void hf_site_answer(struct hf_site *s, const struct hf_call *call, struct hf_reply *out);

/* 1 when the store of file i (0 is the first one) is a bucket. */
int hf_site_is_bucket(const struct hf_site *s, size_t i);

/* What the last answer was about; good until the next call. */
const struct hf_note *hf_site_note(const struct hf_site *s);

/* The manifests. Borrowed. */
const struct hf_table *hf_site_table(const struct hf_site *s);

/* The root of the first file's store, borrowed. */
int hf_site_root(const struct hf_site *s);

#endif
