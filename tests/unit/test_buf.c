/* test_buf.c: buffers that refuse rather than cut, and files that are read whole or not at all. */
#include <errno.h>
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

#include "core/buf.h"

static void additions_end_in_a_nul(void **state)
{
    struct hf_buf b;
    struct hf_err err;
    int i;

    (void)state;
    hf_buf_init(&b, 100000);
    assert_null(b.p);
    hf_buf_add(&b, "", 0);
    hf_buf_fmt(&b, "%s", "");
    assert_null(b.p);
    hf_buf_str(&b, "ab");
    hf_buf_add(&b, "c\0d", 3);
    hf_buf_fmt(&b, "%d-%s", 7, "x");
    assert_int_equal(b.n, 8);
    assert_memory_equal(b.p, "abc\0d7-x", 9);
    for (i = 0; i < 9000; i++)
        hf_buf_fmt(&b, "%d", i % 10);
    assert_int_equal(hf_buf_ok(&b, "text", &err), 0);
    assert_int_equal(b.n, 9008);
    assert_int_equal(strlen(b.p + 5), 9003);
    hf_buf_free(&b);
    assert_null(b.p);
    assert_int_equal(b.max, 100000);
}

static void over_the_limit_sticks(void **state)
{
    struct hf_buf b;
    struct hf_err err;

    (void)state;
    hf_buf_init(&b, 4);
    hf_buf_str(&b, "abcd");
    assert_int_equal(hf_buf_ok(&b, "text", &err), 0);
    hf_buf_fmt(&b, "%d", 1);
    hf_buf_str(&b, "");
    assert_int_equal(hf_buf_ok(&b, "the text", &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_string_equal(err.msg, "the text is over the limit of 4 bytes");
    assert_string_equal(b.p, "abcd");
    hf_buf_free(&b);
    hf_buf_str(&b, "ab");
    hf_buf_str(&b, "abc"); /* does not fit: what comes later must not slip in behind it */
    hf_buf_str(&b, "c");
    assert_string_equal(b.p, "ab");
    assert_int_equal(hf_buf_ok(&b, "text", &err), -1);
    hf_buf_wipe(&b);
    assert_null(b.p);
    hf_buf_init(&b, SIZE_MAX);
    b.n = SIZE_MAX - 2; /* an addition that would overflow is "no memory", not a small allocation */
    hf_buf_add(&b, "ab", 2);
    assert_int_equal(hf_buf_ok(&b, "text", &err), -1);
    assert_int_equal(err.code, HF_E_NOMEM);
}

static void reads_a_pipe_to_its_end(void **state)
{
    struct hf_buf b;
    struct hf_err err;
    int p[2];

    (void)state;
    assert_int_equal(pipe(p), 0);
    assert_int_equal(write(p[1], "hello", 5), 5);
    close(p[1]);
    hf_buf_init(&b, 5);
    assert_int_equal(hf_buf_read_fd(&b, p[0], "pipe", &err), 0);
    assert_string_equal(b.p, "hello");
    close(p[0]);
    hf_buf_free(&b);

    assert_int_equal(pipe(p), 0);
    assert_int_equal(write(p[1], "hello!", 6), 6);
    close(p[1]);
    assert_int_equal(hf_buf_read_fd(&b, p[0], "pipe", &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    close(p[0]);
    hf_buf_free(&b);

    assert_int_equal(hf_buf_read_fd(&b, -1, "a\nb", &err), -1);
    assert_string_equal(err.msg, "cannot read 'a\\x0ab': Bad file descriptor");
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void reads_regular_files_only(void **state)
{
    char dir[] = "/tmp/hf-buf-XXXXXX";
    struct hf_buf b;
    struct hf_err err;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    write_file("five", "12345");
    write_file("none", "");
    assert_int_equal(symlink("five", "link"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    hf_buf_init(&b, 5);
    assert_int_equal(hf_buf_read_file(&b, "five", 1, &err), 0);
    assert_string_equal(b.p, "12345");
    hf_buf_free(&b);
    assert_int_equal(hf_buf_read_file(&b, "none", 1, &err), 0);
    assert_int_equal(b.n, 0);
    assert_int_equal(hf_buf_read_file(&b, "link", 0, &err), 0);
    assert_string_equal(b.p, "12345");
    hf_buf_free(&b);
    assert_int_equal(hf_buf_read_file(&b, "link", 1, &err), -1);
    assert_string_equal(err.msg, "'link' is a symbolic link");
    assert_int_equal(hf_buf_read_file(&b, "fifo", 1, &err), -1);
    assert_string_equal(err.msg, "'fifo' is not a regular file");
    assert_int_equal(hf_buf_read_file(&b, ".", 1, &err), -1);
    assert_int_equal(hf_buf_read_file(&b, "gone", 1, &err), -1);
    assert_int_equal(err.code, HF_E_NOTFOUND);
    assert_string_equal(err.msg, "cannot open 'gone': No such file or directory");
    hf_buf_init(&b, 4);
    assert_int_equal(hf_buf_read_file(&b, "five", 1, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_string_equal(err.msg, "five is over the limit of 4 bytes");
    assert_null(b.p); /* refused by its size, before a byte was read */
    unlink("five");
    unlink("none");
    unlink("link");
    unlink("fifo");
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(additions_end_in_a_nul),
        cmocka_unit_test(over_the_limit_sticks),
        cmocka_unit_test(reads_a_pipe_to_its_end),
        cmocka_unit_test(reads_regular_files_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
