/* find.c: refs whose tip was never published: a hook that died, or could not be run at all, must not cost a team its fix. */
#include <stdio.h>
#include <string.h>

#include "publisher/failed.h"
#include "publisher/intake.h"
#include "publisher/match.h"
#include "publisher/worker.h"

struct find {
    struct hf_worker *w;
    const struct hf_channel *channel;
    const struct hf_manifest *manifest; /* in force, or NULL */
    size_t made;
    struct hf_err *err;
};

/* 1 when a job for the same ref, commit and channel lies in the spool; also when one lies there that cannot be read: it may be
 * this one, with parameters that a second job would not have. */
static int in_spool(struct hf_spool *s, int failed, const char *ref, const char *commit, const char *channel)
{
    char **names;
    struct hf_err why;
    struct hf_job j;
    size_t n, i;
    int found = 0;

    if (hf_spool_list(s, failed, &names, &n, NULL) != 0)
        return 1;
    for (i = 0; i < n && !found; i++) {
        if (hf_spool_load(s, failed, names[i], &j, &why) == 0)
            found = strcmp(j.ref, ref) == 0 && strcmp(j.commit, commit) == 0 && strcmp(j.channel, channel) == 0;
        else
            found = why.code != HF_E_NOTFOUND;
        hf_job_clear(&j);
    }
    hf_spool_names_free(names, n);
    return found;
}

/* The release of a commit of a ref in the manifest, or NULL. */
static const struct hf_release *published(const struct hf_manifest *m, const char *ref, const char *commit)
{
    for (size_t i = 0; m != NULL && i < m->release_count; i++)
        if (strcmp(m->releases[i].source.ref, ref) == 0 && strcmp(m->releases[i].source.commit, commit) == 0)
            return &m->releases[i];
    return NULL;
}

/* What the push asked for, where its hook died between the announcement and the job; else what the commit itself says. */
static int make(struct hf_job *j, struct find *f, const char *ref, const char *star, const char *tip, struct hf_err *why)
{
    const struct hf_intake in = {.setup = f->w->setup,
                                 .channel = f->channel,
                                 .ref = ref,
                                 .star = star,
                                 .old = "",
                                 .commit = tip,
                                 .now = f->w->now()};

    if (hf_spool_announced(f->w->spool, ref, tip, f->channel->label, j, why) == 0)
        return 1;
    if (why->code != HF_E_NOTFOUND)
        return hf_fail_in(why, "%s: what its push asked for cannot be read; push another commit: ", ref);
    hf_job_clear(j);
    *why = (struct hf_err){HF_OK, ""};
    return hf_intake(j, &in, why);
}

static int find_ref(const char *ref, void *arg)
{
    struct find *f = arg;
    struct hf_spool *spool = f->w->spool;
    char tip[HF_OID_MAX + 1], star[HF_RANGE_MAX + 1];
    struct hf_err why = {HF_OK, ""};
    struct hf_job j;
    const struct hf_release *out;
    int rc;

    if (!hf_match_ref(f->channel, ref, star, sizeof star) || hf_repo_commit(f->w->setup->repo, tip, ref, NULL) != 0)
        return 0;
    out = published(f->manifest, ref, tip);
    if (out != NULL) /* by CI, or on another machine */
        hf_failed_released(spool, ref, f->channel->label, out->target, out->patch, f->w->now());
    if (out != NULL || hf_spool_seen(spool, tip, ref, f->channel->label) != HF_SPOOL_UNSEEN ||
        in_spool(spool, 0, ref, tip, f->channel->label) ||
        in_spool(spool, 1, ref, tip, f->channel->label))
        return 0;
    rc = make(&j, f, ref, star, tip, &why);
    if (rc == 1) {
        rc = hf_spool_put(spool, &j, f->err) == 0 ? hf_spool_forget(spool, ref, tip, f->channel->label, f->err) : -1;
        f->made += rc == 0;
    } else if (rc < 0) {
        /* Wrong trailers, or an announcement that cannot be read: this ref's own fault, which must not keep the others from being
         * found. */
        rc = 0;
        if (f->w->say != NULL)
            f->w->say->line(f->w->say->arg, HF_SAY_WARNING, why.msg);
    }
    hf_job_clear(&j);
    return rc;
}

int hf_worker_find(struct hf_worker *w, size_t *made, struct hf_err *err)
{
    const struct hf_config *c = w->setup->config;
    struct hf_err why;
    size_t i;
    struct hf_failed failed;
    int rc = 0;

    *made = 0;
    if (hf_failed_read(&failed, w->spool, err) != 0)
        return -1;
    hf_failed_gone(&failed, w->spool, w->setup->repo, w->now());
    hf_failed_clear(&failed);
    for (i = 0; rc == 0 && i < c->channel_count; i++) {
        struct hf_ledger l = hf_setup_ledger(w->setup, &c->channels[i]);
        struct hf_manifest *m = NULL;
        struct find f = {w, &c->channels[i], NULL, 0, err};

        why = (struct hf_err){HF_OK, ""};
        if (hf_ledger_read(&m, &l, &why) != 0 && why.code != HF_E_NOTFOUND) {
            *err = why;
            return -1;
        }
        f.manifest = m;
        rc = hf_match_each(f.channel, w->setup->repo, find_ref, &f, err);
        *made += f.made;
        hf_manifest_free(m);
    }
    hf_spool_sweep(w->spool, w->now());
    return rc;
}
