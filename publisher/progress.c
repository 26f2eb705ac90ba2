/* progress.c: see progress.h. */
#include "publisher/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define FIRST 0.5 /* seconds: what is over by then was not long */
#define STEP 0.5

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void show(void *arg, int64_t done, int64_t all)
{
    struct hf_progress *p = arg;
    double now = seconds();

    if (p->next <= 0)
        p->next = now + FIRST;
    if (done >= all) {
        if (p->shown)
            fputs("\r\033[K", stderr);
        p->shown = 0;
        p->next = 0;
    } else if (now >= p->next) {
        fprintf(stderr, "\r%3" PRId64 "%%  %" PRId64 " of %" PRId64 " KiB ", done * 100 / all, done / 1024, all / 1024);
        p->shown = 1;
        p->next = now + STEP;
    }
    fflush(stderr);
}

void hf_progress_watch(struct hf_progress *p, struct hf_store *s, int quiet)
{
    p->shown = 0;
    p->next = 0;
    if (!quiet && isatty(STDERR_FILENO))
        hf_store_watch(s, show, p);
}
