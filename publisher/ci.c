/* ci.c: see ci.h. */
#include "publisher/ci.h"

#include <stdio.h>
#include <string.h>

#include "core/digest.h"
#include "core/escape.h"
#include "core/yesno.h"
#include "publisher/lookalike.h"

static const char *value_of(char *(*get)(const char *), const char *name)
{
    const char *v = get(name);

    return v != NULL ? v : "";
}

int hf_ci_take(char *out, size_t max, char *(*get)(const char *), const char *name, int needed, struct hf_err *err)
{
    const char *v = value_of(get, name), *p;

    out[0] = '\0';
    if (v[0] == '\0' && needed)
        return hf_fail(err, HF_E_INPUT, "the CI's variable %s is missing or empty", name);
    if (strlen(v) >= max)
        return hf_fail(err, HF_E_LIMIT, "the CI's variable %s is longer than %zu bytes", name, max - 1);
    for (p = v; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return hf_fail(err, HF_E_INPUT, "the CI's variable %s holds a control character", name);
    memcpy(out, v, strlen(v) + 1);
    return 0;
}

int hf_ci_take_ref(char out[HF_MANIFEST_MAX_REF + 1], const char *prefix, char *(*get)(const char *), const char *name,
                   struct hf_err *err)
{
    size_t n = strlen(prefix);

    memcpy(out, prefix, n + 1);
    return hf_ci_take(out + n, HF_MANIFEST_MAX_REF + 1 - n, get, name, 1, err);
}

static int take_params(struct hf_params *p, char *(*get)(const char *), struct hf_err *err)
{
    for (int i = 0; i < HF_PARAM_COUNT; i++) {
        const char *variable = hf_param_variable((enum hf_param)i), *v = value_of(get, variable);

        if (v[0] != '\0' && hf_params_set(p, hf_param_name((enum hf_param)i), v, 0, "input", err) != 0)
            return -1;
    }
    return 0;
}

int hf_ci_is(char *(*get)(const char *), const char *name)
{
    int yes = 0;

    return hf_yes_no(&yes, get(name), name, NULL) == 1 && yes;
}

int hf_ci_read(struct hf_ci_request *out, char *(*get)(const char *), struct hf_err *err)
{
    char shown[96];
    int rc;

    memset(out, 0, sizeof *out);
    hf_params_init(&out->params);
    rc = hf_ci_github(out, get, err);
    if (rc == 0)
        rc = hf_ci_gitlab(out, get, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return hf_fail(err, HF_E_USAGE,
                       "this is no CI job that hotfix knows: neither GITHUB_ACTIONS nor GITLAB_CI is 'true'; elsewhere use "
                       "hotfix publish");
    if (strncmp(out->ref, "refs/", 5) != 0)
        return hf_fail(err, HF_E_INPUT, "the CI's ref '%s' is no full name of a ref",
                       hf_escape(shown, sizeof shown, out->ref, strlen(out->ref)));
    out->deleted |= out->head[0] != '\0' && out->head[strspn(out->head, "0")] == '\0';
    if (!out->deleted && !hf_is_hex(out->head, 40) && !hf_is_hex(out->head, 64))
        return hf_fail(err, HF_E_INPUT, "the CI's commit '%s' is no commit's id",
                       hf_escape(shown, sizeof shown, out->head, strlen(out->head)));
    return take_params(&out->params, get, err);
}

void hf_ci_clear(struct hf_ci_request *r)
{
    hf_params_clear(&r->params);
}

int hf_ci_job(char job[HF_JOB_HEX + 1], const struct hf_ci_request *r, const struct hf_channel *c, struct hf_err *err)
{
    struct hf_buf text;
    uint8_t sum[32];
    int rc = -1;

    hf_buf_init(&text, 8 * HF_CI_MAX_TEXT);
    hf_buf_fmt(&text, "hotfix-ci\n%d\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n", (int)r->kind, r->server, r->repository, r->run, r->ref,
               r->head, c->app, c->name);
    if (hf_buf_ok(&text, "the CI's names", err) != 0)
        goto out;
    if (hf_sha256(sum, text.p, text.n) != 0) {
        hf_fail(err, HF_E_FAIL, "cannot take a digest");
        goto out;
    }
    hf_hex(job, sum, HF_JOB_HEX / 2);
    rc = 0;
out:
    hf_buf_free(&text);
    return rc;
}
