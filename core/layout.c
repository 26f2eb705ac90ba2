/* layout.c: see layout.h. */
#include "core/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/durable.h"
#include "core/hex.h"

#define OBJECTS "objects/"
#define DELTAS "deltas/"
#define HISTORY "history"
#define CANDIDATES "candidates"
#define JSON ".json"

void hf_key_manifest(char out[static HF_KEY_MAX], const char *app, const char *channel)
{
    snprintf(out, HF_KEY_MAX, "%s/%s/" HF_MANIFEST_LEAF, app, channel);
}

void hf_key_history(char out[static HF_KEY_MAX], const char *app, const char *channel, int64_t serial)
{
    snprintf(out, HF_KEY_MAX, "%s/%s/" HISTORY "/%" PRId64 JSON, app, channel, serial);
}

void hf_key_candidate(char out[static HF_KEY_MAX], const char *app, const char *channel, const char *id)
{
    snprintf(out, HF_KEY_MAX, "%s/%s/" CANDIDATES "/%s" JSON, app, channel, id);
}

void hf_key_candidate_patch(char out[static HF_KEY_MAX], const char *app, const char *channel, const char *sha256)
{
    snprintf(out, HF_KEY_MAX, "%s/%s/" CANDIDATES "/%s", app, channel, sha256);
}

void hf_key_patch(char out[static HF_KEY_MAX], const char *app, const char *sha256)
{
    snprintf(out, HF_KEY_MAX, "%s/" OBJECTS "%s", app, sha256);
}

void hf_key_of_object(char out[static HF_KEY_MAX], const char *app, const char *object_key)
{
    snprintf(out, HF_KEY_MAX, "%s/%s", app, object_key);
}

void hf_key_history_folder(char out[static HF_KEY_MAX], const char *app, const char *channel)
{
    snprintf(out, HF_KEY_MAX, "%s/%s/" HISTORY, app, channel);
}

void hf_key_candidates_folder(char out[static HF_KEY_MAX], const char *app, const char *channel)
{
    snprintf(out, HF_KEY_MAX, "%s/%s/" CANDIDATES, app, channel);
}

void hf_object_key(char out[static HF_OBJECT_KEY_MAX + 1], const char *sha256)
{
    snprintf(out, HF_OBJECT_KEY_MAX + 1, OBJECTS "%s", sha256);
}

void hf_delta_key(char out[static HF_OBJECT_KEY_MAX + 1], const char *from, const char *to)
{
    snprintf(out, HF_OBJECT_KEY_MAX + 1, DELTAS "%s-%s", from, to);
}

/* Behind a prefix, or NULL. */
static const char *behind(const char *s, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

int hf_object_key_ok(const char *s)
{
    uint8_t sum[HF_SHA256_HEX / 2];
    const char *rest;

    if (s == NULL)
        return 0;
    if ((rest = behind(s, OBJECTS)) != NULL)
        return hf_is_hex(rest, HF_SHA256_HEX);
    if ((rest = behind(s, DELTAS)) != NULL)
        return hf_unhex(sum, sizeof sum, rest) == 0 && rest[HF_SHA256_HEX] == '-' &&
               hf_is_hex(rest + HF_SHA256_HEX + 1, HF_SHA256_HEX);
    return 0;
}

/* "<serial>.json", without leading zeros, as it is written. */
static int64_t serial_of(const char *leaf)
{
    char again[32];
    int64_t n = strtoll(leaf, NULL, 10);

    if (leaf[0] < '1' || leaf[0] > '9' || n < 1 || n > HF_MAX_INT)
        return 0;
    snprintf(again, sizeof again, "%" PRId64 JSON, n);
    return strcmp(leaf, again) == 0 ? n : 0;
}

/* A candidate, or its patch. */
static int read_candidate(struct hf_key *out, const char *leaf)
{
    char name[HF_SHA256_HEX + 1];
    size_t n = strlen(leaf);

    if (n != HF_SHA256_HEX && (n != HF_SHA256_HEX + sizeof JSON - 1 || strcmp(leaf + HF_SHA256_HEX, JSON) != 0))
        return 0;
    snprintf(name, sizeof name, "%.*s", HF_SHA256_HEX, leaf);
    if (!hf_is_hex(name, HF_SHA256_HEX))
        return 0;
    if (n != HF_SHA256_HEX)
        memcpy(out->id, name, sizeof name);
    return 1;
}

/* What lies in an app's folder, by its path there. */
static enum hf_kind kind_of(struct hf_key *out, const char *path)
{
    const char *slash = strchr(path, '/'), *leaf;
    char channel[HF_CHANNEL_MAX + 2];

    if (slash == NULL)
        return HF_KIND_UNKNOWN;
    if (hf_object_key_ok(path))
        return behind(path, OBJECTS) != NULL ? HF_KIND_OBJECT : HF_KIND_DELTA;
    snprintf(channel, sizeof channel, "%.*s", (int)(slash - path), path);
    if ((size_t)(slash - path) > HF_CHANNEL_MAX || hf_channel_check(channel, NULL) != 0)
        return HF_KIND_UNKNOWN;
    memcpy(out->channel, channel, strlen(channel) + 1);
    if (strcmp(slash + 1, HF_MANIFEST_LEAF) == 0)
        return HF_KIND_MANIFEST;
    if ((leaf = behind(slash + 1, HISTORY "/")) != NULL && (out->serial = serial_of(leaf)) > 0)
        return HF_KIND_HISTORY;
    if ((leaf = behind(slash + 1, CANDIDATES "/")) != NULL && read_candidate(out, leaf))
        return HF_KIND_CANDIDATE;
    out->channel[0] = '\0';
    return HF_KIND_UNKNOWN;
}

void hf_key_read(struct hf_key *out, const char *key)
{
    const char *slash = strchr(key, '/'), *leaf = strrchr(key, '/');
    char app[HF_APP_MAX + 2];

    memset(out, 0, sizeof *out);
    if (behind(leaf != NULL ? leaf + 1 : key, HF_DURABLE_PREFIX) != NULL) {
        out->kind = HF_KIND_TEMPORARY;
        return;
    }
    if (slash == NULL || (size_t)(slash - key) > HF_APP_MAX)
        return;
    snprintf(app, sizeof app, "%.*s", (int)(slash - key), key);
    if (!hf_name_ok(app, HF_APP_MAX))
        return;
    out->kind = kind_of(out, slash + 1);
    if (out->kind != HF_KIND_UNKNOWN)
        memcpy(out->app, app, strlen(app) + 1);
}
