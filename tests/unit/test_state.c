/* test_state.c: the state file: what it keeps, and that nothing but its own form is taken for one. */
#include "tests/unit/device.h"

#include <sys/stat.h>

#define SHA "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define MD5 "900150983cd24fb0d6963f7d28e17f72"
#define HELD                                                                                                         \
    "{\"patch\":3,\"sha256\":\"" SHA "\",\"md5\":\"" MD5 "\",\"size\":9,\"name\":\"fix.zip\",\"target\":\"~1.0.0\"," \
    "\"confirmed\":1}"
#define STATE                                                                                                      \
    "{\"format\":1,\"app\":\"com.example.app\",\"channel\":\"production\",\"version\":\"1.0.0\",\"current\":" HELD \
    ",\"previous\":null,\"starts\":1,\"begun\":\"" SHA "\",\"failed\":[\"" SHA "\"],\"seen\":[{\"kid\":\"" RFC_KID \
    "\",\"serial\":7,\"published\":1790000000,\"sha256\":\"" SHA "\"}],\"etag\":\"\\\"x\\\"\",\"kept\":\"" SHA "\"}"

static void comes_back_as_it_was_written(void **state)
{
    struct hf_device s;
    struct hf_buf out;
    struct hf_err err;

    (void)state;
    hf_buf_init(&out, HF_STATE_MAX_BYTES);
    if (hf_state_parse(&s, STATE, strlen(STATE), &err) != 0)
        fail_msg("%s", err.msg);
    assert_int_equal(s.current.patch, 3);
    assert_int_equal(s.current.size, 9);
    assert_int_equal(s.current.confirmed, 1);
    assert_string_equal(s.current.target, "~1.0.0");
    assert_string_equal(s.previous.sha256, "");
    assert_int_equal(s.starts, 1);
    assert_string_equal(s.begun, SHA);
    assert_int_equal(s.failed_count, 1);
    assert_int_equal(s.seen_count, 1);
    assert_int_equal(s.seen[0].serial, 7);
    assert_string_equal(s.etag, "\"x\"");
    assert_int_equal(hf_state_write(&out, &s, &err), 0);
    assert_string_equal(out.p, STATE);
    hf_buf_free(&out);
}

/* STATE with the first `from` replaced. */
static void refused(const char *from, const char *to)
{
    const char *at = strstr(STATE, from);
    char text[8192];
    struct hf_device s;
    struct hf_err err;

    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - STATE), STATE, to, at + strlen(from));
    memset(&s, 1, sizeof s);
    if (hf_state_parse(&s, text, strlen(text), &err) == 0)
        fail_msg("taken: %s", text);
    assert_true(err.code == HF_E_INPUT || err.code == HF_E_LIMIT);
    assert_string_equal(s.current.sha256, ""); /* empty after a failure */
}

