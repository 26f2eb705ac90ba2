/* config_value.c: one reader for each kind of value that hotfix.ini knows. */
#include "core/config_in.h"

#include <stdlib.h>
#include <string.h>

#include "core/builders.h"
#include "core/escape.h"
#include "core/yesno.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HOST_BYTES LOWER UPPER DIGITS ".-"

static int refuse_part(struct hf_err *err, const char *text, size_t n, const char *why)
{
    char shown[160];

    return hf_fail(err, HF_E_INPUT, "'%s' %s", hf_escape(shown, sizeof shown, text, n), why);
}

static int refuse(struct hf_err *err, const char *text, const char *why)
{
    return refuse_part(err, text, strlen(text), why);
}

/* Does s, or its first n bytes, hold a component ".."? */
static int climbs(const char *s, size_t n)
{
    size_t i, len;

    for (i = 0; i <= n; i += len + 1) {
        for (len = 0; i + len < n && s[i + len] != '/'; len++)
            ;
        if (len == 2 && memcmp(s + i, "..", 2) == 0)
            return 1;
    }
    return 0;
}

/* What git's check-ref-format refuses, as far as it can harm us; `*` is judged by the callers. */
static int ref_bytes_ok(const char *s, size_t n)
{
    size_t i;

    if (n < 6 || memcmp(s, "refs/", 5) != 0 || s[n - 1] == '/' || s[n - 1] == '.')
        return 0;
    for (i = 0; i < n; i++) {
        if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f || strchr("~^:?[\\", s[i]) != NULL)
            return 0;
        if (i > 0 && ((s[i - 1] == '/' && (s[i] == '/' || s[i] == '.')) || (s[i - 1] == '.' && s[i] == '.')))
            return 0;
    }
    return 1;
}

static int check_refs(const char *s, struct hf_err *err)
{
    size_t n, i, stars;

    for (; *s != '\0'; s += n) {
        s += strspn(s, " \t");
        n = strcspn(s, " \t");
        if (n == 0)
            break;
        if (!ref_bytes_ok(s, n))
            return refuse_part(err, s, n, "is not a pattern of refs: write refs/heads/hotfix/*, several with spaces between");
        for (i = stars = 0; i < n; i++) {
            if (s[i] != '*')
                continue;
            stars++;
            if (s[i - 1] != '/' || (i + 1 < n && s[i + 1] != '/'))
                return refuse_part(err, s, n, "has a '*' that is not a whole path component");
        }
        if (stars > 1)
            return refuse_part(err, s, n, "has more than one '*': it names the target, so there can be one");
    }
    return 0;
}

static int check_base(const char *s, struct hf_err *err)
{
    const char *star = strchr(s, '*');

    if (!ref_bytes_ok(s, strlen(s)))
        return refuse(err, s, "is not a ref: write refs/tags/v*, where * is the target's version");
    if (star == NULL || strchr(star + 1, '*') != NULL)
        return refuse(err, s, "needs one '*', where the target's version stands, as in refs/tags/v*");
    return 0;
}

static int check_builder(const char *s, struct hf_err *err)
{
    if (hf_builder_find(s) != NULL)
        return 0;
    return refuse(err, s, "is not a builder: write " HF_BUILDER_NAMES);
}

