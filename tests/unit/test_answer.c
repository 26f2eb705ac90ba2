/* test_answer.c: structs of callers that were compiled with another header: smaller ones work, unknown sizes are refused. */
#include "tests/unit/device.h"

#include "client/answer.h"

/* A struct as it was published first, and as the library knows it now. */
struct then {
    size_t size;
    int64_t a;
};
struct now {
    size_t size;
    int64_t a;
    int64_t b;
};
static const struct hf_sized grown = {"options", sizeof(struct then), sizeof(struct now)};

static void options_of_an_older_header_are_read(void **state)
{
    const struct then older = {.size = sizeof older, .a = 7};
    const struct now same = {.size = sizeof same, .a = 8, .b = 9};
    struct {
        struct now known;
        int64_t c;
        char d;
    } newer;
    struct hf_err err;
    struct now out;

    (void)state;
    assert_int_equal(hf_sized_read(&out, &older, older.size, &grown, &err), 0);
    assert_int_equal(out.a, 7);
    assert_int_equal(out.b, 0);
    assert_int_equal(hf_sized_read(&out, &same, same.size, &grown, &err), 0);
    assert_int_equal(out.b, 9);

    /* A newer header: fine as long as nothing is asked for that this library does not know. */
    memset(&newer, 0, sizeof newer);
    newer.known = same;
    assert_int_equal(hf_sized_read(&out, &newer, sizeof newer, &grown, &err), 0);
    assert_int_equal(out.b, 9);
    newer.d = 1;
    assert_int_equal(hf_sized_read(&out, &newer, offsetof(__typeof__(newer), d) + 1, &grown, &err), -1);
    assert_int_equal(err.code, HF_E_USAGE);
    assert_string_equal(err.msg, "options.size is 33, but this library knows only 24 bytes: it is older than the header, or size was "
                                 "not set");

    assert_int_equal(hf_sized_read(&out, &older, sizeof older - 1, &grown, &err), -1);
    assert_int_equal(err.code, HF_E_USAGE);
    assert_string_equal(err.msg, "options.size is 15, and must be sizeof(struct hf_client_options): at least 16");
    assert_int_equal(hf_sized_read(&out, &older, SIZE_MAX, &grown, &err), -1); /* never set: it may be anything */
}

static void answers_to_an_older_header_end_where_its_struct_does(void **state)
{
    const struct now full = {.size = 1, .a = 7, .b = 8};
    struct now out;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_sized_check(sizeof(struct then), &grown, &err), 0);
    assert_int_equal(hf_sized_check(sizeof(struct now), &grown, &err), 0);
    assert_int_equal(hf_sized_check(sizeof(struct now) + 1, &grown, &err), -1);
    assert_int_equal(hf_sized_check(sizeof(struct then) - 1, &grown, &err), -1);

    out = (struct now){.size = sizeof(struct then), .a = 1, .b = 2};
    hf_sized_write(&out, out.size, &full, &grown);
    assert_true(out.size == sizeof(struct then) && out.a == 7 && out.b == 2);
    hf_sized_write(&out, sizeof out, &full, &grown);
    assert_true(out.size == sizeof(struct then) && out.a == 7 && out.b == 8);
    out = (struct now){.size = 0, .a = 1, .b = 2};
    hf_sized_write(&out, 0, &full, &grown);
    assert_true(out.a == 1 && out.b == 2);
}

static enum hf_client_result just_status(struct hf_client *c, struct hf_client_answer *a)
{
    return hf_client_status(c, NULL, a);
}

static void every_call_checks_the_sizes(void **state)
{
    static enum hf_client_result (*const calls[])(struct hf_client *, struct hf_client_answer *) = {
        hf_client_update, hf_client_begin, hf_client_confirm, hf_client_rollback, just_status};
    struct hf_client_options o = {.size = 0, .dir = "/nowhere/at/all"};
    struct {
        struct hf_client_answer a;
        char behind[64];
    } place;
    struct hf_client_answer *a = &place.a;
    struct hf_client_status status = {.size = sizeof status - 8};
    struct hf_client *c;
    struct server s;
    char dir[512];
    size_t i;

    (void)state;
    memset(&s, 0, sizeof s);
    memset(&place, 'x', sizeof place);
    new_folder(dir);
    a->size = sizeof *a;
    assert_int_equal(hf_client_open(&c, &o, a), HF_CLIENT_USAGE);
    assert_null(c);
    assert_non_null(strstr(a->message, "options.size is 0, and must be sizeof(struct hf_client_options)"));
    o.size = sizeof o;
    a->size = 0;
    memset(a->message, 'x', sizeof a->message);
    assert_int_equal(hf_client_open(&c, &o, a), HF_CLIENT_USAGE);
    assert_int_equal(a->message[0], 'x'); /* nothing is written where no place is known */

    c = device(dir, &s, RFC_PUBLIC_PEM);
    for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        a->size = sizeof place;
        assert_int_equal(calls[i](c, a), HF_CLIENT_USAGE);
        assert_non_null(strstr(a->message, "this library knows only"));
        assert_int_equal(a->size, sizeof place);
        assert_int_equal(place.behind[0], 'x');
        a->size = sizeof *a - 1;
        a->event = HF_CLIENT_STALE;
        assert_int_equal(calls[i](c, a), HF_CLIENT_USAGE);
        assert_int_equal(a->event, HF_CLIENT_STALE);
    }
    assert_int_equal(s.asked, 0);
    a->size = sizeof *a;
    assert_int_equal(hf_client_status(c, &status, a), HF_CLIENT_USAGE);
    assert_non_null(strstr(a->message, "status.size is"));
    status.size = sizeof status;
    assert_int_equal(hf_client_begin(c, a), HF_CLIENT_OK);
    assert_int_equal(hf_client_status(c, &status, a), HF_CLIENT_OK);
    assert_string_equal(status.app, "com.example.app");
    assert_true(status.size == sizeof status && a->size == sizeof *a);
    hf_client_close(c);
    forget_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_an_older_header_are_read),
        cmocka_unit_test(answers_to_an_older_header_end_where_its_struct_does),
        cmocka_unit_test(every_call_checks_the_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
