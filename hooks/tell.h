/* tell.h: how a release ended, in the words that the pusher sees last. */
#ifndef HF_TELL_H
#define HF_TELL_H

#include "hooks/say.h"
#include "publisher/worker.h"

/* success: …, or error: … with what to do. `on`: the channel's label where there are several, else "". */
void hf_tell(struct hf_voice *v, const struct hf_job *j, enum hf_job_end end, const struct hf_released *r,
             const struct hf_err *why, double seconds, const char *on);

#endif
