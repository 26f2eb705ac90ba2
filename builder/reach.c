/* reach.c: see reach.h. */
#include "builder/reach.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

#define SHOWN 160

/* The words of [build] readable. */
static int cut(struct hf_reach *r, const char *readable, size_t *n, struct hf_err *err)
{
    char *save = NULL;

    r->words = strdup(readable);
    if (r->words == NULL)
        return hf_nomem(err);
    for (char *w = strtok_r(r->words, " \t", &save); w != NULL; w = strtok_r(NULL, " \t", &save)) {
        if (*n >= HF_REACH_MAX_PATHS)
            return hf_fail(err, HF_E_LIMIT, "[build] readable names more than %d paths", HF_REACH_MAX_PATHS);
        r->run[(*n)++] = w;
    }
    return 0;
}

int hf_reach_plan(struct hf_reach *out, const struct hf_config *c, const struct hf_cage_kernel *k, const char *tool,
                  const char *given, const char *write, struct hf_err *err)
{
    size_t n = 0;

    memset(out, 0, sizeof *out);
    if (cut(out, c->build.readable, &n, err) != 0)
        return -1;
    out->run[n] = tool;
    out->read[0] = given;
    out->cage = (struct hf_cage){.kernel = *k, .write = write, .read = out->read, .run = out->run};
    return 0;
}

void hf_reach_free(struct hf_reach *r)
{
    free(r->words);
    memset(r, 0, sizeof *r);
}

/* Does `path`, with its links followed, lie in `folder`, or is it that? What is not there lies nowhere. */
static int lies_in(const char *path, const char *folder)
{
    char p[PATH_MAX], f[PATH_MAX];
    size_t n;

    if (realpath(path, p) == NULL || realpath(folder, f) == NULL)
        return 0;
    n = strlen(f);
    return strncmp(p, f, n) == 0 && (p[n] == '\0' || p[n] == '/' || strcmp(f, "/") == 0);
}

static const char *found_in(const char *path, const char *const *folders)
{
    for (; *folders != NULL; folders++)
        if (lies_in(path, *folders))
            return *folders;
    return NULL;
}

int hf_reach_judge(const struct hf_config *c, struct hf_err *err)
{
    const struct {
        const char *key, *path;
    } secrets[] = {
        {"[sign] key", c->sign.key.kind == HF_SECRET_FILE ? c->sign.key.name : ""},
        {"[jspatch] key", c->jspatch.key.kind == HF_SECRET_FILE ? c->jspatch.key.name : ""},
        {"[edge] secret", c->edge.secret.kind == HF_SECRET_FILE ? c->edge.secret.name : ""},
        {"[edge] tls_key", c->edge.tls_key},
    };
    struct hf_reach r = {.words = NULL};
    char a[SHOWN], b[SHOWN];
    size_t n = 0;
    int rc = cut(&r, c->build.readable, &n, err);

    for (size_t i = 0; rc == 0 && i < sizeof secrets / sizeof *secrets; i++) {
        const char *path = secrets[i].path, *in = *path == '\0' ? NULL : found_in(path, hf_cage_system);

        if (in == NULL && *path != '\0')
            in = found_in(path, r.run);
        if (in != NULL)
            rc = hf_fail(err, HF_E_CONFIG, "%s: '%s' lies in '%s', which every tool may read: put it elsewhere", secrets[i].key,
                         hf_escape(a, sizeof a, path, strlen(path)), hf_escape(b, sizeof b, in, strlen(in)));
    }
    hf_reach_free(&r);
    return rc;
}
