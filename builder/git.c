/* git.c: see git.h and objects.h. The one file that includes libgit2's git2.h. */
#include "builder/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>

#include "builder/git.h"
#include "core/escape.h"

#define SHOWN 256
#define MAX_REVISION 255
#define MAX_MESSAGE (64 * 1024)
#define MAX_COMMIT (1024 * 1024)    /* the message, and the headers: parents, a signature */
#define MAX_TREE (64 * 1024 * 1024) /* one folder: a million entries */

struct hf_repo {
    git_repository *git;
    git_odb *odb;
    char *dir;
    int from_env;
};

/* Foreign bytes on their way into a message; one call a message. */
static const char *shown(const char *s)
{
    static _Thread_local char text[SHOWN];

    return hf_escape(text, sizeof text, s, strlen(s));
}

/* libgit2's own words at the end of a message. It keeps them until its next call. */
static int fail_git(struct hf_err *err, int code, const char *what, const char *name)
{
    const git_error *e = git_error_last();
    char why[SHOWN];
    const char *words = e == NULL || e->message == NULL ? "no reason given" : e->message;

    return hf_fail(err, code == GIT_ENOTFOUND ? HF_E_NOTFOUND : HF_E_FAIL, "cannot %s '%s': %s", what, shown(name),
                   hf_escape(why, sizeof why, words, strlen(words)));
}

/* libgit2 1.5 reads SHA-1 repositories only, and its words for the others help nobody. Asked first: it also leaks over them. */
static int is_sha256(const char *path)
{
    int found = 0;

    for (int i = 0; i < 2 && !found; i++) {
        git_config *config = NULL;
        git_buf format = GIT_BUF_INIT;
        char *file = NULL;

        if (asprintf(&file, "%s%s/config", path, i == 0 ? "" : "/.git") < 0)
            return 0;
        found = git_config_open_ondisk(&config, file) == 0 &&
                git_config_get_string_buf(&format, config, "extensions.objectformat") == 0 && strcmp(format.ptr, "sha256") == 0;
        git_buf_dispose(&format);
        git_config_free(config);
        free(file);
    }
    return found;
}

static int fail_open(struct hf_err *err, int code, const char *path)
{
    const git_error *e = git_error_last();
    char name[SHOWN];

    /* libgit2 1.5.1 means the same by "config value 'safe.directory' was not found". */
    if (code == GIT_EOWNER || (e != NULL && e->message != NULL && strstr(e->message, "safe.directory") != NULL))
        return hf_fail(err, HF_E_POLICY,
                       "the repository '%s' belongs to another user: run this as that one; or, if you trust it: "
                       "git config --global --add safe.directory '%s'",
                       shown(path), hf_escape(name, sizeof name, path, strlen(path)));
    if (code == GIT_ENOTFOUND)
        return hf_fail(err, HF_E_NOTFOUND, "there is no git repository at '%s'", shown(path));
    return fail_git(err, code, "open the repository", path);
}

int hf_repo_open(struct hf_repo **out, const char *path, int from_env, struct hf_err *err)
{
    struct hf_repo *r = calloc(1, sizeof *r);
    const char *dir, *env = from_env ? getenv("GIT_DIR") : NULL;
    char *whole = realpath(env == NULL ? path : env, NULL); /* a hook is told ".", which helps nobody in a message */
    const char *asked = whole != NULL ? whole : env == NULL ? path
                                                            : env;
    unsigned flags = GIT_REPOSITORY_OPEN_NO_SEARCH | (from_env ? GIT_REPOSITORY_OPEN_FROM_ENV : 0u);
    size_t n;
    int code;

    *out = NULL;
    if (r == NULL) {
        free(whole);
        return hf_nomem(err);
    }
    r->from_env = from_env;
    git_libgit2_init();
    if (is_sha256(asked)) {
        hf_fail(err, HF_E_POLICY, "'%s' is a SHA-256 repository; hotfix needs SHA-1, git's default (--object-format=sha1)",
                shown(asked));
        goto fail;
    }
    code = git_repository_open_ext(&r->git, env == NULL ? path : NULL, flags, NULL);
    if (code == 0)
        code = git_repository_odb(&r->odb, r->git);
    if (code < 0) {
        fail_open(err, code, asked);
        goto fail;
    }
    dir = git_repository_path(r->git);
    for (n = strlen(dir); n > 1 && dir[n - 1] == '/';)
        n--;
    r->dir = strndup(dir, n);
    if (r->dir == NULL) {
        hf_nomem(err);
        goto fail;
    }
    free(whole);
    *out = r;
    return 0;
fail:
    free(whole);
    hf_repo_close(r);
    return -1;
}

