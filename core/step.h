/* step.h: a seam for tests: every step that changes a disk is announced, so that a test can stop the program at any of them.
 * Only what is compiled with HF_STEPS calls hf_step(), and then the test brings it (tests/step.c, or its own). In the programs
 * and the library that are installed there is no seam. */
#ifndef HF_STEP_H
#define HF_STEP_H

#ifdef HF_STEPS
/* `what` is "before" or "after" and the step: "before rename". `of` names the file. */
void hf_step(const char *what, const char *of);
#else
static inline void hf_step(const char *what, const char *of)
{
    (void)what;
    (void)of;
}
#endif

#endif
