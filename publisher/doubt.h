/* doubt.h: whether this publisher would sign upon what the store shows, for those who only look. */
#ifndef HF_DOUBT_H
#define HF_DOUBT_H

#include "publisher/ledger.h"

/* 0, also when nothing is remembered or the store cannot be read now; -1 with why not (as hf_memory_refuse), or why the memory
 * cannot be read. */
int hf_doubt(const struct hf_ledger *l, int64_t now, struct hf_err *err);

#endif
