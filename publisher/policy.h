/* policy.h: what a release says and refuses about what its patch cannot or does not carry, and about its size. Runs no builder,
 * so that pre-receive can ask the same before the ref moves. */
#ifndef HF_POLICY_H
#define HF_POLICY_H

#include <stdint.h>
#include "builder/changes.h"
#include "core/config.h"
#include "publisher/say.h"

#define HF_POLICY_LARGE ((int64_t)5 * 1024 * 1024) /* bytes from which on a patch gets a warning: phones on mobile networks */

/* The changes between two commits by the channel's include, exclude and native; see hf_changes_of for what is refused. *out is
 * freed with hf_changes_free. */
int hf_policy_find(struct hf_changes **out, const struct hf_repo *repo, const struct hf_channel *channel, const char *base,
                   const char *commit, struct hf_err *err);

/* HF_E_POLICY when native_policy = refuse and a changed file is native. force: the pusher said hotfix.force, so it is let through
 * (hf_policy_say still warns). */
int hf_policy_judge(const struct hf_config *config, const struct hf_changes *c, int force, struct hf_err *err);

/* Hints and warnings for the pusher: files that are not included, native files, junk, attributes that change a checkout. say:
 * NULL for nothing. */
void hf_policy_say(const struct hf_say *say, const struct hf_changes *c);

/* HF_E_LIMIT when a patch of `size` bytes is larger than [release] max_size; a warning to say (may be NULL) from
 * HF_POLICY_LARGE on. */
int hf_policy_size(const struct hf_config *config, int64_t size, const struct hf_say *say, struct hf_err *err);

#endif