static int check_store(const char *s, struct hf_err *err)
{
    const char *bucket = s + 5, *prefix;
    size_t n;

    if (strncmp(s, "file://", 7) == 0) {
        if (s[7] != '/' || s[8] == '\0' || s[8] == '/')
            return refuse(err, s, "is not a folder: write file:///var/lib/hotfix, with three slashes");
        if (climbs(s + 7, strlen(s + 7)) || strpbrk(s, "?#%") != NULL)
            return refuse(err, s, "holds '..', '?', '#' or '%': write the plain path");
        return 0;
    }
    if (strncmp(s, "s3://", 5) != 0)
        return refuse(err, s, "is not a store: write file:///var/lib/hotfix or s3://bucket/prefix");
    n = strcspn(bucket, "/");
    if (n < 3 || n > 63 || strspn(bucket, LOWER DIGITS ".-") < n || strchr(".-", bucket[0]) != NULL ||
        strchr(".-", bucket[n - 1]) != NULL)
        return refuse(err, s, "does not name a bucket: 3 to 63 lower-case letters, digits, '.' and '-'");
    prefix = bucket + n;
    n = strlen(prefix);
    if (strspn(prefix, LOWER UPPER DIGITS "._-/") < n || climbs(prefix, n) || strstr(prefix, "//") != NULL)
        return refuse(err, s, "has a prefix with more than letters, digits, '.', '_', '-' and single '/'");
    return 0;
}

/* The bytes of [IPv6] or a host's name at s, or 0. */
static size_t host_len(const char *s)
{
    size_t n;

    if (*s != '[')
        return strspn(s, HOST_BYTES);
    n = strspn(s + 1, "0123456789abcdefABCDEF:.");
    return n >= 2 && s[n + 1] == ']' ? n + 2 : 0;
}

/* Reads ":PORT" at s; the bytes of it, or 0. */
static size_t port_len(const char *s, long least)
{
    size_t n = *s == ':' ? strspn(s + 1, DIGITS) : 0;
    long port;

    if (n == 0 || n > 5)
        return 0;
    port = strtol(s + 1, NULL, 10);
    return port >= least && port <= 65535 ? n + 1 : 0;
}

static int check_url(const char *s, int path_ok, struct hf_err *err)
{
    const char *p = s;
    size_t n;

    if (*s == '\0')
        return 0;
    if (strncmp(p, "https://", 8) == 0)
        p += 8;
    else if (strncmp(p, "http://", 7) == 0)
        p += 7;
    else
        return refuse(err, s, "is not a URL: it begins with https:// or http://");
    n = host_len(p);
    if (n == 0)
        return refuse(err, s, "does not name a host");
    p += n;
    if (*p == ':') {
        n = port_len(p, 1);
        if (n == 0)
            return refuse(err, s, "has no port from 1 to 65535 behind the ':'");
        p += n;
    }
    if (*p == '\0')
        return 0;
    if (!path_ok)
        return refuse(err, s, "has something behind the host: write https://host or https://host:port");
    n = strlen(p);
    if (*p != '/' || p[n - 1] == '/' || strspn(p, LOWER UPPER DIGITS "._~-/") < n || climbs(p, n) || strstr(p, "//") != NULL)
        return refuse(err, s, "has a path that is not plain: letters, digits, '.', '_', '~', '-' and '/', no '/' at the end");
    return 0;
}

static int check_listen(const char *s, struct hf_err *err)
{
    size_t host = host_len(s), port;

    if (host == 0)
        return refuse(err, s, "does not name a host: write 127.0.0.1:3001, 0.0.0.0:3001 or [::]:3001");
    port = port_len(s + host, 0);
    if (port == 0 || s[host + port] != '\0')
        return refuse(err, s, "is not HOST:PORT: write 127.0.0.1:3001, with a port from 0 (any free one) to 65535");
    return 0;
}

static int check_region(const char *s, struct hf_err *err)
{
    size_t n = strlen(s);

    if (n > 64 || strspn(s, LOWER UPPER DIGITS "-_.") < n)
        return refuse(err, s, "is not a region: write us-east-1, or what the store's manual says");
    return 0;
}

static int check_program(const char *s, struct hf_err *err)
{
    if (*s != '\0' && (*s != '/' || climbs(s, strcspn(s, " \t"))))
        return refuse(err, s, "does not begin with the absolute path of a program");
    return 0;
}

