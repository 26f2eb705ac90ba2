/* fetch.h: the bytes of one patch into partial/<sha256>: resumed, bounded while they come, checked before anything uses one.
 * */
#ifndef HF_FETCH_H
#define HF_FETCH_H

#include "client/session.h"

/* Fetches the file; s is what the device has, for the question to the edge. A partial download of an earlier call is
 * resumed; those of other files are removed. On success partial/<sha256> is whole, checked and fsynced. HF_E_NETWORK,
 * HF_E_AGAIN (the server), HF_E_STOPPED: the next call resumes it. HF_E_DAMAGED: the bytes are not those that were signed;
 * they are deleted. */
int hf_fetch_file(struct hf_client *c, const struct hf_device *s, const struct hf_held *want, struct hf_err *err);

/* Removes what unfinished fetches left. */
int hf_fetch_forget(struct hf_client *c, struct hf_err *err);

/* Reads "bytes FIRST-LAST/SIZE" of a 206 reply: 1 when it begins at `first` and lies in a file of this size. */
int hf_fetch_range_ok(const char *content_range, int64_t first, int64_t size);

#endif
