/* config_read.c: hotfix.ini's keys with their defaults, and what they mean together. */
#include "core/config_in.h"

#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "core/ini.h"

_Static_assert(HF_CONFIG_MAX_LINE == HF_INI_MAX_LINE, "config.h and ini.h name the same limit");

#define AT(field) offsetof(struct hf_config, field)
#define IN(field) offsetof(struct hf_channel, field)

/* hotfix.ini at the top of the repository and docs/hotfix.ini.5 say the same in words; a test compares them. */
const struct hf_config_key hf_config_keys[] = {
    {"app", "id", HF_CT_APP, AT(app), "", 0, 0},

    {"channel", "app", HF_CT_APP, IN(app), NULL, 0, 0},
    {"channel", "name", HF_CT_CHANNEL, IN(name), NULL, 0, 0},
    {"channel", "refs", HF_CT_REFS, IN(refs), "", 0, 0},
    {"channel", "builder", HF_CT_BUILDER, IN(builder_name), NULL, 0, 0},
    {"channel", "include", HF_CT_TEXT, IN(include), NULL, 0, 0},
    {"channel", "exclude", HF_CT_TEXT, IN(exclude), NULL, 0, 0},
    {"channel", "native", HF_CT_TEXT, IN(native), NULL, 0, 0},
    {"channel", "base", HF_CT_BASE, IN(base), NULL, 0, 0},
    {"channel", "rollout", HF_CT_PERCENT, IN(rollout), NULL, 0, 0},
    {"channel", "priority", HF_CT_PRIORITY, IN(priority), NULL, 0, 0},

    {"build", "builder", HF_CT_BUILDER, AT(build.builder), "archive", 0, 0},
    {"build", "include", HF_CT_TEXT, AT(build.include), "", 0, 0},
    {"build", "exclude", HF_CT_TEXT, AT(build.exclude), "", 0, 0},
    {"build", "native", HF_CT_TEXT, AT(build.native), "", 0, 0},
    {"build", "native_policy", HF_CT_NATIVE, AT(build.refuse_native), "warn", 0, 0},
    {"build", "base", HF_CT_BASE, AT(build.base), "refs/tags/v*", 0, 0},
    {"build", "timeout", HF_CT_NUMBER, AT(build.timeout), "120", 1, 3600},
    {"build", "memory", HF_CT_NUMBER, AT(build.memory), "4096", 64, 1048576},
    {"build", "room", HF_CT_NUMBER, AT(build.room), "4096", 1, 1048576},
    {"build", "sandbox", HF_CT_SANDBOX, AT(build.sandbox), "required", 0, 0},
    {"build", "readable", HF_CT_PATHS, AT(build.readable), "", 0, 0},
    {"build", "cache", HF_CT_NUMBER, AT(build.cache), "256", 0, 1048576},

    {"ocrunner", "generator", HF_CT_PROGRAM, AT(ocrunner.generator), "/usr/local/bin/PatchGenerator", 0, 0},
    {"ocrunner", "refs", HF_CT_TEXT, AT(ocrunner.refs), "", 0, 0},

    {"jspatch", "key", HF_CT_SECRET, AT(jspatch.key), "", 0, 0},
    {"jspatch", "short_key", HF_CT_YES_NO, AT(jspatch.short_key), "no", 0, 0},

    {"command", "argv", HF_CT_PROGRAM, AT(command.argv), "", 0, 0},
    {"command", "refs", HF_CT_TEXT, AT(command.refs), "", 0, 0},
    {"command", "name", HF_CT_FILE, AT(command.name), "patch", 0, 0},
    {"command", "cache", HF_CT_YES_NO, AT(command.cache), "no", 0, 0},

    {"release", "rollout", HF_CT_PERCENT, AT(release.rollout), "100%", 0, 0},
    {"release", "priority", HF_CT_PRIORITY, AT(release.priority), "normal", 0, 0},
    {"release", "keep", HF_CT_NUMBER, AT(release.keep), "10", 1, 1000},
    {"release", "trailers", HF_CT_YES_NO, AT(release.trailers), "yes", 0, 0},
    {"release", "strict", HF_CT_YES_NO, AT(release.strict), "yes", 0, 0},
    {"release", "max_size", HF_CT_SIZE, AT(release.max_size), "64M", 1024, HF_FILE_MAX_BYTES},

    {"sign", "key", HF_CT_SECRET, AT(sign.key), "", 0, 0},
    {"sign", "expires", HF_CT_DURATION, AT(sign.expires), "30d", 0, 0},

    {"trust", "keys", HF_CT_SECRET, AT(trust.keys), "", 0, 0},

    {"store", "url", HF_CT_STORE, AT(store.url), "file:///var/lib/hotfix", 0, 0},
    {"store", "endpoint", HF_CT_ENDPOINT, AT(store.endpoint), "", 0, 0},
    {"store", "public_endpoint", HF_CT_ENDPOINT, AT(store.public_endpoint), "", 0, 0},
    {"store", "region", HF_CT_REGION, AT(store.region), "", 0, 0},
    {"store", "profile", HF_CT_TEXT, AT(store.profile), "", 0, 0},
    {"store", "path_style", HF_CT_YES_NO, AT(store.path_style), "no", 0, 0},

    {"edge", "listen", HF_CT_LISTEN, AT(edge.listen), "127.0.0.1:3001", 0, 0},
    {"edge", "public_url", HF_CT_URL, AT(edge.public_url), "", 0, 0},
    {"edge", "workers", HF_CT_NUMBER, AT(edge.workers), "2", 1, 64},
    {"edge", "url_ttl", HF_CT_NUMBER, AT(edge.url_ttl), "60", 1, 604800},
    {"edge", "secret", HF_CT_SECRET, AT(edge.secret), "", 0, 0},
    {"edge", "tls_cert", HF_CT_PATH, AT(edge.tls_cert), "", 0, 0},
    {"edge", "tls_key", HF_CT_PATH, AT(edge.tls_key), "", 0, 0},
    {"edge", "user", HF_CT_TEXT, AT(edge.user), "", 0, 0},
    {"edge", "trusted_proxies", HF_CT_TEXT, AT(edge.trusted_proxies), "", 0, 0},
    {"edge", "proxy_protocol", HF_CT_YES_NO, AT(edge.proxy_protocol), "no", 0, 0},
    {"edge", "request", HF_CT_NUMBER, AT(edge.request), "5", 1, 3600},
    {"edge", "keepalive", HF_CT_NUMBER, AT(edge.keepalive), "15", 1, 3600},
    {"edge", "stall", HF_CT_NUMBER, AT(edge.stall), "120", 1, 3600},
    {"edge", "drain", HF_CT_NUMBER, AT(edge.drain), "30", 0, 3600},
    {"edge", "downloads", HF_CT_NUMBER, AT(edge.downloads), "768", 1, 65536},
    {"edge", "max_connections", HF_CT_NUMBER, AT(edge.max_connections), "2000", 1, 100000},
    {"edge", "address_connections", HF_CT_NUMBER, AT(edge.address_connections), "256", 0, 100000},
    {"edge", "address_rate", HF_CT_NUMBER, AT(edge.address_rate), "100", 0, 1000000},
    {"edge", "address_burst", HF_CT_NUMBER, AT(edge.address_burst), "1000", 1, 1000000},
    {"edge", "unlimited", HF_CT_TEXT, AT(edge.unlimited), "127.0.0.0/8 ::1", 0, 0},
    {"edge", "max_head", HF_CT_NUMBER, AT(edge.max_head), "8192", 1024, 8192},
    {"edge", "max_body", HF_CT_NUMBER, AT(edge.max_body), "4096", 1024, 4096},
    {"edge", "metrics", HF_CT_METRICS, AT(edge.metrics), "", 0, 0},
    {"edge", "log_requests", HF_CT_YES_NO, AT(edge.log_requests), "no", 0, 0},
    {"edge", "sync_dir", HF_CT_PATH, AT(edge.sync_dir), "/var/lib/hotfix/sync", 0, 0},
    {"edge", "sync_interval", HF_CT_NUMBER, AT(edge.sync_interval), "5", 1, 3600},
};

