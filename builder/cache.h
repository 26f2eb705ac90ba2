/* cache.h: patches that were built before, found by what they were built from: in hotfix/cache beside the repository, bounded,
 * the ones unused for longest go first. An entry is used only if its digest, which covers its key, is right; a cache that cannot
 * be read or written is no cache, never an error. */
#ifndef HF_CACHE_H
#define HF_CACHE_H

#include "builder/build.h"

#define HF_CACHE_MAX_ENTRY (64u * 1024 * 1024)

/* What names an entry: SHA-256 of the facts. */
int hf_cache_key(char key[HF_SHA256_HEX + 1], const struct hf_buf *facts, struct hf_err *err);

/* Writes the entry to `path`, which must not exist. 1: it is there now, 0: the cache has none. */
int hf_cache_get(const struct hf_build_ask *ask, const char *key, const char *path);

/* Keeps a copy of the file. */
void hf_cache_put(const struct hf_build_ask *ask, const char *key, const char *path);

#endif
