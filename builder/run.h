/* run.h: a tool of somebody else's, run as a child: an absolute path, an argv, never a shell; its own process group, limits on
 * time, memory and file size, an environment built from nothing, no inherited descriptors; its output kept, bounded. */
#ifndef HF_RUN_H
#define HF_RUN_H

#include <stdint.h>

#include "builder/cage.h"
#include "core/buf.h"

#define HF_RUN_MAX_OUTPUT (256 * 1024)

struct hf_run_ask {
    const char *program;        /* absolute */
    const char *const *argv;    /* argv[0] too; NULL at the end */
    const char *cwd;            /* absolute */
    const char *const *env;     /* NAME=value, NULL at the end; nothing else is in its environment */
    int64_t timeout;            /* seconds of wall clock */
    uint64_t max_memory;        /* bytes of address space; 0: no limit */
    uint64_t max_file;          /* bytes of any file that it writes */
    size_t max_output;          /* of stdout, and of stderr; 0: HF_RUN_MAX_OUTPUT */
    uint64_t max_folder;        /* bytes on the disk that all files in cwd may take together; 0: no limit */
    const struct hf_cage *cage; /* NULL: none, but it gains no rights either */
};

struct hf_run {
    int exit_status; /* -1 when a signal ended it */
    int signal;      /* or 0 */
    int timed_out;
    int overfull;      /* its folder held more than max_folder, or what cannot be measured */
    unsigned left;     /* processes that it left behind; they were killed */
    struct hf_buf out; /* stdout and stderr, each at most max_output; what was over is dropped and counted */
    struct hf_buf errs;
    uint64_t dropped;
};

/* Runs it to its end, or to its limits; then nothing of its process group lives. -1 only when it could not be started or watched.
 * res is freed with hf_run_clear, after a failure too. */
int hf_run(struct hf_run *res, const struct hf_run_ask *ask, struct hf_err *err);
void hf_run_clear(struct hf_run *res);

#endif
