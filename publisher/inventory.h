/* inventory.h: what lies in a store, sorted, and what each key is for (docs/formats.md, "The store"). */
#ifndef HF_INVENTORY_H
#define HF_INVENTORY_H

#include "core/name.h"
#include "store/store.h"

#define HF_INVENTORY_MAX 1000000 /* keys */

enum hf_item_kind {
    HF_ITEM_UNKNOWN,
    HF_ITEM_MANIFEST,  /* <app>/<channel>/manifest.json */
    HF_ITEM_HISTORY,   /* <app>/<channel>/history/<serial>.json */
    HF_ITEM_OBJECT,    /* <app>/objects/<sha256> */
    HF_ITEM_DELTA,     /* <app>/deltas/<sha256>-<sha256> */
    HF_ITEM_CANDIDATE, /* <app>/<channel>/candidates/<sha256>, and the same with .json */
    HF_ITEM_TEMPORARY  /* a file that a writer has not finished, or never will */
};

struct hf_item {
    char *key; /* foreign bytes */
    int64_t size, changed;
    enum hf_item_kind kind;
    char app[HF_APP_MAX + 1];         /* "" for UNKNOWN and TEMPORARY */
    char channel[HF_CHANNEL_MAX + 1]; /* for MANIFEST, HISTORY and CANDIDATE */
    int64_t serial;                   /* for HISTORY */
};

struct hf_inventory {
    struct hf_item *items; /* by key */
    size_t count, room;
};

/* What a key is for; fills all of item but size and changed, which stay. key is copied. */
int hf_item_of(struct hf_item *item, const char *key, struct hf_err *err);

/* Adds what lies below a folder of the store ("" for all of it). */
int hf_inventory_add(struct hf_inventory *v, struct hf_store *s, const char *folder, struct hf_err *err);
void hf_inventory_free(struct hf_inventory *v);

#endif
