/* test_link.c: the edge's answer, of which nothing but the URL is taken, and where that may lead. */
#include "tests/unit/device.h"

#include "client/fetch.h"
#include "client/link.h"

static void addresses_of_an_edge(void **state)
{
    static const char *const bad[] = {"", "edge.example", "ftp://edge.example", "https://",
                                      "https:///x", "https://a b", "https://user:pw@edge.example", "https://edge.example/?x=1",
                                      "http://e#x", "https://e\n", "file:///etc/passwd"};
    char out[HF_EDGE_MAX + 1], longest[HF_EDGE_MAX + 2] = "https://";
    struct hf_err err;
    size_t i;

    (void)state;
    assert_int_equal(hf_edge_check(out, "https://edge.example:8443/hotfix//", &err), 0);
    assert_string_equal(out, "https://edge.example:8443/hotfix");
    assert_int_equal(hf_edge_check(out, "http://[::1]:3001", &err), 0);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (hf_edge_check(out, bad[i], &err) == 0)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(err.code, HF_E_USAGE);
    }
    memset(longest + 8, 'a', sizeof longest - 9);
    assert_int_equal(hf_edge_check(out, longest, &err), -1);
    longest[HF_EDGE_MAX] = '\0';
    assert_int_equal(hf_edge_check(out, longest, &err), 0);
}

static void where_a_link_leads(void **state)
{
    static const char *const bad[] = {"", "x", "//evil.example/x", "ftp://a/b", "https:/x", "https://",
                                      "file:///x", "javascript:x", "https://u@evil.example", "/a b", "/x\r\nHost: y",
                                      "/x#y", "/\xc3\xa9"};
    char out[HF_LINK_MAX_URL + 1], big[HF_LINK_MAX_URL + 2];
    struct hf_err err;
    size_t i;

    (void)state;
    assert_int_equal(hf_link_join(out, "https://e:1/p", "/api/x?y=1", &err), 0);
    assert_string_equal(out, "https://e:1/p/api/x?y=1");
    assert_int_equal(hf_link_join(out, "https://e", "https://bucket.example/a?sig=%2B", &err), 0);
    assert_string_equal(out, "https://bucket.example/a?sig=%2B");
    assert_int_equal(hf_link_join(out, "http://e", "https://bucket.example/a", &err), 0);
    assert_int_equal(hf_link_join(out, "http://e", "http://bucket.example/a", &err), 0);
    assert_int_equal(hf_link_join(out, "https://e", "http://bucket.example/a", &err), -1);
    assert_int_equal(err.code, HF_E_REDIRECT);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (hf_link_join(out, "https://e", bad[i], &err) == 0)
            fail_msg("taken: %s", bad[i]);
    }
    memset(big, 'a', sizeof big);
    big[0] = '/';
    big[sizeof big - 1] = '\0';
    assert_int_equal(hf_link_join(out, "https://e", big, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
}

static enum hf_code answer(int status, const char *text, char *url, struct hf_err *err)
{
    memset(err, 0, sizeof *err);
    return hf_link_answer(url, "https://e", status, text, strlen(text), err) == 0 ? HF_OK : err->code;
}

static void answers_of_an_edge(void **state)
{
    char url[HF_LINK_MAX_URL + 1];
    struct hf_err err;

    (void)state;
    assert_int_equal(answer(200, "{\"update\":true,\"url\":\"/x\",\"extra\":{}}", url, &err), HF_OK);
    assert_string_equal(url, "https://e/x");
    assert_int_equal(answer(200, "{\"update\":false,\"message\":\"Already\\u001b up-to-date patch\"}", url, &err), HF_E_AGAIN);
    assert_non_null(strstr(err.msg, "Already\\x1b up-to-date patch"));
    assert_int_equal(answer(200, "{\"update\":1,\"url\":\"/x\"}", url, &err), HF_E_AGAIN);
    assert_int_equal(answer(200, "{\"update\":true}", url, &err), HF_E_INPUT);
    assert_int_equal(answer(200, "{\"update\":true,\"url\":7}", url, &err), HF_E_INPUT);
    assert_int_equal(answer(200, "{\"update\":true,\"url\":\"/x\",\"url\":\"/y\"}", url, &err), HF_E_INPUT);
    assert_int_equal(answer(200, "[]", url, &err), HF_E_INPUT);
    assert_int_equal(answer(200, "", url, &err), HF_E_INPUT);
    assert_int_equal(answer(404, "{\"error\":\"no such app\"}", url, &err), HF_E_SERVER);
    assert_non_null(strstr(err.msg, "no such app"));
    assert_int_equal(answer(503, "<html>", url, &err), HF_E_AGAIN);
    assert_int_equal(answer(429, "", url, &err), HF_E_AGAIN);
}

static void ranges_that_were_asked_for(void **state)
{
    (void)state;
    assert_true(hf_fetch_range_ok("bytes 5-9/10", 5, 10));
    assert_true(hf_fetch_range_ok("bytes 5-9/*", 5, 10));
    assert_true(hf_fetch_range_ok("bytes 5-7/10", 5, 10)); /* a server may send less */
    assert_false(hf_fetch_range_ok("bytes 4-9/10", 5, 10));
    assert_false(hf_fetch_range_ok("bytes 5-10/10", 5, 10));
    assert_false(hf_fetch_range_ok("bytes 5-4/10", 5, 10));
    assert_false(hf_fetch_range_ok("bytes 5-9/11", 5, 10));
    assert_false(hf_fetch_range_ok("bytes 5-9", 5, 10));
    assert_false(hf_fetch_range_ok("bytes 5-/10", 5, 10));
    assert_false(hf_fetch_range_ok("bytes 5--9/10", 5, 10));
    assert_false(hf_fetch_range_ok("bytes 5-99999999999999999999/10", 5, 10));
    assert_false(hf_fetch_range_ok("items 5-9/10", 5, 10));
    assert_false(hf_fetch_range_ok("", 0, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_an_edge),
        cmocka_unit_test(where_a_link_leads),
        cmocka_unit_test(answers_of_an_edge),
        cmocka_unit_test(ranges_that_were_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
