/* inventory.c: see inventory.h. */
#include "publisher/inventory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/durable.h"
#include "core/manifest.h"

struct adding {
    struct hf_inventory *v;
    struct hf_err *err;
};

/* "<serial>.json", without leading zeros, as we write it. */
static int64_t serial_of(const char *leaf)
{
    char again[32];
    int64_t n = strtoll(leaf, NULL, 10);

    if (leaf[0] < '1' || leaf[0] > '9' || n < 1 || n > HF_MAX_INT)
        return 0;
    snprintf(again, sizeof again, "%" PRId64 ".json", n);
    return strcmp(leaf, again) == 0 ? n : 0;
}

/* A candidate, or its patch. */
static int is_candidate(const char *leaf)
{
    char name[HF_SHA256_HEX + 1];
    size_t n = strlen(leaf);

    if (n != HF_SHA256_HEX && (n != HF_SHA256_HEX + 5 || strcmp(leaf + HF_SHA256_HEX, ".json") != 0))
        return 0;
    snprintf(name, sizeof name, "%s", leaf);
    return hf_is_hex(name, HF_SHA256_HEX);
}

/* What lies in an app's folder, by its path there. */
static enum hf_item_kind kind_of(struct hf_item *item, const char *path)
{
    const char *slash = strchr(path, '/');
    char channel[HF_CHANNEL_MAX + 2];

    if (slash == NULL)
        return HF_ITEM_UNKNOWN;
    if (hf_object_key_ok(path))
        return strncmp(path, "objects/", 8) == 0 ? HF_ITEM_OBJECT : HF_ITEM_DELTA;
    snprintf(channel, sizeof channel, "%.*s", (int)(slash - path), path);
    if ((size_t)(slash - path) > HF_CHANNEL_MAX || hf_channel_check(channel, NULL) != 0)
        return HF_ITEM_UNKNOWN;
    memcpy(item->channel, channel, strlen(channel) + 1);
    if (strcmp(slash, "/manifest.json") == 0)
        return HF_ITEM_MANIFEST;
    if (strncmp(slash, "/history/", 9) == 0 && (item->serial = serial_of(slash + 9)) > 0)
        return HF_ITEM_HISTORY;
    if (strncmp(slash, "/candidates/", 12) == 0 && is_candidate(slash + 12))
        return HF_ITEM_CANDIDATE;
    item->channel[0] = '\0';
    return HF_ITEM_UNKNOWN;
}

int hf_item_of(struct hf_item *item, const char *key, struct hf_err *err)
{
    const char *slash = strchr(key, '/'), *leaf = strrchr(key, '/');
    char app[HF_APP_MAX + 2];

    item->key = strdup(key);
    if (item->key == NULL)
        return hf_nomem(err);
    item->kind = HF_ITEM_UNKNOWN;
    item->app[0] = item->channel[0] = '\0';
    item->serial = 0;
    leaf = leaf != NULL ? leaf + 1 : key;
    if (strncmp(leaf, HF_DURABLE_PREFIX, sizeof HF_DURABLE_PREFIX - 1) == 0) {
        item->kind = HF_ITEM_TEMPORARY;
        return 0;
    }
    if (slash == NULL || (size_t)(slash - key) > HF_APP_MAX)
        return 0;
    snprintf(app, sizeof app, "%.*s", (int)(slash - key), key);
    if (!hf_name_ok(app, HF_APP_MAX))
        return 0;
    item->kind = kind_of(item, slash + 1);
    if (item->kind != HF_ITEM_UNKNOWN)
        memcpy(item->app, app, strlen(app) + 1);
    return 0;
}

static int add(void *arg, const struct hf_store_entry *e)
{
    struct adding *a = arg;
    struct hf_inventory *v = a->v;
    struct hf_item *more;

    if (v->count == HF_INVENTORY_MAX)
        return hf_fail(a->err, HF_E_LIMIT, "the store holds more than %d files", HF_INVENTORY_MAX);
    if (v->count == v->room) {
        more = reallocarray(v->items, v->room * 2 + 256, sizeof *more);
        if (more == NULL)
            return hf_nomem(a->err);
        v->items = more;
        v->room = v->room * 2 + 256;
    }
    memset(&v->items[v->count], 0, sizeof v->items[0]);
    if (hf_item_of(&v->items[v->count], e->key, a->err) != 0)
        return -1;
    v->items[v->count].size = e->size;
    v->items[v->count].changed = e->changed;
    if (e->size < 0) /* a link or a pipe is nothing of ours, whatever its name */
        v->items[v->count].kind = HF_ITEM_UNKNOWN;
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