#define KEYS (sizeof hf_config_keys / sizeof *hf_config_keys)
const size_t hf_config_key_count = KEYS;

/* While a file is read. Line numbers tell what was written (0: not) and where; a section's stands at its first key. */
struct reading {
    struct hf_config *c;
    char *dir;
    const char *section;             /* of hf_config_keys; NULL before the first one */
    char title[HF_INI_MAX_NAME + 1]; /* the same as written, for messages */
    struct hf_channel *channel;      /* when the section is one */
    unsigned global[KEYS], section_line[KEYS];
    unsigned (*of_channel)[KEYS]; /* HF_CONFIG_MAX_CHANNELS of them */
    unsigned channel_line[HF_CONFIG_MAX_CHANNELS];
    unsigned at; /* for errors of things that only show when all is read */
};

static void *field_of(struct reading *r, const struct hf_config_key *k)
{
    return (r->channel != NULL ? (char *)r->channel : (char *)r->c) + k->at;
}

/* How many single-letter changes turn a into b: at most 3 is told apart. Names are at most HF_INI_MAX_NAME long. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[HF_INI_MAX_NAME + 1], before, up, best;
    size_t i, j, n = strlen(b);

    if (n > HF_INI_MAX_NAME)
        return 3;
    for (j = 0; j <= n; j++)
        row[j] = (unsigned)j;
    for (i = 0; a[i] != '\0'; i++) {
        before = row[0];
        row[0] = (unsigned)i + 1;
        for (j = 0; j < n; j++) {
            up = row[j + 1];
            best = before + (a[i] != b[j]);
            best = up + 1 < best ? up + 1 : best;
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j + 1] = best;
            before = up;
        }
    }
    return row[n] < 3 ? row[n] : 3;
}

/* The nearest of the sections, or of a section's keys, that `most` changes or fewer lead to; else NULL. */
static const char *nearest(const char *section, const char *written, unsigned most)
{
    const char *known, *found = NULL;
    unsigned d, least = most + 1;
    size_t i;

    for (i = 0; i < KEYS; i++) {
        if (section != NULL && strcmp(hf_config_keys[i].section, section) != 0)
            continue;
        known = section != NULL ? hf_config_keys[i].name : hf_config_keys[i].section;
        d = distance(known, written);
        if (d < least && d <= strlen(known) / 2) {
            least = d;
            found = known;
        }
    }
    return found;
}

