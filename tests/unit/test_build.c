/* test_build.c: from two commits to one file, and the folder that it happens in. */
#include "tests/unit/shell.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "builder/build.h"
#include "builder/changes.h"
#include "builder/git.h"

static struct hf_repo *repo;
static char base[HF_OID_MAX + 1], commit[HF_OID_MAX + 1];

static int make_repo(void **state)
{
    struct hf_err err;

    if (make_top(state) < 0)
        return -1;
    sh("git init -q w; cd w; mkdir -p a/b; echo 1 > a/b/c.js; echo same > same.js; git add .; git commit -qm 1; seq 99999 > a/b/c.js; "
       "printf 'a\\0b' > 'x \"y'; printf '#!/bin/sh\\n' > run; chmod +x run; mkdir 补; echo 丁 > 补/丁.js; : > empty; git add .; "
       "git commit -qm 2; git clone -q --bare . ../r.git");
    snprintf(base, sizeof base, "%s", sh("git -C r.git rev-parse HEAD^"));
    snprintf(commit, sizeof commit, "%s", sh("git -C r.git rev-parse HEAD"));
    return hf_repo_open(&repo, in_top("r.git"), 0, &err);
}

static int close_repo(void **state)
{
    hf_repo_close(repo);
    return remove_top(state);
}

static int build_with(struct hf_built *out, const char *builder, const char *work, const char *include, struct hf_err *err)
{
    struct hf_channel channel = { .builder = hf_builder_find(builder) };
    struct hf_config config = { .channels = &channel, .channel_count = 1 };
    struct hf_changes *changes = NULL;
    struct hf_build_ask ask = { .repo = repo, .config = &config, .channel = &channel, .base = base, .commit = commit,
                                .target = "1.0.0", .work = work };
    int rc;

    assert_int_equal(hf_changes_find(&changes, repo, base, commit, include, "", err), 0);
    ask.changes = changes;
    rc = hf_build(out, &ask, err);
    hf_changes_free(changes);
    return rc;
}

static char *make_work(void)
{
    char *work = NULL;
    struct hf_err err;

    if (hf_work_make(&work, top, &err) < 0)
        fail_msg("%s", err.msg);
    return work;
}

