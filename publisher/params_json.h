/* params_json.h: the parameters of a release as JSON, in the words that people write: in the spool, and in a candidate. */
#ifndef HF_PARAMS_JSON_H
#define HF_PARAMS_JSON_H

#include "core/json.h"
#include "publisher/params.h"

/* A new object with what somebody said; NULL when there is no memory. */
json_t *hf_params_json(const struct hf_params *p);

/* Reads the member "params" of obj through the same checks that people's words go through; a target must be there. `path` is how
 * errors name obj. */
int hf_params_read(struct hf_params *p, json_t *obj, const char *path, struct hf_err *err);

#endif
