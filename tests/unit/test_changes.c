/* test_changes.c: commits made by git itself, and trees that git would never make. */
#include "tests/unit/shell.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "builder/changes.h"

static struct hf_repo *repo;

static char *copy(const char *s)
{
    char *c = strdup(s);

    assert_non_null(c);
    return c;
}

static void open_repo(const char *name)
{
    struct hf_err err;

    hf_repo_close(repo);
    if (hf_repo_open(&repo, in_top(name), 0, &err) < 0)
        fail_msg("%s", err.msg);
}

/* "A path size [x];" for each file and "D path;" for each deletion. */
static const char *find(const char *base, const char *commit, const char *include, const char *exclude)
{
    static char text[8192];
    struct hf_changes *c = NULL;
    struct hf_err err;
    size_t n = 0;
    int64_t total = 0;

    if (hf_changes_find(&c, repo, base, commit, include, exclude, &err) < 0)
        fail_msg("%s", err.msg);
    text[0] = '\0';
    for (size_t i = 0; i < c->file_count; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "A %s %lld%s;", c->files[i].path, (long long)c->files[i].size,
                              c->files[i].executable ? " x" : "");
        total += c->files[i].size;
        assert_string_equal(c->files[i].oid, sh("cd r.git && git ls-tree -r -z %s | python3 -c \"\nimport sys\n"
                                                "print([l.split()[2] for l in sys.stdin.read().split(chr(0)) if l.split(chr(9),1)[1:] == "
                                                "[sys.argv[1]]][0])\" \"$(cat <<'EOF'\n%s\nEOF\n)\"",
                                                commit, c->files[i].path));
    }
    for (size_t i = 0; i < c->deleted_count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "D %s;", c->deleted[i]);
    assert_int_equal(c->total, total);
    hf_changes_free(c);
    return text;
}

/* The message of a refusal. */
static const char *refusal(enum hf_code code, const char *base, const char *commit, const char *include)
{
    static struct hf_err err;
    struct hf_changes *c;

    if (hf_changes_find(&c, repo, base, commit, include, "", &err) == 0)
        fail_msg("not refused");
    assert_null(c);
    assert_int_equal(err.code, code);
    return err.msg;
}

static void fresh_repo(const char *name)
{
    sh("rm -rf %s; git init -q --bare %s", name, name);
}

/* A commit whose tree is what `git mktree -z --missing` makes of the lines. */
static char *commit_tree(const char *lines)
{
    return copy(sh("cd r.git; printf '%s' | git mktree --missing -z | xargs -I@ git commit-tree -m m @", lines));
}

/* A commit of a tree with one entry that git's own tools refuse to make: mode, name, and a blob's or tree's id. */
static char *commit_raw(const char *mode, const char *name_printf, const char *oid)
{
    return copy(sh("cd r.git; (printf '%s %s\\0'; printf %s | xxd -r -p) > ../raw; "
                   "git hash-object --literally -w -t tree ../raw | xargs -I@ git commit-tree -m m @",
                   mode, name_printf, oid));
}

static char *blob(const char *script)
{
    return copy(sh("cd r.git; (%s) | git hash-object -w --stdin", script));
}

