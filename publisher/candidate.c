/* candidate.c: see candidate.h. */
#include "publisher/candidate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/escape.h"
#include "core/json.h"
#include "publisher/params_json.h"

int hf_candidate_of(struct hf_candidate *out, const struct hf_channel *where, const struct hf_prospect *p, int64_t now,
                    const char *by, struct hf_err *err)
{
    const struct hf_release *r = p->release;

    memset(out, 0, sizeof *out);
    hf_params_init(&out->params);
    snprintf(out->app, sizeof out->app, "%s", where->app);
    snprintf(out->channel, sizeof out->channel, "%s", where->name);
    memcpy(out->job, r->job, sizeof out->job);
    out->created = now;
    snprintf(out->by, sizeof out->by, "%s", by);
    out->source = r->source;
    out->has_file = r->has_file;
    out->file = r->file;
    out->params.rollout = p->params->rollout; /* what is taken over is judged when it is signed */
    out->params.rollout_default = p->params->rollout_default;
    out->params.priority = (int)r->priority;
    if (hf_params_set(&out->params, "target", r->target, 0, "candidate", err) != 0 ||
        (r->window[0] != '\0' && hf_params_set(&out->params, "window", r->window, 0, "candidate", err) != 0) ||
        (p->params->over != NULL && hf_params_set(&out->params, "over", p->params->over, 0, "candidate", err) != 0) ||
        (r->notes[0] != '\0' && hf_params_set(&out->params, "notes", r->notes, 0, "candidate", err) != 0))
        return -1;
    return 0;
}

void hf_candidate_clear(struct hf_candidate *c)
{
    hf_params_clear(&c->params);
}

int hf_candidate_write(struct hf_buf *out, const struct hf_candidate *c, struct hf_err *err)
{
    json_t *file = json_null(), *o;
    int rc;

    if (c->has_file)
        file = json_pack("{s:s,s:I,s:s,s:s}", "name", c->file.name, "size", (json_int_t)c->file.size, "md5", c->file.sums.md5,
                         "sha256", c->file.sums.sha256);
    o = json_pack("{s:i,s:s,s:s,s:s,s:I,s:s,s:o,s:{s:s,s:s,s:s,s:I,s:s},s:o}", "format", HF_CANDIDATE_FORMAT, "app", c->app,
                  "channel", c->channel, "job", c->job, "created", (json_int_t)c->created, "by", c->by, "params",
                  hf_params_json(&c->params), "source", "ref", c->source.ref, "base", c->source.base, "commit", c->source.commit,
                  "files", (json_int_t)c->source.files, "builder", c->source.builder, "file", file);
    if (o == NULL)
        return hf_fail(err, HF_E_INPUT, "the candidate cannot be written as JSON");
    if (c->params.rollout_default)
        json_object_set_new(o, "defaults", json_pack("[s]", "rollout"));
    rc = hf_json_write(out, o, err);
    json_decref(o);
    return rc;
}

/* Which of the params are those of hotfix.ini, and were named by nobody who published it. */
static int read_defaults(struct hf_candidate *c, json_t *doc, struct hf_err *err)
{
    json_t *a = json_object_get(doc, "defaults"), *v = json_array_get(a, 0);

    if (a == NULL)
        return 0;
    if (json_array_size(a) != 1 || !json_is_string(v) || strcmp(json_string_value(v), "rollout") != 0)
        return hf_fail(err, HF_E_INPUT, "candidate.defaults is not [\"rollout\"]");
    c->params.rollout_default = 1;
    return 0;
}

static int copy(char *out, size_t max, json_t *o, const char *name, const char *path, struct hf_err *err)
{
    const char *s;

    if (hf_json_string(&s, o, name, max, path, err) != 0)
        return -1;
    memcpy(out, s, strlen(s) + 1);
    return 0;
}

static int is_oid(const char *s)
{
    return hf_is_hex(s, 40) || hf_is_hex(s, 64);
}

static int read_source(struct hf_source *s, json_t *doc, struct hf_err *err)
{
    static const char path[] = "candidate.source";
    json_t *o;

    if (hf_json_object(&o, doc, "source", "candidate", err) != 0 || copy(s->ref, HF_MANIFEST_MAX_REF, o, "ref", path, err) != 0 ||
        copy(s->base, HF_OID_MAX, o, "base", path, err) != 0 || copy(s->commit, HF_OID_MAX, o, "commit", path, err) != 0 ||
        copy(s->builder, HF_MANIFEST_MAX_BUILDER, o, "builder", path, err) != 0 ||
        hf_json_int(&s->files, o, "files", 0, HF_MAX_INT, path, err) != 0)
        return -1;
    if (!is_oid(s->commit) || (s->base[0] != '\0' && !is_oid(s->base)))
        return hf_fail(err, HF_E_INPUT, "%s: base or commit is no commit's id", path);
    return 0;
}

