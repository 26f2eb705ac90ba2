/* session.c: see session.h. */
#include "client/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/decide.h"

/* The folder belongs to one app and channel: serials and patch numbers are theirs. */
static int settle_names(struct hf_session *s, struct hf_err *err)
{
    const struct hf_client *c = s->client;
    struct hf_device *d = &s->state;

    if ((c->app[0] != '\0' && d->app[0] != '\0' && strcmp(c->app, d->app) != 0) ||
        (c->channel[0] != '\0' && d->channel[0] != '\0' && strcmp(c->channel, d->channel) != 0))
        return hf_fail(err, HF_E_FOLDER, "the folder belongs to app %s, channel %s: use another one for %s, %s", d->app,
                       d->channel, c->app[0] == '\0' ? d->app : c->app, c->channel[0] == '\0' ? d->channel : c->channel);
    if (c->app[0] != '\0')
        memcpy(d->app, c->app, sizeof d->app);
    if (c->channel[0] != '\0')
        memcpy(d->channel, c->channel, sizeof d->channel);
    if (c->version[0] != '\0' && strcmp(c->version, d->version) != 0) {
        memcpy(d->version, c->version, sizeof d->version);
        d->starts = 0; /* another app: its starts are its own */
    }
    if (d->app[0] == '\0' || d->channel[0] == '\0' || d->version[0] == '\0')
        return hf_fail(err, HF_E_USAGE, "the folder is new: app, channel and version must be named");
    return hf_version_parse(&s->version, d->version, strlen(d->version), err);
}

static int holds(const struct hf_session *s, const struct hf_held *h)
{
    struct hf_range *range;
    int r;

    if (hf_range_parse(&range, h->target, NULL) != 0)
        return 0;
    r = hf_range_holds(range, &s->version);
    hf_range_free(range);
    return r;
}

/* Why the manifest forbids the bytes, or NULL. */
static const char *forbidden(const struct hf_session *s, const struct hf_held *h)
{
    const struct hf_facts r = {.version = s->state.version, .sha256 = h->sha256};
    const struct hf_release *own;

    if (s->manifest == NULL)
        return NULL;
    if (hf_manifest_revoked(s->manifest, h->sha256))
        return "is revoked";
    own = hf_own_release(s->manifest, &s->version, &r);
    if (own != NULL && own->state == HF_REVOKED)
        return "is revoked";
    return own != NULL && own->state == HF_WITHDRAWN ? "was withdrawn" : NULL;
}

int hf_session_may_run(struct hf_session *s, const struct hf_held *h, struct hf_err *err)
{
    int whole;

    if (h->sha256[0] == '\0' || !holds(s, h) || hf_state_failed(&s->state, h->sha256) || forbidden(s, h) != NULL)
        return 0;
    if (hf_patches_look(&whole, &s->client->dir, h, HF_LOOK_BYTES, err) != 0)
        return -1;
    return whole;
}

int hf_session_go_back(struct hf_session *s, enum hf_client_reason reason, const char *why, struct hf_err *err)
{
    int64_t gone = s->state.current.patch;
    int may = hf_session_may_run(s, &s->state.previous, err);

    if (may < 0)
        return -1;
    if (may)
        s->state.current = s->state.previous;
    else
        memset(&s->state.current, 0, sizeof s->state.current);
    memset(&s->state.previous, 0, sizeof s->state.previous);
    s->state.starts = 0;
    s->event = may ? HF_CLIENT_WENT_BACK : HF_CLIENT_REMOVED;
    s->reason = reason;
    if (may)
        snprintf(s->note, sizeof s->note, "patch %lld %s; patch %lld is in force again", (long long)gone, why,
                 (long long)s->state.current.patch);
    else
        snprintf(s->note, sizeof s->note, "patch %lld %s; no patch is in force", (long long)gone, why);
    hf_client_note(s->client, "%s", s->note);
    return 0;
}

/* The patch in force is taken off, and it is not the patch's fault. */
static int take_off(struct hf_session *s, enum hf_client_reason reason, const char *why, struct hf_err *err)
{
    hf_state_report(&s->state, s->state.current.sha256, HF_RESULT_REMOVED);
    return hf_session_go_back(s, reason, why, err);
}

