/* patches.h: the patches of a device's folder: patches/<sha256>/<name>, and `current`, the link to the one in force. */
#ifndef HF_PATCHES_H
#define HF_PATCHES_H

#include "client/state.h"

#define HF_PATCHES "patches"
#define HF_PARTIAL "partial"
#define HF_CURRENT "current"

/* How closely a patch is looked at. */
enum hf_look {
    HF_LOOK_SIZE, /* it is there, a regular file of its size */
    HF_LOOK_BYTES /* and it has its MD5 and SHA-256 */
};

/* *whole = 1 when the patch lies in its place as it should, else 0. -1 when the disk does not let us look: nothing is known. */
int hf_patches_look(int *whole, struct hf_dir *d, const struct hf_held *h, enum hf_look look, struct hf_err *err);

/* Moves the file partial/<sha256>, which was checked and fsynced, to its place, for good. */
int hf_patches_adopt(struct hf_dir *d, const struct hf_held *h, struct hf_err *err);

/* Makes `current` lead to the patch that the state has in force, or removes it when there is none. */
int hf_patches_point(struct hf_dir *d, const struct hf_device *s, struct hf_err *err);

/* Removes all patches but the one in force and the one to go back to. */
int hf_patches_prune(struct hf_dir *d, const struct hf_device *s, struct hf_err *err);

/* DIR/patches/<sha256>/<name>, or "" for none. */
void hf_patches_path(char out[HF_CLIENT_MAX_PATH], const struct hf_dir *d, const struct hf_held *h);

#endif
