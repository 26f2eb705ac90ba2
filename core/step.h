/* step.h: a seam for tests: each step that changes a disk is announced before and after it, so that a test can stop the program
 * at any of them. HOTFIX_TEST_KILL_AT=N in the environment ends the process by SIGKILL at the N-th announcement;
 * HOTFIX_TEST_STEPS=FILE appends a line for each. Without these variables it costs one comparison. */
#ifndef HF_STEP_H
#define HF_STEP_H

void hf_step(const char *what);

#endif
