/* ci_release.c: see ci_run.h. What the clone lacks is fetched first; then it is the same release as a hook's. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/candidate.h"
#include "publisher/ci_run.h"
#include "publisher/ci_expect.h"
#include "publisher/cmd.h"
#include "publisher/intake.h"
#include "publisher/rules.h"

static void say(const struct hf_ci *ci, enum hf_say_level level, const char *text)
{
    ci->say.line(ci->say.arg, level, text);
}

static int is_plan(const struct hf_ci *ci)
{
    return ci->args->plan || ci->request.review;
}

static int lacks(const struct hf_ci *ci, const char *commit)
{
    char oid[HF_OID_MAX + 1];

    return hf_repo_commit(ci->setup.repo, oid, commit, NULL) != 0;
}

/* The base that somebody named. What it is, is judged later. */
static void fetch_base(struct hf_ci *ci, const char *base)
{
    char tag[HF_BASE_TEXT_MAX + 16];

    if (!lacks(ci, base) || !ci->clone.asked)
        return;
    snprintf(tag, sizeof tag, "refs/tags/%s", base);
    if (hf_ci_clone_commit(&ci->clone, base, NULL) != 0)
        hf_ci_clone_ref(&ci->clone, tag, NULL);
}

/* The commit of a release that is in force, which the new one is compared with. */
static int fetch_released(struct hf_ci *ci, const struct hf_release *r, struct hf_err *err)
{
    char text[256];
    struct hf_err why = {HF_OK, ""};

    if (strcmp(r->source.commit, ci->request.head) == 0)
        return 0;
    if (hf_ci_clone_deepen(&ci->clone, err) != 0)
        return -1;
    if (!lacks(ci, r->source.commit) || hf_ci_clone_commit(&ci->clone, r->source.commit, &why) == 0 ||
        strcmp(r->source.ref, ci->request.ref) != 0)
        return 0; /* of another ref: the rule on overlaps speaks of it */
    if (!ci->clone.asked)
        return hf_fail(err, HF_E_AGAIN,
                       "patch %" PRId64 " was built from %.12s, which is not in this clone, so nobody knows which is newer: let "
                       "the job's git fetch (credentials of the checkout), or force it",
                       r->patch, r->source.commit);
    snprintf(text, sizeof text,
             "%.12s, which patch %" PRId64 " was built from, is gone from the repository: the branch was forced",
             r->source.commit, r->patch);
    say(ci, HF_SAY_WARNING, text);
    return 0;
}

/* The commit of a release that was rolled back: the new one must not hold it. Without it the rule counts it as held. */
static int fetch_rolled_back(struct hf_ci *ci, const struct hf_release *r, struct hf_err *err)
{
    if (!r->has_file || strcmp(r->source.commit, ci->request.head) == 0)
        return 0;
    if (hf_ci_clone_deepen(&ci->clone, err) != 0)
        return -1;
    if (lacks(ci, r->source.commit) && ci->clone.asked)
        hf_ci_clone_commit(&ci->clone, r->source.commit, NULL);
    return 0;
}

/* The releases of some of the same versions, which the new one is judged over. */
static int fetch_releases(struct hf_ci *ci, const struct hf_params *p, const struct hf_range *range, const struct hf_manifest *m,
                          struct hf_err *err)
{
    int ours = 0;

    for (size_t i = 0; m != NULL && i < m->release_count; i++) {
        const struct hf_release *r = &m->releases[i];
        int out = r->state == HF_WITHDRAWN || r->state == HF_REVOKED;

        if (!hf_range_overlaps(r->range, range))
            continue;
        if (r->source.base[0] != '\0')
            fetch_base(ci, r->source.base);
        if (out && fetch_rolled_back(ci, r, err) != 0)
            return -1;
        if (out || p->force || (strcmp(r->source.ref, ci->request.ref) == 0 && ours++ > 0))
            continue; /* the newest one of a ref is what counts */
        if (fetch_released(ci, r, err) != 0)
            return -1;
    }
    return 0;
}

/* What hf_release is going to look for in the clone. */
static int fetch(struct hf_ci *ci, const struct hf_channel *c, const struct hf_params *p, const struct hf_manifest *m,
                 struct hf_err *err)
{
    struct hf_range *range = NULL;
    int rc = -1;

