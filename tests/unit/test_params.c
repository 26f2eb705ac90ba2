/* test_params.c: release parameters from flags and push options. */
#include "publisher/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A small environment: the options of one push. */
static const char *options[8];
static int option_count;
static char count_text[16];

static char *get(const char *name)
{
    static char value[8192];
    int i;

    if (strcmp(name, "GIT_PUSH_OPTION_COUNT") == 0) {
        snprintf(count_text, sizeof count_text, "%d", option_count);
        return option_count >= 0 ? count_text : NULL;
    }
    if (sscanf(name, "GIT_PUSH_OPTION_%d", &i) != 1 || i >= (int)(sizeof options / sizeof options[0]) || options[i] == NULL)
        return NULL;
    snprintf(value, sizeof value, "%s", options[i]);
    return value;
}

static int push(struct hf_params *p, struct hf_err *err, const char *a, const char *b)
{
    memset(options, 0, sizeof options);
    options[0] = a;
    options[1] = b;
    option_count = (a != NULL) + (b != NULL);
    hf_params_init(p);
    return hf_params_push_options(p, get, err);
}

static void test_all_names(void **state)
{
    struct hf_params p;
    struct hf_err err;

    (void)state;
    assert_int_equal(push(&p, &err, "hotfix.rollout=25%", "hotfix.priority=mandatory"), 0);
    assert_int_equal(p.rollout, 2500);
    assert_int_equal(p.priority, HF_MANDATORY);
    hf_params_clear(&p);
    assert_int_equal(push(&p, &err, "hotfix.window=02:00-05:00", "hotfix.notes=it's \"fine\" = yes"), 0);
    assert_string_equal(p.window, "02:00-05:00");
    assert_string_equal(p.notes, "it's \"fine\" = yes");
    hf_params_clear(&p);
    assert_int_equal(push(&p, &err, "hotfix.target=>=1.1.0 <1.1.4", "hotfix.base=v1.1.0"), 0);
    assert_string_equal(p.target, ">=1.1.0 <1.1.4");
    assert_string_equal(p.base, "v1.1.0");
    assert_int_equal(p.force, 0);
    hf_params_clear(&p);
    assert_int_equal(push(&p, &err, "hotfix.force", NULL), 0);
    assert_int_equal(p.force, 1);
    hf_params_clear(&p);
    assert_int_equal(push(&p, &err, "hotfix.over=27", "hotfix.live"), 0);
    assert_string_equal(p.over, "27");
    assert_int_equal(p.live, 1);
    hf_params_clear(&p);
    assert_int_equal(push(&p, &err, "hotfix.over=0a1b2c3", NULL), 0);
    assert_string_equal(p.over, "0a1b2c3");
    hf_params_clear(&p);
}

