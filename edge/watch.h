/* watch.h: where a worker's code says what happened: it is counted (metrics.h) and, if hotfix.ini asks for it, logged (log.h).
 * Before hf_watch_begin nothing is. */
#ifndef HF_WATCH_H
#define HF_WATCH_H

#include "edge/log.h"
#include "edge/metrics.h"
#include "edge/proxy.h"

/* In a worker. log_fd -1: no log lines. All is borrowed. */
void hf_watch_begin(struct hf_metrics *all, unsigned worker, int log_fd, int log_is_socket, const uint8_t *log_key);

/* A connection was accepted; or refused, and with it everything that may have been in it. */
void hf_watch_accepted(void);
void hf_watch_refused(enum hf_refusal cause);

/* A request was answered. body: the answer's length as announced; sent: its bytes without a file's; ns: since the request's
 * head was complete. */
void hf_watch_answer(const struct hf_note *note, const struct hf_addr *who, const char *method, int status, uint64_t body,
                     uint64_t sent, uint64_t ns);

/* A request was refused by the gate. */
void hf_watch_gate(const struct hf_addr *who, int status, const char *why);

/* Bytes of a file have left. */
void hf_watch_sent(uint64_t bytes);

/* The worker has a moment. */
void hf_watch_turn(void);

#endif