static void like_git(void **state)
{
    char *base, *commit;

    (void)state;
    sh("rm -rf w r.git; git init -q w; cd w; mkdir -p src/deep HotPath gone; echo 1 > src/a.m; echo 2 > src/deep/b.m; "
       "echo 3 > HotPath/c.m; echo 4 > gone/d.m; echo 5 > moved.m; echo 6 > mode.m; echo 7 > same.m; echo 8 > folder.m; "
       "echo 10 > tofile; git add .; git commit -qm 1; "
       "echo 22 > src/deep/b.m; git rm -q gone/d.m; git mv moved.m src/moved.m; chmod +x mode.m; git rm -q folder.m; "
       "mkdir folder.m; echo 9 > folder.m/e.m; echo 1 > \"-q 'x\\\" y.m\"; echo 1 > 补丁.m; : > src/empty.m; echo 0 > src-a; "
       "git rm -q tofile; mkdir -p tofile/x; echo 1 > tofile/x/y; git add .; git commit -qm 2; "
       "git clone -q --bare . ../r.git");
    base = copy(sh("cd r.git; git rev-parse HEAD^"));
    commit = copy(sh("cd r.git; git rev-parse HEAD"));
    open_repo("r.git");
    assert_string_equal(find(base, commit, "**", ""),
                        "A -q 'x\" y.m 2;A folder.m/e.m 2;A mode.m 2 x;A src-a 2;A src/deep/b.m 3;A src/empty.m 0;A src/moved.m 2;"
                        "A tofile/x/y 2;A 补丁.m 2;D folder.m;D gone/d.m;D moved.m;D tofile;");
    assert_string_equal(find(base, commit, "src/", "moved.m"), "A src/deep/b.m 3;A src/empty.m 0;");
    assert_string_equal(find(base, commit, "gone/", ""), "D gone/d.m;");
    assert_string_equal(find(commit, base, "folder.m tofile", ""), "A folder.m 2;A tofile 3;D folder.m/e.m;D tofile/x/y;");
    assert_string_equal(find(base, commit, "HotPath/**", ""), "");
    assert_string_equal(find(commit, commit, "**", ""), "");
    /* Without a base: all of a commit. */
    assert_string_equal(find(NULL, base, "src/ same.m", "deep/"), "A same.m 2;A src/a.m 2;");
    assert_string_equal(find(NULL, commit, "nothing", ""), "");

    /* The list is git's own, with quoting and renames off. */
    assert_string_equal(sh("cd r.git; git -c core.quotePath=off diff --name-only --no-renames --diff-filter=ACMRTUXB -z %s %s "
                           "| tr '\\0' ';'", base, commit),
                        "-q 'x\" y.m;folder.m/e.m;mode.m;src-a;src/deep/b.m;src/empty.m;src/moved.m;tofile/x/y;补丁.m;");
    free(base);
    free(commit);
}

/* All objects in one pack, with deltas, as a server has them. */
static void packed(void **state)
{
    char *base, *commit;

    (void)state;
    sh("rm -rf w r.git; git init -q w; cd w; seq 10000 > a.m; seq 5000 > b.m; git add .; git commit -qm 1; echo x >> a.m; "
       "git add .; git commit -qm 2; git tag -a -m t v1 HEAD^; git clone -q --bare . ../r.git; cd ../r.git; git repack -adq; "
       "git pack-refs --all");
    open_repo("r.git");
    base = copy(sh("cd r.git; git rev-parse HEAD^"));
    commit = copy(sh("cd r.git; git rev-parse HEAD"));
    assert_string_equal(find(base, commit, "**", ""), "A a.m 48896;");
    free(base);
    free(commit);
}