/* "/" alone would open the whole disk. */
static int check_paths(const char *s, struct hf_err *err)
{
    size_t n;

    for (; *s != '\0'; s += n) {
        s += strspn(s, " \t");
        n = strcspn(s, " \t");
        if (n > 0 && (*s != '/' || climbs(s, n) || strspn(s, "/") >= n))
            return refuse_part(err, s, n, "is not an absolute path: write /opt/node, several with spaces between");
    }
    return 0;
}

static int set_text(char **at, const char *dir, const char *text, struct hf_err *err)
{
    size_t d = strlen(dir), n = strlen(text);
    char *p = malloc(d + n + 1);

    if (p == NULL)
        return hf_nomem(err);
    memcpy(p, dir, d);
    memcpy(p + d, text, n + 1);
    free(*at);
    *at = p;
    return 0;
}

/* Where a path counts from: nothing for an absolute one. */
static const char *folder_for(const char *path, const char *dir)
{
    return *path == '/' || *path == '\0' ? "" : dir;
}

/* Never shows the text: whoever writes the secret itself here must not find it in a log. */
static int set_secret(struct hf_secret *at, const char *text, const char *dir, struct hf_err *err)
{
    const char *name = text + 5;
    size_t n;

    if (*text == '\0') {
        free(at->name);
        at->name = NULL;
        at->kind = HF_SECRET_NONE;
        return 0;
    }
    if (strncmp(text, "file:", 5) == 0) {
        if (*name == '\0')
            return hf_fail(err, HF_E_INPUT, "no path stands behind 'file:'");
        if (strncmp(name, "//", 2) == 0)
            return hf_fail(err, HF_E_INPUT, "write file:/path, with one slash");
        if (set_text(&at->name, folder_for(name, dir), name, err) != 0)
            return -1;
        at->kind = HF_SECRET_FILE;
        return 0;
    }
    if (strncmp(text, "env:", 4) == 0) {
        name = text + 4;
        n = strlen(name);
        if (n == 0 || strspn(name, LOWER UPPER DIGITS "_") < n || (name[0] >= '0' && name[0] <= '9'))
            return hf_fail(err, HF_E_INPUT, "no name of a variable stands behind 'env:'");
        if (set_text(&at->name, "", name, err) != 0)
            return -1;
        at->kind = HF_SECRET_ENV;
        return 0;
    }
    return hf_fail(err, HF_E_INPUT, "write file:PATH or env:NAME: a secret never stands in this file");
}

static int set_number(int64_t *at, const struct hf_config_key *key, const char *text, struct hf_err *err)
{
    size_t n = strlen(text);
    long long v = n > 0 && n <= 9 && strspn(text, DIGITS) == n ? strtoll(text, NULL, 10) : -1;
    char shown[64];

    if (v < key->min || v > key->max)
        return hf_fail(err, HF_E_INPUT, "'%s' is not a number from %lld to %lld", hf_escape(shown, sizeof shown, text, n),
                       (long long)key->min, (long long)key->max);
    *at = v;
    return 0;
}

/* A number, or one with K, M or G behind it, which are powers of 1,024. */
static int set_size(int64_t *at, const struct hf_config_key *key, const char *text, struct hf_err *err)
{
    static const char units[] = "KMG";
    size_t digits = strspn(text, DIGITS);
    const char *unit = text[digits] != '\0' ? strchr(units, text[digits]) : NULL;
    int64_t v = digits > 0 && digits <= 10 ? strtoll(text, NULL, 10) : -1, unit_bytes = 1;

    if (unit != NULL)
        unit_bytes = (int64_t)1 << (10 * (unit - units + 1));
    if (text[digits + (unit != NULL)] != '\0' || v < 0 || v > key->max / unit_bytes || v * unit_bytes < key->min)
        return refuse(err, text, "is not a size from 1K to 2G: write 64M, a number with K, M or G");
    *at = v * unit_bytes;
    return 0;
}

