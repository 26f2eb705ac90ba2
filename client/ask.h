/* ask.h: one exchange by whatever transport the client has, its failure turned into an error. */
#ifndef HF_ASK_H
#define HF_ASK_H

#include "client/session.h"

/* 0 when a reply arrived. When on_body stopped the exchange, err is what on_body left in it. HF_E_NETWORK: not reached, or
 * broke off. HF_E_CANNOT, HF_E_LIMIT. */
int hf_ask(struct hf_client *c, const struct hf_client_ask *ask, struct hf_client_reply *reply,
           int (*on_body)(void *arg, const void *p, size_t n), void *arg, struct hf_err *err);

/* The same with the body in a buffer, which is initialised here with ask->max_body and freed by the caller. */
int hf_ask_whole(struct hf_client *c, const struct hf_client_ask *ask, struct hf_client_reply *reply, struct hf_buf *body,
                 struct hf_err *err);

/* 1 for an HTTP status that says "later": 429 and 5xx. */
int hf_ask_later(int status);

#endif
