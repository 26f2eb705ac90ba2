/* page_jspatch.c: what JSPatch's stock Loader asks for. Its app has a root url compiled in, and asks that for APPVERSION/v<N>.zip
 * with an N that the app chose; so the fixed name leads, by a redirect, to a signed link. Such an app tells nothing of itself: it
 * gets what a device without an id gets, which is what is offered to all. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/decide.h"
#include "edge/pages.h"

/* The component of a path that begins at *at, into out; *at is behind its slash, or at the end. -1: empty, or too long. */
static int take(const char **at, char *out, size_t max)
{
    size_t n = strcspn(*at, "/");

    if (n == 0 || n > max)
        return -1;
    memcpy(out, *at, n);
    out[n] = '\0';
    *at += n;
    *at += **at == '/';
    return 0;
}

/* What all devices of this version are offered, as a pack. NULL with err when there is nothing. */
static const struct hf_release *find(struct hf_served *served, const char *version, int64_t now, struct hf_err *err)
{
    const struct hf_facts facts = {.version = version};
    struct hf_decision d;
    char name[HF_FILE_NAME_MAX + 1];

    if (served->now == NULL) {
        hf_fail(err, HF_E_EXPIRED, "No valid manifest");
        return NULL;
    }
    if (hf_decide(&d, served->now->m, &facts, now, err) != 0)
        return NULL;
    if (d.action == HF_INSTALL) {
        snprintf(name, sizeof name, "v%" PRId64 ".zip", d.release->patch);
        if (strcmp(d.release->file.name, name) == 0)
            return d.release;
    }
    hf_fail(err, HF_E_NOTFOUND, "No patch for this version");
    return NULL;
}

void hf_page_jspatch(struct hf_site *s, const struct hf_call *call, const char *names, struct hf_reply *out)
{
    char app[HF_APP_MAX + 1], channel[HF_CHANNEL_MAX + 1], version[HF_VERSION_MAX + 1];
    const struct hf_release *r;
    const char *location;
    struct hf_served *served;
    struct hf_err err;

    if (take(&names, app, HF_APP_MAX) != 0 || take(&names, channel, HF_CHANNEL_MAX) != 0 ||
        take(&names, version, HF_VERSION_MAX) != 0 || strchr(names, '/') != NULL) {
        hf_page_error(s, out, 404, "Not found");
        return;
    }
    served = hf_table_find(s->table, app, channel, &err);
    r = served == NULL ? NULL : find(served, version, call->now, &err);
    if (r == NULL) {
        hf_page_error(s, out,
                      err.code == HF_E_EXPIRED    ? 503
                      : err.code == HF_E_NOTFOUND ? 404
                                                  : 400,
                      err.code == HF_E_EXPIRED ? "No valid manifest" : err.msg);
        return;
    }
    if (*names == '\0') {
        hf_buf_fmt(&s->body, "{\"v\":%" PRId64 "}", r->patch);
        hf_page_json(s, out, 200);
        return;
    }
    if (strcmp(names, r->file.name) != 0) {
        hf_page_error(s, out, 404, "Not the patch for this version now");
        return;
    }
    if (hf_page_url(s, served, &location, &served->now->releases[r - served->now->m->releases].link, r->file.key, r->file.name,
                    call->now, &err) != 0) {
        hf_page_error(s, out, err.code == HF_E_AGAIN ? 503 : 500,
                      err.code == HF_E_AGAIN ? "No link can be made now" : "Internal error");
        return;
    }
    s->note.app = served->app;
    s->note.channel = served->channel;
    s->note.patch = r->patch;
    s->note.offered = 1;
    s->note.links = 1;
    hf_reply_init(out, 302);
    out->location = location;
    out->cache = "no-store";
}
