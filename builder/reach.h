/* reach.h: what a tool may reach, by hotfix.ini; the cage (cage.h) holds it to that. */
#ifndef HF_REACH_H
#define HF_REACH_H

#include "builder/cage.h"
#include "core/config.h"

#define HF_REACH_MAX_PATHS 128

struct hf_reach {
    struct hf_cage cage;
    const char *read[2], *run[HF_REACH_MAX_PATHS + 2];
    char *words; /* [build] readable, cut */
};

/* A tool at `tool` that writes to `write` and reads what lies in `given`; these are borrowed. Freed with hf_reach_free, after a
 * failure too. */
int hf_reach_plan(struct hf_reach *out, const struct hf_config *c, const struct hf_cage_kernel *k, const char *tool,
                  const char *given, const char *write, struct hf_err *err);
void hf_reach_free(struct hf_reach *r);

/* HF_E_CONFIG when a secret that hotfix.ini names lies where every tool may read. */
int hf_reach_judge(const struct hf_config *c, struct hf_err *err);

#endif
