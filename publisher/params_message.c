/* params_message.c: release parameters from a commit's message; see params.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/escape.h"
#include "core/trailers.h"
#include "publisher/lookalike.h"
#include "publisher/params.h"

#define SHOWN 64
#define PREFIX "Hotfix-"

struct message {
    struct hf_params *p;
    const char *taken[HF_PARAM_COUNT]; /* the line of each trailer that was taken */
    struct hf_err *err;
};

static int by_commit(enum hf_param p)
{
    return p < HF_PARAM_TARGET;
}

/* A trailer under our prefix that is none of ours. */
static int refuse_trailer(const char *key, struct hf_err *err)
{
    const char *name = key + strlen(PREFIX);
    enum hf_param near = hf_lookalike_name(name, strlen(name));
    char shown[SHOWN];

    hf_escape(shown, sizeof shown, key, strlen(key));
    if (near != HF_PARAM_COUNT && !by_commit(near))
        return hf_fail(err, HF_E_INPUT,
                       "trailer '%s' of the commit: %s is said by who pushes, not by a commit; take the line out (git commit "
                       "--amend) and push with -o hotfix.%s",
                       shown, hf_param_name(near), hf_param_name(near));
    return hf_fail(err, HF_E_INPUT,
                   "trailer '%s' of the commit is unknown%s%s; there are: Hotfix-Rollout Hotfix-Priority Hotfix-Window "
                   "Hotfix-Notes "
                   "Hotfix-Over",
                   shown, near != HF_PARAM_COUNT ? ", write Hotfix-" : "", near != HF_PARAM_COUNT ? hf_param_title(near) : "");
}

/* One trailer of the tip. */
static int take(const struct hf_trailer *t, void *arg)
{
    struct message *m = arg;
    enum hf_param which;

    if (strncasecmp(t->key, PREFIX, strlen(PREFIX)) != 0)
        return 0;
    which = hf_param_find(t->key + strlen(PREFIX), strlen(t->key) - strlen(PREFIX), 1);
    if (which == HF_PARAM_COUNT || !by_commit(which))
        return refuse_trailer(t->key, m->err);
    if (m->taken[which] != NULL)
        return hf_fail(m->err, HF_E_INPUT, "trailer Hotfix-%s of the commit is given twice", hf_param_name(which));
    m->taken[which] = t->line;
    return hf_params_set(m->p, hf_param_name(which), t->value, 1, "trailer", m->err);
}

static int was_taken(const struct message *m, const char *line)
{
    for (int i = 0; i < HF_PARAM_COUNT; i++)
        if (m->taken[i] == line)
            return 1;
    return 0;
}

/* The next line at or behind s that looks like one of ours; NULL: none. */
static const char *next_lookalike(const char *s, size_t *n, struct hf_lookalike *meant)
{
    for (; *s != '\0'; s += *n + (s[*n] == '\n')) {
        *n = strcspn(s, "\n");
        if (hf_lookalike_line(meant, s, *n))
            return s;
    }
    return NULL;
}

static int refuse_line(const char *line, size_t n, const struct hf_lookalike *meant, struct hf_err *err)
{
    char shown[SHOWN], value[SHOWN];

    hf_escape(shown, sizeof shown, line, n > 0 && line[n - 1] == '\r' ? n - 1 : n);
    if (!by_commit(meant->param))
        return hf_fail(err, HF_E_INPUT,
                       "the commit's message says '%s', but %s is said by who pushes, not by a commit; take the line out (git "
                       "commit "
                       "--amend) and push with -o hotfix.%s",
                       shown, hf_param_name(meant->param), hf_param_name(meant->param));
    return hf_fail(err, HF_E_INPUT,
                   "the commit's message says '%s', but not as a trailer, so it would change nothing; write 'Hotfix-%s: %s' "
                   "at the "
                   "start of a line of its last paragraph, where nothing but trailers may stand (git commit --amend)",
                   shown, hf_param_title(meant->param), hf_escape(value, sizeof value, meant->value, meant->value_n));
}

int hf_params_message(struct hf_params *p, const char *message, struct hf_err *err)
{
    struct message m = {p, {NULL}, err};
    struct hf_lookalike meant;
    const char *line;
    size_t n = 0;

    if (hf_trailers_each(message, take, &m, err) != 0)
        return -1;
    for (line = message; (line = next_lookalike(line, &n, &meant)) != NULL; line += n)
        if (!was_taken(&m, line))
            return refuse_line(line, n, &meant, err);
    return 0;
}

size_t hf_params_first_line(const char **line, const char *message)
{
    struct hf_lookalike meant;
    size_t n = 0;

    *line = next_lookalike(message, &n, &meant);
    if (*line == NULL)
        return 0;
    return n > 0 && (*line)[n - 1] == '\r' ? n - 1 : n;
}

int hf_params_trailers(struct hf_params *p, const struct hf_repo *repo, const char *commit, struct hf_err *err)
{
    char *message = NULL;
    int rc = hf_repo_message(repo, &message, commit, err);

    if (rc == 0)
        rc = hf_params_message(p, message, err);
    free(message);
    return rc;
}