static void another_form_is_refused(void **state)
{
    struct hf_device s;
    char *big = calloc(1, HF_STATE_MAX_BYTES + 2);
    struct hf_err err;

    (void)state;
    refused("\"format\":1", "\"format\":2");
    refused("\"format\":1,", "");
    refused("\"app\":\"com.example.app\"", "\"app\":\"../x\"");
    refused("\"channel\":\"production\"", "\"channel\":\"objects\"");
    refused("\"version\":\"1.0.0\"", "\"version\":\"1..0\"");
    refused("\"version\":\"1.0.0\"", "\"version\":1");
    refused("\"name\":\"fix.zip\"", "\"name\":\"../fix.zip\"");
    refused("\"name\":\"fix.zip\"", "\"name\":\"\"");
    refused("\"target\":\"~1.0.0\"", "\"target\":\"\"");
    refused("\"sha256\":\"" SHA, "\"sha256\":\"../../../../etc");
    refused("\"sha256\":\"9f", "\"sha256\":\"9F");
    refused("\"size\":9", "\"size\":-1");
    refused("\"size\":9", "\"size\":9.5");
    refused("\"size\":9", "\"size\":99999999999");
    refused("\"patch\":3", "\"patch\":0");
    refused("\"confirmed\":1", "\"confirmed\":true");
    refused("\"previous\":null", "\"previous\":[]");
    refused("\"previous\":null", "\"previous\":{}");
    refused("\"starts\":1", "\"starts\":-1");
    refused("\"failed\":[", "\"failed\":[1,");
    refused("\"failed\":[", "\"failed\":[\"" SHA "\",\"" SHA "\",\"" SHA "\",\"" SHA "\","
                              "\"" SHA "\",\"" SHA "\",\"" SHA "\",\"" SHA "\",");
    refused("\"kid\":\"k", "\"kid\":\"");
    refused("\"serial\":7", "\"serial\":0");
    refused("\"seen\":[", "\"seen\":[3,");
    refused("\\\"x\\\"", "\\nx");
    refused("\"kept\":\"" SHA "\"}", "\"kept\":\"" SHA "\"}}");
    refused("\"kept\":\"" SHA "\"}", "\"kept\":\"" SHA "\",\"kept\":\"\"}");
    assert_non_null(big);
    assert_int_equal(hf_state_parse(&s, big, HF_STATE_MAX_BYTES + 1, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    free(big);
}

static void reports_wait_until_they_are_told(void **state)
{
    char with[8192], sha[HF_SHA256_HEX + 1];
    const char *at = strstr(STATE, "\"seen\"");
    struct hf_device s, again;
    struct hf_report told;
    struct hf_buf out;
    struct hf_err err;
    int i;

    (void)state;
    assert_int_equal(hf_state_parse(&s, STATE, strlen(STATE), &err), 0); /* of a former version */
    assert_int_equal(s.report_count, 0);
    hf_state_report(&s, SHA, HF_RESULT_INSTALLED);
    hf_state_report(&s, SHA, HF_RESULT_CONFIRMED);
    hf_state_report(&s, SHA, HF_RESULT_INSTALLED);
    hf_state_report(&s, "", HF_RESULT_REMOVED);
    assert_int_equal(s.report_count, 2);
    hf_buf_init(&out, HF_STATE_MAX_BYTES);
    assert_int_equal(hf_state_write(&out, &s, &err), 0);
    snprintf(with, sizeof with, "%.*s\"reports\":[{\"sha256\":\"" SHA "\",\"result\":\"installed\"},"
                                "{\"sha256\":\"" SHA "\",\"result\":\"confirmed\"}],%s", (int)(at - STATE), STATE, at);
    assert_string_equal(out.p, with);
    assert_int_equal(hf_state_parse(&again, out.p, out.n, &err), 0);
    assert_memory_equal(&s, &again, sizeof s);
    told = s.reports[0];
    hf_state_reported(&s, &told);
    hf_state_reported(&s, &told);
    assert_int_equal(s.report_count, 1);
    assert_int_equal(s.reports[0].result, HF_RESULT_CONFIRMED);
    for (i = 0; i < HF_STATE_MAX_REPORTS + 2; i++) {
        snprintf(sha, sizeof sha, "%064d", i);
        hf_state_report(&s, sha, HF_RESULT_FAILED);
    }
    assert_int_equal(s.report_count, HF_STATE_MAX_REPORTS);
    assert_int_equal(s.reports[0].sha256[HF_SHA256_HEX - 1], '2');
    hf_buf_free(&out);
    refused("\"seen\"", "\"reports\":null,\"seen\"");
    refused("\"seen\"", "\"reports\":[1],\"seen\"");
    refused("\"seen\"", "\"reports\":[{\"sha256\":\"" SHA "\",\"result\":\"eaten\"}],\"seen\"");
    refused("\"seen\"", "\"reports\":[{\"sha256\":\"x\",\"result\":\"failed\"}],\"seen\"");
}

static void the_disk_is_asked_with_care(void **state)
{
    struct hf_device s, back;
    struct hf_err why, err;
    struct hf_dir d;
    struct stat st;
    char dir[512], name[600];
    int fresh;

    (void)state;
    new_folder(dir);
    assert_int_equal(hf_dir_open(&d, dir, &err), 0);
    assert_int_equal(hf_state_load(&s, &d, &fresh, &why, &err), 0);
    assert_int_equal(fresh, 1);
    assert_int_equal(why.code, HF_OK); /* none is no fault */

    assert_int_equal(hf_state_parse(&s, STATE, strlen(STATE), &err), 0);
    assert_int_equal(hf_state_save(&d, &s, NULL, &err), 0);
    assert_int_equal(hf_state_load(&back, &d, &fresh, &why, &err), 0);
    assert_int_equal(fresh, 0);
    assert_memory_equal(&back, &s, sizeof s);
    assert_int_equal(fstatat(d.fd, HF_STATE_FILE, &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    snprintf(name, sizeof name, "%s/" HF_STATE_FILE, dir);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(symlink("/etc/passwd", name), 0);
    assert_int_equal(hf_state_load(&back, &d, &fresh, &why, &err), 0);
    assert_int_equal(fresh, 1);
    assert_non_null(strstr(why.msg, "symbolic link"));

    assert_int_equal(unlink(name), 0);
    assert_int_equal(mkdir(name, 0700), 0);
    assert_int_equal(hf_state_load(&back, &d, &fresh, &why, &err), 0);
    assert_int_equal(fresh, 1);
    assert_non_null(strstr(why.msg, "regular file"));
    hf_dir_close(&d);
    forget_folder(dir);
}

static void the_list_of_failures_forgets_the_oldest(void **state)
{
    char sha[HF_SHA256_HEX + 1] = SHA;
    struct hf_device s;
    int i;

    (void)state;
    memset(&s, 0, sizeof s);
    for (i = 0; i < HF_FACTS_MAX_FAILED + 1; i++) {
        sha[0] = (char)('0' + i);
        hf_state_fail(&s, sha);
        hf_state_fail(&s, sha);
    }
    assert_int_equal(s.failed_count, HF_FACTS_MAX_FAILED);
    assert_int_equal(hf_state_failed(&s, sha), 1);
    sha[0] = '0';
    assert_int_equal(hf_state_failed(&s, sha), 0);
    sha[0] = '1';
    assert_int_equal(hf_state_failed(&s, sha), 1);
}

static void a_folder_is_closed_to_others(void **state)
{
    struct hf_err err;
    struct hf_dir d;
    struct stat st;
    char dir[512];

    (void)state;
    new_folder(dir);
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(hf_dir_open(&d, dir, &err), 0);
    assert_int_equal(fstat(d.fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    hf_dir_close(&d);
    assert_int_equal(hf_dir_open(&d, "/nowhere/at/all", &err), -1);
    assert_int_equal(hf_dir_open(&d, "", &err), -1);
    if (geteuid() == 0) { /* who else could make a folder that is another's */
        assert_int_equal(chown(dir, 12345, 12345), 0);
        assert_int_equal(hf_dir_open(&d, dir, &err), -1);
        assert_int_equal(err.code, HF_E_FOLDER);
    }
    forget_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was_written),
        cmocka_unit_test(another_form_is_refused),
        cmocka_unit_test(reports_wait_until_they_are_told),
        cmocka_unit_test(the_disk_is_asked_with_care),
        cmocka_unit_test(the_list_of_failures_forgets_the_oldest),
        cmocka_unit_test(a_folder_is_closed_to_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