/* What is in force must be for this version, whole and not revoked; what was withdrawn goes on until an update says where to. */
static int settle_patches(struct hf_session *s, enum hf_look look, struct hf_err *err)
{
    const struct hf_held *h = &s->state.current;
    char why[HF_VERSION_MAX + 40];
    int whole = 1;

    if (h->sha256[0] != '\0') {
        if (hf_patches_look(&whole, &s->client->dir, h, look, err) != 0)
            return -1;
        snprintf(why, sizeof why, "is not for version %s", s->state.version);
        if (!holds(s, h))
            return take_off(s, HF_CLIENT_REASON_VERSION, why, err);
        if (!whole)
            return take_off(s, HF_CLIENT_REASON_DAMAGED, "is damaged", err);
        if (s->manifest != NULL && hf_manifest_revoked(s->manifest, h->sha256))
            return take_off(s, HF_CLIENT_REASON_REVOKED, "is revoked", err);
    }
    if (s->state.previous.sha256[0] != '\0' && !holds(s, &s->state.previous))
        memset(&s->state.previous, 0, sizeof s->state.previous);
    return 0;
}

int hf_session_open(struct hf_session *s, struct hf_client *c, enum hf_look look, struct hf_err *err)
{
    struct hf_err why;

    memset(s, 0, sizeof *s);
    s->client = c;
    s->lock = -1;
    if (hf_dir_lock(&c->dir, HF_LOCK, HF_LOCK_WAIT_MS, &s->lock, err) != 0 ||
        hf_state_load(&s->state, &c->dir, &s->fresh, &why, err) != 0)
        return -1;
    if (why.code != HF_OK) {
        s->reason = HF_CLIENT_REASON_STATE;
        snprintf(s->note, sizeof s->note, "the state could not be read and is begun anew: %.600s", why.msg);
        hf_client_note(c, "%s", s->note);
    }
    s->loaded = s->state;
    if (settle_names(s, err) != 0)
        return -1;
    if (c->trust != NULL) {
        hf_news_forget(&s->state, c->trust);
        if (hf_news_load(&s->manifest, &c->dir, &s->state, c->trust, err) != 0)
            return -1;
    }
    return settle_patches(s, look, err);
}

int hf_session_save(struct hf_session *s, struct hf_err *err)
{
    struct hf_dir *d = &s->client->dir;

    if (hf_state_save(d, &s->state, s->fresh ? NULL : &s->loaded, err) != 0)
        return -1;
    if (hf_patches_point(d, &s->state, err) != 0)
        return -1;
    if (s->fresh || strcmp(s->state.current.sha256, s->loaded.current.sha256) != 0 ||
        strcmp(s->state.previous.sha256, s->loaded.previous.sha256) != 0 || strcmp(s->state.begun, s->loaded.begun) != 0) {
        if (hf_patches_prune(d, &s->state, err) != 0)
            return -1;
    }
    s->loaded = s->state;
    s->fresh = 0;
    return 0;
}

void hf_session_close(struct hf_session *s)
{
    hf_manifest_free(s->manifest);
    s->manifest = NULL;
    hf_dir_unlock(s->lock);
    s->lock = -1;
}

int64_t hf_session_clock(const struct hf_client *c)
{
    return c->clock != NULL ? c->clock(c->arg) : (int64_t)time(NULL);
}

int64_t hf_session_now(const struct hf_session *s)
{
    return hf_news_now(&s->state, hf_session_clock(s->client), s->client->date);
}

void hf_patch_of(struct hf_client_patch *out, const struct hf_held *h)
{
    memset(out, 0, sizeof *out);
    out->number = h->patch;
    out->size = h->size;
    out->confirmed = h->confirmed;
    memcpy(out->sha256, h->sha256, sizeof h->sha256);
    memcpy(out->name, h->name, sizeof h->name);
    memcpy(out->target, h->target, sizeof h->target);
}

void hf_session_answer(const struct hf_session *s, struct hf_client_answer *a)
{
    hf_patch_of(&a->patch, &s->state.current);
    a->serial = s->manifest == NULL ? 0 : s->manifest->serial;
    hf_patches_path(a->path, &s->client->dir, &s->state.current);
}

void hf_client_note(const struct hf_client *c, const char *fmt, ...)
{
    char line[HF_ERR_MAX_MESSAGE];
    va_list ap;

    if (c->log == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    c->log(c->arg, line);
}
