/* dir.h: a device's folder: opened beneath itself without following links, locked, written so that it survives a cut. */
#ifndef HF_DIR_H
#define HF_DIR_H

#include <stdint.h>

#include "client/hotfix_client.h"
#include "core/buf.h"

struct hf_dir {
    int fd; /* -1: not open */
    char path[HF_CLIENT_MAX_DIR + 1];
};

/* Opens the folder and makes it (0700) if only its last part is missing. One that others may enter is closed to them; one
 * that belongs to another user, or holds other files, is refused (HF_E_FOLDER). */
int hf_dir_open(struct hf_dir *d, const char *path, struct hf_err *err);
void hf_dir_close(struct hf_dir *d);

/* Takes an exclusive lock on the file `name`; waits for it at most wait_ms, then HF_E_BUSY. *lock is given back with
 * hf_dir_unlock, and by the system when the process dies. */
int hf_dir_lock(struct hf_dir *d, const char *name, long wait_ms, int *lock, struct hf_err *err);
void hf_dir_unlock(int lock);

/* Reads a file of the folder, at most out->max bytes. HF_E_NOTFOUND; HF_E_INPUT when it is no regular file. */
int hf_dir_read(const struct hf_dir *d, const char *name, struct hf_buf *out, struct hf_err *err);

/* Replaces a file (mode 0600) at once and for good, by core/durable.h. The folder is locked by the caller. */
int hf_dir_write(struct hf_dir *d, const char *name, const void *p, size_t n, struct hf_err *err);

/* Opens a folder below `at`, not through a link; with `make` it is made (0700) if it is not there. HF_E_NOTFOUND. The
 * descriptor is closed by the caller. */
int hf_dir_sub(int at, const char *name, int make, int *fd, struct hf_err *err);

/* Removes everything in the folder `at` but the names in keep (NULL at the end), two levels deep, following nothing. */
int hf_dir_prune(int at, const char *const *keep, struct hf_err *err);

/* Makes the symbolic link `name` lead to target, at once; target NULL: removes it. Nothing happens when it is so already. The
 * folder is locked by the caller. */
int hf_dir_link(struct hf_dir *d, const char *name, const char *target, struct hf_err *err);

/* Turns the failure of a core function that reads or writes files into HF_E_DISK, also where core says "try again later" (a
 * full disk). Returns -1. */
int hf_dir_failed(struct hf_err *err);

#endif
