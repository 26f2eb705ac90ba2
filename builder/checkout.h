/* checkout.h: what .gitattributes do to a changed file: a filter makes other bytes of it, so that the blob is not the file;
 * other attributes make a checkout, from which an app is built, differ from the patch. They are read from the trees of the
 * commit alone: not from a checkout, an index, info/attributes or git's configuration, so that a commit means the same
 * everywhere. */
#ifndef HF_CHECKOUT_H
#define HF_CHECKOUT_H

#include "builder/change.h"
#include "builder/objects.h"

struct hf_checkout;

int hf_checkout_new(struct hf_checkout **out, const struct hf_repo *r, struct hf_err *err);
void hf_checkout_free(struct hf_checkout *c);

/* The walk goes into a folder of the commit (path: of the walk, "" at the top, borrowed during the call; tree: NULL where the
 * commit has no such folder), and out of it. Nothing is read before a file asks. */
int hf_checkout_enter(struct hf_checkout *c, const char *path, const struct hf_tree *tree, struct hf_err *err);
void hf_checkout_leave(struct hf_checkout *c);

/* Judges a file in the folder that the walk is in: refused when it has a filter; counted in `to` for each kind of attribute that
 * would change it. bytes: its whole content, or NULL: read here if an attribute asks for it. */
int hf_checkout_judge(struct hf_checkout *c, struct hf_changes *to, const struct hf_change *file, const void *bytes,
                      struct hf_err *err);

#endif