    if (hf_range_parse(&range, p->target, err) != 0)
        return -1;
    if (p->base != NULL)
        fetch_base(ci, p->base);
    else if (ci->clone.asked && hf_ci_clone_tags(&ci->clone, ci->setup.repo, c->base, range, err) != 0)
        goto out;
    rc = fetch_releases(ci, p, range, m, err);
out:
    hf_range_free(range);
    return rc;
}

/* 1 when a later push of the ref has a job of its own. */
static int moved_on(const struct hf_ci *ci, const struct hf_params *p, struct hf_err *why)
{
    const struct hf_ci_ref *tip = hf_ci_refs_find(&ci->clone.refs, ci->request.ref);
    const char *oid;
    char shown[96];

    if (is_plan(ci) || p->force || !ci->clone.asked || tip == NULL)
        return 0;
    oid = tip->peeled[0] != '\0' ? tip->peeled : tip->oid;
    if (strcmp(oid, ci->request.head) == 0)
        return 0;
    hf_fail(why, HF_E_POLICY, "%s is at %.12s by now, and that push has a job of its own: %.12s is not released any more",
            hf_escape(shown, sizeof shown, ci->request.ref, strlen(ci->request.ref)), oid, ci->request.head);
    return 1;
}

/* Reads the manifest in force. A plan that cannot read it goes on as if there were none, and says so. */
static int read_manifest(struct hf_ci *ci, const struct hf_channel *c, struct hf_manifest **out, struct hf_err *err)
{
    struct hf_ledger l = hf_setup_ledger(&ci->setup, c);
    struct hf_err why = {HF_OK, ""};
    char text[HF_ERR_MAX_MESSAGE + 64];

    *out = NULL;
    if (ci->setup.store == NULL || hf_ledger_read(out, &l, &why) == 0 || why.code == HF_E_NOTFOUND)
        return 0;
    if (!is_plan(ci)) {
        *err = why;
        return -1;
    }
    snprintf(text, sizeof text, "what is released now is not known here: %s", why.msg);
    say(ci, HF_SAY_HINT, text);
    hf_store_close(ci->setup.store);
    ci->setup.store = NULL;
    return 0;
}

/* Where the channel's manifest is read. */
static void manifest_url(struct hf_ci *ci, const struct hf_channel *c)
{
    const struct hf_config *config = ci->setup.config;
    char key[HF_KEY_MAX];

    if (ci->manifest[0] != '\0')
        return;
    hf_key_manifest(key, c->app, c->name);
    if (config->edge.public_url[0] != '\0')
        snprintf(ci->manifest, sizeof ci->manifest, "%.600s/manifest/%s/%s", config->edge.public_url, c->app, c->name);
    else
        snprintf(ci->manifest, sizeof ci->manifest, "%.600s/%s", config->store.url, key);
}

/* One release on its way: what `instead` gets. */
struct pending {
    struct hf_ci *ci;
    struct hf_ci_result *result;
};

/* For a summary, which people read without the log: there a hint says it. */
static void list_missing(struct hf_ci_result *r, const struct hf_changes *c)
{
    const struct hf_some *const some[] = {&c->left, &c->native, &c->junk};
    char text[512];

    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        if (some[i]->count == 0)
            continue;
        hf_some_text(text, sizeof text, some[i]);
        hf_buf_fmt(&r->files, "- not in the patch%s: ", i == 1 ? ", native code" : "");
        hf_ci_escape_markdown(&r->files, text, strlen(text));
        hf_buf_str(&r->files, "\n");
    }
}

static void list(struct hf_ci_result *r, const struct hf_changes *c)
{
    char shown[256], size[16];
    size_t i;

    for (i = 0; c != NULL && i < c->file_count && i < HF_CI_MAX_LISTED; i++) {
        hf_escape(shown, sizeof shown, c->files[i].path, strlen(c->files[i].path));
        hf_cmd_size(size, c->files[i].size);
        hf_buf_fmt(&r->plain, "    %s (%s)\n", shown, size);
        hf_buf_str(&r->files, "- ");
        hf_ci_escape_markdown(&r->files, shown, strlen(shown));
        hf_buf_fmt(&r->files, " (%s)\n", size);
    }
    if (c != NULL && c->file_count > HF_CI_MAX_LISTED) {
        hf_buf_fmt(&r->plain, "    and %zu more\n", c->file_count - HF_CI_MAX_LISTED);
        hf_buf_fmt(&r->files, "- and %zu more\n", c->file_count - HF_CI_MAX_LISTED);
    }
    if (c != NULL)
        list_missing(r, c);
}

