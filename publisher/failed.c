/* failed.c: see failed.h. */
#include "publisher/failed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/base.h"
#include "core/escape.h"
#include "publisher/joblog.h"
#include "publisher/rules.h"

int hf_failed_read(struct hf_failed *out, struct hf_spool *s, struct hf_err *err)
{
    size_t i;

    memset(out, 0, sizeof *out);
    if (hf_spool_list(s, 1, &out->names, &out->count, err) != 0)
        return -1;
    if (out->count == 0)
        return 0;
    out->jobs = calloc(out->count, sizeof *out->jobs);
    out->tagged = calloc(out->count, 1);
    out->tag = calloc(out->count, sizeof *out->tag);
    if (out->jobs == NULL || out->tagged == NULL || out->tag == NULL) {
        hf_spool_names_free(out->names, out->count);
        free(out->jobs);
        free(out->tagged);
        free(out->tag);
        memset(out, 0, sizeof *out);
        return hf_nomem(err);
    }
    for (i = 0; i < out->count; i++) {
        if (hf_spool_load(s, 1, out->names[i], &out->jobs[i], NULL) == 0)
            continue;
        hf_job_clear(&out->jobs[i]);
        out->jobs[i].id[0] = '\0';
    }
    return 0;
}

void hf_failed_clear(struct hf_failed *f)
{
    size_t i;

    for (i = 0; f->jobs != NULL && i < f->count; i++)
        hf_job_clear(&f->jobs[i]);
    hf_spool_names_free(f->names, f->count);
    for (i = 0; f->tag != NULL && i < f->count; i++)
        free(f->tag[i]);
    free(f->tag);
    free(f->jobs);
    free(f->tagged);
    memset(f, 0, sizeof *f);
}

/* The line of the log first, as for every end of a job: who finds the job gone finds the line. */
static void close_job(struct hf_spool *s, const char *name, const struct hf_job *j, const char *why, int64_t now)
{
    json_t *line = hf_joblog_line(j, "closed", now, 0);

    json_object_set_new(line, "message", json_string(why));
    hf_joblog_write(s, line);
    (void)hf_spool_drop_failed(s, name, NULL);
}

void hf_failed_released(struct hf_spool *s, const char *ref, const char *channel, const char *target, int64_t by, int64_t now)
{
    struct hf_failed f;
    char why[96];
    size_t i;

    if (by > 0)
        snprintf(why, sizeof why, "a later push of this branch is released, as patch %" PRId64, by);
    else
        snprintf(why, sizeof why, "a later push of this branch had nothing to publish");
    if (hf_failed_read(&f, s, NULL) != 0)
        return;
    for (i = 0; i < f.count; i++)
        if (f.jobs[i].id[0] != '\0' && strcmp(f.jobs[i].ref, ref) == 0 && strcmp(f.jobs[i].channel, channel) == 0 &&
            hf_rules_same_targets(f.jobs[i].params.target, target))
            close_job(s, f.names[i], &f.jobs[i], why, now);
    hf_failed_clear(&f);
}

void hf_failed_gone(const struct hf_failed *f, struct hf_spool *s, const struct hf_repo *repo, int64_t now)
{
    char tip[HF_OID_MAX + 1];
    struct hf_err why;
    size_t i;

    for (i = 0; i < f->count; i++) {
        why = (struct hf_err){HF_OK, ""};
        if (f->jobs[i].id[0] != '\0' && hf_repo_commit(repo, tip, f->jobs[i].ref, &why) != 0 && why.code == HF_E_NOTFOUND)
            close_job(s, f->names[i], &f->jobs[i], "its branch is deleted", now);
    }
}

/* The tag that this job's release would start from, as its base is named in words ("tag v1.0.0"); "" when there is none. NULL:
 * out of memory. */
static char *tag_of(const struct hf_job *j, const struct hf_setup *setup)
{
    struct hf_base_ask ask = {.target = j->params.target};
    const struct hf_channel *c;
    struct hf_base base;

    if (hf_config_channel(&c, setup->config, NULL, j->channel, NULL) != 0)
        return strdup("");
    ask.tags = c->base;
    return strdup(hf_base_find(&base, setup->repo, &ask, NULL) == 0 ? base.how : "");
}

/* 1 when `ref`, a tag, is the one that job i would start from. A job's tag is looked for once: a push may bring thousands of
 * them. */
static int serves(struct hf_failed *f, size_t i, const struct hf_setup *setup, const char *ref)
{
    const struct hf_job *j = &f->jobs[i];
    char how[192], name[160];

    if (j->id[0] == '\0' || f->tagged[i])
        return 0;
    if (j->params.base != NULL) /* by hotfix.base, in either of its spellings */
        return strcmp(j->params.base, ref) == 0 || strcmp(j->params.base, ref + 10) == 0;
    if (f->tag[i] == NULL && (f->tag[i] = tag_of(j, setup)) == NULL)
        return 0;
    snprintf(how, sizeof how, "tag %s", hf_escape(name, sizeof name, ref + 10, strlen(ref + 10)));
    return strcmp(how, f->tag[i]) == 0;
}

void hf_failed_see_tag(struct hf_failed *f, const struct hf_setup *setup, const char *ref)
{
    if (strncmp(ref, "refs/tags/", 10) != 0)
        return;
    for (size_t i = 0; i < f->count; i++)
        if (serves(f, i, setup, ref))
            f->tagged[i] = 1;
}

int hf_failed_retry(struct hf_failed *f, size_t i, struct hf_spool *s, const struct hf_repo *repo, struct hf_job *out)
{
    char tip[HF_OID_MAX + 1];

    if (!f->tagged[i] || hf_repo_commit(repo, tip, f->jobs[i].ref, NULL) != 0 || strcmp(tip, f->jobs[i].commit) != 0 ||
        hf_spool_revive(s, f->names[i], &f->jobs[i], NULL) != 0)
        return 0;
    *out = f->jobs[i];
    memset(&f->jobs[i], 0, sizeof f->jobs[i]);
    hf_params_init(&f->jobs[i].params);
    return 1;
}