void hf_repo_close(struct hf_repo *r)
{
    if (r == NULL)
        return;
    git_odb_free(r->odb);
    git_repository_free(r->git);
    git_libgit2_shutdown();
    free(r->dir);
    free(r);
}

int hf_repo_again(struct hf_repo **out, const struct hf_repo *r, struct hf_err *err)
{
    return hf_repo_open(out, r->dir, r->from_env, err);
}

const char *hf_repo_dir(const struct hf_repo *r)
{
    return r->dir;
}

static int parse_oid(git_oid *out, const char *oid, struct hf_err *err)
{
    if (strlen(oid) != GIT_OID_HEXSZ || git_oid_fromstr(out, oid) < 0)
        return hf_fail(err, HF_E_INPUT, "'%s' is not the id of an object", shown(oid));
    return 0;
}

/* What a name without ^ and ~ stands for: an id, a ref as git shortens it, an abbreviated id. git_revparse_single would also take
 * the words of `git describe`. */
static int lookup(git_object **out, git_repository *git, const char *name)
{
    size_t n = strlen(name);
    int hex = n >= GIT_OID_MINPREFIXLEN && n <= GIT_OID_HEXSZ && name[strspn(name, "0123456789abcdefABCDEF")] == '\0', code;
    git_reference *ref = NULL;
    git_oid id;

    if (hex && n == GIT_OID_HEXSZ && git_oid_fromstr(&id, name) == 0)
        return git_object_lookup(out, git, &id, GIT_OBJECT_ANY);
    code = git_reference_dwim(&ref, git, name);
    if (code == 0)
        code = git_reference_peel(out, ref, GIT_OBJECT_ANY);
    else if (hex && git_oid_fromstrn(&id, name, n) == 0)
        code = git_object_lookup_prefix(out, git, &id, n, GIT_OBJECT_ANY);
    git_reference_free(ref);
    return code;
}

int hf_repo_commit(const struct hf_repo *r, char oid[HF_OID_MAX + 1], const char *rev, struct hf_err *err)
{
    char name[GIT_OID_HEXSZ + MAX_REVISION + 1];
    size_t n = strcspn(rev, "^~");
    git_object *object = NULL, *from = NULL, *commit = NULL;
    const git_error *e;
    int code;

    /* Searches of the history ("^{/words}") and paths ("REV:path") are not for a name that came with a push. */
    if (n == 0 || strlen(rev) > MAX_REVISION || strchr(rev, ':') != NULL || strstr(rev, "^{/") != NULL)
        return hf_fail(err, HF_E_INPUT, "'%s' is not a revision: give a commit's id, a branch or a tag", shown(rev));
    memcpy(name, rev, n);
    name[n] = '\0';
    code = lookup(&object, r->git, name);
    if (code == 0 && rev[n] != '\0') {
        git_oid_tostr(name, GIT_OID_HEXSZ + 1, git_object_id(object));
        strcat(name, rev + n);
        code = git_revparse_single(&from, r->git, name);
    }
    if (code == 0)
        code = git_object_peel(&commit, from != NULL ? from : object, GIT_OBJECT_COMMIT);
    if (code == 0)
        git_oid_tostr(oid, HF_OID_MAX + 1, git_object_id(commit));
    git_object_free(commit);
    git_object_free(from);
    git_object_free(object);
    if (code == 0)
        return 0;
    /* What the disk does not give is not what the repository does not have: jobs are closed for the latter. */
    e = git_error_last();
    if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC || code == GIT_EAMBIGUOUS || code == GIT_EPEEL || e == NULL ||
        e->klass == GIT_ERROR_INVALID || e->klass == GIT_ERROR_OBJECT)
        return hf_fail(err, HF_E_NOTFOUND, "'%s' is no commit of this repository", shown(rev));
    return fail_git(err, code, "look up", rev);
}

int hf_repo_contains(const struct hf_repo *r, const char *commit, const char *ancestor, struct hf_err *err)
{
    git_oid c, a;
    int found;

    if (parse_oid(&c, commit, err) < 0 || parse_oid(&a, ancestor, err) < 0)
        return -1;
    if (git_oid_equal(&c, &a))
        return 1;
    /* Asked for what is not there, libgit2 1.5 leaks. */
    found = git_odb_exists(r->odb, &c) && git_odb_exists(r->odb, &a) ? git_graph_descendant_of(r->git, &c, &a) : GIT_ENOTFOUND;
    if (found >= 0)
        return found;
    if (git_repository_is_shallow(r->git) == 1)
        return hf_fail(err, HF_E_POLICY, "the history of this clone is cut off: git fetch --unshallow");
    return fail_git(err, found, "read the history of", commit);
}