/* Instead of publishing: a plan's facts, and with unsigned_only a candidate. */
static int keep(void *arg, const struct hf_prospect *p, struct hf_err *err)
{
    struct pending *x = arg;
    struct hf_ci_result *r = x->result;
    const struct hf_release *live = hf_rules_live(p->before, p->release->target, p->release->range);
    struct hf_candidate_maker maker = {x->ci->setup.store, r->channel, x->ci->args->now, x->ci->request.url, ""};

    snprintf(r->base, sizeof r->base, "%s", p->release->source.base);
    snprintf(r->how, sizeof r->how, "%s", p->how);
    r->patch = p->release->patch;
    r->rollout = p->release->rollout;
    r->replaces = live != NULL ? live->patch : 0;
    r->end = HF_CI_PLANNED;
    list(r, p->changes);
    if (is_plan(x->ci))
        return 0;
    if (hf_candidate_instead(&maker, p, err) != 0)
        return -1;
    memcpy(r->candidate, maker.id, sizeof r->candidate);
    return 0;
}

/* The plan had nothing for this channel, and now there is something. */
static int unplanned(void *arg, const struct hf_prospect *p, struct hf_err *err)
{
    (void)arg;
    (void)p;
    return hf_fail(err, HF_E_POLICY,
                   "there is a patch that was not expected: HOTFIX_EXPECT, what the plan printed, has nothing to publish "
                   "here; plan "
                   "again");
}

/* Holds the release against what the plan of an earlier job printed. */
static void hold(struct hf_release_ask *ask, const char *what)
{
    if (what == NULL)
        return;
    if (strcmp(what, HF_CI_EXPECT_NOTHING) == 0)
        ask->instead = unplanned;
    else
        ask->expect = strcmp(what, HF_CI_EXPECT_SHIPPED) == 0 ? "" : what;
}

static int release(struct hf_ci *ci, struct hf_ci_result *r, struct hf_job *j, struct hf_err *err)
{
    char job[HF_JOB_HEX + 1];
    struct hf_manifest *m = NULL;
    struct pending pending = {ci, r};
    struct hf_release_ask ask = {.setup = &ci->setup,
                                 .channel = r->channel,
                                 .params = &j->params,
                                 .job = job,
                                 .ref = j->ref,
                                 .commit = j->commit,
                                 .work = ci->work,
                                 .now = ci->args->now,
                                 .newest_only = !is_plan(ci),
                                 .say = &ci->say};
    int rc = -1;

    hf_params_defaults(&j->params, r->channel);
    r->rollout = j->params.rollout;
    r->priority = j->params.priority;
    if (is_plan(ci) || ci->args->unsigned_only) {
        ask.instead = keep;
        ask.instead_arg = &pending;
    }
    hold(&ask, hf_ci_expect_of(&ci->expect, r->channel));
    if (hf_ci_job(job, &ci->request, r->channel, err) == 0 && read_manifest(ci, r->channel, &m, err) == 0 &&
        fetch(ci, r->channel, &j->params, m, err) == 0)
        rc = hf_release(&r->done, &ask, err);
    hf_manifest_free(m);
    if (rc == 0)
        manifest_url(ci, r->channel);
    return rc;
}

void hf_ci_release(struct hf_ci *ci, const struct hf_channel *c, const char *star)
{
    struct hf_ci_result *r = hf_ci_report_next(ci->report, c);
    const struct hf_intake in = {.setup = &ci->setup,
                                 .channel = c,
                                 .ref = ci->request.ref,
                                 .star = star,
                                 .old = "",
                                 .commit = ci->request.head,
                                 .options = &ci->request.params,
                                 .now = ci->args->now,
                                 .say = &ci->say};
    struct hf_job j;
    int rc = hf_intake(&j, &in, &r->err);

    if (rc == 0) {
        r->end = HF_CI_UNNAMED;
    } else if (rc < 0) {
        r->end = HF_CI_FAILED;
    } else {
        snprintf(r->target, sizeof r->target, "%s", j.params.target);
        if (moved_on(ci, &j.params, &r->err))
            r->end = HF_CI_MOVED;
        else if (release(ci, r, &j, &r->err) != 0)
            r->end = HF_CI_FAILED;
    }
    hf_job_clear(&j);
}
