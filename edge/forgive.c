/* forgive.c: see forgive.h. */
#include "edge/forgive.h"

#include <kore/kore.h>

#define PUNCTUAL 100 /* milliseconds by which a timer may be late in a worker that only has much to do */

void hf_forgive(uint64_t *last, uint64_t now, uint64_t interval)
{
    uint64_t due = *last + interval, lost;
    struct connection *c;

    lost = now > due ? now - due : 0;
    *last = now;
    if (lost <= PUNCTUAL)
        return;
    TAILQ_FOREACH(c, &connections, list)
    {
        c->http_start += lost;
        c->idle_timer.start += lost;
    }
}