static int unknown_section(const char *name, struct hf_err *err)
{
    const char *near = nearest(NULL, name, 2);
    char shown[64];

    hf_escape(shown, sizeof shown, name, strlen(name));
    if (near != NULL)
        return hf_fail(err, HF_E_CONFIG, "unknown section [%s]: did you mean '%s'?", shown, near);
    return hf_fail(err, HF_E_CONFIG, "unknown section [%s]", shown);
}

static int unknown_key(const struct reading *r, const char *key, struct hf_err *err)
{
    const struct hf_config_key *k;
    const char *near = nearest(r->section, key, 1);
    char shown[64];

    hf_escape(shown, sizeof shown, key, strlen(key));
    for (k = hf_config_keys; near == NULL && k < hf_config_keys + KEYS; k++) {
        if (strcmp(k->name, key) == 0)
            return hf_fail(err, HF_E_CONFIG, "unknown key '%s' in [%s]: it belongs to [%s%s]", shown, r->title, k->section,
                           strcmp(k->section, "channel") == 0 ? " LABEL" : "");
    }
    if (near == NULL)
        near = nearest(r->section, key, 2);
    if (near == NULL)
        return hf_fail(err, HF_E_CONFIG, "unknown key '%s' in [%s]", shown, r->title);
    return hf_fail(err, HF_E_CONFIG, "unknown key '%s' in [%s]: did you mean '%s'?", shown, r->title, near);
}

static int begin_channel(struct reading *r, const char *label, unsigned line, struct hf_err *err)
{
    struct hf_config *c = r->c;
    struct hf_channel *ch;
    size_t i;

    label += strspn(label, " \t");
    if (*label == '\0')
        return hf_fail(err, HF_E_CONFIG, "a channel needs a label: write [channel production]");
    if (hf_channel_check(label, err) != 0)
        return -1;
    for (i = 0; i < c->channel_count; i++) {
        if (strcmp(c->channels[i].label, label) == 0)
            return hf_fail(err, HF_E_CONFIG, "repeated section [channel %s]: it began in line %u", label, r->channel_line[i]);
    }
    if (i == HF_CONFIG_MAX_CHANNELS)
        return hf_fail(err, HF_E_CONFIG, "more than %d channels", HF_CONFIG_MAX_CHANNELS);
    ch = &c->channels[i];
    ch->label = strdup(label);
    if (ch->label == NULL)
        return hf_nomem(err);
    c->channel_count++;
    r->channel_line[i] = line;
    r->channel = ch;
    r->section = "channel";
    return 0;
}