int hf_git_each_ref(const struct hf_repo *r, int (*f)(const char *name, void *arg), void *arg, struct hf_err *err)
{
    git_reference_iterator *it = NULL;
    const char *name;
    int code = git_reference_iterator_new(&it, r->git), rc = 0;

    while (code == 0 && rc == 0 && (code = git_reference_next_name(&name, it)) == 0)
        rc = f(name, arg);
    git_reference_iterator_free(it);
    return code < 0 && code != GIT_ITEROVER ? fail_git(err, code, "list the refs of", r->dir) : rc;
}

/* A commit that is not too long to be read. */
static int open_commit(git_commit **out, const struct hf_repo *r, const char *commit, struct hf_err *err)
{
    git_oid id;
    git_object_t type;
    size_t size;
    int code;

    *out = NULL;
    if (parse_oid(&id, commit, err) < 0)
        return -1;
    code = git_odb_read_header(&size, &type, r->odb, &id);
    if (code == 0 && size > MAX_COMMIT)
        return hf_fail(err, HF_E_LIMIT, "the commit '%s' has more than %d bytes", shown(commit), MAX_COMMIT);
    if (code == 0)
        code = git_commit_lookup(out, r->git, &id);
    return code < 0 ? fail_git(err, code, "read the commit", commit) : 0;
}

int hf_repo_message(const struct hf_repo *r, char **out, const char *commit, struct hf_err *err)
{
    git_commit *c;
    const char *text;

    *out = NULL;
    if (open_commit(&c, r, commit, err) < 0)
        return -1;
    text = git_commit_message_raw(c);
    if (strlen(text) > MAX_MESSAGE)
        hf_fail(err, HF_E_LIMIT, "the message of the commit '%s' has more than %d bytes", shown(commit), MAX_MESSAGE);
    else if ((*out = strdup(text)) == NULL)
        hf_nomem(err);
    git_commit_free(c);
    return *out != NULL ? 0 : -1;
}

int hf_git_commit_time(const struct hf_repo *r, int64_t *out, const char *commit, struct hf_err *err)
{
    git_commit *c;

    if (open_commit(&c, r, commit, err) < 0)
        return -1;
    *out = git_commit_time(c);
    git_commit_free(c);
    return 0;
}

int hf_repo_log(const struct hf_repo *r, const char *from, const char *old, size_t max, int (*f)(const char *oid, void *arg),
                void *arg, struct hf_err *err)
{
    char hex[GIT_OID_HEXSZ + 1];
    git_revwalk *walk = NULL;
    git_oid id, begin, end;
    int rc = 0, code;

    if (parse_oid(&begin, from, err) < 0 || (old[0] != '\0' && parse_oid(&end, old, err) < 0))
        return -1;
    if ((code = git_revwalk_new(&walk, r->git)) == 0 && (code = git_revwalk_push(walk, &begin)) == 0)
        code = old[0] != '\0' ? git_revwalk_hide(walk, &end) : git_revwalk_hide_glob(walk, "refs/tags/*");
    while (rc == 0 && code == 0 && max-- > 0 && (code = git_revwalk_next(&id, walk)) == 0)
        rc = f(git_oid_tostr(hex, sizeof hex, &id), arg);
    git_revwalk_free(walk);
    return code < 0 && code != GIT_ITEROVER ? fail_git(err, code, "read the history of", from) : rc;
}

int hf_blob_read(struct hf_blob *out, const struct hf_repo *r, const char *oid, int64_t size, struct hf_err *err)
{
    git_oid id;
    git_odb_object *object = NULL;
    int code;

    memset(out, 0, sizeof *out);
    if (parse_oid(&id, oid, err) < 0)
        return -1;
    code = git_odb_read(&object, r->odb, &id);
    if (code < 0)
        return fail_git(err, code, "read the object", oid);
    out->of = object;
    out->p = git_odb_object_data(object);
    if (git_odb_object_type(object) != GIT_OBJECT_BLOB || git_odb_object_size(object) != (size_t)size)
        return hf_fail(err, HF_E_INPUT, "the object '%s' has changed its size", shown(oid));
    return 0;
}

void hf_blob_clear(struct hf_blob *b)
{
    git_odb_object_free(b->of);
    memset(b, 0, sizeof *b);
}

