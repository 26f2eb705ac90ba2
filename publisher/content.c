/* content.c: see content.h. */
#include "publisher/content.h"

#include <stdlib.h>
#include <string.h>

static int path_of_file(const void *key, const void *file)
{
    return strcmp(key, ((const struct hf_change *)file)->path);
}

static int path_of_deleted(const void *key, const void *path)
{
    return strcmp(key, *(char *const *)path);
}

const struct hf_change *hf_content_file(const struct hf_changes *c, const char *path)
{
    return c->file_count == 0 ? NULL : bsearch(path, c->files, c->file_count, sizeof *c->files, path_of_file);
}

int hf_content_deleted(const struct hf_changes *c, const char *path)
{
    return c->deleted_count > 0 && bsearch(path, c->deleted, c->deleted_count, sizeof *c->deleted, path_of_deleted) != NULL;
}

/* 0; or -1 for want of memory, the one failure that is not an answer. */
static int find(struct hf_changes **out, const struct hf_tip *tip, const char *base, const char *commit, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};

    if (hf_changes_compare(out, tip->repo, base, commit, tip->channel->include, tip->channel->exclude, &why) == 0 ||
        why.code != HF_E_NOMEM)
        return 0;
    *err = why;
    return -1;
}

static int by_oid(const void *a, const void *b)
{
    return strcmp((*(const struct hf_change *const *)a)->oid, (*(const struct hf_change *const *)b)->oid);
}

static int sort_by_oid(struct hf_content *c, struct hf_err *err)
{
    size_t n = c->ours->file_count;

    c->by_oid = calloc(n + 1, sizeof *c->by_oid);
    if (c->by_oid == NULL)
        return hf_nomem(err);
    for (size_t i = 0; i < n; i++)
        c->by_oid[i] = &c->ours->files[i];
    qsort(c->by_oid, n, sizeof *c->by_oid, by_oid);
    return 0;
}

int hf_content_find(struct hf_content *out, const struct hf_tip *tip, const struct hf_release *r, struct hf_err *err)
{
    const char *base = r->source.base[0] != '\0' ? r->source.base : tip->base;
    char oid[HF_OID_MAX + 1];

    memset(out, 0, sizeof *out);
    if (strcmp(r->source.commit, tip->commit) == 0)
        out->known = out->contained = 1;
    if (tip->repo == NULL || hf_repo_commit(tip->repo, oid, r->source.commit, NULL) != 0 ||
        hf_repo_commit(tip->repo, oid, tip->commit, NULL) != 0)
        return 0;
    out->known = 1;
    out->contained = hf_repo_contains(tip->repo, tip->commit, r->source.commit, NULL) == 1;
    if (base[0] == '\0' || hf_repo_commit(tip->repo, oid, base, NULL) != 0)
        return 0;
    out->same_base = strcmp(base, tip->base) == 0;
    if (find(&out->theirs, tip, base, r->source.commit, err) != 0 || find(&out->ours, tip, base, tip->commit, err) != 0)
        return -1;
    out->compared = out->theirs != NULL && out->ours != NULL;
    return out->compared ? sort_by_oid(out, err) : 0;
}

void hf_content_clear(struct hf_content *c)
{
    free(c->by_oid);
    hf_changes_free(c->theirs);
    hf_changes_free(c->ours);
    memset(c, 0, sizeof *c);
}

int hf_content_reverted(const struct hf_content *c)
{
    if (!c->compared || c->theirs->file_count == 0)
        return 0;
    for (size_t i = 0; i < c->theirs->file_count; i++)
        if (hf_content_file(c->ours, c->theirs->files[i].path) != NULL || hf_content_deleted(c->ours, c->theirs->files[i].path))
            return 0;
    return 1;
}

#define EMPTY_SHA1 "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
#define EMPTY_SHA256 "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"

static int oid_of(const void *key, const void *file)
{
    return strcmp(key, (*(const struct hf_change *const *)file)->oid);
}

/* A file with these bytes, under whatever name. An empty one says nothing. */
static const struct hf_change *file_with(const struct hf_content *c, const struct hf_change *f)
{
    const struct hf_change *const *found = NULL;

    if (c->ours->file_count > 0 && strcmp(f->oid, EMPTY_SHA1) != 0 && strcmp(f->oid, EMPTY_SHA256) != 0)
        found = bsearch(f->oid, c->by_oid, c->ours->file_count, sizeof *c->by_oid, oid_of);
    return found != NULL ? *found : NULL;
}

const struct hf_change *hf_content_kept(const struct hf_content *c, const struct hf_change **was)
{
    *was = NULL;
    for (size_t i = 0; c->compared && i < c->theirs->file_count; i++) {
        const struct hf_change *now = hf_content_file(c->ours, c->theirs->files[i].path);

        if (now != NULL && strcmp(now->oid, c->theirs->files[i].oid) == 0)
            return now;
    }
    for (size_t i = 0; c->compared && i < c->theirs->file_count; i++) {
        const struct hf_change *now = file_with(c, &c->theirs->files[i]);

        if (now != NULL) {
            *was = &c->theirs->files[i];
            return now;
        }
    }
    return NULL;
}

int hf_content_touched(const struct hf_content *c)
{
    for (size_t i = 0; c->compared && i < c->theirs->file_count; i++)
        if (hf_content_file(c->ours, c->theirs->files[i].path) != NULL)
            return 1;
    return 0;
}

int hf_content_same(const struct hf_content *c)
{
    if (!c->compared || !c->same_base || c->theirs->file_count == 0 || c->theirs->file_count != c->ours->file_count)
        return 0;
    for (size_t i = 0; i < c->theirs->file_count; i++) {
        const struct hf_change *a = &c->theirs->files[i], *b = &c->ours->files[i];

        if (strcmp(a->path, b->path) != 0 || strcmp(a->oid, b->oid) != 0 || a->executable != b->executable)
            return 0;
    }
    return 1;
}
