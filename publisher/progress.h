/* progress.h: how far a long transfer is, on a terminal: one line that is written over, and gone at the end. */
#ifndef HF_PROGRESS_H
#define HF_PROGRESS_H

#include "store/store.h"

struct hf_progress {
    int shown;
    double next; /* when to say more, by the monotonic clock */
};

/* Watches the store from here on, where stderr is a terminal and quiet is 0. p stays until the store is closed. */
void hf_progress_watch(struct hf_progress *p, struct hf_store *s, int quiet);

#endif