int hf_repo_config_get(const struct hf_repo *r, char **out, const char *name, struct hf_err *err)
{
    git_config *all = NULL;
    git_buf value = GIT_BUF_INIT;
    int code = git_repository_config(&all, r->git);

    *out = NULL;
    if (code == 0)
        code = git_config_get_string_buf(&value, all, name);
    if (code == GIT_ENOTFOUND)
        hf_fail(err, HF_E_NOTFOUND, "git config %s is not set", shown(name));
    else if (code != 0)
        fail_git(err, code, "read git config", name);
    else if ((*out = strdup(value.ptr)) == NULL)
        hf_nomem(err);
    git_buf_dispose(&value);
    git_config_free(all);
    return *out != NULL ? 0 : -1;
}

int hf_repo_config_set(struct hf_repo *r, const char *name, const char *value, struct hf_err *err)
{
    git_config *all = NULL, *own = NULL;
    int code = git_repository_config(&all, r->git);

    if (code == 0)
        code = git_config_open_level(&own, all, GIT_CONFIG_LEVEL_LOCAL);
    if (code == 0)
        code = git_config_set_string(own, name, value);
    git_config_free(own);
    git_config_free(all);
    return code < 0 ? fail_git(err, code, "write git config", name) : 0;
}

_Static_assert(HF_TREE_ID == GIT_OID_RAWSZ, "the ids of trees are git's");

int hf_tree_root(const struct hf_repo *r, unsigned char id[HF_TREE_ID], const char *commit, struct hf_err *err)
{
    git_commit *c;

    if (open_commit(&c, r, commit, err) < 0)
        return -1;
    memcpy(id, git_commit_tree_id(c)->id, HF_TREE_ID);
    git_commit_free(c);
    return 0;
}

static int by_entry_name(const void *a, const void *b)
{
    return strcmp(((const struct hf_tree_entry *)a)->name, ((const struct hf_tree_entry *)b)->name);
}

/* git sorts a folder as if its name ended in a slash; we sort by name alone. Mostly that is the same order already. */
static void sort_entries(struct hf_tree *t)
{
    for (size_t i = 1; i < t->n; i++)
        if (by_entry_name(&t->entries[i - 1], &t->entries[i]) > 0) {
            qsort(t->entries, t->n, sizeof *t->entries, by_entry_name);
            return;
        }
}

int hf_tree_read(struct hf_tree *t, const struct hf_repo *r, const unsigned char id[HF_TREE_ID], struct hf_err *err)
{
    git_oid oid;
    git_object_t type;
    git_tree *tree = NULL;
    size_t size;
    int code;

    memset(t, 0, sizeof *t);
    git_oid_fromraw(&oid, id);
    code = git_odb_read_header(&size, &type, r->odb, &oid);
    if (code == 0 && size > MAX_TREE)
        return hf_fail(err, HF_E_LIMIT, "the folder '%s' has more than %d bytes of entries", git_oid_tostr_s(&oid), MAX_TREE);
    if (code == 0)
        code = git_tree_lookup(&tree, r->git, &oid);
    if (code < 0)
        return fail_git(err, code, "read the folder", git_oid_tostr_s(&oid));
    t->of = tree;
    t->n = git_tree_entrycount(tree);
    t->entries = calloc(t->n + 1, sizeof *t->entries);
    if (t->entries == NULL)
        return hf_nomem(err);
    for (size_t i = 0; i < t->n; i++) {
        const git_tree_entry *e = git_tree_entry_byindex(tree, i);

        t->entries[i].name = git_tree_entry_name(e);
        t->entries[i].id = git_tree_entry_id(e)->id;
        t->entries[i].mode = (unsigned)git_tree_entry_filemode(e);
    }
    sort_entries(t);
    return 0;
}

void hf_tree_clear(struct hf_tree *t)
{
    free(t->entries);
    git_tree_free(t->of);
    memset(t, 0, sizeof *t);
}

int hf_tree_blob_size(const struct hf_repo *r, int64_t *out, const unsigned char id[HF_TREE_ID], struct hf_err *err)
{
    git_oid oid;
    git_object_t type;
    size_t size;
    int code;

    git_oid_fromraw(&oid, id);
    code = git_odb_read_header(&size, &type, r->odb, &oid);
    if (code < 0)
        return fail_git(err, code, "read the file", git_oid_tostr_s(&oid));
    if (type != GIT_OBJECT_BLOB || size > INT64_MAX)
        return hf_fail(err, HF_E_INPUT, "the object '%s' is not a file", git_oid_tostr_s(&oid));
    *out = (int64_t)size;
    return 0;
}
