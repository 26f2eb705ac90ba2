/* candidate.h: a release that was built where no signing key is, and waits in the store for somebody who has one
 * (docs/formats.md, "Candidates"). It is named by the SHA-256 of its own bytes, so that whoever was told the name by the job that
 * made it signs that and nothing else. */
#ifndef HF_CANDIDATE_H
#define HF_CANDIDATE_H

#include "core/buf.h"
#include "core/manifest.h"
#include "publisher/release.h"
#include "store/store.h"

#define HF_CANDIDATE_FORMAT 1
#define HF_CANDIDATE_MAX_BYTES (64 * 1024)
#define HF_CANDIDATE_MAX_BY 512

struct hf_candidate {
    char app[HF_APP_MAX + 1];
    char channel[HF_CHANNEL_MAX + 1];
    char job[HF_JOB_HEX + 1];
    int64_t created;                  /* seconds since 1970 */
    char by[HF_CANDIDATE_MAX_BY + 1]; /* the job that made it, for people: its address, or "" */
    struct hf_params params;          /* target set, defaults filled in; never force or live: those are the signer's to say */
    struct hf_source source;
    int has_file; /* 0: back to the app as shipped */
    struct hf_file file;
};

/* The candidate of a release that would be published. Cleared with hf_candidate_clear, after a failure too. */
int hf_candidate_of(struct hf_candidate *out, const struct hf_channel *where, const struct hf_prospect *p, int64_t now,
                    const char *by, struct hf_err *err);
void hf_candidate_clear(struct hf_candidate *c);

int hf_candidate_write(struct hf_buf *out, const struct hf_candidate *c, struct hf_err *err);

/* Strict. Cleared with hf_candidate_clear, after a failure too. */
int hf_candidate_parse(struct hf_candidate *out, const void *p, size_t n, struct hf_err *err);

/* Puts the patch (path; of use when there is a file), then the candidate. id gets its name. */
int hf_candidate_put(char id[HF_SHA256_HEX + 1], struct hf_store *s, const struct hf_candidate *c, const char *path,
                     struct hf_err *err);

/* As `instead` of struct hf_release_ask: arg is one of these, and id is filled. */
struct hf_candidate_maker {
    struct hf_store *store;
    const struct hf_channel *channel;
    int64_t now;
    const char *by;
    char id[HF_SHA256_HEX + 1]; /* "" until one was put */
};
int hf_candidate_instead(void *arg, const struct hf_prospect *p, struct hf_err *err);

/* Reads the one with this name. HF_E_SIG when its bytes are not those that the name stands for, HF_E_NOTFOUND. */
int hf_candidate_get(struct hf_candidate *out, struct hf_store *s, const char *app, const char *channel, const char *id,
                     struct hf_err *err);

/* Fetches its patch into a new file (0600) at `path`, in pieces, and compares size and SHA-256. HF_E_SIG when the bytes are
 * others; errors of hf_store_fetch. After a failure the file is the caller's to remove, as after success. */
int hf_candidate_fetch(struct hf_store *s, const struct hf_candidate *c, const char *path, struct hf_err *err);

/* Calls f with the name of each candidate of the channel; stops at, and returns, the first value that is not 0. */
int hf_candidate_each(struct hf_store *s, const char *app, const char *channel, int (*f)(void *arg, const char *id), void *arg,
                      struct hf_err *err);

#endif
