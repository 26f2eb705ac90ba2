/* inventory.h: what lies in a store, sorted, and what each key is for (docs/formats.md, "The store"). */
#ifndef HF_INVENTORY_H
#define HF_INVENTORY_H

#include "core/layout.h"
#include "store/store.h"

#define HF_INVENTORY_MAX 1000000 /* keys */

struct hf_item {
    char *key; /* foreign bytes */
    struct hf_key is;
    int64_t size, changed;
};

struct hf_inventory {
    struct hf_item *items; /* by key */
    size_t count, room;
};

/* Adds what lies below a folder of the store ("" for all of it). */
int hf_inventory_add(struct hf_inventory *v, struct hf_store *s, const char *folder, struct hf_err *err);
void hf_inventory_free(struct hf_inventory *v);

#endif
