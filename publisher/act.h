/* act.h: the command line of rollout, pause, resume, rollback and revoke: one signed manifest each, and what devices get from
 * now on. */
#ifndef HF_ACT_H
#define HF_ACT_H

#include "publisher/patchstate.h"

struct hf_act_verb {
    enum hf_patch_act act;
    const char *name;
    const char *operands; /* "PATCH P%" */
    const char *does;     /* for --help */
    int takes_reason;
};

/* Runs a verb with its argv; returns the exit status. */
int hf_act_run(const struct hf_act_verb *v, int argc, char **argv);

#endif