static void archive(void **state)
{
    struct hf_built first, second;
    struct hf_err err;
    char *one = make_work(), *two = make_work();

    (void)state;
    if (build_with(&first, "archive", one, "**", &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(first.name, "patch.zip");
    assert_string_equal(first.builder, "archive");
    assert_int_equal(strncmp(first.path, one, strlen(one)), 0);

    /* The files that git says have changed, with the bytes that git shows. */
    sh("unzip -tqq '%s'; python3 -c \"\nimport zipfile, subprocess\nz = zipfile.ZipFile('%s')\n"
       "names = subprocess.check_output(['git','-C','r.git','diff','-z','--name-only','--no-renames','%s','%s']).decode()\n"
       "assert sorted(names.split(chr(0))[:-1]) == sorted(z.namelist()) and len(z.namelist()) == 5, z.namelist()\n"
       "for n in z.namelist(): assert z.read(n) == subprocess.check_output(['git','-C','r.git','show','%s:' + n]), n\n\"",
       first.path, first.path, base, commit, commit);
    assert_string_equal(first.sums.sha256, sh("sha256sum < '%s' | cut -d' ' -f1", first.path));
    assert_string_equal(first.sums.md5, sh("md5sum < '%s' | cut -d' ' -f1", first.path));
    assert_int_equal((int)first.sums.size, atoi(sh("stat -c %%s '%s'", first.path)));

    /* Again, elsewhere, with another umask and time zone, from a packed repository. */
    mode_t was = umask(077);
    setenv("TZ", "Asia/Kathmandu", 1);
    sh("git -C r.git gc -q");
    if (build_with(&second, "archive", two, "**", &err) < 0)
        fail_msg("%s", err.msg);
    unsetenv("TZ");
    umask(was);
    assert_string_equal(first.sums.sha256, second.sums.sha256);
    sh("cmp '%s' '%s'", first.path, second.path);
    hf_work_remove(one);
    hf_work_remove(two);
    sh("test ! -e '%s' -a ! -e '%s'", one, two);
    free(one);
    free(two);
}

static void a_row_for_each_builder(void **state)
{
    (void)state;
    for (int id = 0; id < HF_BUILDERS; id++) {
        const struct hf_builder *b = hf_builder((enum hf_builder_id)id);

        assert_int_equal(b->id, id);
        assert_ptr_equal(hf_builder_find(b->name), b);
        assert_non_null(strstr(HF_BUILDER_NAMES, b->name));
    }
    assert_null(hf_builder_find("zip"));
    assert_null(hf_builder_find("archive "));
    assert_null(hf_builder_find(""));
    assert_ptr_equal(hf_builder_of("ocrunner 1.2 sha256:00"), hf_builder(HF_BUILDER_OCRUNNER));
    assert_ptr_equal(hf_builder_of("jspatch"), hf_builder(HF_BUILDER_JSPATCH));
    assert_null(hf_builder_of("file"));
    assert_null(hf_builder_of("ocrunners"));
    assert_int_equal(hf_build_judges(NULL), 0);
    assert_int_equal(hf_build_judges(hf_builder(HF_BUILDER_COMMAND)), 0);
    assert_int_not_equal(hf_build_judges(hf_builder(HF_BUILDER_OCRUNNER)), 0);
}

static void refusals(void **state)
{
    struct hf_built built;
    struct hf_err err;
    char *work = make_work();

    (void)state;
    assert_int_equal(build_with(&built, "archive", work, "nothing", &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    hf_work_remove(work);
    free(work);
}

/* Removes a folder as somebody whom permissions stop: root is not. */
static void remove_as_nobody(const char *work)
{
    int status = 0;
    pid_t pid = geteuid() == 0 ? fork() : -1;

    if (pid == 0) {
        if (setgid(65534) < 0 || setuid(65534) < 0)
            _exit(1);
        hf_work_remove(work);
        _exit(access(work, F_OK) == 0);
    }
    if (pid < 0)
        hf_work_remove(work);
    else
        assert_true(waitpid(pid, &status, 0) == pid && status == 0);
}

static void work_folder(void **state)
{
    struct stat st;
    struct hf_err err;
    mode_t was = umask(0);
    char *work = NULL;

    (void)state;
    sh("chmod 711 .; mkdir theirs");
    assert_int_equal(hf_work_make(&work, in_top("theirs"), &err), 0);
    umask(was);
    assert_int_equal(stat(work, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);

    /* What a tool may leave: links out of it, folders without rights, more depth than a path or our descriptors can name. */
    sh("mkdir -p keep/me; : > keep/me/file; chmod 700 keep; cd '%s'; ln -s ../../keep out; ln -s ../../keep/me/file f; mkdir -p a/b/c none; "
       ": > a/b/c/d; ln -s ../../../../keep a/b/keep; chmod 0 none a/b/c; mkfifo p; "
       "python3 -c \"\nimport os\nfor i in range(3000): os.mkdir('deep-folder'); open('x', 'w'); os.chdir('deep-folder')\n\"; chmod 0 .",
       work);
    if (geteuid() == 0)
        sh("chown -hR 65534:65534 theirs");
    remove_as_nobody(work);
    assert_int_equal(lstat(work, &st), -1);
    sh("test -e keep/me/file; test \"$(stat -c %%a keep)\" = 700");
    hf_work_remove(work); /* that it is gone already is fine */

    /* A link in its place is not followed. */
    sh("ln -s ../keep '%s'", work);
    hf_work_remove(work);
    sh("test -e keep/me/file; rm '%s'", work);
    free(work);
    assert_int_equal(hf_work_make(&work, in_top("nowhere"), &err), -1);
    assert_null(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(archive),
        cmocka_unit_test(a_row_for_each_builder), cmocka_unit_test(refusals),
        cmocka_unit_test(work_folder),
    };

    return cmocka_run_group_tests(tests, make_repo, close_repo);
}