static void refused(const char *a, const char *b, const char *words)
{
    struct hf_params p;
    struct hf_err err = {HF_OK, ""};

    assert_int_equal(push(&p, &err, a, b), -1);
    if (strstr(err.msg, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.msg, words);
    hf_params_clear(&p);
}

static void test_refused(void **state)
{
    (void)state;
    refused("hotfix.rollout=250%", NULL, "rollout '250%'");
    refused("hotfix.rollout=25", NULL, "25%");
    refused("hotfix.rollout=", NULL, "rollout");
    refused("hotfix.rollout", NULL, "needs a value");
    refused("hotfix.rollout=25%", "hotfix.rollout=30%", "given twice");
    refused("hotfix.speed=fast", NULL, "unknown");
    refused("hotfix.", NULL, "unknown");
    refused("hotfix.priority=urgent", NULL, "mandatory, normal or idle");
    refused("hotfix.target=latest", NULL, "target 'latest'");
    refused("hotfix.base=--help", NULL, "base");
    refused("hotfix.window=2-5", NULL, "window");
    refused("hotfix.force=maybe", NULL, "force");
    refused("hotfix.over=", NULL, "over ''");
    refused("hotfix.over=0", NULL, "over '0'");
    refused("hotfix.over=-3", NULL, "rolled back");
    refused("hotfix.over=abc", NULL, "over 'abc'");
    refused("hotfix.over=ABCDEF1", NULL, "over");
    refused("hotfix.live=maybe", NULL, "push option live 'maybe'");
    refused("hotfix.notes=a\033[31mred", NULL, "\\x1b[31mred");
}

static void test_what_looks_like_ours_is_refused(void **state)
{
    static const char *const near[] = {"Hotfix.rollout=5%", "hotfix-rollout=5%", "hotfix_rollout=5%", "HOTFIX.ROLLOUT=5%",
                                       "hotfix:rollout=5%", "hotfix.rolout=5%", "hotfix.rollout:5%", "hotfix rollout = 5%",
                                       "hotfixrollout=5%"};

    (void)state;
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
        refused(near[i], NULL, "write -o hotfix.rollout=5%");
    refused("hotfix-force", NULL, "write -o hotfix.force");
    refused("HOTFIX.speed=1", NULL, "unknown");
}

static int warned;
static void count_warning(void *arg, const char *text)
{
    (void)arg;
    (void)text;
    warned++;
}

static void test_bare_names(void **state)
{
    struct hf_params p;
    struct hf_err err = {HF_OK, ""};

    (void)state;
    assert_int_equal(push(&p, &err, "rollout=5%", NULL), 0);
    assert_int_equal(hf_params_bare_options(get, count_warning, NULL, &err), -1);
    assert_non_null(strstr(err.msg, "write -o hotfix.rollout=5%"));
    assert_int_equal(push(&p, &err, "Target=1.0.0", NULL), 0);
    assert_int_equal(hf_params_bare_options(get, count_warning, NULL, &err), -1);
    assert_int_equal(push(&p, &err, "force", "base=main"), 0);
    warned = 0;
    assert_int_equal(hf_params_bare_options(get, count_warning, NULL, &err), 0);
    assert_int_equal(warned, 2);
    assert_int_equal(push(&p, &err, "ci.skip", "merge_request.target=main"), 0);
    assert_int_equal(hf_params_bare_options(get, count_warning, NULL, &err), 0);
    assert_int_equal(warned, 2);
}

static void test_flags_and_blanks(void **state)
{
    struct hf_params p;
    struct hf_err err;

    (void)state;
    assert_int_equal(push(&p, &err, "hotfix.force=1", "hotfix.live=On"), 0);
    assert_true(p.force && p.live);
    hf_params_clear(&p);
    assert_int_equal(push(&p, &err, "hotfix.force=false", "hotfix.live="), 0);
    assert_false(p.force || p.live);
    hf_params_clear(&p);
    assert_int_equal(push(&p, &err, "hotfix.rollout= 5% \r", "hotfix.notes=  a b\t"), 0);
    assert_int_equal(p.rollout, 500);
    assert_string_equal(p.notes, "a b");
    hf_params_clear(&p);
}

/* What a message sets, or NULL with the words of the refusal in err. */
static void message(const char *text, int rollout, const char *words)
{
    struct hf_err err = {HF_OK, ""};
    struct hf_params p;
    int rc;

    hf_params_init(&p);
    rc = hf_params_message(&p, text, &err);
    if (words != NULL && (rc == 0 || strstr(err.msg, words) == NULL))
        fail_msg("'%s': '%s' does not say '%s'", text, err.msg, words);
    if (words == NULL && (rc != 0 || p.rollout != rollout))
        fail_msg("'%s': rollout is %d, %s", text, p.rollout, err.msg);
    hf_params_clear(&p);
}

static void test_messages(void **state)
{
    static const char right[] = "write 'Hotfix-Rollout: 5%'";

    (void)state;
    message("fix\n\nHotfix-Rollout: 5%\n", 500, NULL);
    message("fix\r\n\r\nhotfix-ROLLOUT :  5% \r\n", 500, NULL);
    message("fix\n\nSummary\n-------\nwords\n\nHotfix-Rollout: 5%", 500, NULL);
    message("hotfix-login: the button\n\nhotfix: more of it\n", -1, NULL);
    message("fix\n\n# Hotfix-Rollout: 5%\n", -1, NULL);
    message("fix\n\nHotfix-Rollout: 5%\n\nCo-authored-by: Bob <bob@example.com>\n", 0, right);
    message("fix\n\nHotfix-Rollout: 5%\n\n(cherry picked from commit 0123456789012345678901234567890123456789)\n", 0, right);
    message("fix\n\nHotfix-Rollout: 5%\n\nChange-Id: I01\n", 0, right);
    message("fix\n\nHotfix-Rollout: 5%\n\nCloses #12\n", 0, right);
    message("Squashed:\n\n    Hotfix-Rollout: 5%\n", 0, right);
    message("fix\n\nHotfix-Rollout=5%\n", 0, right);
    message("fix\n\nHotfix-Rollout\xef\xbc\x9a\x35%\n", 0, right);
    message("fix\n\n> Hotfix-Rollout: 5%\n", 0, right);
    message("Hotfix-Rollout: 5%", 0, right);
    message("fix\n\nHotfix-Notes: a\n Hotfix-Rollout: 5%\n", 0, right);
    message("fix\n\nHotfixRollout: 5%\n", 0, right);
    message("fix\n\nHotfix-Rolout: 5%\n", 0, "write Hotfix-Rollout");
    message("fix\n\nHotfix-Speed: 5\n", 0, "is unknown");
    message("fix\n\nHotfix-Force: yes\n", 0, "push with -o hotfix.force");
    message("fix\n\nHotfix-Target: 2.0.0\n\nwords", 0, "push with -o hotfix.target");
    message("fix\n\nHotfix-Rollout: 5%\nHotfix-Rollout: 5%\n", 0, "twice");
}

static void test_foreign_options_are_left_alone(void **state)
{
    struct hf_params p;
    struct hf_err err;

    (void)state;
    assert_int_equal(push(&p, &err, "ci.skip", "merge_request.create"), 0);
    assert_int_equal(p.rollout, -1);
    hf_params_clear(&p);
    option_count = -1;
    hf_params_init(&p);
    assert_int_equal(hf_params_push_options(&p, get, &err), 0);
}

static void test_too_many(void **state)
{
    struct hf_params p;
    struct hf_err err = {HF_OK, ""};

    (void)state;
    hf_params_init(&p);
    option_count = 10000;
    assert_int_equal(hf_params_push_options(&p, get, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    option_count = 3;
    memset(options, 0, sizeof options);
    assert_int_equal(hf_params_push_options(&p, get, &err), -1);
}

static void test_keep(void **state)
{
    struct hf_params p;

    (void)state;
    hf_params_init(&p);
    assert_int_equal(hf_params_set(&p, "rollout", "10%", 0, "--", NULL), 0);
    assert_int_equal(hf_params_set(&p, "rollout", "20%", 1, "trailer", NULL), 0);
    assert_int_equal(p.rollout, 1000);
    assert_int_equal(hf_params_set(&p, "rollout", "2", 1, "trailer", NULL), -1);
    assert_int_equal(hf_params_set(&p, "notes", "first", 0, "--", NULL), 0);
    assert_int_equal(hf_params_set(&p, "notes", "second", 1, "trailer", NULL), 0);
    assert_string_equal(p.notes, "first");
    hf_params_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_names),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_foreign_options_are_left_alone),
        cmocka_unit_test(test_what_looks_like_ours_is_refused),
        cmocka_unit_test(test_bare_names),
        cmocka_unit_test(test_flags_and_blanks),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_keep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
