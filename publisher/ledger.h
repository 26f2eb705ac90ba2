/* ledger.h: the manifest in the store, changed by one transaction at a time. The manifest write is the only commit point:
 * before it the old release is whole, after it the new one is. */
#ifndef HF_LEDGER_H
#define HF_LEDGER_H

#include "core/key.h"
#include "core/manifest.h"
#include "core/sign.h"
#include "publisher/clock.h"
#include "store/store.h"

#define HF_LEDGER_MAX_RACES 64 /* how often another publisher may be first before a change gives up for now */

struct hf_ledger {
    struct hf_store *store;
    const struct hf_trust *trust;
    struct hf_signer *signer; /* NULL: reading only */
    const char *app;
    const char *channel;
    int64_t expires; /* seconds that a manifest is good for */
    struct hf_clock clock;
    const char *memory; /* the folder of this publisher's memory (memory.h); NULL: it has no disk, as in CI */
    int64_t accept;     /* without a memory: the serial of an expired manifest that a person has looked at; 0: none */
};

/* Reads and verifies the manifest that had a serial, from the history. HF_E_NOTFOUND when it is not there. */
int hf_ledger_read_serial(struct hf_manifest **out, const struct hf_ledger *l, int64_t serial, struct hf_err *err);

/* Reads and verifies the manifest in force. HF_E_NOTFOUND when there is none yet. Does not judge expiry. */
int hf_ledger_read(struct hf_manifest **out, const struct hf_ledger *l, struct hf_err *err);

/* The highest serial of the history; 0: it is empty. Where the store may not be listed, some serials behind `from` are looked
 * at. */
int hf_ledger_highest(int64_t *out, const struct hf_ledger *l, int64_t from, struct hf_err *err);

/* What the store shows now, verified; serial 0: no manifest. */
struct hf_remembered;
int hf_ledger_look(struct hf_remembered *out, const struct hf_ledger *l, struct hf_err *err);

/* Reads the manifest (or starts an empty one), lets `edit` change it, and puts it in force with the next serial; when another
 * publisher was first, once more from the start. edit returns 0, or 1 when there is nothing to change (the manifest stays as it
 * is), or -1. *out is the manifest in force afterwards. `now` is the time of publishing, seconds since 1970: HF_E_AGAIN when
 * l->clock does not allow it (hf_clock_allow). HF_E_SIG when what the store shows is not what this publisher remembers
 * (hf_memory_judge), or, without a memory, when it has expired or the history has a newer one. */
int hf_ledger_change(struct hf_manifest **out, const struct hf_ledger *l, int64_t now,
                     int (*edit)(struct hf_manifest *m, void *arg, struct hf_err *err), void *arg, struct hf_err *err);

#endif
