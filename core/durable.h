/* durable.h: a file that is there whole or not at all, also after a power cut: write to a temporary name, fsync, rename or
 * link, fsync the folder. Every such step of the publisher, the store and the client passes through here, and is announced
 * (core/step.h). All names are relative to a folder's descriptor. */
#ifndef HF_DURABLE_H
#define HF_DURABLE_H

#include <sys/types.h>

#include "core/err.h"

/* The names of files that are being written begin with this; nobody reads them. */
#define HF_DURABLE_PREFIX ".tmp-"

struct hf_durable {
    int dirfd; /* borrowed */
    int fd;    /* of the temporary file, open for writing; -1 when there is none */
    char tmp[64];
    const char *shown; /* borrowed: the name in messages */
};

/* Makes an empty temporary file in the folder. End with commit or abort. */
int hf_durable_begin(struct hf_durable *d, int dirfd, const char *shown, struct hf_err *err);

/* The same for a caller that holds a lock on the folder: the temporary name is made from `name`, so a file that a killed process
 * left under it is removed first, and nothing piles up. name: at most 48 bytes. */
int hf_durable_begin_locked(struct hf_durable *d, int dirfd, const char *name, struct hf_err *err);

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

/* Replaces the file `name` at once, under a lock on the folder (hf_durable_begin_locked). */
int hf_durable_put_locked(int dirfd, const char *name, const void *p, size_t n, mode_t mode, struct hf_err *err);

/* Makes the symbolic link `name` lead to target, at once, under a lock on the folder. What had the name is replaced. */
int hf_durable_symlink_locked(int dirfd, const char *name, const char *target, struct hf_err *err);

/* Moves the file `path`, relative to the folder `from` (or AT_FDCWD), of which `in` is a descriptor, to a name in the folder: as
 * with a commit, it has its mode and is on disk before it replaces what had the name. 1, and nothing is moved, when it lies on
 * another file system. */
int hf_durable_move(int dirfd, const char *name, int from, const char *path, int in, mode_t mode, const char *shown,
                    struct hf_err *err);

/* Removes a file and puts that on disk. A file that is not there is no failure. */
int hf_durable_remove(int dirfd, const char *name, const char *shown, struct hf_err *err);

/* Opens the folder `name` in dirfd without following a link, making it with this mode if it is not there. One that only its
 * owner may enter is given the mode too: a killed process left it so. -1 on failure. */
int hf_durable_mkdir(int dirfd, const char *name, mode_t mode, const char *shown, struct hf_err *err);

/* Writes all bytes, over interruptions and short writes. */
int hf_durable_write_fd(int fd, const void *p, size_t n, const char *shown, struct hf_err *err);

/* Puts a file on disk, or of a folder which names are in it: fsync, and where the system has a stronger call (macOS), that. */
int hf_durable_sync(int fd, const char *shown, struct hf_err *err);

#endif
