/* peek.h: the manifest in force, read within a bound of time: for pre-receive, which keeps a person waiting. */
#ifndef HF_PEEK_H
#define HF_PEEK_H

#include "core/config.h"
#include "core/key.h"
#include "core/manifest.h"

/* Reads and verifies the manifest of a channel in the store that `config` names. A process of its own reads, and is killed when
 * *ms milliseconds are over; *ms is what is left afterwards. *out is freed by the caller with hf_manifest_free.
 * HF_E_NOTFOUND: there is none yet. HF_E_AGAIN: the store did not answer in time. Does not judge expiry. */
int hf_peek(struct hf_manifest **out, const struct hf_config *config, const struct hf_trust *trust, const struct hf_channel *c,
            int64_t *ms, struct hf_err *err);

#endif
