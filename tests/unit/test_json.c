/* test_json.c: JSON is read strictly or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"

static int load(const char *s, size_t n, struct hf_err *err)
{
    json_t *v = NULL;
    int rc = hf_json_load(&v, s, n, "thing", err);

    if (rc != 0 && v != NULL)
        fail_msg("a value was handed out with an error");
    json_decref(v);
    return rc;
}

static void what_is_not_strict_json_is_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "empty"},
        {" ", "invalid JSON"},
        {"[]", "not a JSON object"},
        {"1", "invalid JSON"},
        {"null", "invalid JSON"},
        {"{\"a\":1,\"a\":2}", "duplicate"},
        {"{\"a\":1,\"\\u0061\":2}", "duplicate"},
        {"{\"b\":{\"a\":1,\"a\":1}}", "duplicate"},
        {"{\"a\":1}x", "end of file expected"},
        {"{\"a\":1}{}", "end of file expected"},
        {"{\"a\":1", "near end of file"},
        {"{\"a\":1,}", "invalid JSON"},
        {"{'a':1}", "invalid JSON"},
        {"{a:1}", "invalid JSON"},
        {"{\"a\":01}", "invalid JSON"},
        {"{\"a\":+1}", "invalid JSON"},
        {"{\"a\":NaN}", "invalid JSON"},
        {"{/**/\"a\":1}", "invalid JSON"},
        {"\xef\xbb\xbf{}", "invalid JSON"},
        {"{\"a\":\"\\u0000\"}", "invalid JSON"},
        {"{\"\\u0000\":1}", "invalid JSON"},
        {"{\"a\":\"\xff\"}", "unable to decode"},
        {"{\"a\":\"\xc0\xaf\"}", "unable to decode"},
        {"{\"a\":\"\xed\xa0\x80\"}", "unable to decode"},
        {"{\"a\":\"\\ud800\"}", "invalid JSON"},
        {"{\"a\":\"\n\"}", "invalid JSON"},
        {"{\"a\":9223372036854775808}", "too big"},
        {"{\"a\":1.5}", "fraction"},
        {"{\"a\":1.0}", "fraction"},
        {"{\"a\":1e3}", "fraction"},
        {"{\"a\":[{\"b\":[-0.5]}]}", "fraction"},
        {"{\"a\":1e999}", "invalid JSON"},
    };
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (load(bad[i].text, strlen(bad[i].text), &err) == 0)
            fail_msg("accepted: %s", bad[i].text);
        assert_int_equal(err.code, HF_E_INPUT);
        if (strncmp(err.msg, "thing: ", 7) != 0 || strstr(err.msg, bad[i].says) == NULL)
            fail_msg("%s: says '%s', not '%s'", bad[i].text, err.msg, bad[i].says);
    }
    assert_int_equal(load("{\"a\":1}\0", 8, &err), -1);
    assert_int_equal(load(NULL, 0, &err), -1);
}

static void an_error_shows_no_control_bytes(void **state)
{
    static const char text[] = "{\"a\":\"\x1b[31m\xe2\x80\xae\"}";
    struct hf_err err;
    const char *p;

    (void)state;
    assert_int_equal(load(text, strlen(text), &err), -1);
    for (p = err.msg; *p != '\0'; p++)
        assert_true(*p >= 0x20 && *p < 0x7f);
}

