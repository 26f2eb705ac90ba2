/* make.h: what the builders of this room share. */
#ifndef HF_MAKE_H
#define HF_MAKE_H

#include <pthread.h>

#include "builder/built.h"

/* A builder: exports the changed files into `files`, an empty folder below the work folder. Fills path, name and builder; what it
 * says when it fails is for the person who pushed. */
typedef int hf_make_fn(struct hf_built *out, const struct hf_build_ask *ask, const char *files, struct hf_err *err);

hf_make_fn hf_make_ocrunner;
hf_make_fn hf_make_jspatch;
hf_make_fn hf_make_command;

/* One line for the person who pushed; foreign bytes are escaped by the caller. */
void hf_make_tell(const struct hf_build_ask *ask, int warning, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Makes a folder in the work folder. *out is freed by the caller. */
int hf_make_folder(char **out, const struct hf_build_ask *ask, const char *name, struct hf_err *err);

/* Files that a tool is given: where each of them lies. */
struct hf_make_files {
    struct hf_changes *changes; /* owned, or NULL when borrowed */
    char **paths;               /* absolute, ended by a NULL */
    size_t n;
};

/* The paths of `changes` below a folder. */
int hf_make_paths(struct hf_make_files *out, const struct hf_changes *changes, const char *folder, struct hf_err *err);

/* Exports the files of a commit that the rules admit ("" : none) into the folder `name`. Each rule that admits must match
 * something: `what` ("[ocrunner] refs") stands in the error. */
int hf_make_rules(struct hf_make_files *out, const struct hf_build_ask *ask, const char *rules, const char *name,
                  const char *what, struct hf_err *err);
void hf_make_files_free(struct hf_make_files *f);

/* The sums of a patch, taken by a thread of their own while it is judged; where there can be none, at the end. */
struct hf_summing {
    struct hf_built *built;
    pthread_t thread;
    int started, rc;
    struct hf_err err;
};

/* built: its path counts; its sums are filled. */
void hf_make_sums_begin(struct hf_summing *s, struct hf_built *built);

/* Waits: the thread has ended. -1 when the sums could not be taken. */
int hf_make_sums_end(struct hf_summing *s, struct hf_err *err);

/* The sums of what was built; its kind and size are judged before. */
int hf_make_sums(struct hf_built *out, struct hf_err *err);

/* The facts that decide what a builder makes, for the cache: a line each. */
void hf_make_facts(struct hf_buf *facts, const char *what, const struct hf_changes *c);

#endif
