/* name.h: the grammar of the names that become paths: apps, channels, files. */
#ifndef HF_NAME_H
#define HF_NAME_H

#include <stddef.h>

#include "core/err.h"

#define HF_APP_MAX 64
#define HF_CHANNEL_MAX 32
#define HF_FILE_NAME_MAX 128

/* [A-Za-z0-9][A-Za-z0-9._-]*, at most max bytes, no "..". */
int hf_name_ok(const char *s, size_t max);

/* 0, or -1 with a message that shows the name (escaped, bounded) and the rule. */
int hf_app_check(const char *s, struct hf_err *err);
int hf_channel_check(const char *s, struct hf_err *err); /* also never "objects" or "deltas" */
int hf_file_name_check(const char *s, struct hf_err *err);

#endif
