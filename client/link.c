/* link.c: see link.h. */
#include "client/link.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/ask.h"
#include "core/escape.h"
#include "core/json.h"

#define MAX_WORDS 200

static size_t scheme_of(const char *url)
{
    if (strncasecmp(url, "https://", 8) == 0)
        return 8;
    return strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
}

/* What RFC 3986 lets stand in a URL, by and large: no blanks, controls, quotes, angles or bytes over 0x7e. */
static int url_bytes_ok(const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s <= 0x20 || *s > 0x7e || strchr("\"<>\\^`{|}", *s) != NULL)
            return 0;
    }
    return 1;
}

/* The length of the host and port at s, or 0 when there is none, or a user in front of it. */
static size_t authority(const char *s)
{
    size_t n = strcspn(s, "/?#");

    return memchr(s, '@', n) == NULL ? n : 0;
}

static int check_address(char out[HF_EDGE_MAX + 1], const char *url, const char *whose, struct hf_err *err)
{
    size_t n = strlen(url), scheme = scheme_of(url);

    while (n > scheme && url[n - 1] == '/')
        n--;
    if (scheme == 0)
        return hf_fail(err, HF_E_USAGE, "the %s address must begin with https:// or http://", whose);
    if (n > HF_EDGE_MAX)
        return hf_fail(err, HF_E_USAGE, "the %s address is longer than %d bytes", whose, HF_EDGE_MAX);
    if (!url_bytes_ok(url) || authority(url + scheme) == 0 || strpbrk(url, "?#") != NULL)
        return hf_fail(err, HF_E_USAGE, "the %s address must have the form https://host[:port][/prefix]", whose);
    memcpy(out, url, n);
    memset(out + n, 0, HF_EDGE_MAX + 1 - n);
    return 0;
}

int hf_edge_check(char out[HF_EDGE_MAX + 1], const char *edge, struct hf_err *err)
{
    return check_address(out, edge, "edge's", err);
}

int hf_store_check(char out[HF_EDGE_MAX + 1], const char *store, struct hf_err *err)
{
    return check_address(out, store, "store's", err);
}

int hf_link_store(char out[HF_LINK_MAX_URL + 1], const char *store, const char *app, const char *sha256, struct hf_err *err)
{
    char key[HF_KEY_MAX];
    int n;

    hf_key_patch(key, app, sha256);
    n = snprintf(out, HF_LINK_MAX_URL + 1, "%s/%s", store, key);
    return n >= 0 && n <= HF_LINK_MAX_URL ? 0 : hf_fail(err, HF_E_LIMIT, "the address of a file in the store is too long");
}

int hf_link_join(char out[HF_LINK_MAX_URL + 1], const char *edge, const char *url, struct hf_err *err)
{
    size_t scheme = scheme_of(url);
    int n;

    if (!url_bytes_ok(url) || strchr(url, '#') != NULL)
        return hf_fail(err, HF_E_INPUT, "the edge's link is not a URL");
    if (url[0] == '/' && url[1] != '/') {
        n = snprintf(out, HF_LINK_MAX_URL + 1, "%s%s", edge, url);
    } else if (scheme == 0 || authority(url + scheme) == 0) {
        return hf_fail(err, HF_E_INPUT, "the edge's link is neither a path nor an http(s) URL");
    } else if (scheme_of(edge) == 8 && scheme == 7) {
        return hf_fail(err, HF_E_REDIRECT, "the edge's link leads from https to http");
    } else {
        n = snprintf(out, HF_LINK_MAX_URL + 1, "%s", url);
    }
    if (n < 0 || n > HF_LINK_MAX_URL)
        return hf_fail(err, HF_E_LIMIT, "the edge's link is longer than %d bytes", HF_LINK_MAX_URL);
    return 0;
}

int hf_link_question(struct hf_buf *out, const struct hf_client *c, const struct hf_device *s, const char *object,
                     struct hf_err *err)
{
    json_t *o = json_object(), *failed = json_array();
    int bad = o == NULL || failed == NULL, r = -1;
    size_t i;

    for (i = 0; i < s->failed_count && !bad; i++)
        bad = json_array_append_new(failed, json_string(s->failed[i]));
    bad = bad || json_object_set_new(o, "version", json_string(s->version));
    bad = bad || json_object_set_new(o, "app", json_string(s->app));
    bad = bad || json_object_set_new(o, "channel", json_string(s->channel));
    if (c->id[0] != '\0')
        bad = bad || json_object_set_new(o, "client", json_string(c->id));
    if (s->current.sha256[0] != '\0') {
        bad = bad || json_object_set_new(o, "sha256", json_string(s->current.sha256));
        bad = bad || json_object_set_new(o, "md5", json_string(s->current.md5));
    }
    bad = bad || json_object_set(o, "failed", failed);
    bad = bad || json_object_set_new(o, "object", json_string(object));
    if (bad)
        hf_nomem(err);
    else
        r = hf_json_write(out, o, err);
    json_decref(failed);
    json_decref(o);
    return r;
}

/* The words of the edge for people: its "error" or "message", escaped. */
static const char *words_of(char out[MAX_WORDS], json_t *doc)
{
    json_t *v = json_object_get(doc, "error");

    if (!json_is_string(v))
        v = json_object_get(doc, "message");
    if (!json_is_string(v) || json_string_length(v) == 0)
        return "no reason given";
    return hf_escape(out, MAX_WORDS, json_string_value(v), json_string_length(v));
}

int hf_link_answer(char out[HF_LINK_MAX_URL + 1], const char *edge, int status, const void *p, size_t n, struct hf_err *err)
{
    char words[MAX_WORDS];
    const char *url;
    json_t *doc;
    int r;

    if (n > HF_LINK_MAX_REPLY)
        return hf_fail(err, HF_E_LIMIT, "the edge's answer is over the limit of %d bytes", HF_LINK_MAX_REPLY);
    if (hf_json_load(&doc, p, n, "the edge's answer", err) != 0) {
        if (status == 200)
            return -1;
        return hf_fail(err, hf_ask_later(status) ? HF_E_AGAIN : HF_E_SERVER, "the edge gives no link: HTTP status %d", status);
    }
    if (status != 200)
        r = hf_fail(err, hf_ask_later(status) ? HF_E_AGAIN : HF_E_SERVER, "the edge gives no link: HTTP status %d, %s",
                    status, words_of(words, doc));
    else if (!json_is_true(json_object_get(doc, "update")))
        r = hf_fail(err, HF_E_AGAIN, "the edge gives no link: %s", words_of(words, doc));
    else
        r = hf_json_string(&url, doc, "url", HF_LINK_MAX_URL, "the edge's answer", err);
    if (r == 0)
        r = hf_link_join(out, edge, url, err);
    json_decref(doc);
    return r;
}
