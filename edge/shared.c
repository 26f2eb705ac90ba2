/* shared.c: see shared.h. */
#include "edge/shared.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#define FIRST_PAUSE 250 /* milliseconds; doubled with each death */
#define LONGEST_PAUSE 30000

int64_t hf_shared_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t hf_shared_now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

struct hf_lasting *hf_lasting_new(struct hf_err *err)
{
    struct hf_lasting *l = mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (l == MAP_FAILED) {
        hf_fail(err, HF_E_NOMEM, "cannot map memory for the workers: %s", strerror(errno));
        return NULL;
    }
    l->metrics.started = time(NULL);
    if (getrandom(l->limits.key, HF_SIPHASH_KEY, 0) != HF_SIPHASH_KEY ||
        getrandom(l->metrics.key, HF_SIPHASH_KEY, 0) != HF_SIPHASH_KEY ||
        getrandom(l->log_key, HF_SIPHASH_KEY, 0) != HF_SIPHASH_KEY) {
        hf_fail(err, HF_E_FAIL, "getrandom: %s", strerror(errno));
        munmap(l, sizeof *l);
        return NULL;
    }
    return l;
}

void hf_shared_settle(struct hf_shared *s)
{
    size_t i;

    for (i = 0; i < HF_SHARED_WORKERS; i++)
        hf_limits_settle(&s->lasting->limits, &s->workers[i].claims);
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
