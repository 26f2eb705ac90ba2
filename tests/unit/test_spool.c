/* test_spool.c: what the spool's lists do when the disk takes only part of a line. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "builder/build.h"
#include "publisher/spool.h"

static char *folder;
static struct hf_spool *spool;

static int set_up(void **state)
{
    struct hf_err err = {HF_OK, ""};
    const char *tmp = getenv("TMPDIR");

    (void)state;
    return hf_work_make(&folder, tmp != NULL ? tmp : "/tmp", &err) != 0 || hf_spool_open(&spool, folder, &err) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    hf_spool_close(spool);
    hf_work_remove(folder);
    free(folder);
    return 0;
}

/* No file of this process grows beyond n bytes: a write over it is cut, as on a disk that is full. */
static void files_end_at(rlim_t n)
{
    struct rlimit l;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = n;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void test_half_a_line_is_taken_back(void **state)
{
    static const char commit[] = "0123456789012345678901234567890123456789", ref[] = "refs/heads/hotfix/1.0.0";
    struct hf_job j = { .ref = "refs/heads/hotfix/1.0.0", .channel = "production" };
    struct hf_err err = {HF_OK, ""};
    struct stat st;

    (void)state;
    strcpy(j.commit, commit);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(hf_spool_log(spool, "{\"a\":1}\n", 8, &err), 0);
    files_end_at(50);
    assert_int_equal(hf_spool_see(spool, &j, HF_SPOOL_NOTHING, &err), -1);
    assert_non_null(strstr(err.msg, "cannot write seen"));
    files_end_at(12);
    assert_int_equal(hf_spool_log(spool, "{\"b\":2}\n", 8, &err), -1);
    files_end_at(RLIM_INFINITY);
    assert_int_equal(stat(hf_spool_log_path(spool), &st), 0);
    assert_int_equal(st.st_size, 8);
    assert_int_equal(hf_spool_see(spool, &j, HF_SPOOL_NOTHING, &err), 0);
    assert_int_equal(hf_spool_seen(spool, commit, ref, "production"), HF_SPOOL_NOTHING);
    assert_int_equal(hf_spool_seen(spool, commit, "refs/heads/hotfix/1.0.1", "production"), HF_SPOOL_UNSEEN);
}

/* A tip is seen for one channel, and one whose bytes were there already is no base; what `hotfix init` found is one for each. */
static void test_seen(void **state)
{
    static const char commit[] = "0123456789012345678901234567890123456789", ref[] = "refs/heads/x";
    struct hf_job j = { .ref = "refs/heads/x", .channel = "prod" };
    struct hf_err err = {HF_OK, ""};
    struct hf_buf tips;
    int first;

    (void)state;
    strcpy(j.commit, commit);
    hf_buf_init(&tips, 4096);
    hf_spool_tip(&tips, commit, "refs/heads/old");
    assert_int_equal(hf_spool_see_first(spool, &tips, &first, &err), 0);
    hf_buf_free(&tips);
    assert_int_equal(hf_spool_seen(spool, commit, "refs/heads/old", "any"), HF_SPOOL_NOTHING);
    assert_int_equal(hf_spool_seen(spool, commit, "refs/heads/ol", "any"), HF_SPOOL_UNSEEN);
    assert_int_equal(hf_spool_see(spool, &j, HF_SPOOL_SAME, &err), 0);
    assert_int_equal(hf_spool_seen(spool, commit, ref, "prod"), HF_SPOOL_SAME);
    assert_int_equal(hf_spool_seen(spool, commit, ref, "production"), HF_SPOOL_UNSEEN);
    assert_int_equal(hf_spool_seen(spool, commit, ref, "pro"), HF_SPOOL_UNSEEN);
    assert_int_equal(hf_spool_see(spool, &j, HF_SPOOL_NOTHING, &err), 0);
    assert_int_equal(hf_spool_seen(spool, commit, ref, "prod"), HF_SPOOL_NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_half_a_line_is_taken_back, set_up, tear_down),
                                       cmocka_unit_test_setup_teardown(test_seen, set_up, tear_down)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