static void nesting_ends_at_the_limit(void **state)
{
    static const char in_string[] = "{\"a\":\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[\\\\\"}";
    char s[4096];
    struct hf_err err;
    int depth, i;

    (void)state;
    for (depth = HF_JSON_MAX_DEPTH; depth <= HF_JSON_MAX_DEPTH + 1; depth++) {
        strcpy(s, "{\"a\":");
        for (i = 1; i < depth; i++)
            strcat(s, "[");
        for (i = 1; i < depth; i++)
            strcat(s, "]");
        if (depth == 1)
            strcat(s, "1");
        strcat(s, "}");
        assert_int_equal(load(s, strlen(s), &err), depth == HF_JSON_MAX_DEPTH ? 0 : -1);
    }
    assert_non_null(strstr(err.msg, "nested deeper than 16"));
    /* Brackets inside strings count for nothing, whatever is escaped before them. */
    assert_int_equal(load(in_string, strlen(in_string), &err), 0);
    memset(s, '[', sizeof s);
    assert_int_equal(load(s, sizeof s, &err), -1);
    /* Closing what is not open buys no depth. */
    memset(s, ']', sizeof s / 2);
    assert_int_equal(load(s, sizeof s, &err), -1);
}

static void members_are_checked(void **state)
{
    static const char text[] = "{\"s\":\"abc\",\"i\":7,\"a\":[1,2,3],\"o\":{},\"n\":null,\"t\":true}";
    json_t *doc = NULL, *v = NULL;
    const char *s = NULL;
    int64_t i = 0;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_json_load(&doc, text, strlen(text), "thing", &err), 0);
    assert_int_equal(hf_json_string(&s, doc, "s", 3, "at", &err), 0);
    assert_string_equal(s, "abc");
    assert_int_equal(hf_json_string(&s, doc, "s", 2, "at", &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_string_equal(err.msg, "at.s is longer than 2 bytes");
    assert_int_equal(hf_json_string(&s, doc, "x", 2, "at", &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    assert_string_equal(err.msg, "at.x is missing");
    assert_int_equal(hf_json_string(&s, doc, "n", 2, "", &err), -1);
    assert_string_equal(err.msg, "n is not a string");

    assert_int_equal(hf_json_int(&i, doc, "i", 7, 7, "at", &err), 0);
    assert_int_equal(i, 7);
    assert_int_equal(hf_json_int(&i, doc, "i", 8, 9, "at", &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_string_equal(err.msg, "at.i is not from 8 to 9");
    assert_int_equal(hf_json_int(&i, doc, "i", 0, 6, "", &err), -1);
    assert_int_equal(hf_json_int(&i, doc, "t", 0, 6, "at", &err), -1);
    assert_string_equal(err.msg, "at.t is not an integer");

    assert_int_equal(hf_json_array(&v, doc, "a", 3, "at", &err), 0);
    assert_int_equal(hf_json_array(&v, doc, "a", 2, "at", &err), -1);
    assert_string_equal(err.msg, "at.a has more than 2 members");
    assert_int_equal(hf_json_array(&v, doc, "o", 2, "at", &err), -1);
    assert_string_equal(err.msg, "at.o is not an array");
    assert_int_equal(hf_json_object(&v, doc, "o", "at", &err), 0);
    assert_int_equal(hf_json_object(&v, doc, "a", "at", &err), -1);
    assert_string_equal(err.msg, "at.a is not an object");
    json_decref(doc);
}

static void text_keeps_the_order_and_the_numbers(void **state)
{
    static const char text[] = "{\"z\":9007199254740993,\"a\":[\"\xe8\xae\xbe\",null,true,-1],\"m\":{\"y\":1,\"b\":\"\\n/\"}}";
    json_t *doc = NULL;
    struct hf_buf out;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_json_load(&doc, text, strlen(text), "thing", &err), 0);
    hf_buf_init(&out, 1000);
    assert_int_equal(hf_json_write(&out, doc, &err), 0);
    assert_string_equal(out.p, text);
    hf_buf_free(&out);
    hf_buf_init(&out, 10);
    assert_int_equal(hf_json_write(&out, doc, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_buf_free(&out);
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_strict_json_is_refused),
        cmocka_unit_test(an_error_shows_no_control_bytes),
        cmocka_unit_test(nesting_ends_at_the_limit),
        cmocka_unit_test(members_are_checked),
        cmocka_unit_test(text_keeps_the_order_and_the_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
