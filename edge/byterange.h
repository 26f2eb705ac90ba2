/* byterange.h: the Range field of a request for one object, and the fields that compare entity tags (RFC 9110, sections 13
 * and 14). */
#ifndef HF_BYTERANGE_H
#define HF_BYTERANGE_H

#include <stdint.h>

enum hf_bytes {
    HF_BYTES_WHOLE, /* 200: there is no range, or one that is not understood and so ignored */
    HF_BYTES_PART,  /* 206 */
    HF_BYTES_NONE   /* 416: understood, and no byte of the object is in it */
};

/* Reads "bytes=a-b", "bytes=a-" or "bytes=-n" (s may be NULL) for an object of `size` bytes. *off and *len are what to send:
 * for HF_BYTES_WHOLE all, for HF_BYTES_NONE nothing. Several ranges at once are answered with the whole, as the RFC allows. */
enum hf_bytes hf_byterange(uint64_t *off, uint64_t *len, const char *s, uint64_t size);

/* 1 when If-None-Match (may be NULL) lists the tag, given with its quotes; weak comparison. */
int hf_etag_listed(const char *if_none_match, const char *etag);

/* 1 when If-Range (may be NULL: then 1) lets the range apply: the same strong tag. A date never does. */
int hf_if_range(const char *if_range, const char *etag);

#endif
