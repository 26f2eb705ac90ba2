/* manifest.c: what a manifest is, apart from its text: see manifest.h. */
#include "core/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "core/json.h"

static const char *const state_names[] = {"live", "paused", "withdrawn", "revoked"};
static const char *const priority_names[] = {"idle", "normal", "mandatory"};

const char *hf_state_name(enum hf_state s)
{
    return state_names[s];
}

const char *hf_priority_name(enum hf_priority p)
{
    return priority_names[p];
}

int hf_priority_parse(enum hf_priority *out, const char *s, struct hf_err *err)
{
    char shown[64];
    int i;

    for (i = HF_IDLE; i <= HF_MANDATORY; i++) {
        if (strcmp(s, priority_names[i]) == 0) {
            *out = (enum hf_priority)i;
            return 0;
        }
    }
    return hf_fail(err, HF_E_INPUT, "'%s' is not a priority: write mandatory, normal or idle",
                   hf_escape(shown, sizeof shown, s, strlen(s)));
}

int hf_manifest_new(struct hf_manifest **out, const char *app, const char *channel, struct hf_err *err)
{
    struct hf_manifest *m;

    *out = NULL;
    if (hf_app_check(app, err) != 0 || hf_channel_check(channel, err) != 0)
        return -1;
    m = calloc(1, sizeof *m);
    if (m == NULL)
        return hf_nomem(err);
    memcpy(m->app, app, strlen(app) + 1);
    memcpy(m->channel, channel, strlen(channel) + 1);
    *out = m;
    return 0;
}

void hf_release_clear(struct hf_release *r)
{
    hf_range_free(r->range);
    free(r->notes);
    free(r->reason);
    free(r->deltas);
    json_decref(r->raw);
    memset(r, 0, sizeof *r);
}

void hf_manifest_free(struct hf_manifest *m)
{
    size_t i;

    if (m == NULL)
        return;
    for (i = 0; i < m->release_count; i++)
        hf_release_clear(&m->releases[i]);
    free(m->releases);
    free(m->revoked);
    json_decref(m->raw);
    free(m);
}

int hf_manifest_add(struct hf_manifest *m, struct hf_release *r, struct hf_err *err)
{
    struct hf_release *p;

    if (m->release_count == HF_MANIFEST_MAX_RELEASES)
        return hf_fail(err, HF_E_LIMIT, "the manifest already has %d releases", HF_MANIFEST_MAX_RELEASES);
    p = reallocarray(m->releases, m->release_count + 1, sizeof *p);
    if (p == NULL)
        return hf_nomem(err);
    memmove(p + 1, p, m->release_count * sizeof *p);
    p[0] = *r;
    m->releases = p;
    m->release_count++;
    memset(r, 0, sizeof *r);
    return 0;
}

int hf_manifest_revoked(const struct hf_manifest *m, const char *sha256)
{
    size_t i;

    for (i = 0; i < m->revoked_count; i++)
        if (strcmp(m->revoked[i], sha256) == 0)
            return 1;
    return 0;
}

struct hf_release *hf_manifest_find(const struct hf_manifest *m, int64_t patch)
{
    size_t i;

    for (i = 0; i < m->release_count; i++)
        if (m->releases[i].patch == patch)
            return &m->releases[i];
    return NULL;
}

int hf_manifest_open(struct hf_manifest **out, struct hf_jws *jws, const void *p, size_t n, const struct hf_trust *trust,
                     const char *app, const char *channel, struct hf_err *err)
{
    struct hf_jws own;
    struct hf_jws *j = jws != NULL ? jws : &own;
    struct hf_manifest *m = NULL;
    int rc = -1;

    *out = NULL;
    if (hf_jws_verify(j, p, n, trust, err) != 0)
        return -1;
    if (hf_manifest_parse(&m, j->payload.p, j->payload.n, err) != 0)
        goto out;
    if (app != NULL && strcmp(app, m->app) != 0) {
        hf_fail(err, HF_E_POLICY, "the manifest is for the app %s, not for %s", m->app, app);
        goto out;
    }
    if (channel != NULL && strcmp(channel, m->channel) != 0) {
        hf_fail(err, HF_E_POLICY, "the manifest is for the channel %s, not for %s", m->channel, channel);
        goto out;
    }
    *out = m;
    m = NULL;
    rc = 0;
out:
    if (jws == NULL || rc != 0)
        hf_jws_free(j);
    hf_manifest_free(m);
    return rc;
}
