/* sweep.h: what publishers that were killed left behind below <git dir>/hotfix. */
#ifndef HF_SWEEP_H
#define HF_SWEEP_H

#include <stdint.h>

/* Nobody works on one release for so long: [build] timeout is far below. In seconds. */
#define HF_SWEEP_AGE (INT64_C(24) * 60 * 60)

/* Removes the folders of builds and the temporary files of the spool that are older than that. What cannot be removed stays: the
 * next one tries again. */
void hf_sweep(const char *git_dir, int64_t now);

#endif
