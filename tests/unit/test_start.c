/* test_start.c: [edge] listen, and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/start.h"

static void where_to_listen(void **state)
{
    static const char *const bad[] = {"", "3001", ":3001", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                                      "127.0.0.1:-1", "127.0.0.1:1 ", "::1:3001", "[::1]", "[]:1", "no.such.name:0",
                                      "127.0.0.1:000001"};
    struct hf_listen l, taken;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        print_message("# '%s'\n", bad[i]);
        assert_int_equal(hf_start_listen(&l, bad[i], &err), -1);
        assert_int_equal(err.code, HF_E_CONFIG);
        assert_int_equal(l.fd, -1);
    }
    assert_int_equal(hf_start_listen(&l, "127.0.0.1:0", &err), 0);
    assert_memory_equal(l.address, "127.0.0.1:", 10);
    assert_string_not_equal(l.port, "0");
    assert_int_equal(hf_start_listen(&taken, l.address, &err), -1);
    assert_int_equal(err.code, HF_E_FAIL);
    assert_non_null(strstr(err.msg, "Address already in use"));
    close(l.fd);
}

static void descriptors_for_connections_and_their_files(void **state)
{
    static const rlim_t may[] = {4608, 1024, 128};
    unsigned descriptors, connections;
    struct hf_err err;
    struct rlimit rl;
    size_t i;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &rl), 0);
    for (i = 0; i < sizeof may / sizeof may[0] && may[i] <= rl.rlim_max; i++) {
        rl.rlim_cur = rl.rlim_max = may[i];
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &rl), 0);
        assert_int_equal(hf_start_limits(&descriptors, &connections, &err), 0);
        assert_true(connections > 0 && connections * 2 < descriptors && descriptors < may[i]);
    }
    rl.rlim_cur = rl.rlim_max = 100;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &rl), 0);
    assert_int_equal(hf_start_limits(&descriptors, &connections, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(where_to_listen),
                                       cmocka_unit_test(descriptors_for_connections_and_their_files)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
