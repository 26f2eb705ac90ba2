/* shared.c: see shared.h. */
#include "edge/shared.h"

#include <time.h>

#define FIRST_PAUSE 250 /* milliseconds; doubled with each death */
#define LONGEST_PAUSE 30000

int64_t hf_shared_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t hf_shared_pause(int fails)
{
    int64_t pause = FIRST_PAUSE;

    if (fails < 2) /* once may be an accident */
        return 0;
    for (; fails > 2 && pause < LONGEST_PAUSE; fails--)
        pause *= 2;
    return pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE;
}

void hf_shared_raise(atomic_int *order, enum hf_order to)
{
    int now = atomic_load(order);

    while (now < (int)to && !atomic_compare_exchange_weak(order, &now, (int)to))
        ;
}
