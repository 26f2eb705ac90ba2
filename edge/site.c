/* site.c: see site.h. */
#include "edge/site.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/escape.h"
#include "core/token.h"
#include "core/trust.h"
#include "edge/answer.h"
#include "edge/beneath.h"
#include "edge/byterange.h"
#include "edge/pages.h"

#define MANIFEST_PATH "/manifest/"
#define JSON_TYPE "application/json"

static int read_url_keys(struct hf_site *s, const struct hf_config *c, struct hf_err *err)
{
    struct hf_buf b;
    int rc = -1;

    if (hf_secret_read(&b, &c->edge.secret, "[edge] secret", err) == 0)
        rc = hf_url_keys_parse(&s->url_keys, b.p != NULL ? b.p : "", b.n, "[edge] secret", err);
    hf_buf_wipe(&b);
    return rc;
}

static int read_public_url(struct hf_site *s, const char *url, struct hf_err *err)
{
    char shown[256];
    size_t i, n = strlen(url);

    if (n > 0 && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return hf_fail(err, HF_E_CONFIG, "[edge] public_url '%s': it begins with https:// or http://",
                       hf_escape(shown, sizeof shown, url, n));
    for (i = 0; i < n; i++)
        if (url[i] <= ' ' || url[i] > '~' || url[i] == '?' || url[i] == '#')
            return hf_fail(err, HF_E_CONFIG, "[edge] public_url '%s': a URL without spaces, query or fragment",
                           hf_escape(shown, sizeof shown, url, n));
    while (n > 0 && url[n - 1] == '/')
        n--;
    s->public_url = strndup(url, n);
    return s->public_url != NULL ? 0 : hf_nomem(err);
}

/* A bucket: its folder, which belongs to no other bucket, and what makes its links. */
static int open_bucket(struct hf_site *s, struct hf_feed *from, const struct hf_config *c, struct hf_err *err)
{
    struct stat mine, other;
    size_t i;

    if (hf_links_new(&from->links, c, err) != 0)
        return -1;
    from->root = hf_beneath_sync_dir(c->edge.sync_dir, s->user, err);
    if (from->root < 0)
        return -1;
    for (i = 0; i + 1 < s->source_count; i++)
        if (s->sources[i].links != NULL && strcmp(s->sources[i].store, from->store) != 0 && fstat(from->root, &mine) == 0 &&
            fstat(s->sources[i].root, &other) == 0 && mine.st_ino == other.st_ino && mine.st_dev == other.st_dev)
            return hf_fail(err, HF_E_CONFIG, "[edge] sync_dir is that of another file, whose [store] url is another one; name "
                                             "a folder of its own");
    return 0;
}

static int add(struct hf_site *s, const struct hf_config *c, struct hf_err *err)
{
    struct hf_feed *from = &s->sources[s->source_count];

    if (s->source_count == HF_SITE_MAX_FILES)
        return hf_fail(err, HF_E_CONFIG, "more than %d files", HF_SITE_MAX_FILES);
    if (c->channel_count == 0)
        return hf_fail(err, HF_E_CONFIG, "no [channel NAME] section: there is nothing to serve");
    from->root = -1;
    s->source_count++;
    from->store = strdup(c->store.url);
    if (from->store == NULL)
        return hf_nomem(err);
    if (hf_trust_load(&from->trust, c, err) != 0 || hf_table_add(s->table, c, from, err) != 0)
        return -1;
    if (strncmp(c->store.url, "s3://", 5) == 0)
        return open_bucket(s, from, c, err);
    from->root = hf_beneath_root(c->store.url, err);
    return from->root >= 0 ? 0 : -1;
}

/* Links to the last file's store can be signed: those to a bucket need no secret of ours. */
static int check_secret(const struct hf_site *s, struct hf_err *err)
{
    if (s->url_keys != NULL || s->sources[s->source_count - 1].links != NULL)
        return 0;
    return hf_fail(err, HF_E_CONFIG, "[edge] secret: name the file whose keys sign the links (file:PATH)");
}

int hf_site_add(struct hf_site *s, const struct hf_config *c, struct hf_err *err)
{
    return add(s, c, err) != 0 ? -1 : check_secret(s, err);
}

int hf_site_open(struct hf_site **out, const struct hf_config *c, struct hf_err *err)
{
    struct hf_site *s = calloc(1, sizeof *s);

    *out = NULL;
    if (s == NULL)
        return hf_nomem(err);
    hf_buf_init(&s->body, HF_ANSWER_MAX);
    s->url_ttl = c->edge.url_ttl;
    s->user = strdup(c->edge.user);
    if ((s->user == NULL && hf_nomem(err) != 0) || read_public_url(s, c->edge.public_url, err) != 0 ||
        hf_table_new(&s->table, err) != 0 || add(s, c, err) != 0 ||
        (c->edge.secret.kind != HF_SECRET_NONE && read_url_keys(s, c, err) != 0) || check_secret(s, err) != 0) {
        hf_site_close(s);
        return -1;
    }
    *out = s;
    return 0;
}

void hf_site_close(struct hf_site *s)
{
    size_t i;

    if (s == NULL)
        return;
    for (i = 0; i < s->source_count; i++) {
        if (s->sources[i].root >= 0)
            close(s->sources[i].root);
        hf_links_free(s->sources[i].links);
        hf_trust_free(s->sources[i].trust);
        free(s->sources[i].store);
    }
    hf_url_keys_free(s->url_keys);
    hf_table_free(s->table);
    hf_buf_free(&s->body);
    free(s->public_url);
    free(s->user);
    free(s);
}

void hf_site_poll(struct hf_site *s, hf_log_fn *say)
{
    size_t i;

    for (i = 0; i < s->source_count; i++)
        if (s->sources[i].links != NULL)
            hf_links_poll(s->sources[i].links, s->sources[i].root, say);
    hf_table_poll(s->table, say);
}

int hf_site_is_bucket(const struct hf_site *s, size_t i)
{
    return s->sources[i].links != NULL;
}

int hf_site_root(const struct hf_site *s)
{
    return s->sources[0].root;
}

const struct hf_note *hf_site_note(const struct hf_site *s)
{
    return &s->note;
}

const struct hf_table *hf_site_table(const struct hf_site *s)
{
    return s->table;
}

void hf_page_json(struct hf_site *s, struct hf_reply *out, int status)
{
    hf_reply_init(out, status);
    if (s->body.failed) {
        out->status = 500;
        hf_buf_free(&s->body);
        hf_answer_error(&s->body, "Internal error", HF_CHECK_AFTER_BASE);
    }
    out->type = JSON_TYPE;
    out->cache = "no-store";
    out->body = s->body.p;
    out->body_n = s->body.n;
}

void hf_page_error(struct hf_site *s, struct hf_reply *out, int status, const char *why)
{
    s->body.n = 0;
    hf_buf_str(&s->body, "{\"error\":");
    hf_answer_string(&s->body, why);
    hf_buf_add(&s->body, "}", 1);
    hf_page_json(s, out, status);
}

/* GET /manifest/APP/CHANNEL: the signed bytes, expired or not: who reads them judges that. */
static void page_manifest(struct hf_site *s, const struct hf_call *call, const char *names, struct hf_reply *out)
{
    char app[HF_APP_MAX + 1];
    const char *slash = strchr(names, '/');
    struct hf_served *served;
    struct hf_err err;
    size_t n = slash != NULL ? (size_t)(slash - names) : 0;

    if (n == 0 || n > HF_APP_MAX || slash[1] == '\0') {
        hf_page_error(s, out, 404, "Not found");
        return;
    }
    memcpy(app, names, n);
    app[n] = '\0';
    served = hf_table_find(s->table, app, slash + 1, &err);
    if (served == NULL) {
        hf_page_error(s, out, 404, err.msg);
        return;
    }
    s->note.app = served->app;
    s->note.channel = served->channel;
    if (served->now == NULL) {
        hf_page_error(s, out, 503, "No valid manifest");
        return;
    }
    hf_reply_init(out, 200);
    strcpy(out->etag, served->now->etag);
    out->cache = "no-cache";
    if (hf_etag_listed(call->if_none_match, out->etag)) {
        out->status = 304;
        out->no_body = 1;
        return;
    }
    out->type = "application/jose+json";
    out->blob = hf_blob_take(served->now->raw);
}

/* What is known of buckets: the age of the oldest news (-1: none yet), and how many channels' manifests are refused there; and
 * whether links can be made. Nothing when all stores are folders. */
static void bucket_health(struct hf_site *s, int64_t now)
{
    int64_t age = 0;
    size_t i, refused = 0, buckets = 0;
    int links = 1;

    for (i = 0; i < s->source_count; i++)
        if (s->sources[i].links != NULL) {
            buckets++;
            links = links && hf_links_ready(s->sources[i].links, now);
        }
    for (i = 0; i < s->table->count; i++) {
        const struct hf_served *l = &s->table->served[i];

        if (l->from->links == NULL)
            continue;
        refused += (size_t)(l->bucket_refused != 0);
        if (l->seen == 0)
            age = -1;
        else if (age >= 0 && now - l->seen > age)
            age = now - l->seen;
    }
    if (buckets > 0)
        hf_buf_fmt(&s->body, "\"bucket\":{\"age\":%lld,\"refused\":%zu,\"links\":%s},", (long long)age, refused,
                   links ? "true" : "false");
}

/* GET /health: 200 as long as a worker answers; "status" says whether every channel has a manifest in force. The age is of the
 * oldest manifest, the other number of the one that expires next. "future" is there when a manifest was published in the future:
 * by so many seconds at most. */
static void page_health(struct hf_site *s, const struct hf_call *call, struct hf_reply *out)
{
    int64_t age = 0, ahead = 0, left = INT64_MAX;
    char address[HF_ADDR_TEXT];
    size_t i, good = 0;

    for (i = 0; i < s->table->count; i++) {
        const struct hf_manifest *m = s->table->served[i].now != NULL ? s->table->served[i].now->m : NULL;

        if (m == NULL)
            continue;
        good += m->expires > call->now;
        age = call->now - m->published > age ? call->now - m->published : age;
        ahead = m->published - call->now > ahead ? m->published - call->now : ahead;
        left = m->expires - call->now < left ? m->expires - call->now : left;
    }
    hf_buf_fmt(&s->body, "{\"status\":\"%s\",\"channels\":%zu,\"in_force\":%zu,", good == s->table->count ? "ok" : "waiting",
               s->table->count, good);
    if (left != INT64_MAX)
        hf_buf_fmt(&s->body, "\"age\":%" PRId64 ",\"expires_in\":%" PRId64 ",", age, left);
    if (ahead > HF_MANIFEST_FUTURE)
        hf_buf_fmt(&s->body, "\"future\":%" PRId64 ",", ahead);
    bucket_health(s, call->now);
    hf_buf_fmt(&s->body, "\"worker\":%u,\"connections\":%u,\"address\":\"%s\"}", call->worker, call->connections,
               call->address != NULL ? hf_addr_text(address, call->address) : "");
    hf_page_json(s, out, 200);
}

static int allowed(struct hf_site *s, const struct hf_call *call, unsigned methods, const char *allow, struct hf_reply *out)
{
    if (call->method & methods)
        return 1;
    hf_page_error(s, out, 405, "Method not allowed");
    out->allow = allow;
    return 0;
}

/* What follows prefix in path, or NULL. */
static const char *below(const char *path, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(path, prefix, n) == 0 ? path + n : NULL;
}

void hf_site_answer(struct hf_site *s, const struct hf_call *call, struct hf_reply *out)
{
    const char *rest;

    s->body.n = 0;
    memset(&s->note, 0, sizeof s->note);
    s->note.app = s->note.channel = "";
    if (strcmp(call->path, HF_VERSION_PATH) == 0) {
        s->note.route = HF_ROUTE_VERSION;
        if (allowed(s, call, HF_METHOD_POST, "POST", out))
            hf_page_version(s, call, out);
        return;
    }
    if ((rest = below(call->path, HF_DOWNLOAD_PATH)) != NULL) {
        s->note.route = HF_ROUTE_DOWNLOAD;
        if (allowed(s, call, HF_METHOD_GET | HF_METHOD_HEAD, "GET, HEAD", out))
            hf_page_download(s, call, rest, out);
        return;
    }
    if ((rest = below(call->path, MANIFEST_PATH)) != NULL) {
        s->note.route = HF_ROUTE_MANIFEST;
        if (allowed(s, call, HF_METHOD_GET | HF_METHOD_HEAD, "GET, HEAD", out))
            page_manifest(s, call, rest, out);
        return;
    }
    if ((rest = below(call->path, HF_JSPATCH_PATH)) != NULL) {
        s->note.route = HF_ROUTE_JSPATCH;
        if (allowed(s, call, HF_METHOD_GET | HF_METHOD_HEAD, "GET, HEAD", out))
            hf_page_jspatch(s, call, rest, out);
        return;
    }
    if (strcmp(call->path, "/health") == 0) {
        s->note.route = HF_ROUTE_HEALTH;
        if (allowed(s, call, HF_METHOD_GET | HF_METHOD_HEAD, "GET, HEAD", out))
            page_health(s, call, out);
        return;
    }
    s->note.route = HF_ROUTE_OTHER;
    hf_page_error(s, out, 404, "Not found");
}