static void hostile_trees(void **state)
{
    char *file, *base, *c, *tree;
    char lines[512];

    (void)state;
    fresh_repo("r.git");
    open_repo("r.git");
    file = blob("echo x");
    snprintf(lines, sizeof lines, "100644 blob %s\\tok.m\\0", file);
    base = commit_tree(lines);
    tree = copy(sh("cd r.git; git rev-parse %s^{tree}", base));

    const struct {
        const char *mode, *name, *oid, *include, *says;
    } rows[] = {
        { "40000", "..", tree, "**/*.m", "'../ok.m' cannot be in a patch: it has an empty component, '.' or '..' in its path" },
        { "40000", ".", tree, "**", "'./ok.m' cannot be in a patch: it has an empty component, '.' or '..' in its path" },
        { "40000", ".GiT", tree, "**", "'.GiT/ok.m' cannot be in a patch: it has '.git' in its path" },
        { "100644", ".git", file, "**", "'.git' cannot be in a patch: it has '.git' in its path" },
        { "100644", "..", file, "**", "'..' cannot be in a patch: it has an empty component, '.' or '..' in its path" },
        { "100644", "../x.m", file, "*.m", "'../x.m' cannot be in a patch: it has a name with a slash in it" },
        { "100644", "a/b.m", file, "a/", "'a/b.m' cannot be in a patch: it has a name with a slash in it" },
        { "40000", "a/b", tree, "a/", "'a/b/ok.m' cannot be in a patch: it has a name with a slash in it" },
        { "100644", "/etc/x.m", file, "*.m", "'/etc/x.m' cannot be in a patch: it has a name with a slash in it" },
        { "120000", "link.m", file, "*.m", "'link.m' cannot be in a patch: it is a symbolic link" },
        { "160000", "sub.m", base, "*.m", "'sub.m' cannot be in a patch: it is a submodule" },
        { "100644", "a\\nb.m", file, "*.m", "'a\\x0ab.m' cannot be in a patch: it has a control character in its name" },
        { "100644", "\\033[31m.m", file, "*.m", "'\\x1b[31m.m' cannot be in a patch: it has a control character in its name" },
        { "100644", "\\302\\233.m", file, "*.m", "cannot be in a patch: it has a control character in its name" },
        { "100644", "\\177.m", file, "*.m", "cannot be in a patch: it has a control character in its name" },
        { "100644", "\\377.m", file, "*.m", "'\\xff.m' cannot be in a patch: it has a name that is not UTF-8" },
        { "100644", "\\355\\240\\200.m", file, "*.m", "cannot be in a patch: it has a name that is not UTF-8" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *says;

        c = commit_raw(rows[i].mode, rows[i].name, rows[i].oid);
        says = refusal(HF_E_POLICY, base, c, rows[i].include);
        if (strstr(says, rows[i].says) == NULL)
            fail_msg("%s", says);
        /* What include does not admit is not looked at. */
        assert_string_equal(find(base, c, "other/*", ""), "");
        free(c);
    }
    free(tree);
    free(base);
    free(file);
}

static void malformed_objects(void **state)
{
    char *file, *base, *c, *tree;
    char lines[512];

    (void)state;
    fresh_repo("r.git");
    open_repo("r.git");
    file = blob("echo x");
    snprintf(lines, sizeof lines, "100644 blob %s\\tok.m\\0", file);
    base = commit_tree(lines);
    tree = copy(sh("cd r.git; git rev-parse %s^{tree}", base));

    /* A name twice: what is written would depend on the order. */
    c = copy(sh("cd r.git; for i in 1 2; do printf '100644 a.m\\0'; printf %s | xxd -r -p; done > ../raw; "
                "git hash-object --literally -w -t tree ../raw | xargs -I@ git commit-tree -m m @", file));
    assert_non_null(strstr(refusal(HF_E_POLICY, base, c, "*.m"), "'a.m' cannot be in a patch: it stands twice in one folder"));
    free(c);

    /* The same name as a file and, further on, as a folder. */
    c = copy(sh("cd r.git; (printf '100644 a\\0'; printf %s | xxd -r -p; printf '100644 a.m\\0'; printf %s | xxd -r -p; "
                "printf '40000 a\\0'; printf %s | xxd -r -p) > ../raw; "
                "git hash-object --literally -w -t tree ../raw | xargs -I@ git commit-tree -m m @", file, file, tree));
    assert_non_null(strstr(refusal(HF_E_POLICY, base, c, "*"), "'a' cannot be in a patch: it stands twice in one folder"));
    free(c);

    /* A file that is a tree, one that is missing. */
    c = commit_raw("100644", "a.m", tree);
    assert_non_null(strstr(refusal(HF_E_INPUT, base, c, "*.m"), "is not a file"));
    free(c);
    c = commit_raw("100644", "a.m", "1111111111111111111111111111111111111111");
    assert_non_null(strstr(refusal(HF_E_NOTFOUND, base, c, "*.m"), "1111111111"));
    free(c);

    /* Entries out of order hide nothing. */
    c = copy(sh("cd r.git; for i in c b a ok; do printf \"100644 $i.m\\0\"; printf %s | xxd -r -p; done > ../raw; "
                "git hash-object --literally -w -t tree ../raw | xargs -I@ git commit-tree -m m @", file));
    assert_string_equal(find(base, c, "*.m", ""), "A a.m 2;A b.m 2;A c.m 2;");
    free(c);

    /* A tree that names itself ten times at each of twenty levels. */
    c = copy(sh("cd r.git; t=%s; for l in $(seq 20); do t=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf \"040000 tree $t\\t$i\\n\"; done "
                "| git mktree); done; git commit-tree -m m $t", tree));
    assert_non_null(strstr(refusal(HF_E_LIMIT, base, c, "nothing"), "the changed folders hold millions of entries"));
    free(c);

    /* And one that is deep. */
    c = copy(sh("cd r.git; t=%s; for l in $(seq 6); do t=$(printf \"040000 tree $t\\t$(printf %%0250d 0)\\n\" | git mktree); done; "
                "git commit-tree -m m $t", tree));
    assert_non_null(strstr(refusal(HF_E_LIMIT, base, c, "nothing"), "it holds a path that is longer than 1024 bytes"));
    free(c);
    free(tree);
    free(base);
    free(file);
}

static void lfs_pointers(void **state)
{
    char *pointer, *text, *base, *c;
    char lines[512];

    (void)state;
    fresh_repo("r.git");
    open_repo("r.git");
    pointer = blob("printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:4d7a\\nsize 12345\\n'");
    text = blob("printf 'see version https://git-lfs.github.com/spec/v1\\n'");
    snprintf(lines, sizeof lines, "100644 blob %s\\ttext.m\\0", text);
    base = commit_tree("");
    c = commit_tree(lines);
    assert_string_equal(find(base, c, "*.m", ""), "A text.m 47;");
    free(c);
    snprintf(lines, sizeof lines, "100644 blob %s\\tbig.m\\0", pointer);
    c = commit_tree(lines);
    assert_non_null(strstr(refusal(HF_E_POLICY, base, c, "*.m"), "'big.m' cannot be in a patch: it is a pointer of Git LFS"));
    free(c);
    free(base);
    free(text);
    free(pointer);
}

static void limits(void **state)
{
    char *base, *c;

    (void)state;
    fresh_repo("r.git");
    open_repo("r.git");
    base = commit_tree("");
    /* 20,000 files, by fast-import. */
    c = copy(sh("cd r.git; python3 -c \"\nprint('commit refs/heads/many\\ncommitter A <a> 1 +0000\\ndata 0\\n')\n"
                "for i in range(20000): print('M 100644 inline d%%d/f%%d.m\\ndata 1\\nx' %% (i %% 100, i))\" | git fast-import --quiet; "
                "git rev-parse refs/heads/many"));
    assert_string_equal(refusal(HF_E_LIMIT, base, c, "**/*.m"),
                        "20000 changed files would go into the patch, and at most 10000 can: let [build] include admit fewer, or "
                        "start from a newer base");
    assert_string_equal(find(base, c, "d7/f7.m", ""), "A d7/f7.m 1;");
    free(c);

    c = copy(sh("cd r.git; (printf 'commit refs/heads/big\\ncommitter A <a> 1 +0000\\ndata 0\\n\\nM 100644 inline big.m\\n"
                "data 104857600\\n'; head -c 104857600 /dev/zero; echo) | git fast-import --quiet; git rev-parse refs/heads/big"));
    assert_string_equal(refusal(HF_E_LIMIT, base, c, "**/*.m"),
                        "'big.m' cannot be in a patch: it has 104857600 bytes, and at most 67109888 are allowed; take it out of the "
                        "commit, or name it in [build] exclude");
    free(c);

    /* Nine times the largest file: each may be, all may not. */
    c = copy(sh("cd r.git; b=$(head -c 67109888 /dev/zero | git hash-object -w --stdin); for i in 1 2 3 4 5 6 7 8; do "
                "printf \"100644 blob $b\\t$i.m\\n\"; done | git mktree | xargs -I@ git commit-tree -m m @"));
    assert_string_equal(refusal(HF_E_LIMIT, base, c, "**/*.m"),
                        "the changed files have 536879104 bytes together, and at most 536870912 are allowed: let [build] include "
                        "admit fewer");
    free(c);
    free(base);
}

static void export_writes_what_git_shows(void **state)
{
    struct hf_changes *c = NULL;
    struct hf_err err;
    struct stat st;
    char *base, *commit;
    mode_t was = umask(0);

    (void)state;
    sh("rm -rf w r.git; git init -q w; cd w; git commit -qm 0 --allow-empty; mkdir -p a/b; echo 1 > a/b/c.m; seq 9999 > a/d.m; "
       "chmod +x a/d.m; : > \"-e 'f\"; git add .; git commit -qm 1; git clone -q --bare . ../r.git");
    base = copy(sh("cd r.git; git rev-parse HEAD^"));
    commit = copy(sh("cd r.git; git rev-parse HEAD"));
    open_repo("r.git");
    assert_int_equal(hf_changes_find(&c, repo, base, commit, "**", "", &err), 0);
    sh("rm -rf out; mkdir out");
    if (hf_changes_export(repo, c, in_top("out"), &err) < 0)
        fail_msg("%s", err.msg);
    sh("mkdir git-out; git -C r.git archive %s | tar -x -C git-out; diff -r out git-out", commit);
    assert_string_equal(sh("cd out; find . -mindepth 1 -printf '%%m %%p;' | sed 's/;/\\n/g' | sort"),
                        "600 ./-e 'f\n600 ./a/b/c.m\n700 ./a\n700 ./a/b\n700 ./a/d.m");
    umask(was);

    /* Over what is there, or through a link: refused. */
    assert_int_equal(hf_changes_export(repo, c, in_top("out"), &err), -1);
    assert_non_null(strstr(err.msg, "File exists"));
    sh("rm -rf out; mkdir out elsewhere; ln -s ../elsewhere out/a");
    assert_int_equal(hf_changes_export(repo, c, in_top("out"), &err), -1);
    assert_int_equal(stat(in_top("elsewhere/d.m"), &st), -1);
    hf_changes_free(c);
    free(base);
    free(commit);
}

static int join(const char *name, void *arg)
{
    strcat(arg, name);
    strcat(arg, ";");
    return strcmp(name, "refs/tags/stop") == 0 ? 7 : 0;
}

static void names_and_history(void **state)
{
    char oid[HF_OID_MAX + 1], text[512] = "", *first, *second, *side, *message;
    struct hf_err err;

    (void)state;
    sh("rm -rf w r.git; git init -q -b main w; cd w; git commit -qm 'one\n\nHotfix-Rollout: 25%%' --allow-empty; "
       "git tag -a -m t v1.0; git checkout -qb side; git commit -qm s --allow-empty; git checkout -q main; "
       "git commit -qm 'two' --allow-empty; git tag v1.1; git tag deep/v1.2; git tag v2; git tag v/x; git clone -q --bare . ../r.git; "
       "git -C ../r.git pack-refs --all; git push -q ../r.git side; git tag stop; git push -q ../r.git stop; "
       "git -C ../r.git update-ref refs/tags/blob $(echo x | git -C ../r.git hash-object -w --stdin)");
    open_repo("r.git");
    first = copy(sh("cd w; git rev-parse main^"));
    second = copy(sh("cd w; git rev-parse main"));
    side = copy(sh("cd w; git rev-parse side"));

    assert_int_equal(hf_repo_commit(repo, oid, "v1.0", &err), 0);
    assert_string_equal(oid, first);
    assert_int_equal(hf_repo_commit(repo, oid, "refs/heads/main~1", &err), 0);
    assert_string_equal(oid, first);
    assert_int_equal(hf_repo_commit(repo, oid, second, &err), 0);
    assert_string_equal(oid, second);
    assert_int_equal(hf_repo_commit(repo, oid, "v1.1^^{commit}", &err), 0);
    assert_string_equal(oid, first);
    snprintf(text, sizeof text, "%.9s~1", second);
    assert_int_equal(hf_repo_commit(repo, oid, text, &err), 0);
    assert_string_equal(oid, first);
    text[0] = '\0';
    assert_int_equal(hf_repo_commit(repo, oid, "HEAD", &err), 0);
    assert_string_equal(oid, second);
    assert_int_equal(hf_repo_commit(repo, oid, "main~2", &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_int_equal(hf_repo_commit(repo, oid, "main^{tree}", &err), -1);
    assert_int_equal(hf_repo_commit(repo, oid, "v1.0-1-gabcdef", &err), -1);
    assert_int_equal(hf_repo_commit(repo, oid, "refs/tags/blob", &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_int_equal(hf_repo_commit(repo, oid, "no\033such", &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_string_equal(err.msg, "'no\\x1bsuch' is no commit of this repository");
    assert_int_equal(hf_repo_commit(repo, oid, "1234567890123456789012345678901234567890", &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    sh("echo damaged >r.git/refs/heads/damaged"); /* it is there, and cannot be read: nobody may take it for gone */
    assert_int_equal(hf_repo_commit(repo, oid, "refs/heads/damaged", &err), -1);
    assert_int_equal(err.code, HF_E_FAIL);
    sh("rm r.git/refs/heads/damaged");
    assert_int_equal(hf_repo_commit(repo, oid, ":/one", &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    assert_int_equal(hf_repo_commit(repo, oid, "", &err), -1);

    assert_int_equal(hf_repo_contains(repo, second, first, &err), 1);
    assert_int_equal(hf_repo_contains(repo, second, second, &err), 1);
    assert_int_equal(hf_repo_contains(repo, first, second, &err), 0);
    assert_int_equal(hf_repo_contains(repo, second, side, &err), 0);
    assert_int_equal(hf_repo_contains(repo, second, "1234567890123456789012345678901234567890", &err), -1);
    assert_int_equal(hf_repo_contains(repo, second, "HEAD", &err), -1);

    assert_int_equal(hf_repo_refs(repo, "refs/tags/v*", join, text, &err), 0);
    assert_string_equal(text, "refs/tags/v1.0;refs/tags/v1.1;refs/tags/v2;");
    text[0] = '\0';
    assert_int_equal(hf_repo_refs(repo, "refs/*/s*", join, text, &err), 7);
    assert_string_equal(text, "refs/heads/side;refs/tags/stop;");
    text[0] = '\0';
    assert_int_equal(hf_repo_refs(repo, "refs/tags/v1", join, text, &err), 0);
    assert_string_equal(text, "");

    assert_int_equal(hf_repo_message(repo, &message, first, &err), 0);
    assert_string_equal(message, "one\n\nHotfix-Rollout: 25%\n");
    free(message);
    side = (free(side), copy(sh("cd r.git; head -c 65537 /dev/zero | tr '\\0' x | git commit-tree main^{tree}")));
    assert_int_equal(hf_repo_message(repo, &message, side, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    free(first);
    free(second);
    free(side);
}

static void configuration(void **state)
{
    struct hf_err err;
    char *value;

    (void)state;
    fresh_repo("r.git");
    open_repo("r.git");
    assert_int_equal(hf_repo_config_get(repo, &value, "hotfix.config", &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_null(value);
    assert_int_equal(hf_repo_config_set(repo, "receive.advertisePushOptions", "true", &err), 0);
    assert_string_equal(sh("git -C r.git config --local receive.advertisepushoptions"), "true");
    sh("git -C r.git config hotfix.config '/etc/a b.ini'");
    assert_int_equal(hf_repo_config_get(repo, &value, "hotfix.config", &err), 0);
    assert_string_equal(value, "/etc/a b.ini");
    free(value);
}

static void opening(void **state)
{
    struct hf_repo *r = NULL;
    struct hf_err err;
    char oid[HF_OID_MAX + 1], *commit;

    (void)state;
    sh("rm -rf w r.git; git init -q w; git init -q --bare r.git; git -C w commit -qm 1 --allow-empty; mkdir w/below");
    assert_int_equal(hf_repo_open(&r, in_top("w"), 0, &err), 0);
    assert_string_equal(hf_repo_dir(r), in_top("w/.git"));
    hf_repo_close(r);
    assert_int_equal(hf_repo_open(&r, in_top("r.git"), 0, &err), 0);
    assert_string_equal(hf_repo_dir(r), in_top("r.git"));
    hf_repo_close(r);
    assert_int_equal(hf_repo_open(&r, in_top("w/below"), 0, &err), -1);
    assert_null(r);
    assert_int_equal(hf_repo_open(&r, in_top("nowhere"), 0, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);

    /* Objects in quarantine, as in pre-receive: seen only by who asks for git's environment. */
    commit = copy(sh("mkdir q; cd r.git; t=$(git hash-object -t tree -w --stdin < /dev/null); "
                     "GIT_OBJECT_DIRECTORY=../q GIT_ALTERNATE_OBJECT_DIRECTORIES=objects git commit-tree -m m $t"));
    setenv("GIT_DIR", in_top("r.git"), 1);
    setenv("GIT_OBJECT_DIRECTORY", in_top("q"), 1);
    setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", in_top("r.git/objects"), 1);
    assert_int_equal(hf_repo_open(&r, in_top("r.git"), 0, &err), 0);
    assert_int_equal(hf_repo_commit(r, oid, commit, &err), -1);
    hf_repo_close(r);
    if (hf_repo_open(&r, in_top("w"), 1, &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(hf_repo_dir(r), in_top("r.git"));
    assert_int_equal(hf_repo_commit(r, oid, commit, &err), 0);
    hf_repo_close(r);
    unsetenv("GIT_OBJECT_DIRECTORY");
    unsetenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
    assert_int_equal(hf_repo_open(&r, in_top("w"), 0, &err), 0);
    assert_string_equal(hf_repo_dir(r), in_top("w/.git"));
    hf_repo_close(r);
    unsetenv("GIT_DIR");
    free(commit);
}

static void foreign_repositories(void **state)
{
    struct hf_repo *r = NULL;
    struct hf_err err;

    (void)state;
    sh("rm -rf s.git; git init -q --bare --object-format=sha256 s.git; git init -q --object-format=sha256 s");
    assert_int_equal(hf_repo_open(&r, in_top("s.git"), 0, &err), -1);
    assert_int_equal(err.code, HF_E_POLICY);
    assert_non_null(strstr(err.msg, "is a SHA-256 repository; hotfix needs SHA-1"));
    assert_int_equal(hf_repo_open(&r, in_top("s"), 0, &err), -1);
    assert_non_null(strstr(err.msg, "is a SHA-256 repository; hotfix needs SHA-1"));

    if (geteuid() != 0) {
        print_message("# only root can give a repository away: not tried\n");
        return;
    }
    sh("rm -rf r.git; git init -q --bare r.git; chown -R 65534 r.git");
    assert_int_equal(hf_repo_open(&r, in_top("r.git"), 0, &err), -1);
    assert_int_equal(err.code, HF_E_POLICY);
    assert_non_null(strstr(err.msg, "if you trust it: git config --global --add safe.directory '"));
    /* What it says is what helps. */
    sh("eval \"env -u GIT_CONFIG_GLOBAL $(cat <<'EOF'\n%s\nEOF\n)\"", strstr(err.msg, "git config"));
    if (hf_repo_open(&r, in_top("r.git"), 0, &err) < 0)
        fail_msg("%s", err.msg);
    hf_repo_close(r);
}

static int close_all(void **state)
{
    hf_repo_close(repo);
    return remove_top(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_git),
        cmocka_unit_test(packed),
        cmocka_unit_test(hostile_trees),
        cmocka_unit_test(malformed_objects),
        cmocka_unit_test(lfs_pointers),
        cmocka_unit_test(limits),
        cmocka_unit_test(export_writes_what_git_shows),
        cmocka_unit_test(names_and_history),
        cmocka_unit_test(configuration),
        cmocka_unit_test(opening),
        cmocka_unit_test(foreign_repositories),
    };

    return cmocka_run_group_tests(tests, make_top, close_all);
}
