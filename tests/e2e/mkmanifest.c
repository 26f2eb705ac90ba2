/* mkmanifest: signs a manifest for tests. usage:
 *
 *   mkmanifest --key PRIVATE.pem [--key MORE.pem] --serial N [--app A] [--channel C] [--published ±SECONDS] [--expires ±SECONDS]
 *              [--revoke SHA256]... 'patch=2;target=1.0.0;file=PATH|none;name=fix.zip;state=live;rollout=10000;priority=normal'...
 *              (md5=, size= behind file= say something else of it than is true)
 *
 * Releases newest first; times are relative to now. The envelope goes to stdout, "PATCH SHA256 SIZE" of each file to stderr. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/manifest.h"
#include "core/sign.h"

static void die(const char *what, const struct hf_err *err)
{
    fprintf(stderr, "mkmanifest: %s%s%s\n", what, err == NULL ? "" : ": ", err == NULL ? "" : err->msg);
    exit(2);
}

static void read_key(struct hf_signer **out, const char *path)
{
    struct hf_buf b;
    struct hf_err err;

    hf_buf_init(&b, HF_KEY_MAX_PEM);
    if (hf_buf_read_file(&b, path, 0, &err) != 0 || hf_signer_parse(out, b.p, b.n, path, &err) != 0)
        die(path, &err);
    hf_buf_wipe(&b);
}

static void put_file(struct hf_release *r, const char *path)
{
    struct hf_sums sums;
    struct hf_err err;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || hf_digest_fd(&sums, fd, &err) != 0)
        die(path, NULL);
    close(fd);
    r->has_file = 1;
    r->file.size = (int64_t)sums.size;
    memcpy(r->file.sums.md5, sums.md5, sizeof sums.md5);
    memcpy(r->file.sums.sha256, sums.sha256, sizeof sums.sha256);
    snprintf(r->file.key, sizeof r->file.key, "objects/%s", sums.sha256);
}

static enum hf_state state_of(const char *v)
{
    enum hf_state s;

    for (s = HF_LIVE; s <= HF_REVOKED; s++) {
        if (strcmp(v, hf_state_name(s)) == 0)
            return s;
    }
    die("no such state", NULL);
    return HF_LIVE;
}

static void set(struct hf_release *r, const char *name, const char *v)
{
    struct hf_err err;

    if (strcmp(name, "patch") == 0)
        r->patch = atoll(v);
    else if (strcmp(name, "target") == 0)
        snprintf(r->target, sizeof r->target, "%s", v);
    else if (strcmp(name, "file") == 0 && strcmp(v, "none") != 0)
        put_file(r, v);
    else if (strcmp(name, "name") == 0)
        snprintf(r->file.name, sizeof r->file.name, "%s", v);
    else if (strcmp(name, "state") == 0)
        r->state = state_of(v);
    else if (strcmp(name, "rollout") == 0)
        r->rollout = atoi(v);
    else if (strcmp(name, "md5") == 0)
        snprintf(r->file.sums.md5, sizeof r->file.sums.md5, "%s", v);
    else if (strcmp(name, "size") == 0)
        r->file.size = atoll(v);
    else if (strcmp(name, "window") == 0)
        snprintf(r->window, sizeof r->window, "%s", v);
    else if (strcmp(name, "priority") == 0 && hf_priority_parse(&r->priority, v, &err) != 0)
        die("priority", &err);
}

static void add_release(struct hf_manifest *m, char *text, int64_t published)
{
    struct hf_release r;
    struct hf_err err;
    char *item, *rest = text, *v;

    memset(&r, 0, sizeof r);
    r.state = HF_LIVE;
    r.rollout = HF_ROLLOUT_ALL;
    r.priority = HF_NORMAL;
    r.published = published;
    r.notes = strdup("");
    memset(r.job, 'a', HF_JOB_HEX);
    memset(r.source.base, 'b', 40);
    memset(r.source.commit, 'c', 40);
    snprintf(r.salt, sizeof r.salt, "9f2c01d4a6b7e853");
    snprintf(r.source.ref, sizeof r.source.ref, "refs/heads/hotfix/1.0.0");
    snprintf(r.source.builder, sizeof r.source.builder, "archive");
    snprintf(r.file.name, sizeof r.file.name, "fix.zip");
    while ((item = strsep(&rest, ";")) != NULL) {
        v = strchr(item, '=');
        if (v == NULL)
            die("a release is written name=value;name=value", NULL);
        *v++ = '\0';
        set(&r, item, v);
    }
    snprintf(r.job, sizeof r.job, "%032llx", (unsigned long long)r.patch);
    if (hf_range_parse(&r.range, r.target, &err) != 0)
        die("target", &err);
    if (r.has_file)
        fprintf(stderr, "%lld %s %lld\n", (long long)r.patch, r.file.sums.sha256, (long long)r.file.size);
    if (m->last < r.patch)
        m->last = r.patch;
    if (hf_manifest_add(m, &r, &err) != 0)
        die("release", &err);
}

static void add_revoked(struct hf_manifest *m, const char *sha256)
{
    char(*more)[HF_SHA256_HEX + 1] = realloc(m->revoked, (m->revoked_count + 1) * sizeof *more);

    if (more == NULL)
        die("memory", NULL);
    m->revoked = more;
    snprintf(more[m->revoked_count++], sizeof *more, "%s", sha256);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"key", 1, NULL, 'k'}, {"app", 1, NULL, 'a'}, {"channel", 1, NULL, 'c'}, {"serial", 1, NULL, 's'}, {"published", 1, NULL, 'p'}, {"expires", 1, NULL, 'x'}, {"revoke", 1, NULL, 'r'}, {NULL, 0, NULL, 0}};
    struct hf_signer *signers[HF_JWS_MAX_SIGNATURES];
    const char *app = "com.example.app", *channel = "production", *gone[16];
    struct hf_manifest *m;
    struct hf_buf payload, out;
    struct hf_err err;
    size_t n = 0, gone_n = 0;
    int64_t now = (int64_t)time(NULL), published = now - 60, expires = now + 86400L * 30, serial = 1;
    int c, i;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'k' && n < HF_JWS_MAX_SIGNATURES)
            read_key(&signers[n++], optarg);
        else if (c == 'a')
            app = optarg;
        else if (c == 'c')
            channel = optarg;
        else if (c == 's')
            serial = atoll(optarg);
        else if (c == 'p')
            published = now + atoll(optarg);
        else if (c == 'x')
            expires = now + atoll(optarg);
        else if (c == 'r' && gone_n < 16)
            gone[gone_n++] = optarg;
        else
            die("see the head of mkmanifest.c", NULL);
    }
    if (hf_manifest_new(&m, app, channel, &err) != 0)
        die("manifest", &err);
    m->serial = serial;
    m->published = published;
    m->expires = expires;
    for (i = argc - 1; i >= optind; i--)
        add_release(m, argv[i], published);
    for (i = 0; i < (int)gone_n; i++)
        add_revoked(m, gone[i]);
    hf_buf_init(&payload, HF_MANIFEST_MAX_BYTES);
    hf_buf_init(&out, HF_JWS_MAX_BYTES);
    if (hf_manifest_write(&payload, m, &err) != 0 || hf_jws_sign(&out, payload.p, payload.n, signers, n, &err) != 0)
        die("manifest", &err);
    fwrite(out.p, 1, out.n, stdout);
    hf_buf_free(&out);
    hf_buf_free(&payload);
    hf_manifest_free(m);
    while (n > 0)
        hf_signer_free(signers[--n]);
    return fflush(stdout) == 0 ? 0 : 1;
}
