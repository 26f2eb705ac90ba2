/* verify.h: a store judged as a stranger would judge it: with public keys, and nothing believed that is not signed by them. */
#ifndef HF_VERIFY_H
#define HF_VERIFY_H

#include "core/key.h"
#include "core/manifest.h"
#include "publisher/findings.h"
#include "publisher/inventory.h"

struct hf_verify {
    struct hf_store *store;
    const struct hf_trust *trust;
    struct hf_inventory inventory; /* taken before anything is read: a publisher may be at work */
    struct hf_findings *found;
    int64_t now;
};

/* Judges the manifest in force, every file that it names, and its history. Findings name keys of the store. -1 only for what is
 * no finding (no memory). */
int hf_verify_channel(const struct hf_verify *v, const char *app, const char *channel, struct hf_err *err);

/* The part of that about history: every manifest that was ever in force, from serial 1 to the one in force (its bytes are
 * given). */
int hf_verify_history(const struct hf_verify *v, const struct hf_manifest *m, const struct hf_buf *in_force,
                      struct hf_err *err);

/* Names what has no business in the store, and what writers left behind that died. */
void hf_verify_strays(const struct hf_verify *v);

#endif
