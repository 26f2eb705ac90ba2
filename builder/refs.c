/* refs.c: the refs that a glob names, in order, and the dates of the branches' tips; see changes.h. */
#include <stdlib.h>
#include <string.h>
#include "builder/git.h"
#include "builder/objects.h"

struct names {
    const char *glob;
    char **v;
    size_t n, room;
    int no_memory;
};

int hf_ref_matches(const char *glob, const char *name)
{
    const char *star = NULL, *from = NULL;

    while (*name != '\0') {
        if (*glob == '*') {
            star = ++glob;
            from = name;
        } else if (*glob == *name) {
            glob++;
            name++;
        } else if (star != NULL && *from != '/') {
            glob = star;
            name = ++from;
        } else {
            return 0;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

static int keep_match(const char *name, void *arg)
{
    struct names *to = arg;

    if (!hf_ref_matches(to->glob, name))
        return 0;
    if (to->n == to->room) {
        char **more = reallocarray(to->v, to->room * 2 + 64, sizeof *more);

        if (more == NULL)
            return to->no_memory = 1;
        to->v = more;
        to->room = to->room * 2 + 64;
    }
    to->v[to->n] = strdup(name);
    if (to->v[to->n] == NULL)
        return to->no_memory = 1;
    to->n++;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

struct newest {
    const struct hf_repo *r;
    int64_t now, date;
    size_t looked;
};

static void take_date(struct newest *to, const char *commit)
{
    int64_t date;

    if (hf_git_commit_time(to->r, &date, commit, NULL) == 0 && date <= to->now && date > to->date)
        to->date = date;
}

static int take_tip(const char *name, void *arg)
{
    struct newest *to = arg;
    char oid[HF_OID_MAX + 1];

    if (strncmp(name, "refs/heads/", 11) != 0 && strncmp(name, "refs/remotes/", 13) != 0)
        return 0;
    if (hf_repo_commit(to->r, oid, name, NULL) == 0)
        take_date(to, oid);
    return ++to->looked >= HF_REFS_MAX_TIPS;
}

int64_t hf_repo_newest(const struct hf_repo *r, const char *commit, int64_t now)
{
    struct newest to = {.r = r, .now = now};

    if (commit != NULL)
        take_date(&to, commit);
    hf_git_each_ref(r, take_tip, &to, NULL);
    return to.date;
}

int hf_repo_refs(const struct hf_repo *r, const char *glob, int (*f)(const char *name, void *arg), void *arg, struct hf_err *err)
{
    struct names found = {.glob = glob};
    int rc = hf_git_each_ref(r, keep_match, &found, err);

    if (found.no_memory)
        rc = hf_nomem(err);
    if (rc == 0 && found.n > 0)
        qsort(found.v, found.n, sizeof *found.v, by_name);
    for (size_t i = 0; i < found.n && rc == 0; i++)
        rc = f(found.v[i], arg);
    for (size_t i = 0; i < found.n; i++)
        free(found.v[i]);
    free(found.v);
    return rc;
}
