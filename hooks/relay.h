/* relay.h: the work goes on in a process of its own, so that neither a pusher who is gone nor a long build can hold the other. */
#ifndef HF_RELAY_H
#define HF_RELAY_H

#include <stdint.h>

enum hf_relay_end {
    HF_RELAY_DONE,
    HF_RELAY_LATE,
    HF_RELAY_GONE,
    HF_RELAY_DIED
};

/* Runs work(arg, fd) in a child of its own session, whose words for the pusher go into fd, and passes them on to `out` until the
 * child is done (DONE) or was ended by a signal (DIED), `seconds` are over (LATE) or nobody reads `out` any more (GONE); LATE and
 * GONE leave the child at work by itself, with no descriptor of ours. Where no process can be made, works here (DONE). */
enum hf_relay_end hf_relay(int out, int64_t seconds, void (*work)(void *arg, int fd), void *arg);

#endif
