/* twins.h: a changed file against the files beside it that did not change: on a device it would take the place of one whose
 * name is the same there. */
#ifndef HF_TWINS_H
#define HF_TWINS_H

#include "builder/change.h"
#include "builder/objects.h"
#include "builder/select.h"

/* One folder of the commit, after all that changed in it was collected: files `first` and on, of `changes`, lie in or below it.
 * folder: its path, "" at the top. Refused when another file of the folder, which `select` admits, is one with a changed file, or
 * with the folder of one. */
int hf_twins_judge(const struct hf_changes *changes, size_t first, const struct hf_tree *tree, const char *folder,
                   const struct hf_select *select, struct hf_err *err);

#endif
