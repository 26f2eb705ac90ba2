/* test_file.c: the store that is a directory. */
#include "store/backend.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64], steps_path[96];
static struct hf_store *store;

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *fmt, ...)
{
    char command[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(command, sizeof command, fmt, ap);
    va_end(ap);
    assert_int_equal(system(command), 0);
}

static struct hf_store *open_store(void)
{
    struct hf_config c;
    struct hf_store *s;
    struct hf_err err;
    char url[96];

    memset(&c, 0, sizeof c);
    snprintf(url, sizeof url, "file://%s/store", root);
    c.store.url = url;
    if (hf_store_make(&s, &c, &err) != 0)
        fail_msg("%s", err.msg);
    return s;
}

static int setup(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(root, sizeof root, "%s/hf-file-XXXXXX", tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
    if (mkdtemp(root) == NULL)
        return -1;
    snprintf(steps_path, sizeof steps_path, "%s/steps", root);
    setenv("HOTFIX_TEST_STEPS", steps_path, 1); /* before the first step: core/step.c looks for it then */
    umask(0077); /* what git servers run hooks with; modes must not depend on it */
    store = open_store();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hf_store_close(store);
    shell("rm -rf %s", root);
    return 0;
}

static int put_new(const char *key, const char *text, int *made, struct hf_err *err)
{
    const struct hf_store_bytes b = {text, strlen(text), HF_TYPE_JSON};

    return hf_store_put_new(store, key, &b, made, err);
}

static int replace(struct hf_store *s, const char *key, const char *text, const char *etag, struct hf_err *err)
{
    const struct hf_store_bytes b = {text, strlen(text), HF_TYPE_JSON};

    return hf_store_replace(s, key, &b, etag, err);
}

static void mode_is(const char *path, mode_t mode)
{
    char full[256];
    struct stat st;

    snprintf(full, sizeof full, "%s/store/%s", root, path);
    assert_int_equal(lstat(full, &st), 0);
    assert_int_equal(st.st_mode & 07777, mode);
}

static void test_replace_is_conditional(void **state)
{
    const char *key = "com.example/production/manifest.json";
    char etag[HF_ETAG_MAX], second[HF_ETAG_MAX];
    struct hf_buf b;
    struct hf_err err;

    (void)state;
    hf_buf_init(&b, 1000);
    assert_int_equal(hf_store_get(store, key, &b, etag, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_int_equal(replace(store, key, "one", NULL, &err), 0);
    assert_int_equal(replace(store, key, "two", NULL, &err), -1);
    assert_int_equal(err.code, HF_E_RACE);
    assert_int_equal(hf_store_get(store, key, &b, etag, &err), 0);
    assert_string_equal(b.p, "one");
    assert_int_equal(replace(store, key, "two", etag, &err), 0);
    assert_int_equal(replace(store, key, "three", etag, &err), -1);
    assert_int_equal(err.code, HF_E_RACE);
    hf_buf_free(&b);
    assert_int_equal(hf_store_get(store, key, &b, second, &err), 0);
    assert_string_equal(b.p, "two");
    assert_string_not_equal(etag, second);
    hf_buf_free(&b);
    mode_is("com.example", 02750);
    mode_is("com.example/production", 02750);
    mode_is(key, 0640);
}

/* Eight writers that each add one: nothing may be lost. */
/* A publisher that was killed between making a folder and opening it to the group. */
static void test_folder_half_made(void **state)
{
    struct hf_err err = {HF_OK, ""};

    (void)state;
    shell("mkdir -m 0700 %s/store/com.example.half", root);
    assert_int_equal(put_new("com.example.half/production/x", "1", NULL, &err), 0);
    mode_is("com.example.half", 02750);
    mode_is("com.example.half/production", 02750);
}

static void test_replace_under_a_race(void **state)
{
    const char *key = "race/production/manifest.json";
    struct hf_buf b;
    int i, n, status;

    (void)state;
    assert_int_equal(replace(store, key, "0", NULL, NULL), 0);
    for (i = 0; i < 8; i++) {
        if (fork() == 0) {
            struct hf_store *s = open_store();
            char etag[HF_ETAG_MAX], text[16];
            struct hf_err err = {HF_OK, ""};

            for (n = 0; n < 10;) {
                hf_buf_init(&b, 100);
                if (hf_store_get(s, key, &b, etag, &err) != 0)
                    _exit(1);
                snprintf(text, sizeof text, "%d", atoi(b.p) + 1);
                hf_buf_free(&b);
                if (replace(s, key, text, etag, &err) == 0)
                    n++;
                else if (err.code != HF_E_RACE)
                    _exit(1);
            }
            _exit(0);
        }
    }
    for (i = 0; i < 8; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    hf_buf_init(&b, 100);
    assert_int_equal(hf_store_get(store, key, &b, NULL, NULL), 0);
    assert_string_equal(b.p, "80");
    hf_buf_free(&b);
}

static int file_with(const char *text)
{
    char path[128];
    int fd;

    snprintf(path, sizeof path, "%s/patch", root);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void test_objects(void **state)
{
    struct hf_sums sums;
    struct hf_err err;
    struct hf_buf b;
    char key[128];
    int64_t size;
    int fd = file_with("a patch");

    (void)state;
    assert_int_equal(hf_digest_fd(&sums, fd, &err), 0);
    snprintf(key, sizeof key, "com.example/objects/%s", sums.sha256);
    assert_int_equal(hf_store_put_object(store, key, fd, &sums, HF_TYPE_BYTES, &err), 0);
    assert_int_equal(hf_store_put_object(store, key, fd, &sums, HF_TYPE_BYTES, &err), 0);
    assert_int_equal(hf_store_size(store, key, &size, &err), 0);
    assert_int_equal(size, 7);
    mode_is(key, 0640);
    /* A damaged one is mended. */
    shell("printf 'A patch' > %s/store/%s", root, key);
    assert_int_equal(hf_store_put_object(store, key, fd, &sums, HF_TYPE_BYTES, &err), 0);
    hf_buf_init(&b, 100);
    assert_int_equal(hf_store_get(store, key, &b, NULL, &err), 0);
    assert_string_equal(b.p, "a patch");
    hf_buf_free(&b);
    close(fd);
    /* Bytes that are not what was announced are not stored. */
    fd = file_with("another");
    snprintf(key, sizeof key, "com.example/objects/%064d", 0);
    assert_int_equal(hf_store_put_object(store, key, fd, &sums, HF_TYPE_BYTES, &err), -1);
    assert_int_equal(err.code, HF_E_SIG);
    assert_int_equal(hf_store_size(store, key, &size, &err), -1);
    close(fd);
    shell("test -z \"$(find %s/store -name '.tmp-*')\"", root);
}

static void test_put_new(void **state)
{
    struct hf_buf b;
    int made;

    (void)state;
    assert_int_equal(put_new("a/b/history/1.json", "one", &made, NULL), 0);
    assert_int_equal(made, 1);
    assert_int_equal(put_new("a/b/history/1.json", "two", &made, NULL), 0);
    assert_int_equal(made, 0);
    hf_buf_init(&b, 100);
    assert_int_equal(hf_store_get(store, "a/b/history/1.json", &b, NULL, NULL), 0);
    assert_string_equal(b.p, "one");
    hf_buf_free(&b);
}

/* A folder has no place for a type; one that a bucket could not have is refused all the same. */
static void test_types(void **state)
{
    static const char *const good[] = {"text/html; charset=utf-8", "application/json", "image/svg+xml"};
    static const char *const bad[] = {"", "text", "/html", "text/", "text/html\r\nX-A: b", " text/html", "text/html ", "text/html;  a=b",
                                      "text/\xc3\xa4", "text/\t"};
    struct hf_store_bytes b = {"one", 3, NULL};
    char key[40], longest[HF_STORE_TYPE_MAX + 2];
    struct hf_sums sums;
    struct hf_err err;
    int64_t size;
    size_t i;
    int fd = file_with("a patch");

    (void)state;
    assert_int_equal(hf_digest_fd(&sums, fd, &err), 0);
    for (i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(key, sizeof key, "types/good%zu", i);
        b.type = good[i];
        assert_int_equal(hf_store_put_new(store, key, &b, NULL, &err), 0);
        assert_int_equal(hf_store_size(store, key, &size, &err), 0);
        assert_int_equal(size, 3);
    }
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        b.type = bad[i];
        assert_int_equal(hf_store_put_new(store, "types/bad", &b, NULL, &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
        assert_int_equal(hf_store_replace(store, "types/bad", &b, NULL, &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
        assert_int_equal(hf_store_put_object(store, "types/bad", fd, &sums, bad[i], &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
    }
    memset(longest, 'a', sizeof longest - 1);
    longest[1] = '/';
    longest[sizeof longest - 1] = '\0';
    b.type = longest;
    assert_int_equal(hf_store_put_new(store, "types/bad", &b, NULL, &err), -1);
    longest[sizeof longest - 2] = '\0';
    assert_int_equal(hf_store_put_new(store, "types/longest", &b, NULL, &err), 0);
    assert_int_equal(hf_store_size(store, "types/bad", &size, &err), -1);
    close(fd);
}

static void test_links_and_bad_keys(void **state)
{
    static const char *const keys[] = {"../x", "a/../b", "/etc/passwd", "a//b", "", "a/", "a/.lock", "a\nb", "a/./b"};
    struct hf_buf b;
    struct hf_err err;
    size_t i;

    (void)state;
    hf_buf_init(&b, 100000);
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(hf_store_get(store, keys[i], &b, NULL, &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
    }
    shell("mkdir %s/out && echo secret > %s/out/f && ln -s ../../out %s/store/linked && mkdir -p %s/store/real && "
          "ln -s ../../out/f %s/store/real/f",
          root, root, root, root, root);
    assert_int_equal(hf_store_get(store, "linked/f", &b, NULL, &err), -1);
    assert_int_equal(hf_store_get(store, "real/f", &b, NULL, &err), -1);
    assert_int_equal(put_new("linked/g", "x", NULL, &err), -1);
    shell("test ! -e %s/out/g", root);
    /* A fifo must not hang us. */
    shell("mkfifo %s/store/real/fifo", root);
    assert_int_equal(hf_store_get(store, "real/fifo", &b, NULL, &err), -1);
}

static void test_bounded_read(void **state)
{
    struct hf_buf b;
    struct hf_err err;

    (void)state;
    assert_int_equal(put_new("big/f", "0123456789", NULL, NULL), 0);
    hf_buf_init(&b, 9);
    assert_int_equal(hf_store_get(store, "big/f", &b, NULL, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_buf_free(&b);
}

static int collect(void *arg, const struct hf_store_entry *e)
{
    char *all = arg, line[256];

    snprintf(line, sizeof line, "%s=%lld%s ", e->key, (long long)e->size, e->changed > 1000000000 ? "" : "?");
    strcat(all, line);
    return strstr(e->key, "stop") != NULL ? 7 : 0;
}

/* Readdir's order is anybody's. */
static int listed(const char *folder, const char *const *lines)
{
    char all[4096] = "";
    size_t n = 0;

    assert_int_equal(hf_store_list(store, folder, collect, all, NULL), 0);
    for (; *lines != NULL; lines++) {
        if (strstr(all, *lines) == NULL)
            fail_msg("%s is not in: %s", *lines, all);
        n += strlen(*lines);
    }
    if (n != strlen(all))
        fail_msg("more is in: %s", all);
    return 1;
}

static void test_list(void **state)
{
    char all[4096] = "";

    (void)state;
    assert_int_equal(put_new("list/a/history/1.json", "one", NULL, NULL), 0);
    assert_int_equal(replace(store, "list/a/manifest.json", "1234", NULL, NULL), 0); /* leaves a lock */
    shell("cd %s/store/list && touch .tmp-1 'a b' && ln -s ../.. link && mkfifo a/pipe", root);
    listed("list", (const char *const[]){"list/a/history/1.json=3 ", "list/a/manifest.json=4 ", "list/.tmp-1=0 ", "list/a b=0 ",
                                         "list/link=-1 ", "list/a/pipe=-1 ", NULL});
    listed("list/a/history", (const char *const[]){"list/a/history/1.json=3 ", NULL});
    listed("nowhere", (const char *const[]){NULL});
    assert_int_equal(hf_store_list(store, "../out", collect, all, NULL), -1);
    assert_int_equal(hf_store_list(store, "", collect, all, NULL), 0);
    assert_non_null(strstr(all, "list/a/history/1.json=3 "));
    shell("touch %s/store/list/stop", root);
    assert_int_equal(hf_store_list(store, "list", collect, all, NULL), 7);
    /* So many folders in folders are not ours: the deepest one is named, and not entered. */
    shell("mkdir -p %s/store/deep/1/2/3/4/5/6/7/8/9/10 && touch %s/store/deep/1/2/3/4/5/6/7/8/9/10/x", root, root);
    all[0] = '\0';
    assert_int_equal(hf_store_list(store, "deep", collect, all, NULL), 0);
    assert_string_equal(all, "deep/1/2/3/4/5/6/7/8/9=-1 ");
}

static void test_sums(void **state)
{
    struct hf_sums sums;
    struct hf_err err;

    (void)state;
    assert_int_equal(put_new("sums/f", "abc", NULL, NULL), 0);
    assert_int_equal(hf_store_sums(store, "sums/f", &sums, &err), 0);
    assert_int_equal(sums.size, 3);
    assert_string_equal(sums.md5, "900150983cd24fb0d6963f7d28e17f72");
    assert_string_equal(sums.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(hf_store_sums(store, "sums/g", &sums, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
}

/* The steps on the disk since the last call ("unlink fsync "); counted is how many this process has made. */
static long counted;
static const char *steps(void)
{
    static char all[512];
    char line[64];
    FILE *f = fopen(steps_path, "r");

    all[0] = '\0';
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *what = strstr(line, "before ");

        counted = strtol(line, NULL, 10);
        line[strcspn(line, "\n")] = '\0';
        if (what != NULL && strlen(all) < sizeof all - sizeof line)
            strcat(strcat(all, what + 7), " ");
    }
    if (f != NULL)
        fclose(f);
    unlink(steps_path);
    return all;
}

static void test_remove(void **state)
{
    const char *key = "remove/production/x";
    struct hf_err err;
    int64_t size;

    (void)state;
    assert_int_equal(hf_store_remove(store, key, &err), 0); /* no folder */
    shell("test ! -e %s/store/remove", root);
    assert_int_equal(put_new(key, "1", NULL, NULL), 0);
    assert_int_equal(put_new("remove/production/y", "2", NULL, NULL), 0);
    steps();
    assert_int_equal(hf_store_remove(store, key, &err), 0);
    assert_string_equal(steps(), "unlink remove/production/x fsync the folder of remove/production/x ");
    assert_int_equal(hf_store_size(store, key, &size, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_int_equal(hf_store_remove(store, key, &err), 0);
    assert_string_equal(steps(), "fsync remove/production/x "); /* a call that was killed may have removed it */
    assert_int_equal(hf_store_size(store, "remove/production/y", &size, &err), 0);
}

static void test_remove_only_objects(void **state)
{
    static const char *const keys[] = {"../x", "a/../b", "/etc/passwd", "", "a/", "remove/.lock"};
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(hf_store_remove(store, keys[i], &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
    }
    shell("cd %s && mkdir outside && echo 1 > outside/f && mkdir -p store/only/folder && ln -s ../../outside store/only/away && "
          "ln -s ../../outside/f store/only/link && mkfifo store/only/pipe",
          root);
    assert_int_equal(hf_store_remove(store, "only/away/f", &err), -1); /* through a link */
    assert_int_equal(err.code, HF_E_FAIL);
    assert_int_equal(hf_store_remove(store, "only/link", &err), -1);
    assert_non_null(strstr(err.msg, "only/link is not a regular file"));
    assert_int_equal(hf_store_remove(store, "only/pipe", &err), -1);
    assert_int_equal(hf_store_remove(store, "only/folder", &err), -1);
    shell("cd %s && test -s outside/f && test -L store/only/link && test -p store/only/pipe && test -d store/only/folder", root);
}

/* Killed at each step of a removal: the object is whole or gone, and the second call finishes. */
static void test_remove_killed(void **state)
{
    const char *key = "remove/killed";
    struct hf_err err;
    char at[24];
    int n, status = 0;

    (void)state;
    for (n = 1; n < 10; n++) {
        assert_int_equal(put_new(key, "1", NULL, NULL), 0);
        steps();
        snprintf(at, sizeof at, "%ld", counted + n);
        if (fork() == 0) {
            setenv("HOTFIX_TEST_KILL_AT", at, 1);
            _exit(hf_store_remove(store, key, NULL) == 0 ? 0 : 1);
        }
        assert_true(wait(&status) > 0);
        assert_int_equal(hf_store_remove(store, key, &err), 0);
        shell("test ! -e %s/store/%s", root, key);
        if (WIFEXITED(status))
            break;
        assert_int_equal(WTERMSIG(status), SIGKILL);
    }
    assert_int_equal(n, 5); /* before and after the unlink, before and after the fsync */
    assert_int_equal(status, 0);
}

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static int64_t bytes_in(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return st.st_size;
}

static void test_fetch(void **state)
{
    int fd = file_with("what the file had before"), reader, ends[2];
    struct hf_sums sums;
    struct hf_err err;
    char text[8] = "";

    (void)state;
    assert_int_equal(put_new("fetch/f", "abc", NULL, NULL), 0);
    assert_int_equal(hf_store_fetch(store, "fetch/f", fd, 3, &sums, &err), 0);
    assert_int_equal(sums.size, 3);
    assert_string_equal(sums.md5, "900150983cd24fb0d6963f7d28e17f72");
    assert_string_equal(sums.sha256, abc);
    assert_int_equal(read(fd, text, sizeof text), 3); /* the offset is where it was */
    assert_string_equal(text, "abc");
    assert_int_equal(put_new("fetch/empty", "", NULL, NULL), 0);
    assert_int_equal(hf_store_fetch(store, "fetch/empty", fd, 0, &sums, &err), 0);
    assert_int_equal(sums.size, 0);
    assert_int_equal(bytes_in(fd), 0);

    assert_int_equal(hf_store_fetch(store, "fetch/f", fd, 2, &sums, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_non_null(strstr(err.msg, "fetch/f has 3 bytes; at most 2 are allowed"));
    assert_int_equal(bytes_in(fd), 0);
    assert_int_equal(hf_store_fetch(store, "fetch/f", fd, 3, &sums, &err), 0);
    assert_int_equal(hf_store_fetch(store, "fetch/g", fd, 3, &sums, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_int_equal(bytes_in(fd), 0); /* nothing of the one before either */
    assert_int_equal(hf_store_fetch(store, "../f", fd, 3, &sums, &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    shell("ln -s ../fetch/f %s/store/fetch/link && mkfifo %s/store/fetch/pipe", root, root);
    assert_int_equal(hf_store_fetch(store, "fetch/link", fd, 3, &sums, &err), -1);
    assert_int_equal(hf_store_fetch(store, "fetch/pipe", fd, 3, &sums, &err), -1);

    /* What cannot be emptied cannot be started over. */
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(hf_store_fetch(store, "fetch/f", ends[1], 3, &sums, &err), -1);
    assert_int_equal(err.code, HF_E_FAIL);
    reader = open("/proc/self/exe", O_RDONLY);
    assert_int_equal(hf_store_fetch(store, "fetch/f", reader, 3, &sums, &err), -1);
    close(reader);
    close(ends[0]);
    close(ends[1]);
    close(fd);
}

/* A disk that is full, and a limit of the process. */
static void test_fetch_no_room(void **state)
{
    struct rlimit before, small = {.rlim_cur = 100000};
    int full = open("/dev/full", O_WRONLY), fd = file_with(""), in;
    struct hf_sums sums;
    struct hf_err err;

    (void)state;
    shell("head -c 400000 /dev/zero > %s/store/fetch/big", root);
    in = file_with("abc");
    assert_int_equal(hf_fetch_fd(in, "a key", full, 3, &sums, &err), -1);
    assert_int_equal(err.code, HF_E_AGAIN);
    assert_string_equal(err.msg, "cannot write what is fetched from the store: No space left on device");
    close(in);
    close(full);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(hf_store_fetch(store, "fetch/big", fd, 400000, &sums, &err), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err.code, HF_E_FAIL);
    assert_non_null(strstr(err.msg, "File too large"));
    assert_int_equal(bytes_in(fd), 0);
    close(fd);
}

/* Runs f again and again in a child while an object is fetched; returns what hf_store_fetch did. */
static int fetch_while(void (*f)(int object), int64_t max, struct hf_err *err)
{
    char path[128], go;
    struct hf_sums sums;
    int fd = file_with(""), object, rc, started[2];
    pid_t child;

    shell("truncate -s 64M %s/store/fetch/changing", root);
    snprintf(path, sizeof path, "%s/store/fetch/changing", root);
    object = open(path, O_RDWR | O_APPEND);
    assert_true(object >= 0);
    assert_int_equal(pipe(started), 0);
    child = fork();
    if (child == 0) {
        f(object);
        if (write(started[1], "", 1) != 1)
            _exit(1);
        for (;;)
            f(object);
    }
    assert_int_equal(read(started[0], &go, 1), 1);
    rc = hf_store_fetch(store, "fetch/changing", fd, max, &sums, err);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(started[0]);
    close(started[1]);
    close(object);
    close(fd);
    return rc;
}

static void rewrite(int object)
{
    struct timespec t[2] = {{.tv_nsec = UTIME_OMIT}};

    clock_gettime(CLOCK_REALTIME, &t[1]);
    futimens(object, t);
}

static void append(int object)
{
    const struct timespec pause = {0, 1000 * 1000};

    if (write(object, "more", 4) == 4)
        nanosleep(&pause, NULL);
}

static void test_fetch_changing(void **state)
{
    struct hf_sums sums;
    struct hf_err err;
    int fd = file_with(""), in;

    (void)state;
    assert_int_equal(fetch_while(rewrite, INT64_MAX, &err), -1);
    assert_int_equal(err.code, HF_E_AGAIN);
    assert_string_equal(err.msg, "fetch/changing was changed while it was being read");
    assert_int_equal(fetch_while(append, INT64_MAX, &err), -1);
    assert_int_equal(err.code, HF_E_AGAIN);
    assert_int_equal(fetch_while(append, 64 * 1024 * 1024 + 40, &err), -1); /* it is that long only when it is looked at first */
    assert_int_equal(err.code, HF_E_LIMIT);
    /* Shorter than it was. */
    in = file_with("abc");
    assert_int_equal(lseek(in, 1, SEEK_SET), 1);
    assert_int_equal(hf_fetch_fd(in, "a key", fd, 3, &sums, &err), -1);
    assert_int_equal(err.code, HF_E_AGAIN);
    close(in);
    close(fd);
}

static void test_probe(void **state)
{
    struct hf_err err;
    struct hf_store_facts facts;

    (void)state;
    assert_int_equal(hf_store_probe(store, "", &facts, &err), 0);
    assert_int_equal(facts.world, 0);
    assert_int_equal(put_new("probe/f", "abc", NULL, NULL), 0);
    shell("chmod o+rx %s/store/probe", root);
    assert_int_equal(hf_store_probe(store, "probe", &facts, &err), 0);
    assert_int_equal(facts.world, 1);
    assert_int_equal(hf_store_probe(store, "probe/none", &facts, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    shell("test \"$(ls -A %s/store/probe)\" = f && test -z \"$(find %s/store -maxdepth 1 -name '.tmp-*')\"", root, root);
}

/* Who only reads makes nothing. */
static void test_open_reader(void **state)
{
    struct hf_config c;
    struct hf_store *s = NULL;
    struct hf_err err;
    char url[96], path[] = "test";

    (void)state;
    memset(&c, 0, sizeof c);
    snprintf(url, sizeof url, "file://%s/none", root);
    c.store.url = url;
    c.path = path;
    assert_int_equal(hf_store_open(&s, &c, &err), -1);
    shell("test ! -e %s/none", root);
    shell("mkdir %s/none", root);
    assert_int_equal(hf_store_open(&s, &c, &err), 0);
    hf_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replace_is_conditional), cmocka_unit_test(test_replace_under_a_race),
        cmocka_unit_test(test_objects),                cmocka_unit_test(test_put_new),
        cmocka_unit_test(test_links_and_bad_keys),     cmocka_unit_test(test_bounded_read),
        cmocka_unit_test(test_list),                   cmocka_unit_test(test_sums),
        cmocka_unit_test(test_probe),                  cmocka_unit_test(test_open_reader),
        cmocka_unit_test(test_folder_half_made),       cmocka_unit_test(test_remove),
        cmocka_unit_test(test_remove_only_objects),    cmocka_unit_test(test_remove_killed),
        cmocka_unit_test(test_types),                  cmocka_unit_test(test_fetch),
        cmocka_unit_test(test_fetch_no_room),          cmocka_unit_test(test_fetch_changing),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
