/* verify.c: see verify.h. */
#include "publisher/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "builder/build.h"
#include "core/escape.h"
#include "publisher/clock.h"
#include "publisher/rules.h"

#define STRAYS_MAX 20       /* that are named; the others are counted */
#define WRITER_SECONDS 3600 /* no writer takes longer for one file */

/* A live release that a newer one stands before for every device: nobody gets it unless that one is rolled back. */
static int superseded(const struct hf_manifest *m, size_t i)
{
    const struct hf_release *r = &m->releases[i];
    size_t k;

    for (k = 0; k < i; k++)
        if (m->releases[k].state == HF_LIVE && m->releases[k].rollout == HF_ROLLOUT_ALL &&
            hf_rules_same_target(&m->releases[k], r->target, r->range))
            return 1;
    return 0;
}

/* One file that a release names. needed: devices may be sent to it today. md5 may be NULL. */
static void judge_file(const struct hf_verify *v, const struct hf_manifest *m, const struct hf_release *r, int needed,
                       const char *key, int64_t size, const char *md5, const char *sha256)
{
    const char *mend = needed ? "put it back from a backup, or roll the patch back and publish again"
                              : "nothing, unless that release is to come back";
    enum hf_found_level level = needed ? HF_FOUND_ERROR : HF_FOUND_WARNING;
    struct hf_err why = {HF_OK, ""};
    struct hf_sums sums;
    char full[HF_STORE_KEY_MAX];

    hf_key_of_object(full, m->app, key);
    if (hf_store_sums(v->store, full, &sums, &why) != 0) {
        if (why.code == HF_E_NOTFOUND)
            hf_found(v->found, level, mend, "%s is missing: patch %" PRId64 " of %s (%s) names it", full, r->patch, m->channel,
                     hf_state_name(r->state));
        else
            hf_found(v->found, level, "see that this user may read it", "%s", why.msg);
    } else if (sums.size != (uint64_t)size) {
        hf_found(v->found, level, mend, "%s has %" PRIu64 " bytes, but patch %" PRId64 " of %s names %" PRId64, full, sums.size,
                 r->patch, m->channel, size);
    } else if (strcmp(sums.sha256, sha256) != 0) {
        hf_found(v->found, level, mend, "%s has other bytes than patch %" PRId64 " of %s names: its SHA-256 is %s", full,
                 r->patch, m->channel, sums.sha256);
    } else if (md5 != NULL && strcmp(sums.md5, md5) != 0) {
        hf_found(v->found, level, "roll the patch back and publish again",
                 "%s has the MD5 %s, but patch %" PRId64 " of %s names %s", full, sums.md5, r->patch, m->channel, md5);
    }
}

/* A patch that says itself which app version it is for. */
static void judge_patch(const struct hf_verify *v, const struct hf_manifest *m, const struct hf_release *r,
                        const struct hf_builder *builder)
{
    struct hf_err why = {HF_OK, ""};
    char full[HF_KEY_MAX];
    struct hf_buf b;

    hf_buf_init(&b, hf_build_judges(builder));
    hf_key_of_object(full, m->app, r->file.key);
    if (hf_store_get(v->store, full, &b, NULL, &why) == 0 && hf_build_judge(builder, b.p, b.n, r->target, &why) != 0)
        hf_found(v->found, HF_FOUND_ERROR, "roll the patch back and build it again", "%s, patch %" PRId64 " of %s: %s", full,
                 r->patch, m->channel, why.msg);
    hf_buf_free(&b);
}

static void judge_files(const struct hf_verify *v, const struct hf_manifest *m)
{
    size_t i, k;

    for (i = 0; i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];
        int needed = (r->state == HF_LIVE && !superseded(m, i)) || r->state == HF_PAUSED;

        if (r->has_file)
            judge_file(v, m, r, needed, r->file.key, r->file.size, r->file.sums.md5, r->file.sums.sha256);
        if (r->has_file && needed && hf_build_judges(hf_builder_of(r->source.builder)) > 0)
            judge_patch(v, m, r, hf_builder_of(r->source.builder));
        for (k = 0; k < r->delta_count; k++)
            judge_file(v, m, r, needed, r->deltas[k].key, r->deltas[k].size, NULL, r->deltas[k].sha256);
    }
}

static void judge_expiry(const struct hf_verify *v, const struct hf_manifest *m)
{
    char when[HF_TIMESTAMP_LEN + 1], published[HF_TIMESTAMP_LEN + 1];

    hf_timestamp_format(when, m->expires);
    hf_timestamp_format(published, m->published);
    if (hf_clock_future(m->published, v->now))
        hf_found(v->found, HF_FOUND_ERROR, HF_CLOCK_FUTURE_MEND,
                 "%s/%s/manifest.json was published at %s, which is in the future", m->app, m->channel, published);
    else if (m->expires <= v->now)
        hf_found(v->found, HF_FOUND_ERROR, "run 'hotfix refresh' where the signing key is",
                 "%s/%s/manifest.json expired at %s: devices take nothing from it", m->app, m->channel, when);
    else if (m->expires - v->now < (m->expires - m->published) / 4)
        hf_found(v->found, HF_FOUND_WARNING, "run 'hotfix refresh' where the signing key is, best by a timer",
                 "%s/%s/manifest.json expires at %s, and less than a quarter of its time is left", m->app, m->channel, when);
}

