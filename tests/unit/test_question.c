/* test_question.c: what devices post, and what strangers post instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/question.h"

#define SUM "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define SUM2 "1111111111111111111111111111111111111111111111111111111111111111"
#define MD5 "900150983cd24fb0d6963f7d28e17f72"

static void the_old_two_field_request(void **state)
{
    static const char text[] = "{\"version\":\"1.1.1\",\"md5\":\"" MD5 "\"}";
    struct hf_question a;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_question_parse(&a, text, strlen(text), &err), 0);
    assert_string_equal(a.facts.version, "1.1.1");
    assert_string_equal(a.facts.md5, MD5);
    assert_string_equal(a.facts.sha256, "");
    assert_string_equal(a.facts.client, "");
    assert_string_equal(a.app, "");
    assert_string_equal(a.channel, "");
    assert_string_equal(a.object, "");
    assert_int_equal(a.facts.failed_count, 0);
    hf_question_clear(&a);
    hf_question_clear(&a);
}

static void every_member(void **state)
{
    static const char text[] =
        "{\"version\":\"1.1.1+345\",\"md5\":\"900150983CD24FB0D6963F7D28E17F72\",\"app\":\"com.example.shop.ios\","
        "\"channel\":\"beta\",\"client\":\"\xe8\xae\xbe\xe5\xa4\x87-7\",\"sha256\":\"" SUM "\",\"failed\":[\"" SUM "\",\"" SUM2
        "\"],\"object\":\"" SUM2 "\",\"battery\":80,\"more\":{\"a\":[true,null]}}";
    struct hf_question a;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_question_parse(&a, text, strlen(text), &err), 0);
    assert_string_equal(a.facts.version, "1.1.1+345");
    assert_string_equal(a.facts.md5, "900150983CD24FB0D6963F7D28E17F72");
    assert_string_equal(a.app, "com.example.shop.ios");
    assert_string_equal(a.channel, "beta");
    assert_string_equal(a.facts.client, "\xe8\xae\xbe\xe5\xa4\x87-7");
    assert_string_equal(a.facts.sha256, SUM);
    assert_int_equal(a.facts.failed_count, 2);
    assert_string_equal(a.facts.failed[0], SUM);
    assert_string_equal(a.facts.failed[1], SUM2);
    assert_string_equal(a.object, SUM2);
    hf_question_clear(&a);
}

static void null_and_empty_mean_nothing(void **state)
{
    static const char text[] = "{\"version\":\"1\",\"md5\":null,\"sha256\":\"\",\"app\":null,\"channel\":\"\",\"client\":null,"
                               "\"failed\":null,\"object\":\"\"}";
    struct hf_question a;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_question_parse(&a, text, strlen(text), &err), 0);
    assert_string_equal(a.facts.md5, "");
    assert_string_equal(a.facts.sha256, "");
    assert_string_equal(a.app, "");
    assert_string_equal(a.object, "");
    assert_int_equal(a.facts.failed_count, 0);
    hf_question_clear(&a);
}

/* So that neither the decision nor a line of the log takes them for a device. */
static void a_client_id_of_nobody_is_read_as_none(void **state)
{
    static const char *const ids[] = {"(null)", "undefined", " ", "{00000000-0000-0000-0000-000000000000}"};
    char text[128];
    struct hf_question a;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ids / sizeof *ids; i++) {
        snprintf(text, sizeof text, "{\"version\":\"1\",\"client\":\"%s\"}", ids[i]);
        assert_int_equal(hf_question_parse(&a, text, strlen(text), &err), 0);
        assert_string_equal(a.facts.client, "");
        hf_question_clear(&a);
    }
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"{}", "version required"},
        {"{\"version\":null}", "version required"},
        {"{\"version\":\"\"}", "version required"},
        {"{\"md5\":\"" MD5 "\"}", "version required"},
        {"{\"version\":1}", "Invalid version"},
        {"{\"version\":true}", "Invalid version"},
        {"{\"version\":[\"1.0\"]}", "Invalid version"},
        {"{\"version\":{}}", "Invalid version"},
        {"{\"version\":\"11111111111111111111111111111111111111111111111111111111111111111\"}", "Invalid version"},
        {"{\"version\":\"1\",\"md5\":1}", "md5 is not a string"},
        {"{\"version\":\"1\",\"md5\":\"abc\"}", "md5 is not 32 hex digits"},
        {"{\"version\":\"1\",\"md5\":\"g00150983cd24fb0d6963f7d28e17f72\"}", "md5 is not 32 hex digits"},
        {"{\"version\":\"1\",\"md5\":\"" MD5 "0\"}", "md5 is longer than 32 bytes"},
        {"{\"version\":\"1\",\"sha256\":\"" MD5 "\"}", "sha256 is not 64 lower-case hex digits"},
        {"{\"version\":\"1\",\"sha256\":\"9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08\"}",
         "sha256 is not 64 lower-case hex digits"},
        {"{\"version\":\"1\",\"object\":\"../../etc/passwd\"}", "object is not 64 lower-case hex digits"},
        {"{\"version\":\"1\",\"object\":[]}", "object is not a string"},
        {"{\"version\":\"1\",\"app\":7}", "app is not a string"},
        {"{\"version\":\"1\",\"channel\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}", "channel is longer than 32 bytes"},
        {"{\"version\":\"1\",\"client\":{}}", "client is not a string"},
        {"{\"version\":\"1\",\"failed\":\"" SUM "\"}", "failed is not an array"},
        {"{\"version\":\"1\",\"failed\":[\"\"]}", "failed[0] is not 64 lower-case hex digits"},
        {"{\"version\":\"1\",\"failed\":[\"" SUM "\",7]}", "failed[1] is not 64 lower-case hex digits"},
        {"{\"version\":\"1\",\"version\":\"2\"}", "request: invalid JSON at byte"},
        {"{\"version\":\"1\\u0000\"}", "request: invalid JSON at byte"},
        {"[]", "request: not a JSON object"},
        {"", "request: empty, not a JSON object"},
    };
    struct hf_question a;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_question_parse(&a, bad[i].text, strlen(bad[i].text), &err) == 0)
            fail_msg("accepted: %s", bad[i].text);
        assert_true(err.code == HF_E_INPUT || err.code == HF_E_LIMIT);
        if (strncmp(err.msg, bad[i].says, strlen(bad[i].says)) != 0)
            fail_msg("%s: says '%s', not '%s'", bad[i].text, err.msg, bad[i].says);
        assert_null(a.doc);
    }
}

