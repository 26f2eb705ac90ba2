/* durable.h: a file that is there whole or not at all, also after a power cut: write to a temporary name, fsync, rename or
 * link, fsync the folder. Every such step of hotfix passes through here. */
#ifndef HF_DURABLE_H
#define HF_DURABLE_H

#include <sys/types.h>

#include "core/err.h"

/* The names of files that are being written begin with this; nobody reads them. */
#define HF_DURABLE_PREFIX ".tmp-"

struct hf_durable {
    int dirfd; /* borrowed */
    int fd;    /* of the temporary file, open for writing; -1 when there is none */
    char tmp[48];
    const char *shown; /* borrowed: the name in messages */
};

/* Makes an empty temporary file in the folder. End with commit or abort. */
int hf_durable_begin(struct hf_durable *d, int dirfd, const char *shown, struct hf_err *err);

int hf_durable_write(struct hf_durable *d, const void *p, size_t n, struct hf_err *err);

/* Writes what a file has, from where `in` stands to its end. */
int hf_durable_copy(struct hf_durable *d, int in, struct hf_err *err);

/* Gives the file its mode (whatever the umask), its name and its place on disk. With keep set, a file that has the name already
 * stays, and *made is 0; else it is replaced. made may be NULL. The temporary file is gone afterwards, after a failure too. */
int hf_durable_commit(struct hf_durable *d, const char *name, mode_t mode, int keep, int *made, struct hf_err *err);

void hf_durable_abort(struct hf_durable *d);

/* All of it at once. */
int hf_durable_put(int dirfd, const char *name, const void *p, size_t n, mode_t mode, int keep, int *made, const char *shown,
                   struct hf_err *err);

/* Moves the file `path`, of which `in` is a descriptor, to a name in the folder: as with a commit, it has its mode and is on disk
 * before it replaces what had the name. 1, and nothing is moved, when it lies on another file system. */
int hf_durable_move(int dirfd, const char *name, const char *path, int in, mode_t mode, const char *shown, struct hf_err *err);

/* Removes a file and puts that on disk. A file that is not there is no failure. */
int hf_durable_remove(int dirfd, const char *name, const char *shown, struct hf_err *err);

/* Puts what the descriptor has on disk: of a folder, which names are in it. */
int hf_durable_sync(int fd, const char *shown, struct hf_err *err);

/* Opens the folder `name` in dirfd without following a link, making it with this mode if it is not there. One that only its
 * owner may enter is given the mode too: a killed process left it so. -1 on failure. */
int hf_durable_mkdir(int dirfd, const char *name, mode_t mode, const char *shown, struct hf_err *err);

#endif
