/* cmd.h: the verbs of `hotfix`, one file each; and what they share at the command line. */
#ifndef HF_CMD_H
#define HF_CMD_H

#include <getopt.h>
#include <stdint.h>

#include "core/json.h"
#include "publisher/release.h"

#define HF_CMD_MAX_ANSWER (16u * 1024 * 1024) /* bytes of JSON on stdout */

/* Each takes its own argv (argv[0] is the verb) and returns the exit status. */
int hf_cmd_build(int argc, char **argv);
int hf_cmd_check(int argc, char **argv);
int hf_cmd_ci(int argc, char **argv);
int hf_cmd_explain(int argc, char **argv);
int hf_cmd_init(int argc, char **argv);
int hf_cmd_keygen(int argc, char **argv);
int hf_cmd_log(int argc, char **argv);
int hf_cmd_pause(int argc, char **argv);
int hf_cmd_publish(int argc, char **argv);
int hf_cmd_refresh(int argc, char **argv);
int hf_cmd_resume(int argc, char **argv);
int hf_cmd_retry(int argc, char **argv);
int hf_cmd_revoke(int argc, char **argv);
int hf_cmd_rollback(int argc, char **argv);
int hf_cmd_rollout(int argc, char **argv);
int hf_cmd_sign(int argc, char **argv);
int hf_cmd_status(int argc, char **argv);
int hf_cmd_sync(int argc, char **argv);
int hf_cmd_accept(int argc, char **argv);
int hf_cmd_verify(int argc, char **argv);

/* Prints "hotfix: MESSAGE" on stderr and returns the exit status of the code. */
int hf_cmd_fail(const struct hf_err *err);

/* Prints what getopt did not like, with the usage line, and returns 2. */
int hf_cmd_usage(const char *usage, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints v as one line on stdout and takes it over; NULL is "out of memory". */
int hf_cmd_print_json(json_t *v, struct hf_err *err);

/* Progress on stderr: steps, hints and warnings with their word in front; quiet: warnings only. */
extern const struct hf_say hf_cmd_say;
extern const struct hf_say hf_cmd_say_quiet;

/* The time now: the one place where a command asks. */
int64_t hf_cmd_now(void);

/* The repository a command stands in: `given`, else GIT_DIR, else the current folder when it is one (or has .git), else NULL. */
const char *hf_cmd_repo(const char *given);

/* The folder for temporary work: TMPDIR, else /tmp. */
const char *hf_cmd_tmp(void);

/* "12.4 KiB". Writes at most 16 bytes. */
const char *hf_cmd_size(char out[16], int64_t bytes);

#endif
