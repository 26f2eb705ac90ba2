/* test_durable.c: a file that comes from elsewhere: moved within a file system, copied otherwise. */
#include "tests/unit/shell.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/durable.h"

static void moves(void **state)
{
    struct hf_err err = {HF_OK, ""};
    int in, dir;

    (void)state;
    sh("rm -rf d; mkdir -p d/from d/to; echo new > d/from/made; chmod 600 d/from/made; echo old > d/to/patch");
    in = open(in_top("d/from/made"), O_RDONLY);
    dir = open(in_top("d/to"), O_RDONLY | O_DIRECTORY);
    assert_true(in >= 0 && dir >= 0);
    assert_int_equal(hf_durable_move(dir, "patch", AT_FDCWD, in_top("d/from/made"), in, 0644, "patch", &err), 0);
    assert_string_equal(sh("cat d/to/patch; stat -c %%a d/to/patch; ls -A d/from d/to"), "new\n644\nd/from:\n\nd/to:\npatch");
    assert_int_equal(hf_durable_move(dir, "patch", AT_FDCWD, in_top("d/from/made"), in, 0644, "patch", &err), -1);
    assert_non_null(strstr(err.msg, "cannot replace patch"));
    close(in);

    /* /proc is another file system, whatever this one is. */
    in = open("/proc/self/status", O_RDONLY);
    assert_int_equal(hf_durable_move(dir, "patch", AT_FDCWD, "/proc/self/status", in, 0644, "patch", &err), 1);
    assert_string_equal(sh("cat d/to/patch"), "new");
    close(in);
    close(dir);
}

static void copies(void **state)
{
    struct hf_err err = {HF_OK, ""};
    struct hf_durable d;
    int in, dir;

    (void)state;
    sh("rm -rf d; mkdir -p d/from d/to; seq 99999 > d/from/made");
    in = open(in_top("d/from/made"), O_RDONLY);
    dir = open(in_top("d/to"), O_RDONLY | O_DIRECTORY);
    assert_true(in >= 0 && dir >= 0);
    assert_int_equal(hf_durable_begin(&d, dir, "patch", &err), 0);
    assert_int_equal(hf_durable_copy(&d, in, &err), 0);
    assert_int_equal(hf_durable_commit(&d, "patch", 0644, 0, NULL, &err), 0);
    sh("cmp d/from/made d/to/patch");
    close(in);

    /* What cannot be read is no patch. */
    assert_int_equal(hf_durable_begin(&d, dir, "patch", &err), 0);
    assert_int_equal(hf_durable_copy(&d, dir, &err), -1);
    assert_string_equal(err.msg, "cannot read what becomes patch: Is a directory");
    hf_durable_abort(&d);
    assert_string_equal(sh("cmp d/from/made d/to/patch; ls -A d/to"), "patch");
    close(dir);
}

/* Under a lock, what a killed process left is replaced: nothing piles up. */
static void leaves_nothing_behind_under_a_lock(void **state)
{
    struct hf_err err = {HF_OK, ""};
    struct hf_durable d;
    int dir;

    (void)state;
    sh("rm -rf d; mkdir d; umask 0; echo old > d/state");
    dir = open(in_top("d"), O_RDONLY | O_DIRECTORY);
    assert_true(dir >= 0);
    assert_int_equal(hf_durable_begin_locked(&d, dir, "state", &err), 0);
    assert_int_equal(hf_durable_write(&d, "half", 4, &err), 0);
    close(d.fd); /* and it is killed */
    assert_string_equal(sh("ls -A d; cat d/state"), ".tmp-state\nstate\nold");
    assert_int_equal(hf_durable_put_locked(dir, "state", "new", 3, 0600, &err), 0);
    assert_string_equal(sh("ls -A d; cat d/state; stat -c ' %%a' d/state"), "state\nnew 600");

    /* A link in the way of the temporary name is removed, not followed. */
    sh("ln -s ../elsewhere d/.tmp-state");
    assert_int_equal(hf_durable_put_locked(dir, "state", "newer", 5, 0600, &err), 0);
    assert_string_equal(sh("ls -A . d; cat d/state"), ".:\nd\n\nd:\nstate\nnewer");

    sh("ln -s a d/current; ln -s b d/.tmp-current");
    assert_int_equal(hf_durable_symlink_locked(dir, "current", "c", &err), 0);
    assert_string_equal(sh("ls -A d; readlink d/current"), "current\nstate\nc");
    close(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves),
        cmocka_unit_test(copies),
        cmocka_unit_test(leaves_nothing_behind_under_a_lock),
    };

    return cmocka_run_group_tests(tests, make_top, remove_top);
}
