/* setup.h: what a command or a hook opens before it can work: repository, hotfix.ini, store, keys. */
#ifndef HF_SETUP_H
#define HF_SETUP_H

#include "builder/git.h"
#include "core/config.h"
#include "core/key.h"
#include "core/sign.h"
#include "publisher/ledger.h"
#include "store/store.h"

struct hf_setup {
    struct hf_repo *repo; /* NULL when the command needs none and stands in none */
    struct hf_config *config;
    struct hf_store *store;
    struct hf_trust *trust;
    struct hf_signer *signer; /* NULL until hf_setup_signer */
    char *memory;             /* the folder of the publisher's memory: the repository's hotfix/; NULL: there is no disk */
    int64_t accept;           /* see struct hf_ledger */
    int force_clock;          /* a person vouches for this machine's clock; set after hf_setup_open */
};

/* Opens the repository at `repo` (NULL: none is needed) and reads hotfix.ini: `ini` when given, else where `git config
 * hotfix.config` points, else <git dir>/hotfix.ini. A secret env:NAME that is not set is the file that NAME_FILE names. from_env:
 * see hf_repo_open. Closed with hf_setup_close, after a failure too. */
int hf_setup_open(struct hf_setup *s, const char *repo, int from_env, const char *ini, struct hf_err *err);

/* Reads [trust] keys (when that is empty: the public half of [sign] key). */
int hf_setup_trust(struct hf_setup *s, struct hf_err *err);

/* The same, and opens the store. */
int hf_setup_store(struct hf_setup *s, struct hf_err *err);

/* Reads the signing key. It must be one of the trusted ones: else nobody would take what it signs. */
int hf_setup_signer(struct hf_setup *s, struct hf_err *err);

/* The ledger of a channel, over what is open. Borrows from s and c. */
struct hf_ledger hf_setup_ledger(const struct hf_setup *s, const struct hf_channel *c);

/* Remembers in this folder what is signed (NULL: nowhere), in place of the repository's hotfix/. */
int hf_setup_memory(struct hf_setup *s, const char *folder, struct hf_err *err);

void hf_setup_close(struct hf_setup *s);

#endif
