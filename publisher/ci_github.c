/* ci_github.c: GitHub Actions' names (Gitea's and Forgejo's too) for what ci.h asks. HOTFIX_DELETED and HOTFIX_DEFAULT_BRANCH
 * come from the event, through the action. */
#include <stdio.h>
#include <string.h>

#include "core/yesno.h"
#include "publisher/ci.h"

int hf_ci_github(struct hf_ci_request *out, char *(*get)(const char *), struct hf_err *err)
{
    const char *event = get("GITHUB_EVENT_NAME");
    int n;

    if (!hf_ci_is(get, "GITHUB_ACTIONS"))
        return 0;
    out->kind = HF_CI_GITHUB;
    out->review = event != NULL && strncmp(event, "pull_request", strlen("pull_request")) == 0;
    if (hf_yes_no(&out->deleted, get("HOTFIX_DELETED"), "HOTFIX_DELETED", err) < 0 ||
        hf_ci_take(out->server, sizeof out->server, get, "GITHUB_SERVER_URL", 1, err) != 0 ||
        hf_ci_take(out->repository, sizeof out->repository, get, "GITHUB_REPOSITORY", 1, err) != 0 ||
        hf_ci_take(out->run, sizeof out->run, get, "GITHUB_RUN_ID", 1, err) != 0 ||
        hf_ci_take(out->head, sizeof out->head, get, "GITHUB_SHA", 1, err) != 0 ||
        hf_ci_take(out->branch, sizeof out->branch, get, "HOTFIX_DEFAULT_BRANCH", 0, err) != 0)
        return -1;
    n = snprintf(out->url, sizeof out->url, "%s/%s/actions/runs/%s", out->server, out->repository, out->run);
    if (n < 0 || (size_t)n >= sizeof out->url)
        out->url[0] = '\0';
    if (out->review)
        return hf_ci_take_ref(out->ref, "refs/heads/", get, "GITHUB_BASE_REF", err) != 0 ? -1 : 1;
    return hf_ci_take(out->ref, sizeof out->ref, get, "GITHUB_REF", 1, err) != 0 ? -1 : 1;
}
