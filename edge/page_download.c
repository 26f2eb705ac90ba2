/* page_download.c: GET /api/patch/download/TOKEN: the bytes of a patch or a delta. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/token.h"
#include "edge/beneath.h"
#include "edge/byterange.h"
#include "edge/pages.h"

#define BUSY_SECONDS 5 /* after which a device may ask again; its link is good for longer */

/* The file name that the manifests in force give to an object; "patch" if none of them knows it any more. */
static void find_name(char out[HF_DELTA_NAME_MAX], const struct hf_table *t, const char *app, const char *key)
{
    size_t i, r, d;

    for (i = 0; i < t->count; i++) {
        const struct hf_manifest *m = t->served[i].now != NULL ? t->served[i].now->m : NULL;

        for (r = 0; m != NULL && r < m->release_count && strcmp(m->app, app) == 0; r++) {
            const struct hf_release *rel = &m->releases[r];

            if (rel->has_file && strcmp(rel->file.key, key) == 0) {
                strcpy(out, rel->file.name);
                return;
            }
            for (d = 0; d < rel->delta_count; d++)
                if (strcmp(rel->deltas[d].key, key) == 0) {
                    hf_page_delta_name(out, rel);
                    return;
                }
        }
    }
    strcpy(out, "patch");
}

/* The folder in which an app's files lie; -1 when no file names the app any more, or its files are in a bucket. */
static int root_of(const struct hf_table *t, const char *app)
{
    size_t i;

    for (i = 0; i < t->count; i++)
        if (strcmp(t->served[i].app, app) == 0)
            return t->served[i].from->links == NULL ? t->served[i].from->root : -1;
    return -1;
}

/* Which bytes, and under which status. */
static void choose(struct hf_site *s, const struct hf_call *call, uint64_t size, struct hf_reply *out)
{
    const char *range = call->method == HF_METHOD_GET && hf_if_range(call->if_range, out->etag) ? call->range : NULL;
    char etag[HF_ETAG_TEXT_MAX];

    if (hf_etag_listed(call->if_none_match, out->etag)) {
        hf_reply_drop(out);
        out->status = 304;
        out->no_body = 1;
        return;
    }
    switch (hf_byterange(&out->off, &out->len, range, size)) {
    case HF_BYTES_WHOLE:
        break;
    case HF_BYTES_PART:
        out->status = 206;
        snprintf(out->content_range, sizeof out->content_range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, out->off,
                 out->off + out->len - 1, size);
        break;
    case HF_BYTES_NONE:
        hf_reply_drop(out);
        strcpy(etag, out->etag);
        hf_page_error(s, out, 416, "Range not satisfiable");
        strcpy(out->etag, etag);
        snprintf(out->content_range, sizeof out->content_range, "bytes */%" PRIu64, size);
        break;
    }
}

void hf_page_download(struct hf_site *s, const struct hf_call *call, const char *token, struct hf_reply *out)
{
    char app[HF_APP_MAX + 1], key[HF_OBJECT_KEY_MAX + 1], path[HF_APP_MAX + HF_OBJECT_KEY_MAX + 2];
    struct hf_err err;
    struct stat st;
    int fd, root;

    if (s->url_keys == NULL) { /* all files are in buckets */
        hf_page_error(s, out, 404, "Invalid or expired link");
        return;
    }
    if (hf_token_open(app, key, s->url_keys, token, strlen(token), call->now, &err) != 0) {
        if (err.code == HF_E_EXPIRED)
            hf_page_error(s, out, 403, "Link expired");
        else
            hf_page_error(s, out, 404, "Invalid or expired link");
        return;
    }
    if (call->busy && call->method == HF_METHOD_GET) {
        hf_page_error(s, out, 503, "Too many downloads at once: come again");
        out->retry_after = BUSY_SECONDS;
        return;
    }
    snprintf(path, sizeof path, "%s/%s", app, key);
    root = root_of(s->table, app);
    fd = root < 0 ? hf_fail(&err, HF_E_NOTFOUND, "no such app") : hf_beneath_open(root, path, &err);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        if (fd < 0 && err.code == HF_E_NOTFOUND)
            hf_page_error(s, out, 404, "Invalid or expired link");
        else
            hf_page_error(s, out, 500, "Internal error");
        return;
    }
    hf_reply_init(out, 200);
    out->type = "application/octet-stream";
    out->cache = "private, no-transform";
    out->ranges = 1;
    out->fd = fd;
    snprintf(out->etag, sizeof out->etag, "\"%s\"", strchr(key, '/') + 1);
    find_name(out->name, s->table, app, key);
    choose(s, call, (uint64_t)st.st_size, out);
}
