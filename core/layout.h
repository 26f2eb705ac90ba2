/* layout.h: how the keys of a store are spelled (docs/formats.md, "The store"). No other file spells them.
 *
 * A key is a path below the store's root. A file of a manifest has an object key, a path below its app's folder, because the same
 * manifest may rest anywhere. */
#ifndef HF_LAYOUT_H
#define HF_LAYOUT_H

#include <stdint.h>

#include "core/digest.h"
#include "core/name.h"

#define HF_MAX_INT ((int64_t)9007199254740991) /* 2^53 - 1: what every JSON reader keeps */
#define HF_KEY_MAX 512                         /* bytes of a key with its NUL */
#define HF_OBJECT_KEY_MAX 136                  /* characters of an object key */
#define HF_MANIFEST_LEAF "manifest.json"

/* What a key is for. */
enum hf_kind {
    HF_KIND_UNKNOWN,
    HF_KIND_MANIFEST,  /* <app>/<channel>/manifest.json: the signed manifest in force */
    HF_KIND_HISTORY,   /* <app>/<channel>/history/<serial>.json */
    HF_KIND_OBJECT,    /* <app>/objects/<sha256>: a patch */
    HF_KIND_DELTA,     /* <app>/deltas/<sha256>-<sha256> */
    HF_KIND_CANDIDATE, /* <app>/<channel>/candidates/<sha256>.json, and its patch without .json */
    HF_KIND_TEMPORARY  /* a file that a writer has not finished, or never will */
};

struct hf_key {
    enum hf_kind kind;
    char app[HF_APP_MAX + 1];         /* "" for UNKNOWN and TEMPORARY */
    char channel[HF_CHANNEL_MAX + 1]; /* of MANIFEST, HISTORY and CANDIDATE; else "" */
    int64_t serial;                   /* of HISTORY; else 0 */
    char id[HF_SHA256_HEX + 1];       /* of CANDIDATE, when it is not the patch; else "" */
};

/* What a key is for: HF_KIND_UNKNOWN for all that is not spelled exactly as below. Any bytes may come. */
void hf_key_read(struct hf_key *out, const char *key);

/* Writes a key. app, channel and digests are valid names (core/name.h), so it fits. */
void hf_key_manifest(char out[static HF_KEY_MAX], const char *app, const char *channel);
void hf_key_history(char out[static HF_KEY_MAX], const char *app, const char *channel, int64_t serial);
void hf_key_candidate(char out[static HF_KEY_MAX], const char *app, const char *channel, const char *id);
void hf_key_candidate_patch(char out[static HF_KEY_MAX], const char *app, const char *channel, const char *sha256);
void hf_key_patch(char out[static HF_KEY_MAX], const char *app, const char *sha256);
void hf_key_of_object(char out[static HF_KEY_MAX], const char *app, const char *object_key);

/* The folders of two of them, for a list of what is in them. */
void hf_key_history_folder(char out[static HF_KEY_MAX], const char *app, const char *channel);
void hf_key_candidates_folder(char out[static HF_KEY_MAX], const char *app, const char *channel);

/* Object keys: of a patch, and of the delta from one patch to another. */
void hf_object_key(char out[static HF_OBJECT_KEY_MAX + 1], const char *sha256);
void hf_delta_key(char out[static HF_OBJECT_KEY_MAX + 1], const char *from, const char *to);

/* 1 when this is an object key of either form. NULL is none. */
int hf_object_key_ok(const char *s);

#endif