/* The newest serial that history had when the inventory was taken; 0 when none. */
static int64_t newest_history(const struct hf_verify *v, const char *app, const char *channel)
{
    int64_t newest = 0;
    size_t i;

    for (i = 0; i < v->inventory.count; i++) {
        const struct hf_item *it = &v->inventory.items[i];

        if (it->is.kind == HF_KIND_HISTORY && strcmp(it->is.app, app) == 0 && strcmp(it->is.channel, channel) == 0 &&
            it->is.serial > newest)
            newest = it->is.serial;
    }
    return newest;
}

/* Every serial in history was in force before; so what is in force cannot be older. */
static void judge_age(const struct hf_verify *v, const struct hf_manifest *m)
{
    int64_t newest = newest_history(v, m->app, m->channel);

    if (newest > m->serial)
        hf_found(v->found, HF_FOUND_ERROR,
                 "copy the newest of history over manifest.json: devices that saw it refuse older ones",
                 "%s/%s/manifest.json has the serial %" PRId64 ", but history has %" PRId64 ": somebody put an old one back",
                 m->app, m->channel, m->serial, newest);
}

static void no_manifest(const struct hf_verify *v, const char *app, const char *channel, const struct hf_err *why)
{
    if (why->code != HF_E_NOTFOUND)
        hf_found(v->found, HF_FOUND_ERROR, "see that this user may read it", "%s", why->msg);
    else if (newest_history(v, app, channel) > 0)
        hf_found(v->found, HF_FOUND_ERROR, "copy the newest of history to manifest.json",
                 "%s/%s/manifest.json is missing, but there is a history", app, channel);
    else
        hf_found(v->found, HF_FOUND_OK, NULL, "%s/%s: nothing released yet", app, channel);
}

/* What to do about a manifest in force that no device takes. */
static const char *mend_of(const struct hf_err *why)
{
    if (why->code == HF_E_SIG)
        return "give the right keys with --keys; else copy the newest good one of history over it";
    if (why->code == HF_E_POLICY)
        return "see that it is the right store, and this hotfix new enough";
    return "copy the newest good one of history over it";
}

int hf_verify_channel(const struct hf_verify *v, const char *app, const char *channel, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];
    struct hf_err why = {HF_OK, ""};
    struct hf_manifest *m = NULL;
    struct hf_buf bytes;
    size_t before = v->found->errors + v->found->warnings;
    int rc = 0;

    hf_buf_init(&bytes, HF_JWS_MAX_BYTES);
    hf_key_manifest(key, app, channel);
    if (hf_store_get(v->store, key, &bytes, NULL, &why) != 0) {
        no_manifest(v, app, channel, &why);
    } else if (hf_manifest_open(&m, NULL, bytes.p, bytes.n, v->trust, app, channel, &why) != 0) {
        hf_found(v->found, HF_FOUND_ERROR, mend_of(&why), "%s: %s", key, why.msg);
    } else {
        judge_expiry(v, m);
        judge_age(v, m);
        judge_files(v, m);
        rc = hf_verify_history(v, m, &bytes, err);
        if (rc == 0 && v->found->errors + v->found->warnings == before)
            hf_found(v->found, HF_FOUND_OK, NULL, "%s/%s: serial %" PRId64 ", %zu %s, history from 1 to %" PRId64, app, channel,
                     m->serial, m->release_count, m->release_count == 1 ? "release" : "releases", m->serial);
    }
    hf_manifest_free(m);
    hf_buf_free(&bytes);
    return rc;
}

void hf_verify_strays(const struct hf_verify *v)
{
    char shown[192];
    size_t i, named = 0, more = 0;

    for (i = 0; i < v->inventory.count; i++) {
        const struct hf_item *it = &v->inventory.items[i];
        int dead = it->is.kind == HF_KIND_TEMPORARY && v->now - it->changed > WRITER_SECONDS;

        if (it->is.kind != HF_KIND_UNKNOWN && !dead)
            continue;
        if (++named > STRAYS_MAX) {
            more++;
            continue;
        }
        hf_escape(shown, sizeof shown, it->key, strlen(it->key));
        if (dead)
            hf_found(v->found, HF_FOUND_WARNING, "remove it", "%s is what a writer left that was stopped", shown);
        else
            hf_found(v->found, HF_FOUND_WARNING, "remove it if nobody knows what it is for", "%s is not a part of a store%s",
                     shown, it->size < 0 ? ", and no regular file" : "");
    }
    if (more > 0)
        hf_found(v->found, HF_FOUND_WARNING, "look at the store's folders", "%zu more files are not a part of the store", more);
}
