/* trust.h: the public keys that [trust] keys names. */
#ifndef HF_TRUST_H
#define HF_TRUST_H

#include "core/config.h"
#include "core/key.h"

#define HF_TRUST_WORDS "[trust] keys" /* how messages name it */

/* Reads [trust] keys of a configuration. HF_E_CONFIG when it is not set, else as hf_secret_read and hf_trust_parse.
 * *out is freed with hf_trust_free. */
int hf_trust_load(struct hf_trust **out, const struct hf_config *c, struct hf_err *err);

#endif
