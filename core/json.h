/* json.h: the one door to jansson: strict loading, and members with their types checked.
 * Refused: duplicate members, anything behind the value, NUL, invalid UTF-8, reals, nesting over HF_JSON_MAX_DEPTH. */
#ifndef HF_JSON_H
#define HF_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "core/buf.h"

#define HF_JSON_MAX_DEPTH 16

/* Loads an object; the caller has checked n against its own limit. json_decref'ed by the caller. `what` stands in errors. */
int hf_json_load(json_t **out, const void *p, size_t n, const char *what, struct hf_err *err);

/* Members of obj; `path` is how errors name obj ("releases[3]"). Returned strings are borrowed from obj.
 * A string may be at most max bytes. */
int hf_json_string(const char **out, json_t *obj, const char *name, size_t max, const char *path, struct hf_err *err);
int hf_json_int(int64_t *out, json_t *obj, const char *name, int64_t min, int64_t max, const char *path, struct hf_err *err);
int hf_json_array(json_t **out, json_t *obj, const char *name, size_t max, const char *path, struct hf_err *err);
int hf_json_object(json_t **out, json_t *obj, const char *name, const char *path, struct hf_err *err);

/* Compact text, members in the order in which they were set. */
int hf_json_write(struct hf_buf *out, const json_t *v, struct hf_err *err);

#endif
