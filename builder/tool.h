/* tool.h: somebody else's program as a builder uses it: what it is, its run, and what its end means. */
#ifndef HF_TOOL_H
#define HF_TOOL_H

#include <sys/stat.h>

#include "builder/build.h"
#include "builder/run.h"

struct hf_tool {
    char path[4096];
    const char *name; /* the last part of path */
    char sha256[HF_SHA256_HEX + 1];
    struct stat st;
    struct hf_cage_kernel kernel; /* from hf_tool_confine on */
    char folder[4096];            /* the one that it writes to: its output lies here */
};

/* Looks at a program and takes its digest. HF_E_CONFIG, with `key` ("[ocrunner] generator"), when it cannot be run. */
int hf_tool_open(struct hf_tool *out, const char *path, const char *key, struct hf_err *err);

/* HF_E_AGAIN when the program is not the one that was looked at any more. */
int hf_tool_same(const struct hf_tool *t, struct hf_err *err);

/* Makes its folder, and finds out what can keep it there. HF_E_CONFIG when [build] sandbox wants more than the kernel has; else
 * the person who pushed is told what lacks. Before the first hf_tool_run. */
int hf_tool_confine(struct hf_tool *t, const struct hf_build_ask *ask, struct hf_err *err);

/* Runs it in its folder and its cage, within the limits of hotfix.ini. argv[0] is its path. max_output 0: HF_RUN_MAX_OUTPUT.
 * -1 when it could not be run; how it ended is judged by hf_tool_ended. */
int hf_tool_run(struct hf_run *res, const struct hf_tool *t, const struct hf_build_ask *ask, const char *const *argv,
                size_t max_output, struct hf_err *err);

/* 0 when it ended by itself with status 0; else HF_E_INPUT with a sentence. A status other than 0 is told with the last line of
 * what it wrote to stderr. */
int hf_tool_ended(const struct hf_run *res, const struct hf_tool *t, const struct hf_build_ask *ask, struct hf_err *err);

/* What it printed, its first and its last lines, for the person who pushed. */
void hf_tool_tell(const struct hf_build_ask *ask, const struct hf_tool *t, const struct hf_buf *text, int warning);

#endif
