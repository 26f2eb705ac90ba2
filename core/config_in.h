/* config_in.h: the table of keys, shared by the three config files and the test that holds hotfix.ini against it. */
#ifndef HF_CONFIG_IN_H
#define HF_CONFIG_IN_H

#include <stddef.h>
#include <stdint.h>

#include "core/config.h"

/* How the text of a value is read, and what it becomes. */
enum hf_config_type {
    HF_CT_TEXT,     /* char *: any text */
    HF_CT_APP,      /* char *: a name for an app, or empty */
    HF_CT_CHANNEL,  /* char *: a name for a channel, or empty */
    HF_CT_FILE,     /* char *: a name for a file */
    HF_CT_REFS,     /* char *: patterns of refs */
    HF_CT_BUILDER,  /* char *: one of the four */
    HF_CT_BASE,     /* char *: one ref with one * */
    HF_CT_PROGRAM,  /* char *: an absolute path, with arguments or without */
    HF_CT_PATHS,    /* char *: absolute paths, separated by spaces, or empty */
    HF_CT_PATH,     /* char *: a file, or empty; what is not absolute lies beside hotfix.ini */
    HF_CT_STORE,    /* char *: file:///path or s3://bucket/prefix */
    HF_CT_ENDPOINT, /* char *: http(s)://host[:port], or empty */
    HF_CT_URL,      /* char *: the same, with or without a path */
    HF_CT_REGION,   /* char *, or empty */
    HF_CT_LISTEN,   /* char *: HOST:PORT */
    HF_CT_METRICS,  /* char *: the same, or empty */
    HF_CT_SECRET,   /* struct hf_secret */
    HF_CT_PERCENT,  /* int, of 10,000 */
    HF_CT_YES_NO,   /* int */
    HF_CT_SANDBOX,  /* int: 1 required, 0 preferred */
    HF_CT_PRIORITY, /* enum hf_priority */
    HF_CT_NATIVE,   /* int: 1 refuse, 0 warn */
    HF_CT_NUMBER,   /* int64_t, from min to max */
    HF_CT_SIZE,     /* int64_t, bytes, from min to max */
    HF_CT_DURATION  /* int64_t, seconds */
};

struct hf_config_key {
    const char *section; /* "channel": of each [channel LABEL] */
    const char *name;
    enum hf_config_type type;
    size_t at;        /* offset in struct hf_config; in struct hf_channel for "channel" */
    const char *dflt; /* what holds when it is left out, as it would be written; NULL: see fill_channel() in config_read.c */
    int64_t min, max; /* HF_CT_NUMBER, HF_CT_SIZE */
};

extern const struct hf_config_key hf_config_keys[];
extern const size_t hf_config_key_count;

/* Reads text into the field at `at`, freeing what was there. `dir` is where hotfix.ini lies ("" or with a '/' at its end).
 * HF_E_INPUT with what would be right; the text of a secret is never shown. */
int hf_config_value(void *at, const struct hf_config_key *key, const char *text, const char *dir, struct hf_err *err);

#endif
