/* leftover.h: limits that people named in pushes which never became a release. The next release of the branch takes the lowest of
 * them over: a rollout of 5% must not become one of 100% because a build failed, the store was away, or somebody pushed again. */
#ifndef HF_LEFTOVER_H
#define HF_LEFTOVER_H

#include "publisher/spool.h"
#include "publisher/takeover.h"

/* The lowest rollout that a push of j's ref asked for in j's channel, before j and for some of its versions, and that no
 * release has had: of the jobs that wait or failed, and of what was announced. HF_E_AGAIN when that cannot be read. */
int hf_leftover_find(struct hf_leftover *out, struct hf_spool *s, const struct hf_job *j, struct hf_err *err);

/* j is closed without a release, because its branch has moved on: keeps its limit, if it has one. */
int hf_leftover_keep(struct hf_spool *s, const struct hf_job *j, struct hf_err *err);

/* j is released: what was announced before it for the same target is done with. What cannot be removed only limits the next
 * one. */
void hf_leftover_clear(struct hf_spool *s, const struct hf_job *j);

#endif
