/* other_commits.c: see other_commits.h. */
#include "publisher/other_commits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/params.h"

#define NAMED 3
#define SHOWN 48

struct found {
    const struct hf_repo *repo;
    const char *tip; /* passed over; NULL: it is one of them */
    char names[NAMED * (SHOWN + 20)];
    size_t count;
};

static int look(const char *oid, void *arg)
{
    struct found *f = arg;
    char *message = NULL, shown[SHOWN];
    const char *line;
    size_t n, at = strlen(f->names);

    if ((f->tip != NULL && strcmp(oid, f->tip) == 0) || hf_repo_message(f->repo, &message, oid, NULL) != 0)
        return 0;
    n = hf_params_first_line(&line, message);
    if (n > 0 && f->count++ < NAMED)
        snprintf(f->names + at, sizeof f->names - at, "%s%.12s '%s'", at > 0 ? ", " : "", oid,
                 hf_escape(shown, sizeof shown, line, n));
    free(message);
    return 0;
}

void hf_other_commits(const struct hf_setup *s, const char *old, const char *commit, const struct hf_say *say)
{
    char tip[HF_OID_MAX + 1], end[HF_OID_MAX + 1] = "", more[32] = "", text[512];
    int trailers = s->config->release.trailers;
    struct found f = {s->repo, trailers ? tip : NULL, "", 0};

    if (hf_repo_commit(s->repo, tip, commit, NULL) != 0 || (old[0] != '\0' && hf_repo_commit(s->repo, end, old, NULL) != 0))
        return;
    (void)hf_repo_log(s->repo, tip, end, HF_OTHER_COMMITS_MAX, look, &f, NULL);
    if (f.count == 0)
        return;
    if (f.count > NAMED)
        snprintf(more, sizeof more, " and %zu more", f.count - NAMED);
    snprintf(text, sizeof text, "release parameters that do not count: commit%s %s%s; %s", f.count > 1 ? "s" : "", f.names, more,
             trailers ? "only the message of the branch's tip is read" : "[release] trailers = no, so no message is read");
    say->line(say->arg, HF_SAY_WARNING, text);
}
