/* super_in.h: what the two files of the supervisor share. */
#ifndef HF_SUPER_IN_H
#define HF_SUPER_IN_H

#include <signal.h>

#include "edge/supervise.h"

#define MAX_GENERATIONS 8
#define MAX_CLOSING (2 * HF_SUPER_MAX_SOCKETS)
struct generation {
    pid_t pid; /* 0: the place is free */
    struct hf_shared *shared;
    int pipe;
    int64_t since, until; /* until: when it is killed; 0: never */
};

struct super {
    const struct hf_super_hooks *hooks;
    struct hf_lasting *lasting;
    struct hf_super_plan plan; /* the last good one */
    struct hf_listen sockets[HF_SUPER_MAX_SOCKETS];
    struct hf_listen closing[MAX_CLOSING]; /* given up: refused once nobody accepts from them any more */
    size_t closing_count;
    int64_t closing_since;
    struct generation list[MAX_GENERATIONS];
    struct generation *serving, *starting; /* in the list, or NULL */
    struct hf_super_plan next;             /* of `starting`, while another one serves */
    struct hf_listen next_sockets[HF_SUPER_MAX_SOCKETS];
    int next_is_new; /* next holds a plan */
    int signals;
    sigset_t before;
    int fails;
    int64_t restart_at; /* 0: nothing to restart */
    int64_t watchdog_at;
    int announced, reload, stopping, status;
};

/* Opens what a plan listens on; what is open already is taken over. Changes nothing of s. */
int hf_super_open(const struct super *s, const struct hf_super_plan *plan, struct hf_listen *out, struct hf_err *err);

/* The plan in s->next is in force now; or it is forgotten, and the old one goes on. */
void hf_super_adopt(struct super *s);
void hf_super_abandon(struct super *s);

/* Gives all sockets up; and, once nobody accepts from those given up, closes them: whoever still connects is refused at once,
 * and not left waiting in a queue that nobody reads. */
void hf_super_close_all(struct super *s);
void hf_super_close_unused(struct super *s, int64_t now);

#endif