static int on_section(void *ctx, const char *name, unsigned line, struct hf_err *err)
{
    struct reading *r = ctx;
    size_t i;

    hf_escape(r->title, sizeof r->title, name, strlen(name));
    if (strncmp(name, "channel", 7) == 0 && (name[7] == '\0' || name[7] == ' ' || name[7] == '\t'))
        return begin_channel(r, name + 7, line, err);
    for (i = 0; i < KEYS && strcmp(hf_config_keys[i].section, name) != 0; i++)
        ;
    if (i == KEYS)
        return unknown_section(name, err);
    if (r->section_line[i] != 0)
        return hf_fail(err, HF_E_CONFIG, "repeated section [%s]: it began in line %u", name, r->section_line[i]);
    r->section_line[i] = line;
    r->section = hf_config_keys[i].section;
    r->channel = NULL;
    return 0;
}

static int on_pair(void *ctx, const char *key, const char *value, unsigned line, struct hf_err *err)
{
    struct reading *r = ctx;
    unsigned *seen;
    size_t i;

    if (r->section == NULL)
        return hf_fail(err, HF_E_CONFIG, "a key stands before the first [section]");
    for (i = 0; i < KEYS; i++) {
        if (strcmp(hf_config_keys[i].section, r->section) == 0 && strcmp(hf_config_keys[i].name, key) == 0)
            break;
    }
    if (i == KEYS)
        return unknown_key(r, key, err);
    seen = r->channel != NULL ? &r->of_channel[r->channel - r->c->channels][i] : &r->global[i];
    if (*seen != 0)
        return hf_fail(err, HF_E_CONFIG, "repeated key '%s' in [%s]: it was set in line %u", key, r->title, *seen);
    *seen = line;
    if (hf_config_value(field_of(r, &hf_config_keys[i]), &hf_config_keys[i], value, r->dir, err) != 0)
        return err != NULL && err->code == HF_E_NOMEM ? -1 : hf_fail_in(err, "[%s] %s: ", r->title, key);
    return 0;
}

static int copy(char **at, const char *text, struct hf_err *err)
{
    *at = strdup(text);
    return *at != NULL ? 0 : hf_nomem(err);
}

/* What a channel does not name comes from its label, [app], [build] and [release]. */
static int fill_channel(struct reading *r, size_t n, struct hf_err *err)
{
    struct hf_config *c = r->c;
    struct hf_channel *ch = &c->channels[n];
    const char *include;
    size_t i;

    if ((ch->app == NULL || *ch->app == '\0') && (free(ch->app), copy(&ch->app, c->app, err)) != 0)
        return -1;
    if ((ch->name == NULL || *ch->name == '\0') && (free(ch->name), copy(&ch->name, ch->label, err)) != 0)
        return -1;
    if (ch->builder_name == NULL && copy(&ch->builder_name, c->build.builder, err) != 0)
        return -1;
    ch->builder = hf_builder_find(ch->builder_name);
    include = *c->build.include != '\0' ? c->build.include : ch->builder->include;
    if ((ch->refs == NULL && copy(&ch->refs, "", err) != 0) || (ch->include == NULL && copy(&ch->include, include, err) != 0) ||
        (ch->exclude == NULL && copy(&ch->exclude, c->build.exclude, err) != 0) ||
        (ch->native == NULL && copy(&ch->native, c->build.native, err) != 0) ||
        (ch->base == NULL && copy(&ch->base, c->build.base, err) != 0))
        return -1;
    for (i = 0; i < KEYS; i++) {
        if (strcmp(hf_config_keys[i].section, "channel") != 0 || r->of_channel[n][i] != 0)
            continue;
        if (hf_config_keys[i].at == IN(rollout))
            ch->rollout = c->release.rollout;
        if (hf_config_keys[i].at == IN(priority))
            ch->priority = c->release.priority;
    }
    return 0;
}