static int read_file(struct hf_candidate *c, json_t *doc, struct hf_err *err)
{
    static const char path[] = "candidate.file";
    json_t *o = json_object_get(doc, "file");

    if (json_is_null(o))
        return 0;
    c->has_file = 1;
    if (hf_json_object(&o, doc, "file", "candidate", err) != 0 ||
        copy(c->file.name, HF_FILE_NAME_MAX, o, "name", path, err) != 0 || hf_file_name_check(c->file.name, err) != 0 ||
        copy(c->file.sums.md5, HF_MD5_HEX, o, "md5", path, err) != 0 ||
        copy(c->file.sums.sha256, HF_SHA256_HEX, o, "sha256", path, err) != 0 ||
        hf_json_int(&c->file.size, o, "size", 1, HF_FILE_MAX_BYTES, path, err) != 0)
        return -1;
    if (!hf_is_hex(c->file.sums.md5, HF_MD5_HEX) || !hf_is_hex(c->file.sums.sha256, HF_SHA256_HEX))
        return hf_fail(err, HF_E_INPUT, "%s: a digest has another form", path);
    return 0;
}

static int read_candidate(struct hf_candidate *c, json_t *doc, struct hf_err *err)
{
    static const char path[] = "candidate";
    int64_t format;

    if (hf_json_int(&format, doc, "format", HF_CANDIDATE_FORMAT, HF_CANDIDATE_FORMAT, path, err) != 0 ||
        copy(c->app, HF_APP_MAX, doc, "app", path, err) != 0 ||
        copy(c->channel, HF_CHANNEL_MAX, doc, "channel", path, err) != 0 ||
        hf_app_check(c->app, err) != 0 || hf_channel_check(c->channel, err) != 0 ||
        copy(c->job, HF_JOB_HEX, doc, "job", path, err) != 0 || copy(c->by, HF_CANDIDATE_MAX_BY, doc, "by", path, err) != 0 ||
        hf_json_int(&c->created, doc, "created", 0, HF_MAX_INT, path, err) != 0 || read_source(&c->source, doc, err) != 0 ||
        read_file(c, doc, err) != 0 || hf_params_read(&c->params, doc, path, err) != 0 || read_defaults(c, doc, err) != 0)
        return -1;
    if (!hf_is_hex(c->job, HF_JOB_HEX))
        return hf_fail(err, HF_E_INPUT, "candidate.job has another form");
    if (c->params.rollout < 0 || c->params.priority < 0 || c->params.force || c->params.live || c->params.base != NULL)
        return hf_fail(err, HF_E_INPUT, "candidate.params: rollout and priority must be there, base, force and live must not");
    return 0;
}

int hf_candidate_parse(struct hf_candidate *out, const void *p, size_t n, struct hf_err *err)
{
    json_t *doc;
    int rc;

    memset(out, 0, sizeof *out);
    hf_params_init(&out->params);
    if (n > HF_CANDIDATE_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "a candidate of more than %d bytes", HF_CANDIDATE_MAX_BYTES);
    if (hf_json_load(&doc, p, n, "candidate", err) != 0)
        return -1;
    rc = read_candidate(out, doc, err);
    json_decref(doc);
    return rc;
}

static int id_of(char id[HF_SHA256_HEX + 1], const struct hf_buf *b, struct hf_err *err)
{
    uint8_t sum[32];

    if (hf_sha256(sum, b->p, b->n) != 0)
        return hf_fail(err, HF_E_FAIL, "cannot take a digest");
    hf_hex(id, sum, sizeof sum);
    return 0;
}

static int put_patch(struct hf_store *s, const struct hf_candidate *c, const char *path, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];
    struct hf_sums sums = {.size = (uint64_t)c->file.size};
    int fd, rc;

    memcpy(sums.md5, c->file.sums.md5, sizeof sums.md5);
    memcpy(sums.sha256, c->file.sums.sha256, sizeof sums.sha256);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot open the patch: %s", strerror(errno));
    hf_key_candidate_patch(key, c->app, c->channel, sums.sha256);
    rc = hf_store_put_object(s, key, fd, &sums, HF_TYPE_BYTES, err);
    close(fd);
    return rc;
}

