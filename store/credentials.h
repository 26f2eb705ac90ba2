/* credentials.h: the keys of a bucket, from where users of AWS's tools expect them, in this order: the environment; a profile in
 * ~/.aws/credentials and ~/.aws/config; web identity (a token file and a role, at STS); a container's endpoint; the instance's
 * metadata (IMDSv2). The first source that is there is the one: if it fails, none behind it is asked. docs/s3.md says more. */
#ifndef HF_CREDENTIALS_H
#define HF_CREDENTIALS_H

#include "store/sigv4.h"

#define HF_CREDENTIALS_EARLY 300       /* seconds before they expire that new ones are asked for */
#define HF_CREDENTIALS_AGAIN 60        /* seconds between two tries while the old ones are still good */
#define HF_CREDENTIALS_REREAD 300      /* seconds after which a file is read again */
#define HF_CREDENTIALS_MAX_SOURCE 512  /* bytes of the words for a source */
#define HF_CREDENTIALS_MAX_REPLY 65536 /* bytes of an answer by STS, a container's endpoint or IMDS */

struct hf_credentials; /* one for each thread */

/* Finds out which source there is; asks nobody yet. profile: [store] profile, NULL or "" when it is not set; if it is, it is the
 * only source, as with --profile of AWS's tools. HF_E_CONFIG when there is none, or half of one. */
int hf_credentials_new(struct hf_credentials **out, const char *profile, struct hf_err *err);
void hf_credentials_free(struct hf_credentials *c); /* cleanses */

/* The keys that are good at this time: those from before, or new ones from the source when the old ones end within
 * HF_CREDENTIALS_EARLY. May ask over the network, bounded: at most about 30 s. While the old ones are good, a source that is
 * away is no failure. *keys is borrowed until the next call. HF_E_AGAIN: the source is away; else HF_E_CONFIG or HF_E_INPUT. */
int hf_credentials_get(struct hf_credentials *c, const struct hf_aws_keys **keys, int64_t now, struct hf_err *err);

/* The store said that they are not good (ExpiredToken): the next get asks the source. */
void hf_credentials_forget(struct hf_credentials *c);

/* When get should be called again so that the keys never run out; 0: they do not expire. */
int64_t hf_credentials_next(const struct hf_credentials *c);

/* The source in words, for `hotfix check`: "environment", "profile 'x' in ~/.aws/credentials". Borrowed; may become more exact
 * with the first get. */
const char *hf_credentials_source(const struct hf_credentials *c);

/* The region and the endpoint that hold. What hotfix.ini says wins; where it says nothing (""): AWS_REGION, AWS_DEFAULT_REGION,
 * the profile's region, us-east-1; and AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's endpoint_url, AWS's own (""). */
struct hf_aws_settings {
    char region[HF_PLACE_REGION_MAX + 1];
    char endpoint[512];
};
int hf_aws_settings(struct hf_aws_settings *out, const char *ini_region, const char *ini_endpoint, const char *profile,
                    struct hf_err *err);

#endif
