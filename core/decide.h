/* decide.h: who gets what: one pure function. The edge, the client and `hotfix explain` all call it. */
#ifndef HF_DECIDE_H
#define HF_DECIDE_H

#include "core/manifest.h"

#define HF_FACTS_MAX_FAILED 8

/* What a device says of itself. Strings are borrowed; NULL or "" where it says nothing. */
struct hf_facts {
    const char *version;
    const char *client; /* one that is not real (hf_client_id_real) counts as none */
    const char *sha256; /* of the patch that it has; wins over md5 */
    const char *md5;
    const char *failed[HF_FACTS_MAX_FAILED]; /* sha256s it gave up on */
    size_t failed_count;
};

enum hf_action {
    HF_NOTHING,
    HF_INSTALL,
    HF_REMOVE
};

/* Why it was decided so. Words for people and for counters: hf_why_text, hf_why_word. */
enum hf_why {
    HF_WHY_OFFERED,
    HF_WHY_AS_SHIPPED, /* back to the app as shipped */
    HF_WHY_REVOKED,
    HF_WHY_WITHDRAWN,
    HF_WHY_OTHER_VERSION,
    HF_WHY_NEWEST, /* from here on: nothing to do */
    HF_WHY_KEEPS,
    HF_WHY_NO_PATCH,
    HF_WHY_NEWER,
    HF_WHY_RUNS_AS_SHIPPED,
    HF_WHYS
};

struct hf_decision {
    enum hf_action action;
    const struct hf_release *release; /* what to install (HF_INSTALL), else the release that the reason speaks of, or NULL */
    const struct hf_delta *delta;     /* for HF_INSTALL: the way from what the device has, or NULL */
    enum hf_priority priority;
    int up_to_date; /* for HF_NOTHING: the device has what it should have */
    enum hf_why why;
    const char *reason; /* the same in words; static storage */
};

/* "the device's patch is revoked", and "revoked". Static storage. */
const char *hf_why_text(enum hf_why why);
const char *hf_why_word(enum hf_why why);

/* "nothing", "install", "remove". */
const char *hf_action_name(enum hf_action a);

/* 0 and a decision; -1 with HF_E_EXPIRED (the manifest) or HF_E_INPUT (the version does not parse). No clock, no memory. */
int hf_decide(struct hf_decision *out, const struct hf_manifest *m, const struct hf_facts *r, int64_t now,
              struct hf_err *err);

/* Why the release is, or is not, a candidate for the device (rule 2): "" when it is one, else words. Static storage. */
const char *hf_why_not(const struct hf_manifest *m, const struct hf_release *rel, const struct hf_version *v,
                       const struct hf_facts *r);

/* The device's own release: the newest with the hash it reports whose target holds the version, else the newest with
 * that hash, else NULL. */
const struct hf_release *hf_own_release(const struct hf_manifest *m, const struct hf_version *v, const struct hf_facts *r);

#endif