int hf_candidate_put(char id[HF_SHA256_HEX + 1], struct hf_store *s, const struct hf_candidate *c, const char *path,
                     struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];
    struct hf_buf text;
    int rc = -1;

    hf_buf_init(&text, HF_CANDIDATE_MAX_BYTES);
    if (hf_candidate_write(&text, c, err) != 0 || id_of(id, &text, err) != 0 || (c->has_file && put_patch(s, c, path, err) != 0))
        goto out;
    hf_key_candidate(key, c->app, c->channel, id);
    rc = hf_store_put_new(s, key, &(struct hf_store_bytes){text.p, text.n, HF_TYPE_JSON}, NULL, err);
out:
    hf_buf_free(&text);
    return rc;
}

int hf_candidate_instead(void *arg, const struct hf_prospect *p, struct hf_err *err)
{
    struct hf_candidate_maker *m = arg;
    struct hf_candidate c;
    int rc;

    rc = hf_candidate_of(&c, m->channel, p, m->now, m->by, err);
    if (rc == 0)
        rc = hf_candidate_put(m->id, m->store, &c, p->path, err);
    hf_candidate_clear(&c);
    return rc;
}

int hf_candidate_get(struct hf_candidate *out, struct hf_store *s, const char *app, const char *channel, const char *id,
                     struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX], is[HF_SHA256_HEX + 1];
    struct hf_buf text;
    int rc = -1;

    memset(out, 0, sizeof *out);
    hf_params_init(&out->params);
    hf_buf_init(&text, HF_CANDIDATE_MAX_BYTES);
    hf_key_candidate(key, app, channel, id);
    if (hf_store_get(s, key, &text, NULL, err) != 0 || id_of(is, &text, err) != 0)
        goto out;
    if (strcmp(is, id) != 0) {
        hf_fail(err, HF_E_SIG,
                "the candidate %.12s... was changed after its upload: its bytes are %.12s...; nothing was signed", id, is);
        goto out;
    }
    if (hf_candidate_parse(out, text.p, text.n, err) != 0)
        goto out;
    if (strcmp(out->app, app) != 0 || strcmp(out->channel, channel) != 0)
        hf_fail(err, HF_E_POLICY, "the candidate %.12s... is for %s/%s, and lies under %s/%s", id, out->app, out->channel, app,
                channel);
    else
        rc = 0;
out:
    hf_buf_free(&text);
    return rc;
}

int hf_candidate_fetch(struct hf_store *s, const struct hf_candidate *c, const char *path, struct hf_err *err)
{
    char key[HF_STORE_KEY_MAX];
    struct hf_err why = {HF_OK, ""};
    struct hf_sums is;
    int rc, fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return hf_fail(err, HF_E_FAIL, "cannot make a file for the patch of the candidate: %s", strerror(errno));
    hf_key_candidate_patch(key, c->app, c->channel, c->file.sums.sha256);
    rc = hf_store_fetch(s, key, fd, c->file.size, &is, &why);
    if (close(fd) != 0 && rc == 0)
        rc = hf_fail(&why, HF_E_FAIL, "cannot write the patch of the candidate: %s", strerror(errno));
    if (rc != 0 && why.code == HF_E_LIMIT)
        return hf_fail(err, HF_E_SIG,
                       "the patch of the candidate was changed after its upload: it has more than %" PRId64 " bytes; nothing was "
                       "signed",
                       c->file.size);
    if (rc != 0) {
        if (err != NULL)
            *err = why;
        return -1;
    }
    if (is.size != (uint64_t)c->file.size || strcmp(is.sha256, c->file.sums.sha256) != 0)
        return hf_fail(err, HF_E_SIG,
                       "the patch of the candidate was changed after its upload: its SHA-256 is %s, not %s; nothing was signed",
                       is.sha256, c->file.sums.sha256);
    return 0;
}

struct each {
    int (*f)(void *arg, const char *id);
    void *arg;
};

static int one(void *arg, const struct hf_store_entry *e)
{
    const struct each *each = arg;
    struct hf_key key;

    hf_key_read(&key, e->key);
    return key.id[0] != '\0' ? each->f(each->arg, key.id) : 0;
}

int hf_candidate_each(struct hf_store *s, const char *app, const char *channel, int (*f)(void *arg, const char *id), void *arg,
                      struct hf_err *err)
{
    struct each each = {f, arg};
    char folder[HF_STORE_KEY_MAX];

    hf_key_candidates_folder(folder, app, channel);
    return hf_store_list(s, folder, one, &each, err);
}
