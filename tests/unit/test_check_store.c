/* test_check_store.c: what check says of clocks, which no test may turn. */
#include "publisher/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char top[128];

/* The text of the finding of this level that holds these words, or NULL. */
static const char *found(const struct hf_findings *f, const char *level, const char *words)
{
    size_t i;
    json_t *o;

    json_array_foreach(f->list, i, o)
    {
        const char *what = json_string_value(json_object_get(o, "what"));

        if (strcmp(json_string_value(json_object_get(o, "level")), level) == 0 && strstr(what, words) != NULL)
            return what;
    }
    return NULL;
}

static int look(struct hf_findings *f, int64_t now)
{
    struct hf_setup s;
    struct hf_check c = {.s = &s, .found = f, .now = now};
    struct hf_err err = {HF_OK, ""};
    char ini[512];
    int n = snprintf(ini, sizeof ini, "[app]\nid = com.example\n[channel production]\n[store]\nurl = file://%s\n", top);

    memset(&s, 0, sizeof s);
    hf_findings_init(f, 1);
    if (hf_config_parse(&s.config, ini, (size_t)n, "test", &err) != 0)
        fail_msg("%s", err.msg);
    hf_check_store(&c);
    hf_setup_close(&s);
    return (int)f->errors;
}

static void test_the_clock(void **state)
{
    struct hf_findings f;

    (void)state;
    assert_int_equal(look(&f, INT64_C(1795327500)), 0);
    json_decref(f.list);
    assert_int_equal(look(&f, INT64_C(1704067200)), 0);
    json_decref(f.list);
    assert_int_equal(look(&f, INT64_C(1704067199)), 1);
    assert_non_null(found(&f, "error", "the clock of this machine says 2023-12-31T23:59:59Z"));
    json_decref(f.list);
    assert_int_equal(look(&f, -5), 1);
    assert_non_null(found(&f, "error", "the clock of this machine says 1970-01-01T00:00:00Z"));
    json_decref(f.list);
}

static int setup(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(top, sizeof top, "%s/hf-check-XXXXXX", tmp != NULL && strlen(tmp) < 100 ? tmp : "/tmp");
    return mkdtemp(top) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    char command[160];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", top);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_clock)};

    return cmocka_run_group_tests(tests, setup, teardown);
}
