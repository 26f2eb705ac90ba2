/* ci_gitlab.c: GitLab CI's names for what ci.h asks. A job of a branch that is gone does not exist there. */
#include "publisher/ci.h"

static int is_set(char *(*get)(const char *), const char *name)
{
    const char *v = get(name);

    return v != NULL && v[0] != '\0';
}

int hf_ci_gitlab(struct hf_ci_request *out, char *(*get)(const char *), struct hf_err *err)
{
    if (!hf_ci_is(get, "GITLAB_CI"))
        return 0;
    out->kind = HF_CI_GITLAB;
    out->review = is_set(get, "CI_MERGE_REQUEST_IID") || is_set(get, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME") ||
                  is_set(get, "CI_EXTERNAL_PULL_REQUEST_IID");
    if (hf_ci_take(out->server, sizeof out->server, get, "CI_SERVER_URL", 1, err) != 0 ||
        hf_ci_take(out->repository, sizeof out->repository, get, "CI_PROJECT_PATH", 1, err) != 0 ||
        hf_ci_take(out->run, sizeof out->run, get, "CI_PIPELINE_ID", 1, err) != 0 ||
        hf_ci_take(out->url, sizeof out->url, get, is_set(get, "CI_JOB_URL") ? "CI_JOB_URL" : "CI_PIPELINE_URL", 0, err) != 0 ||
        hf_ci_take(out->head, sizeof out->head, get, "CI_COMMIT_SHA", 1, err) != 0 ||
        hf_ci_take(out->branch, sizeof out->branch, get, "CI_DEFAULT_BRANCH", 0, err) != 0)
        return -1;
    if (is_set(get, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"))
        return hf_ci_take_ref(out->ref, "refs/heads/", get, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", err) != 0 ? -1 : 1;
    if (is_set(get, "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME"))
        return hf_ci_take_ref(out->ref, "refs/heads/", get, "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME", err) != 0 ? -1 : 1;
    if (is_set(get, "CI_COMMIT_TAG"))
        return hf_ci_take_ref(out->ref, "refs/tags/", get, "CI_COMMIT_TAG", err) != 0 ? -1 : 1;
    return hf_ci_take_ref(out->ref, "refs/heads/", get, "CI_COMMIT_REF_NAME", err) != 0 ? -1 : 1;
}
