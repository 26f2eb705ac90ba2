/* test_secret.c: the files and variables that secrets come from. No byte of them is ever in a message. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/config.h"

#define VALUE "correct horse battery staple"

static char folder[] = "/tmp/hf-secret-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    return chdir("/") != 0 || rmdir(folder) != 0;
}

static void put(const char *path, size_t n, mode_t mode)
{
    static const char value[] = VALUE;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    size_t i;

    assert_true(fd >= 0);
    for (i = 0; i < n; i++)
        assert_int_equal(write(fd, value + i % (sizeof value - 1), 1), 1);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static int read_from(struct hf_buf *b, int kind, const char *name, struct hf_err *err)
{
    char copy[64];
    struct hf_secret s;
    int rc;

    snprintf(copy, sizeof copy, "%s", name);
    memset(&s, 0, sizeof s);
    if (kind == HF_SECRET_FILE)
        s.kind = HF_SECRET_FILE;
    else if (kind == HF_SECRET_ENV)
        s.kind = HF_SECRET_ENV;
    s.name = copy;
    err->msg[0] = '\0';
    rc = hf_secret_read(b, &s, "[sign] key", err);
    assert_null(strstr(err->msg, "correct"));
    if (rc != 0) {
        assert_int_equal(err->code, HF_E_CONFIG);
        assert_null(b->p);
    }
    return rc;
}

static void from_a_file(void **state)
{
    struct hf_buf b;
    struct hf_err err;

    (void)state;
    put("key", strlen(VALUE), 0640);
    assert_int_equal(read_from(&b, HF_SECRET_FILE, "key", &err), 0);
    assert_string_equal(b.p, VALUE);
    hf_buf_wipe(&b);
    assert_int_equal(chmod("key", 0444), 0); /* public keys, and what Docker mounts */
    assert_int_equal(read_from(&b, HF_SECRET_FILE, "key", &err), 0);
    hf_buf_wipe(&b);
    assert_int_equal(symlink("key", "link"), 0); /* what Kubernetes mounts */
    assert_int_equal(read_from(&b, HF_SECRET_FILE, "link", &err), 0);
    hf_buf_wipe(&b);
    assert_int_equal(chmod("key", 0602), 0);
    assert_int_equal(read_from(&b, HF_SECRET_FILE, "link", &err), -1);
    assert_string_equal(err.msg, "[sign] key: everybody may write 'link': take that right away with chmod o-w");
    unlink("link");
    unlink("key");
}

static void what_is_no_secret_file(void **state)
{
    struct hf_buf b;
    struct hf_err err;

    (void)state;
    assert_int_equal(read_from(&b, HF_SECRET_FILE, "gone", &err), -1);
    assert_string_equal(err.msg, "[sign] key: cannot open 'gone': No such file or directory");
    assert_int_equal(read_from(&b, HF_SECRET_FILE, ".", &err), -1);
    assert_string_equal(err.msg, "[sign] key: '.' is not a regular file");
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(read_from(&b, HF_SECRET_FILE, "fifo", &err), -1); /* and does not wait for a writer */
    unlink("fifo");
    put("empty", 0, 0600);
    assert_int_equal(read_from(&b, HF_SECRET_FILE, "empty", &err), -1);
    assert_string_equal(err.msg, "[sign] key: 'empty' is empty");
    unlink("empty");
    put("big", HF_SECRET_MAX + 1, 0600);
    assert_int_equal(read_from(&b, HF_SECRET_FILE, "big", &err), -1);
    assert_string_equal(err.msg, "[sign] key: 'big' is over the limit of 65536 bytes");
    assert_int_equal(truncate("big", HF_SECRET_MAX), 0);
    assert_int_equal(read_from(&b, HF_SECRET_FILE, "big", &err), 0);
    assert_int_equal(b.n, HF_SECRET_MAX);
    hf_buf_wipe(&b);
    unlink("big");
}

static void from_the_environment(void **state)
{
    char *big = calloc(1, HF_SECRET_MAX + 2);
    struct hf_buf b;
    struct hf_err err;

    (void)state;
    unsetenv("HF_TEST_SECRET");
    assert_int_equal(read_from(&b, HF_SECRET_ENV, "HF_TEST_SECRET", &err), -1);
    assert_string_equal(err.msg, "[sign] key: the environment variable HF_TEST_SECRET is not set");
    setenv("HF_TEST_SECRET", "", 1);
    assert_int_equal(read_from(&b, HF_SECRET_ENV, "HF_TEST_SECRET", &err), -1);
    assert_string_equal(err.msg, "[sign] key: the environment variable HF_TEST_SECRET is empty");
    setenv("HF_TEST_SECRET", VALUE, 1);
    assert_int_equal(read_from(&b, HF_SECRET_ENV, "HF_TEST_SECRET", &err), 0);
    assert_string_equal(b.p, VALUE);
    hf_buf_wipe(&b);
    memset(big, 'c', HF_SECRET_MAX + 1);
    setenv("HF_TEST_SECRET", big, 1);
    assert_int_equal(read_from(&b, HF_SECRET_ENV, "HF_TEST_SECRET", &err), -1);
    assert_string_equal(err.msg, "[sign] key: the environment variable HF_TEST_SECRET is over the limit of 65536 bytes");
    free(big);
    assert_int_equal(read_from(&b, HF_SECRET_NONE, "", &err), -1);
    assert_string_equal(err.msg, "[sign] key is not set: write file:PATH or env:NAME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_a_file),
        cmocka_unit_test(what_is_no_secret_file),
        cmocka_unit_test(from_the_environment),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
