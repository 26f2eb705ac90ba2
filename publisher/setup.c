/* setup.c: see setup.h. */
#include "publisher/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/trust.h"

static int find_ini(char **out, const struct hf_setup *s, struct hf_err *err)
{
    struct hf_err why = {HF_OK, ""};
    char *configured = NULL;
    int n;

    *out = NULL;
    if (hf_repo_config_get(s->repo, &configured, "hotfix.config", &why) == 0) {
        if (configured[0] == '/')
            *out = configured;
        else if (asprintf(out, "%s/%s", hf_repo_dir(s->repo), configured) < 0)
            *out = NULL;
        if (*out != configured)
            free(configured);
        return *out != NULL ? 0 : hf_nomem(err);
    }
    if (why.code != HF_E_NOTFOUND) {
        *err = why;
        return -1;
    }
    n = asprintf(out, "%s/hotfix.ini", hf_repo_dir(s->repo));
    if (n < 0) {
        *out = NULL;
        return hf_nomem(err);
    }
    return 0;
}

/* env:NAME is also taken from the file that NAME_FILE names: GitLab's variables of type File hold a path, and who signs
 * elsewhere has a file. */
static int from_file(struct hf_secret *s, struct hf_err *err)
{
    char variable[256], *path;
    const char *value;

    if (s->kind != HF_SECRET_ENV || ((value = getenv(s->name)) != NULL && value[0] != '\0') ||
        (size_t)snprintf(variable, sizeof variable, "%s_FILE", s->name) >= sizeof variable)
        return 0;
    value = getenv(variable);
    if (value == NULL || value[0] == '\0')
        return 0;
    path = strdup(value);
    if (path == NULL)
        return hf_nomem(err);
    free(s->name);
    s->name = path;
    s->kind = HF_SECRET_FILE;
    return 0;
}

int hf_setup_open(struct hf_setup *s, const char *repo, int from_env, const char *ini, struct hf_err *err)
{
    char *path = NULL;
    int rc = -1;

    memset(s, 0, sizeof *s);
    if (repo != NULL && hf_repo_open(&s->repo, repo, from_env, err) != 0)
        return -1;
    if (s->repo != NULL && asprintf(&s->memory, "%s/hotfix", hf_repo_dir(s->repo)) < 0) {
        s->memory = NULL;
        return hf_nomem(err);
    }
    if (ini == NULL && s->repo == NULL)
        return hf_fail(err, HF_E_USAGE, "name a configuration with -c hotfix.ini, or a repository with --repo");
    if (ini == NULL && find_ini(&path, s, err) != 0)
        goto out;
    if (ini == NULL && access(path, F_OK) != 0 && errno == ENOENT) {
        hf_fail(err, HF_E_CONFIG, "there is no %s: `hotfix init` has not set this repository up", path);
        goto out;
    }
    if (hf_config_load(&s->config, ini != NULL ? ini : path, err) != 0)
        goto out;
    rc = from_file(&s->config->sign.key, err) != 0 || from_file(&s->config->trust.keys, err) != 0 ||
                 from_file(&s->config->jspatch.key, err) != 0
             ? -1
             : 0;
out:
    free(path);
    return rc;
}

int hf_setup_trust(struct hf_setup *s, struct hf_err *err)
{
    struct hf_buf pem;
    int rc = -1;

    if (s->trust != NULL)
        return 0;
    if (s->config->trust.keys.kind != HF_SECRET_NONE)
        return hf_trust_load(&s->trust, s->config, err);
    hf_buf_init(&pem, HF_KEY_MAX_PEM);
    if (hf_setup_signer(s, err) == 0 && hf_signer_public_pem(&pem, s->signer, err) == 0)
        rc = hf_trust_parse(&s->trust, pem.p, pem.n, HF_TRUST_WORDS, err);
    hf_buf_wipe(&pem);
    return rc;
}

int hf_setup_store(struct hf_setup *s, struct hf_err *err)
{
    if (hf_setup_trust(s, err) != 0)
        return -1;
    return s->store != NULL ? 0 : hf_store_open(&s->store, s->config, err);
}

int hf_setup_signer(struct hf_setup *s, struct hf_err *err)
{
    struct hf_buf pem;
    int rc = -1;

    if (s->signer != NULL)
        return 0;
    hf_buf_init(&pem, HF_KEY_MAX_PEM);
    if (s->config->sign.key.kind == HF_SECRET_NONE)
        return hf_fail(err, HF_E_CONFIG, "%s: [sign] key is not set", s->config->path);
    if (hf_secret_read(&pem, &s->config->sign.key, "[sign] key", err) != 0 ||
        hf_signer_parse(&s->signer, pem.p, pem.n, "[sign] key", err) != 0)
        goto out;
    if (s->trust != NULL && hf_trust_find(s->trust, hf_signer_kid(s->signer)) < 0) {
        hf_fail(
            err, HF_E_CONFIG,
            "%s: [sign] key is %s, which is not among [trust] keys, so that no device would take what it signs; add its public "
            "half to [trust] keys, and to the apps",
            s->config->path, hf_signer_kid(s->signer));
        hf_signer_free(s->signer); /* or the next job of this process would find it, and sign */
        s->signer = NULL;
        goto out;
    }
    rc = 0;
out:
    hf_buf_wipe(&pem);
    return rc;
}

struct hf_ledger hf_setup_ledger(const struct hf_setup *s, const struct hf_channel *c)
{
    struct hf_ledger l = {.store = s->store,
                          .trust = s->trust,
                          .signer = s->signer,
                          .app = c->app,
                          .channel = c->name,
                          .expires = s->config->sign.expires,
                          .memory = s->memory,
                          .accept = s->accept,
                          .clock = {.repo = s->repo, .force = s->force_clock}};

    return l;
}

int hf_setup_memory(struct hf_setup *s, const char *folder, struct hf_err *err)
{
    char *copy = folder != NULL ? strdup(folder) : NULL;

    if (folder != NULL && copy == NULL)
        return hf_nomem(err);
    free(s->memory);
    s->memory = copy;
    return 0;
}

void hf_setup_close(struct hf_setup *s)
{
    free(s->memory);
    hf_signer_free(s->signer);
    hf_trust_free(s->trust);
    hf_store_close(s->store);
    hf_config_free(s->config);
    hf_repo_close(s->repo);
    memset(s, 0, sizeof *s);
}
