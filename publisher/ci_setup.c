/* ci_setup.c: see ci_run.h. hotfix.ini is never read from what was pushed: it comes from the default branch, or another one that
 * is named, as the remote has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/ci_run.h"
#include "publisher/keyfile.h"

#define SHOWN 128
#define BRANCH_MAX (HF_MANIFEST_MAX_REF + 1)

/* The protected branch, as a full name. */
static int find_branch(char out[BRANCH_MAX], const struct hf_ci *ci, struct hf_err *err)
{
    const char *name = ci->args->config_ref, *prefix = "";

    if (name == NULL || name[0] == '\0')
        name = ci->clone.refs.head;
    if (name[0] == '\0')
        name = ci->request.branch;
    if (name[0] == '\0')
        return hf_fail(err, HF_E_CONFIG,
                       "nobody says which branch is the default one, from which hotfix.ini is read: name it by "
                       "HOTFIX_CONFIG_REF, or a file by -c");
    if (strncmp(name, "refs/", 5) != 0)
        prefix = "refs/heads/";
    if ((size_t)snprintf(out, BRANCH_MAX, "%s%s", prefix, name) >= BRANCH_MAX)
        return hf_fail(err, HF_E_LIMIT, "the name of the branch with hotfix.ini is longer than %d bytes", HF_MANIFEST_MAX_REF);
    return 0;
}

/* Its commit: as the remote has it now; only where the remote cannot be asked, as it was when this was cloned. */
static int find_commit(char oid[HF_OID_MAX + 1], struct hf_ci *ci, struct hf_repo *repo, const char *branch, struct hf_err *err)
{
    char local[BRANCH_MAX + 32], shown[SHOWN];
    struct hf_err why = {HF_OK, ""};

    if (ci->clone.asked && hf_ci_clone_ref(&ci->clone, branch, &why) == 0)
        snprintf(local, sizeof local, "%s%s", strncmp(branch, "refs/tags/", 10) == 0 ? "" : "refs/hotfix/", branch);
    else if (!ci->clone.asked && strncmp(branch, "refs/heads/", 11) == 0)
        snprintf(local, sizeof local, "refs/remotes/origin/%s", branch + 11);
    else
        return hf_fail(err, HF_E_CONFIG, "cannot fetch %s, which hotfix.ini is read from: %s",
                       hf_escape(shown, sizeof shown, branch, strlen(branch)), why.msg);
    if (hf_repo_commit(repo, oid, local, NULL) == 0)
        return 0;
    return hf_fail(err, HF_E_CONFIG,
                   "this clone lacks %s, which hotfix.ini is read from: check out with fetch-depth: 0 (GIT_DEPTH: 0), or name a "
                   "file by -c",
                   hf_escape(shown, sizeof shown, branch, strlen(branch)));
}

/* Puts a file of the protected commit into the work folder; path is relative and goes down only. */
static int extract(struct hf_ci *ci, char *to, size_t max, const char *commit, const char *path, size_t limit, struct hf_err *err)
{
    const char *leaf = strrchr(path, '/');
    struct hf_buf bytes;
    int rc = -1;

    hf_buf_init(&bytes, limit);
    if ((size_t)snprintf(to, max, "%s/%s", ci->work, leaf != NULL ? leaf + 1 : path) >= max) {
        hf_fail(err, HF_E_LIMIT, "the path of the work folder is too long");
        goto out;
    }
    if (hf_ci_clone_file(&ci->clone, &bytes, commit, path, err) == 0)
        rc = hf_keyfile_put(to, bytes.p != NULL ? bytes.p : "", bytes.n, 0600, err);
out:
    hf_buf_free(&bytes);
    return rc;
}

/* Public keys that lie beside hotfix.ini in the repository: [trust] keys = file:hotfix.pub.pem. */
static int extract_trust(struct hf_ci *ci, struct hf_config *c, const char *commit, const char *path, struct hf_err *err)
{
    char from[2048], to[4096];
    const char *slash = strrchr(path, '/');
    struct hf_secret *keys = &c->trust.keys;
    size_t n = strlen(ci->work);
    char *name;

    if (keys->kind != HF_SECRET_FILE || strncmp(keys->name, ci->work, n) != 0 || keys->name[n] != '/')
        return 0;
    if ((size_t)snprintf(from, sizeof from, "%.*s%s", slash != NULL ? (int)(slash - path) + 1 : 0, path, keys->name + n + 1) >=
        sizeof from)
        return hf_fail(err, HF_E_LIMIT, "[trust] keys: the path is too long");
    if (strstr(from, "..") != NULL)
        return hf_fail(err, HF_E_CONFIG, "[trust] keys: a file beside hotfix.ini, or below, or an absolute path");
    if (extract(ci, to, sizeof to, commit, from, HF_KEY_MAX_PEM, err) != 0)
        return hf_fail_in(err, "[trust] keys: ");
    name = strdup(to);
    if (name == NULL)
        return hf_nomem(err);
    free(keys->name);
    keys->name = name;
    return 0;
}

