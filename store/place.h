/* place.h: where a bucket is: the server, its region, and how the bucket stands in a URL. */
#ifndef HF_PLACE_H
#define HF_PLACE_H

#include "core/buf.h"

#define HF_PLACE_HOST_MAX 320 /* a bucket of 63, a dot, a name of 253 or less */
#define HF_PLACE_REGION_MAX 64
#define HF_PLACE_BUCKET_MAX 63
#define HF_PLACE_KEY_MAX 1024 /* bytes of an object's key, by S3's own rule */

/* Filled by hf_place_set and then only read; may be copied. */
struct hf_place {
    int https;
    char host[HF_PLACE_HOST_MAX + 1]; /* what the Host header says: lower case, the bucket in front in the virtual-host
                                         style, ":port" unless it is the scheme's own */
    char region[HF_PLACE_REGION_MAX + 1];
    char bucket[HF_PLACE_BUCKET_MAX + 1]; /* "": the endpoint itself */
    int path_style;                       /* the bucket stands in the path */
};

/* endpoint: "https://host[:port]" or "http://…", NULL or "" for AWS's own in this region. bucket may be "". The path style is
 * taken, whatever path_style says, where the other cannot work: the host is an address, or the bucket has a dot, which no
 * wildcard certificate covers (over https), or characters that no host name has. HF_E_CONFIG. */
int hf_place_set(struct hf_place *out, const char *endpoint, const char *region, const char *bucket, int path_style,
                 struct hf_err *err);

/* What s3://bucket/a/b names: the bucket, and the prefix of its keys ("a/b/", or ""). HF_E_CONFIG. */
int hf_place_bucket(char bucket[HF_PLACE_BUCKET_MAX + 1], char prefix[HF_PLACE_KEY_MAX + 1], const char *url, struct hf_err *err);

/* Adds s[0..n) as S3 encodes a URI: every byte but A-Z a-z 0-9 - . _ ~ becomes %XX; '/' stays where slash is not 0. */
void hf_uri_encode(struct hf_buf *out, const char *s, size_t n, int slash);

/* A to Z become a to z, whatever the locale. */
char hf_ascii_lower(char c);

/* Adds the encoded path of an object ("" for the bucket): once encoded, never normalised. */
void hf_place_path(struct hf_buf *out, const struct hf_place *place, const char *key);

#endif
