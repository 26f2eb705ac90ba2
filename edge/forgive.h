/* forgive.h: time in which a worker did not run is nobody's fault but the machine's.
 *
 * kore compares the clock with the moment at which a connection or a head began. A worker that did not run for longer than
 * `[edge] request` (a suspended machine, a disk that hangs) would find every waiting client too slow, and answer 408 before it
 * has looked at the bytes that came meanwhile. */
#ifndef HF_FORGIVE_H
#define HF_FORGIVE_H

#include <stdint.h>

/* In a worker, from a timer that is due each `interval` milliseconds, before kore looks for what took too long. `now` is kore's
 * clock; *last is the time of the turn before, at first the time at which the timer was set. A turn that comes late moves the
 * beginning of every connection's limits by as much; less than one interval of such a pause is not forgiven. */
void hf_forgive(uint64_t *last, uint64_t now, uint64_t interval);

#endif