static void reports(void **state)
{
    static const char *const names[] = {"installed", "confirmed", "failed", "removed"};
    static const char *const bad[] = {
        "1", "\"installed\"", "[]", "{}", "{\"sha256\":\"" SUM "\"}", "{\"result\":\"installed\"}",
        "{\"sha256\":\"" SUM "\",\"result\":\"\"}", "{\"sha256\":\"" SUM "\",\"result\":\"Installed\"}",
        "{\"sha256\":\"" SUM "\",\"result\":1}", "{\"sha256\":\"" SUM "0\",\"result\":\"failed\"}",
        "{\"sha256\":\"\",\"result\":\"failed\"}", "{\"sha256\":null,\"result\":\"failed\"}",
    };
    char text[300];
    struct hf_question a;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        snprintf(text, sizeof text, "{\"version\":\"1\",\"report\":{\"sha256\":\"" SUM "\",\"result\":\"%s\",\"more\":1}}", names[i]);
        assert_int_equal(hf_question_parse(&a, text, strlen(text), &err), 0);
        assert_string_equal(a.reported, SUM);
        assert_int_equal(a.result, HF_RESULT_INSTALLED + i);
        assert_string_equal(hf_result_name(a.result), names[i]);
        hf_question_clear(&a);
    }
    for (i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "{\"version\":\"1\"%s}", i == 0 ? "" : ",\"report\":null");
        assert_int_equal(hf_question_parse(&a, text, strlen(text), &err), 0);
        assert_int_equal(a.result, HF_RESULT_NONE);
        assert_string_equal(a.reported, "");
        hf_question_clear(&a);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "{\"version\":\"1\",\"report\":%s}", bad[i]);
        if (hf_question_parse(&a, text, strlen(text), &err) == 0)
            fail_msg("accepted: %s", text);
        assert_int_equal(err.code, HF_E_INPUT);
        assert_memory_equal(err.msg, "report", 6);
    }
}

static void limits_are_exact(void **state)
{
    char text[HF_QUESTION_MAX_BYTES + 2], list[9 * 80] = "";
    struct hf_question a;
    struct hf_err err;
    int n, i;

    (void)state;
    n = snprintf(text, sizeof text, "{\"version\":\"1\"%*s}", HF_QUESTION_MAX_BYTES - 15, "");
    assert_int_equal(n, HF_QUESTION_MAX_BYTES);
    assert_int_equal(hf_question_parse(&a, text, (size_t)n, &err), 0);
    hf_question_clear(&a);
    text[n] = ' ';
    assert_int_equal(hf_question_parse(&a, text, (size_t)n + 1, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    for (i = 1; i <= HF_FACTS_MAX_FAILED + 1; i++) {
        strcat(list, i == 1 ? "\"" SUM "\"" : ",\"" SUM "\"");
        n = snprintf(text, sizeof text, "{\"version\":\"1\",\"failed\":[%s]}", list);
        assert_int_equal(hf_question_parse(&a, text, (size_t)n, &err), i <= HF_FACTS_MAX_FAILED ? 0 : -1);
        if (i <= HF_FACTS_MAX_FAILED)
            assert_int_equal(a.facts.failed_count, i);
        hf_question_clear(&a);
    }
    assert_string_equal(err.msg, "failed has more than 8 members");
    for (i = HF_CLIENT_ID_MAX; i <= HF_CLIENT_ID_MAX + 1; i++) {
        n = snprintf(text, sizeof text, "{\"version\":\"1\",\"client\":\"%0*d\"}", i, 0);
        assert_int_equal(hf_question_parse(&a, text, (size_t)n, &err), i == HF_CLIENT_ID_MAX ? 0 : -1);
        hf_question_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_two_field_request),
        cmocka_unit_test(every_member),
        cmocka_unit_test(null_and_empty_mean_nothing),
        cmocka_unit_test(a_client_id_of_nobody_is_read_as_none),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(reports),
        cmocka_unit_test(limits_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
