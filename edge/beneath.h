/* beneath.h: files of a store, opened beneath its root without following any link. Reads only. */
#ifndef HF_BENEATH_H
#define HF_BENEATH_H

#include "core/err.h"

/* Opens the root itself, from the url of a file store ("file:///var/lib/hotfix"; HF_E_CONFIG for another kind). A descriptor,
 * or -1. */
int hf_beneath_root(const char *url, struct hf_err *err);

/* Opens the folder that `hotfix sync` keeps; makes it (0700) if the one above it is there, and gives it to this user ("": nobody
 * else) if we are root. HF_E_CONFIG. */
int hf_beneath_sync_dir(const char *path, const char *user, struct hf_err *err);

/* Opens a regular file for reading, by openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS. A descriptor, or -1 with
 * HF_E_NOTFOUND when there is none (or the way to it is a link), else HF_E_FAIL. */
int hf_beneath_open(int root, const char *path, struct hf_err *err);

#endif
