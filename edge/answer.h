/* answer.h: what POST /api/patch/version says, in JSON. What does not depend on the device is written once, when a manifest is
 * loaded. Pure. docs/formats.md lists the members. */
#ifndef HF_ANSWER_H
#define HF_ANSWER_H

#include "core/buf.h"
#include "core/decide.h"

#define HF_ANSWER_MAX 16384
#define HF_CHECK_AFTER_BASE 3600   /* seconds until a device asks again, at least */
#define HF_CHECK_AFTER_SPREAD 1800 /* and up to so many more, so that the devices do not come all at once */

/* Adds s as a JSON string, with its quotes. s is valid UTF-8. */
void hf_answer_string(struct hf_buf *out, const char *s);

/* The part of an answer that belongs to a release, or to a delta, alone: members without braces. */
void hf_answer_release(struct hf_buf *out, const struct hf_release *r);
void hf_answer_delta(struct hf_buf *out, const struct hf_delta *d);

/* When this device (its id; NULL or "" if it has none) should ask again. */
int hf_check_after(const char *client);

/* An update. release and delta were written by the functions above (delta NULL: none), the urls are complete. */
struct hf_answer {
    const char *version; /* as asked */
    const char *url;
    const char *release;
    const char *delta;
    const char *delta_url;
    enum hf_priority priority;
    int64_t serial;
    int check_after;
};
void hf_answer_update(struct hf_buf *out, const struct hf_answer *a);

/* The others. patch 0: none. */
void hf_answer_remove(struct hf_buf *out, const struct hf_answer *a, int64_t patch);
void hf_answer_nothing(struct hf_buf *out, const char *message, int64_t serial, int check_after);
void hf_answer_object(struct hf_buf *out, const char *object, const char *url, int64_t size, int64_t serial, int check_after);
void hf_answer_error(struct hf_buf *out, const char *why, int check_after);

#endif