/* What only shows when all is read. r->at says where. */
static int check_channel(struct reading *r, size_t n, struct hf_err *err)
{
    const struct hf_channel *ch = &r->c->channels[n];
    size_t i;

    r->at = r->channel_line[n];
    if (*ch->app == '\0')
        return hf_fail(err, HF_E_CONFIG, "[channel %s] belongs to no app: write id = com.example.app under [app]", ch->label);
    for (i = 0; i < n; i++) {
        if (strcmp(r->c->channels[i].app, ch->app) == 0 && strcmp(r->c->channels[i].name, ch->name) == 0)
            return hf_fail(err, HF_E_CONFIG, "[channel %s] is channel '%s' of app '%s', and so is [channel %s] in line %u",
                           ch->label, ch->name, ch->app, r->c->channels[i].label, r->channel_line[i]);
    }
    if (*ch->refs == '\0')
        return 0; /* nothing is built for it here: an edge's file, or a channel that is published to by hand */
    if (*ch->include == '\0')
        return hf_fail(err, HF_E_CONFIG,
                       "[channel %s] has refs but no include, and the builder '%s' has no default: name the files that a "
                       "patch is made of, as in include = HotPath/**",
                       ch->label, ch->builder->name);
    if (ch->builder->id == HF_BUILDER_COMMAND && *r->c->command.argv == '\0')
        return hf_fail(err, HF_E_CONFIG, "[channel %s] uses the builder 'command', but argv under [command] is empty", ch->label);
    return 0;
}

static int check_all(struct reading *r, struct hf_err *err)
{
    size_t n;

    if (r->c->channel_count == 0)
        return hf_fail(err, HF_E_CONFIG, "there is no channel: write a section [channel production]");
    for (n = 0; n < r->c->channel_count; n++) {
        if (fill_channel(r, n, err) != 0)
            return -1;
    }
    for (n = 0; n < r->c->channel_count; n++) {
        if (check_channel(r, n, err) != 0)
            return -1;
    }
    for (n = 0; n < KEYS; n++) {
        if (r->global[n] != 0 && strncmp(hf_config_keys[n].name, "tls_", 4) == 0)
            r->at = r->global[n];
    }
    if ((*r->c->edge.tls_cert == '\0') != (*r->c->edge.tls_key == '\0'))
        return hf_fail(err, HF_E_CONFIG, "[edge] tls_cert and tls_key: give both or none");
    return 0;
}

static int set_defaults(struct reading *r, struct hf_err *err)
{
    const struct hf_config_key *k;

    for (k = hf_config_keys; k < hf_config_keys + KEYS; k++) {
        if (strcmp(k->section, "channel") != 0 && hf_config_value(field_of(r, k), k, k->dflt, "", err) != 0)
            return -1;
    }
    return 0;
}

/* The folder part of a path with its '/', or "". */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strndup(path, slash != NULL ? (size_t)(slash - path) + 1 : 0);
}

int hf_config_parse(struct hf_config **out, const char *p, size_t n, const char *name, struct hf_err *err)
{
    static const struct hf_ini_events events = {on_section, on_pair};
    struct reading *r = calloc(1, sizeof *r);
    int rc = -1;

    if (r == NULL)
        return hf_nomem(err);
    r->c = calloc(1, sizeof *r->c);
    r->of_channel = calloc(HF_CONFIG_MAX_CHANNELS, sizeof *r->of_channel);
    r->dir = folder_of(name);
    if (r->c != NULL) {
        r->c->path = strdup(name);
        r->c->channels = calloc(HF_CONFIG_MAX_CHANNELS, sizeof *r->c->channels);
    }
    if (r->c == NULL || r->of_channel == NULL || r->dir == NULL || r->c->path == NULL || r->c->channels == NULL) {
        hf_nomem(err);
        goto out;
    }
    if (set_defaults(r, err) != 0 || hf_ini_read(p, n, name, &events, r, &r->at, err) != 0)
        goto out;
    if (check_all(r, err) != 0) {
        hf_ini_fail_at(err, name, r->at > 0 ? r->at : 1);
        goto out;
    }
    *out = r->c;
    r->c = NULL;
    rc = 0;
out:
    hf_config_free(r->c);
    free(r->of_channel);
    free(r->dir);
    free(r);
    return rc;
}