static int set_yes_no(int *at, const char *text, struct hf_err *err)
{
    return hf_yes_no(at, text, "", NULL) == 1 ? 0 : refuse(err, text, "is neither 'yes' nor 'no'");
}

static int set_sandbox(int *at, const char *text, struct hf_err *err)
{
    if (strcmp(text, "required") != 0 && strcmp(text, "preferred") != 0)
        return refuse(err, text, "is neither 'required' nor 'preferred'");
    *at = text[0] == 'r';
    return 0;
}

static int set_native(int *at, const char *text, struct hf_err *err)
{
    if (strcmp(text, "warn") != 0 && strcmp(text, "refuse") != 0)
        return refuse(err, text, "is neither 'warn' nor 'refuse'");
    *at = text[0] == 'r';
    return 0;
}

static int check_text(enum hf_config_type type, const char *text, struct hf_err *err)
{
    switch (type) {
    case HF_CT_APP:
        return *text == '\0' ? 0 : hf_app_check(text, err);
    case HF_CT_CHANNEL:
        return *text == '\0' ? 0 : hf_channel_check(text, err);
    case HF_CT_FILE:
        return hf_file_name_check(text, err);
    case HF_CT_REFS:
        return check_refs(text, err);
    case HF_CT_BUILDER:
        return check_builder(text, err);
    case HF_CT_BASE:
        return check_base(text, err);
    case HF_CT_PROGRAM:
        return check_program(text, err);
    case HF_CT_PATHS:
        return check_paths(text, err);
    case HF_CT_STORE:
        return check_store(text, err);
    case HF_CT_ENDPOINT:
        return check_url(text, 0, err);
    case HF_CT_URL:
        return check_url(text, 1, err);
    case HF_CT_REGION:
        return check_region(text, err);
    case HF_CT_LISTEN:
        return check_listen(text, err);
    case HF_CT_METRICS:
        return *text == '\0' ? 0 : check_listen(text, err);
    case HF_CT_TEXT:
    case HF_CT_PATH:
    case HF_CT_SECRET:
    case HF_CT_PERCENT:
    case HF_CT_YES_NO:
    case HF_CT_SANDBOX:
    case HF_CT_PRIORITY:
    case HF_CT_NATIVE:
    case HF_CT_NUMBER:
    case HF_CT_SIZE:
    case HF_CT_DURATION:
        break;
    }
    return 0;
}

int hf_config_value(void *at, const struct hf_config_key *key, const char *text, const char *dir, struct hf_err *err)
{
    switch (key->type) {
    case HF_CT_SECRET:
        return set_secret(at, text, dir, err);
    case HF_CT_PERCENT:
        return hf_percent_parse(at, text, err);
    case HF_CT_YES_NO:
        return set_yes_no(at, text, err);
    case HF_CT_SANDBOX:
        return set_sandbox(at, text, err);
    case HF_CT_PRIORITY:
        return hf_priority_parse(at, text, err);
    case HF_CT_NUMBER:
        return set_number(at, key, text, err);
    case HF_CT_NATIVE:
        return set_native(at, text, err);
    case HF_CT_SIZE:
        return set_size(at, key, text, err);
    case HF_CT_DURATION:
        return hf_duration_parse(at, text, err);
    case HF_CT_PATH:
        return set_text(at, folder_for(text, dir), text, err);
    case HF_CT_TEXT:
    case HF_CT_APP:
    case HF_CT_CHANNEL:
    case HF_CT_FILE:
    case HF_CT_REFS:
    case HF_CT_BUILDER:
    case HF_CT_BASE:
    case HF_CT_PROGRAM:
    case HF_CT_PATHS:
    case HF_CT_STORE:
    case HF_CT_ENDPOINT:
    case HF_CT_URL:
    case HF_CT_REGION:
    case HF_CT_LISTEN:
    case HF_CT_METRICS:
        break;
    }
    return check_text(key->type, text, err) != 0 ? -1 : set_text(at, "", text, err);
}
