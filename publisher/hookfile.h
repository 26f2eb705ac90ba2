/* hookfile.h: our hooks, put in place in a repository without destroying those that are there. */
#ifndef HF_HOOKFILE_H
#define HF_HOOKFILE_H

#include "builder/git.h"

/* How a hook came to be in place, for the words that tell of it. */
enum hf_hook_place {
    HF_HOOK_LINKED,
    HF_HOOK_THERE,
    HF_HOOK_FOLDER,
    HF_HOOK_CHAINED
};

/* Finds the program `name` ("post-receive") of this installation: beside the running command, or in ../libexec/hotfix. */
int hf_hook_program(char path[4096], const char *name, struct hf_err *err);

/* Puts the hook `name` in place: a link to our program; where <name>.d/ exists (Gitea, GitLab), a link in that; where another
 * hook is, that one moves to <name>.local and a small script runs first it and then ours. `where` gets the path, for messages. */
int hf_hook_install(const struct hf_repo *repo, const char *name, enum hf_hook_place *how, char where[4096], struct hf_err *err);

enum hf_hook_state {
    HF_HOOK_RUNS,           /* git runs it, and it runs ours */
    HF_HOOK_ABSENT,         /* there is no such hook */
    HF_HOOK_OTHER,          /* there is one, and it does not run ours */
    HF_HOOK_NOT_EXECUTABLE, /* git passes it over */
    HF_HOOK_GONE            /* it leads to a program that is gone or cannot be run: `program` */
};

/* How the hook `name` is; nothing is changed. `where` gets its path, `program` what it leads to ("" when that is not known). */
int hf_hook_look(enum hf_hook_state *state, const struct hf_repo *repo, const char *name, char where[4096], char program[4096],
                 struct hf_err *err);

#endif