/* A message about our copy of hotfix.ini, in words that help where people know the original. */
static void rename_copy(const char *copy, const char *path, const char *branch, struct hf_err *err)
{
    char rest[HF_ERR_MAX_MESSAGE], shown[SHOWN];
    size_t n = strlen(copy);
    enum hf_code code = err->code;

    if (strncmp(err->msg, copy, n) != 0)
        return;
    snprintf(rest, sizeof rest, "%s", err->msg + n);
    hf_fail(err, code, "%.100s%.500s (on %s)", path, rest, hf_escape(shown, sizeof shown, branch, strlen(branch)));
}

static int read_protected(struct hf_ci *ci, struct hf_repo *repo, struct hf_err *err)
{
    const char *path = ci->args->config != NULL && ci->args->config[0] != '\0' ? ci->args->config : "hotfix.ini";
    char branch[BRANCH_MAX], oid[HF_OID_MAX + 1], copy[4096], shown[SHOWN];
    struct hf_err why = {HF_OK, ""};

    if (path[0] == '/' || strstr(path, "..") != NULL || strchr(path, ':') != NULL)
        return hf_fail(err, HF_E_USAGE, "HOTFIX_CONFIG is the path of hotfix.ini in the repository, without '..'");
    if (find_branch(branch, ci, err) != 0 || find_commit(oid, ci, repo, branch, err) != 0)
        return -1;
    if (extract(ci, copy, sizeof copy, oid, path, HF_CONFIG_MAX_BYTES, &why) != 0)
        return hf_fail(err, HF_E_CONFIG, "there is no %s on %s that can be read: %s", path,
                       hf_escape(shown, sizeof shown, branch, strlen(branch)), why.msg);
    if (hf_setup_open(&ci->setup, ci->args->repo, 0, copy, err) != 0) {
        rename_copy(copy, path, branch, err);
        return -1;
    }
    return extract_trust(ci, ci->setup.config, oid, path, err);
}

/* A plan goes on without what it cannot read: a pull request of a stranger has no right to it. */
static int open_store(struct hf_ci *ci, int plan, struct hf_err *err)
{
    char text[HF_ERR_MAX_MESSAGE + 64];
    struct hf_err why = {HF_OK, ""};

    if (hf_setup_store(&ci->setup, plan ? &why : err) == 0)
        return 0;
    if (!plan)
        return -1;
    hf_store_close(ci->setup.store);
    ci->setup.store = NULL;
    snprintf(text, sizeof text, "what is released now is not known here: %s", why.msg);
    ci->say.line(ci->say.arg, HF_SAY_HINT, text);
    return 0;
}

int hf_ci_setup(struct hf_ci *ci, struct hf_err *err)
{
    int plan = ci->args->plan || ci->request.review, rc = -1;
    struct hf_repo *repo = NULL;
    char oid[HF_OID_MAX + 1];

    if (hf_work_make(&ci->work, ci->args->tmp, err) != 0 || hf_repo_open(&repo, ci->args->repo, 0, err) != 0 ||
        hf_ci_clone_open(&ci->clone, repo, &ci->say, err) != 0 || hf_ci_clone_ask(&ci->clone, ci->request.ref, err) != 0)
        goto out;
    if (hf_repo_commit(repo, oid, ci->request.head, NULL) != 0 && hf_ci_clone_commit(&ci->clone, ci->request.head, err) != 0) {
        hf_fail_in(err, "this clone lacks the commit of the job, %.12s: ", ci->request.head);
        goto out;
    }
    if (ci->args->ini != NULL ? hf_setup_open(&ci->setup, ci->args->repo, 0, ci->args->ini, err) != 0
                              : read_protected(ci, repo, err) != 0)
        goto out;
    ci->setup.force_clock = ci->args->force_clock;
    ci->setup.accept = ci->args->accept;
    if (hf_setup_memory(&ci->setup, NULL, err) != 0) /* a clone that is made for each job remembers nothing */
        goto out;
    if (open_store(ci, plan, err) != 0)
        goto out;
    rc = plan || ci->args->unsigned_only ? 0 : hf_setup_signer(&ci->setup, err);
out:
    hf_repo_close(repo);
    return rc;
}
