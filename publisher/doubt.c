/* doubt.c: see doubt.h. */
#include "publisher/doubt.h"

#include "publisher/memory.h"

int hf_doubt(const struct hf_ledger *l, int64_t now, struct hf_err *err)
{
    struct hf_shown shown = {.now = now, .store = hf_store_name(l->store)};
    struct hf_err why = {HF_OK, ""};
    enum hf_memory_verdict v;
    struct hf_memory memory;

    if (l->memory == NULL)
        return 0;
    if (hf_memory_peek(&memory, l->memory, l->app, l->channel, &why) != 0) {
        if (why.code == HF_E_NOTFOUND)
            return 0;
        *err = why;
        return -1;
    }
    if (hf_ledger_look(&shown.manifest, l, &why) != 0)
        return 0;
    shown.there = shown.manifest.serial > 0;
    v = hf_memory_judge(&memory, &shown);
    return hf_memory_allows(v) ? 0 : hf_memory_refuse(v, &memory, &shown, err);
}
