/* check_repo.c: see check.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/objects.h"
#include "builder/select.h"
#include "core/escape.h"
#include "core/yesno.h"
#include "publisher/check.h"
#include "publisher/hookfile.h"

#define LOOKED_AT_MAX 200000 /* entries of a tree; in a larger one include is not tried */
#define DEPTH_MAX 64

static void check_hook(struct hf_check *c, const char *name)
{
    char where[4096], program[4096];
    enum hf_hook_state state;
    struct hf_err err = {HF_OK, ""};

    if (hf_hook_look(&state, c->s->repo, name, where, program, &err) != 0) {
        hf_found(c->found, HF_FOUND_ERROR, "see that this user may read it", "%s", err.msg);
        return;
    }
    switch (state) {
    case HF_HOOK_RUNS:
        hf_found(c->found, HF_FOUND_OK, NULL, "the hook %s", name);
        break;
    case HF_HOOK_ABSENT:
        hf_found(c->found, HF_FOUND_ERROR, "run 'hotfix init --repo' on the repository", "there is no hook %s", where);
        break;
    case HF_HOOK_OTHER:
        hf_found(c->found, HF_FOUND_ERROR, "run 'hotfix init --repo' on the repository: it keeps the other one",
                 "the hook %s does not run hotfix", where);
        break;
    case HF_HOOK_NOT_EXECUTABLE:
        hf_found(c->found, HF_FOUND_ERROR, "chmod +x it", "the hook %s is not executable: git passes it over", where);
        break;
    case HF_HOOK_GONE:
        hf_found(c->found, HF_FOUND_ERROR, "remove it and run 'hotfix init --repo' again",
                 "the hook %s leads to %s, which is gone or cannot be run", where, program);
        break;
    }
}

static void check_push_options(struct hf_check *c)
{
    char *value = NULL;
    int on = 0;

    if (hf_repo_config_get(c->s->repo, &value, "receive.advertisePushOptions", NULL) == 0)
        (void)hf_yes_no(&on, value, "receive.advertisePushOptions", NULL);
    free(value);
    if (on)
        hf_found(c->found, HF_FOUND_OK, NULL, "push options");
    else
        hf_found(c->found, HF_FOUND_WARNING, "git config receive.advertisePushOptions true",
                 "push options are off: git push -o hotfix.rollout=25%% is refused by git");
}

static int one(const char *name, void *arg)
{
    (void)name;
    *(int *)arg = 1;
    return 1;
}

/* 1 when a pattern has a ref. */
static int matches_any(const struct hf_check *c, const char *glob)
{
    int any = 0;

    hf_repo_refs(c->s->repo, glob, one, &any, NULL);
    return any;
}

/* The patterns of a channel: any of them will do. */
static void check_refs(struct hf_check *c, const struct hf_channel *ch)
{
    char *copy = strdup(ch->refs), *rest = copy, *pattern;
    int any = 0;

    while (copy != NULL && !any && (pattern = strsep(&rest, " \t")) != NULL)
        any = pattern[0] != '\0' && matches_any(c, pattern);
    free(copy);
    if (!any)
        hf_found(c->found, HF_FOUND_WARNING, "push a fix to one, or mend refs", "[channel %s]: no branch matches refs = %s yet",
                 ch->label, ch->refs);
    if (!matches_any(c, ch->base))
        hf_found(c->found, HF_FOUND_WARNING, "tag each released app version, as in git tag v1.0.0 && git push origin v1.0.0",
                 "[channel %s]: no tag matches base = %s, so no patch has a beginning", ch->label, ch->base);
    else if (any)
        hf_found(c->found, HF_FOUND_OK, NULL, "[channel %s]: branches and release tags", ch->label);
}

struct search {
    const struct hf_repo *repo;
    const struct hf_select *select;
    size_t left; /* entries that may still be looked at */
};

/* 1 when the folder holds a file that is admitted, 0 when not, -1 when that cannot be said. */
static int holds(struct search *s, const unsigned char *id, const char *path, int depth)
{
    struct hf_tree t;
    char *name = NULL;
    size_t i;
    int found = 0;

    if (depth > DEPTH_MAX || hf_tree_read(&t, s->repo, id, NULL) != 0)
        return -1;
    for (i = 0; i < t.n && found == 0; i++) {
        const struct hf_tree_entry *e = &t.entries[i];

        if (s->left-- == 0 || asprintf(&name, "%s%s%s", path, path[0] != '\0' ? "/" : "", e->name) < 0) {
            s->left = 1;
            found = -1;
            break;
        }
        found = HF_TREE_IS_FOLDER(e->mode) ? holds(s, e->id, name, depth + 1) : hf_select_holds(s->select, name);
        free(name);
    }
    hf_tree_clear(&t);
    return found;
}

static int last_ref(const char *name, void *arg)
{
    char **last = arg;

    free(*last);
    *last = strdup(name);
    return *last == NULL;
}

/* The tree to look into: HEAD's, or that of a release tag where HEAD has no commit (a bare repository with another main
 * branch). */
static int some_tree(const struct hf_check *c, const struct hf_channel *ch, unsigned char id[HF_TREE_ID], char shown[64])
{
    char oid[HF_OID_MAX + 1];
    char *tag = NULL;
    int rc;

    snprintf(shown, 64, "HEAD");
    rc = hf_repo_commit(c->s->repo, oid, "HEAD", NULL);
    if (rc != 0 && hf_repo_refs(c->s->repo, ch->base, last_ref, &tag, NULL) == 0 && tag != NULL) {
        hf_escape(shown, 64, tag, strlen(tag));
        rc = hf_repo_commit(c->s->repo, oid, tag, NULL);
    }
    free(tag);
    return rc == 0 ? hf_tree_root(c->s->repo, id, oid, NULL) : -1;
}

static void check_include(struct hf_check *c, const struct hf_channel *ch)
{
    struct search s = {c->s->repo, NULL, LOOKED_AT_MAX};
    struct hf_select *select = NULL;
    struct hf_err err = {HF_OK, ""};
    unsigned char id[HF_TREE_ID];
    char shown[64];

    if (hf_select_parse(&select, ch->include, ch->exclude, &err) != 0) {
        hf_found(c->found, HF_FOUND_ERROR, "mend it in hotfix.ini", "[channel %s]: %s", ch->label, err.msg);
        return;
    }
    s.select = select;
    if (some_tree(c, ch, id, shown) == 0 && holds(&s, id, "", 0) == 0)
        hf_found(c->found, HF_FOUND_WARNING, "mend include and exclude in hotfix.ini",
                 "[channel %s]: include = %s admits no file of %s, so no patch has a content", ch->label, ch->include, shown);
    hf_select_free(select);
}

void hf_check_repo(struct hf_check *c)
{
    const struct hf_config *config = c->s->config;
    size_t i;

    if (c->s->repo == NULL)
        return;
    check_hook(c, "pre-receive");
    check_hook(c, "post-receive");
    check_push_options(c);
    for (i = 0; i < config->channel_count; i++) {
        if (config->channels[i].refs[0] == '\0')
            continue;
        check_refs(c, &config->channels[i]);
        check_include(c, &config->channels[i]);
    }
}
