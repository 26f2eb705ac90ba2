/* ci_expect.h: what one CI job holds its build against: the words that the plan of an earlier job printed. Pure. */
#ifndef HF_CI_EXPECT_H
#define HF_CI_EXPECT_H

#include "core/config.h"
#include "core/err.h"

/* "LABEL:WHAT,LABEL:WHAT": each channel that the ref is released on, once; or "none": there is no such channel. */
#define HF_CI_EXPECT_NOTHING "none"    /* WHAT: nothing to publish; else 64 hex digits: the patch's SHA-256 */
#define HF_CI_EXPECT_SHIPPED "shipped" /* WHAT: a release without a file: back to the app as shipped */
#define HF_CI_EXPECT_ANY "any"         /* HOTFIX_EXPECT only: nothing is compared */

struct hf_ci_expect {
    int given; /* 0: nothing is compared */
    size_t count;
    struct {
        char label[HF_CHANNEL_MAX + 1];
        char what[HF_SHA256_HEX + 1];
    } one[HF_CONFIG_MAX_CHANNELS];
};

/* Reads the text; NULL and "any" are nothing to compare. Anything else that has not this form, the empty text too, is refused:
 * a CI that masks an output gives "***" or nothing. HF_E_INPUT. */
int hf_ci_expect_parse(struct hf_ci_expect *out, const char *text, struct hf_err *err);

/* Holds it against the n channels of this run: each must be named, and no other. HF_E_POLICY. */
int hf_ci_expect_check(const struct hf_ci_expect *e, const struct hf_channel *const *channels, size_t n, struct hf_err *err);

/* WHAT for a channel; NULL when nothing is compared. Only after the check. Borrowed. */
const char *hf_ci_expect_of(const struct hf_ci_expect *e, const struct hf_channel *c);

#endif
