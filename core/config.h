/* config.h: hotfix.ini, read strictly. docs/hotfix.ini.5 is its manual. */
#ifndef HF_CONFIG_H
#define HF_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "core/buf.h"
#include "core/builders.h"
#include "core/manifest.h"

#define HF_CONFIG_MAX_LINE 1024
#define HF_CONFIG_MAX_BYTES (256 * 1024)
#define HF_CONFIG_MAX_CHANNELS 64
#define HF_SECRET_MAX (64 * 1024)

/* Where a secret lies: file:PATH or env:NAME. Never its value. */
struct hf_secret {
    enum {
        HF_SECRET_NONE,
        HF_SECRET_FILE,
        HF_SECRET_ENV
    } kind;
    char *name; /* path or variable; NULL for NONE */
};

/* One [channel LABEL], with what it does not name taken from [app], [build] and [release]. Strings are never NULL. */
struct hf_channel {
    char *label;
    char *app;
    char *name;                       /* name =, else the label */
    char *refs;                       /* patterns, separated by spaces; "" when none */
    const struct hf_builder *builder; /* static storage */
    char *builder_name;
    char *include; /* gitignore rules, separated by spaces; the builder's default filled in */
    char *exclude;
    char *native; /* rules of the same form: what no patch can carry */
    char *base;
    int rollout;
    enum hf_priority priority;
};

struct hf_config {
    char *path; /* as given, for messages */
    char *app;
    struct hf_channel *channels;
    size_t channel_count;
    struct {
        char *builder, *include, *exclude, *base;
        char *native;
        int refuse_native; /* 1: a push that changes what is native is refused; 0: it is a warning */
        int64_t timeout;   /* seconds */
        int64_t memory;    /* MiB of address space that a tool may take */
        int64_t room;      /* MiB of disk that a tool may take in its folder */
        int64_t cache;     /* MiB of patches kept, so that a build is not done twice; 0: none */
        int sandbox;       /* 1: a tool runs only where the kernel can keep it in its cage; 0: elsewhere too, with a warning */
        char *readable;    /* what a tool may read besides: absolute paths, separated by spaces */
    } build;
    struct {
        char *generator, *refs;
    } ocrunner;
    struct {
        struct hf_secret key;
        int short_key; /* a key under 2048 bits is taken */
    } jspatch;
    struct {
        char *argv, *refs;
        char *name; /* what devices call the patch */
        int cache;
    } command;
    struct {
        int rollout;
        enum hf_priority priority;
        int64_t keep;
        int trailers;
        int strict;       /* pre-receive refuses a push whose release is known to fail */
        int64_t max_size; /* bytes of a patch */
    } release;
    struct {
        struct hf_secret key;
        int64_t expires; /* seconds */
    } sign;
    struct {
        struct hf_secret keys;
    } trust;
    struct {
        char *url, *endpoint, *public_endpoint, *region, *profile;
        int path_style;
    } store;
    struct {
        char *listen, *public_url, *tls_cert, *tls_key;
        int64_t workers;
        int64_t url_ttl; /* seconds */
        struct hf_secret secret;
        char *user;
        char *trusted_proxies; /* addresses and networks, separated by spaces */
        int proxy_protocol;
        int64_t request, keepalive, stall, drain;     /* seconds */
        int64_t downloads;                            /* at once, in each worker */
        int64_t max_connections, address_connections; /* the second: 0 for no limit */
        int64_t address_rate, address_burst;          /* requests a second, 0 for no limit; and at once */
        char *unlimited;                              /* addresses and networks, separated by spaces */
        int64_t max_head, max_body;                   /* bytes of a request */
        char *metrics;                                /* HOST:PORT, or "" */
        int log_requests;
        char *sync_dir;        /* a bucket: the folder that `hotfix sync` keeps */
        int64_t sync_interval; /* seconds */
    } edge;
};

/* Reads a file. Errors are HF_E_CONFIG and begin with "PATH:LINE: ". *out is freed with hf_config_free. */
int hf_config_load(struct hf_config **out, const char *path, struct hf_err *err);

/* The same from bytes; `name` takes the place of the path in errors. */
int hf_config_parse(struct hf_config **out, const char *p, size_t n, const char *name, struct hf_err *err);
void hf_config_free(struct hf_config *c);

/* The channel with this label, or with this app and name when app is not NULL; HF_E_CONFIG with the labels there are.
 * label NULL: the only channel, else an error that says which there are. Borrowed. */
int hf_config_channel(const struct hf_channel **out, const struct hf_config *c, const char *app, const char *label,
                      struct hf_err *err);

/* Reads a secret's bytes, at most HF_SECRET_MAX. `what` ("[sign] key") stands in errors; the bytes never do.
 * The buffer is initialised here; wipe it after use. */
int hf_secret_read(struct hf_buf *out, const struct hf_secret *s, const char *what, struct hf_err *err);

#endif
