/* test_edges.c: what edges have counted, added up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "publisher/edges.h"

#define ONE "{\"app\":\"a\",\"channel\":\"c\",\"patch\":7,\"offered\":5,\"installed\":4,\"confirmed\":3,\"failed\":2,\"removed\":1}"
#define DOC(patches) "{\"format\":1,\"since\":1,\"patches\":[" patches "]}"

static void edges_are_added_up(void **state)
{
    static const char other[] = DOC("{\"app\":\"a\",\"channel\":\"d\",\"patch\":7,\"offered\":1,\"installed\":0,\"confirmed\":0,"
                                    "\"failed\":0,\"removed\":0,\"more\":1}," ONE);
    struct hf_edges e = {NULL, 0};
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_edges_add(&e, DOC(ONE), strlen(DOC(ONE)), &err), 0);
    assert_int_equal(hf_edges_add(&e, other, strlen(other), &err), 0);
    assert_int_equal(e.count, 2);
    assert_int_equal(hf_edges_find(&e, "a", "c", 7)->n[HF_RESULT_NONE], 10);
    assert_int_equal(hf_edges_find(&e, "a", "c", 7)->n[HF_RESULT_REMOVED], 2);
    assert_int_equal(hf_edges_find(&e, "a", "d", 7)->n[HF_RESULT_NONE], 1);
    assert_int_equal(hf_edges_find(&e, "a", "c", 8)->n[HF_RESULT_NONE], 0);
    hf_edges_free(&e);
}

static void what_no_edge_says(void **state)
{
    static const char *const bad[] = {
        "", "[]", "{}", "{\"format\":1}", "{\"format\":2,\"patches\":[]}", "{\"format\":1,\"patches\":{}}", DOC("1"), DOC("{}"),
        DOC("{\"app\":\"a\",\"channel\":\"c\",\"patch\":0,\"offered\":1,\"installed\":0,\"confirmed\":0,\"failed\":0,\"removed\":0}"),
        DOC("{\"app\":\"a\",\"channel\":\"c\",\"patch\":1,\"offered\":-1,\"installed\":0,\"confirmed\":0,\"failed\":0,\"removed\":0}"),
        DOC("{\"app\":\"a\",\"channel\":\"c\",\"patch\":1,\"offered\":1,\"installed\":0,\"confirmed\":0,\"failed\":0}"),
    };
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hf_edges e = {NULL, 0};

        if (hf_edges_add(&e, bad[i], strlen(bad[i]), &err) == 0)
            fail_msg("taken: %s", bad[i]);
        assert_true(err.code == HF_E_INPUT || err.code == HF_E_LIMIT);
        hf_edges_free(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(edges_are_added_up), cmocka_unit_test(what_no_edge_says)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
