/* check.h: what may be wrong with a set-up, room by room; each finding says what to do. */
#ifndef HF_CHECK_H
#define HF_CHECK_H

#include <sys/types.h>

#include "publisher/findings.h"
#include "publisher/setup.h"

struct hf_check {
    struct hf_setup *s; /* config, and repo where there is one; the checks open the rest, as far as it goes */
    struct hf_findings *found;
    int64_t now;
    uid_t user; /* who publishes: the owner of the repository (hooks run as the pusher's server), else who we are */
};

/* check_keys.c: the signing key, the trusted keys, the key of links. Leaves s->trust and s->signer where they are good. */
void hf_check_keys(struct hf_check *c);

/* check_repo.c: hooks, push options, refs, tags, include. Only where there is a repository. */
void hf_check_repo(struct hf_check *c);

/* check_spool.c: what was pushed and is not released. */
void hf_check_spool(struct hf_check *c);

/* check_tools.c: the programs that builders run. */
void hf_check_tools(struct hf_check *c);

/* check_store.c: the store and what is in force; the clock. */
void hf_check_store(struct hf_check *c);

/* check_reach.c: whether an edge that runs as another user can come to the files that it reads. */
void hf_check_reach(struct hf_check *c);

/* The name of a user, for messages. */
const char *hf_check_user(char out[32], uid_t uid);

#endif
