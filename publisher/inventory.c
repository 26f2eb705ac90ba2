/* inventory.c: see inventory.h. */
#include "publisher/inventory.h"

#include <stdlib.h>
#include <string.h>

struct adding {
    struct hf_inventory *v;
    struct hf_err *err;
};

static int add(void *arg, const struct hf_store_entry *e)
{
    struct adding *a = arg;
    struct hf_inventory *v = a->v;
    struct hf_item *more, *item;

    if (v->count == HF_INVENTORY_MAX)
        return hf_fail(a->err, HF_E_LIMIT, "the store holds more than %d files", HF_INVENTORY_MAX);
    if (v->count == v->room) {
        more = reallocarray(v->items, v->room * 2 + 256, sizeof *more);
        if (more == NULL)
            return hf_nomem(a->err);
        v->items = more;
        v->room = v->room * 2 + 256;
    }
    item = &v->items[v->count];
    memset(item, 0, sizeof *item);
    item->key = strdup(e->key);
    if (item->key == NULL)
        return hf_nomem(a->err);
    item->size = e->size;
    item->changed = e->changed;
    if (e->size >= 0) /* a link or a pipe is nothing of ours, whatever its name */
        hf_key_read(&item->is, e->key);
    v->count++;
    return 0;
}

static int by_key(const void *a, const void *b)
{
    const struct hf_item *x = a, *y = b;

    return strcmp(x->key, y->key);
}

int hf_inventory_add(struct hf_inventory *v, struct hf_store *s, const char *folder, struct hf_err *err)
{
    struct adding a = {v, err};

    if (hf_store_list(s, folder, add, &a, err) != 0)
        return -1;
    if (v->count > 0)
        qsort(v->items, v->count, sizeof v->items[0], by_key);
    return 0;
}

void hf_inventory_free(struct hf_inventory *v)
{
    size_t i;

    for (i = 0; i < v->count; i++)
        free(v->items[i].key);
    free(v->items);
    memset(v, 0, sizeof *v);
}
