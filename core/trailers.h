/* trailers.h: the trailers of a commit's message, as `git interpret-trailers --parse --no-divider` reads them: a message has no
 * patch behind it, so a line of dashes ends nothing. */
#ifndef HF_TRAILERS_H
#define HF_TRAILERS_H

#include "core/err.h"

struct hf_trailer {
    const char *key;   /* without blanks around it */
    const char *value; /* in one line, without blanks and CR around it; "" when empty */
    const char *line;  /* where its first line begins in the message */
};

/* Calls f for each trailer of the message, in order; what it is given lasts until it returns. Stops at, and returns, the first
 * value of f that is not 0; 0 at the end. -1 with HF_E_NOMEM, when f was not called. Time and memory grow with the message's
 * length only. */
int hf_trailers_each(const char *message, int (*f)(const struct hf_trailer *t, void *arg), void *arg, struct hf_err *err);

#endif
