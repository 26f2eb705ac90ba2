/* test_lookalike.c: what people write when they mean a release parameter. */
#include "publisher/lookalike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void line(const char *text, const char *name, const char *value)
{
    struct hf_lookalike l = {HF_PARAM_COUNT, "", 0};
    int yes = hf_lookalike_line(&l, text, strlen(text));

    if (yes != (name != NULL))
        fail_msg("'%s' %s ours", text, yes ? "looks like" : "does not look like");
    if (name == NULL)
        return;
    assert_string_equal(hf_param_name(l.param), name);
    if (l.value_n != strlen(value) || memcmp(l.value, value, l.value_n) != 0)
        fail_msg("'%s': the value is '%.*s'", text, (int)l.value_n, l.value);
}

static void test_lines_that_look_like_ours(void **state)
{
    (void)state;
    line("Hotfix-Rollout: 5%", "rollout", "5%");
    line("Hotfix-Rollout=5%", "rollout", "5%");
    line("Hotfix-Rollout\xef\xbc\x9a"
         "5%",
         "rollout", "5%");
    line("    Hotfix-Rollout : 5% \r", "rollout", "5%");
    line("> Hotfix-Rollout: 5%", "rollout", "5%");
    line(" * \"Hotfix-Rollout: 5%", "rollout", "5%");
    line("- 'hotfix_rollout = 5%", "rollout", "5%");
    line("HOTFIX.ROLLOUT:5%", "rollout", "5%");
    line("hotfix rollout: 5%", "rollout", "5%");
    line("hotfixrollout: 5%", "rollout", "5%");
    line("Hotfix-Rolout: 5%", "rollout", "5%");
    line("Hotfix-Roll-out: 5%", "rollout", "5%");
    line("Hotfix--Rollout: 5%", "rollout", "5%");
    line("Hotfix-Rollotu: 5%", "rollout", "5%"); /* two letters changed */
    line("Hotfix-Prio: idle", NULL, NULL);       /* four are missing */
    line("Hotfix-Priorty: idle", "priority", "idle");
    line("Hotfix-Windows: 02:00-05:00", "window", "02:00-05:00");
    line("Hotfix-Note: a = b: c", "notes", "a = b: c");
    line("Hotfix-Over: 27", "over", "27");
    line("Hotfix-Force: yes", "force", "yes");
    line("Hotfix-Target=1.0.0", "target", "1.0.0");
    line("Hotfix-Rollout:", "rollout", "");
    line("\xe3\x80\x80Hotfix-Rollout: 5%", "rollout", "5%"); /* an ideographic space */
}

static void test_lines_that_do_not(void **state)
{
    (void)state;
    line("hotfix-login: the button", NULL, NULL);
    line("hotfix: rollout of the new cart", NULL, NULL);
    line("Hotfix-Rollout 5%", NULL, NULL);
    line("the Hotfix-Rollout: 5%", NULL, NULL);
    line("Hotfix-Rollouttttt: 5%", NULL, NULL);
    line("Hotfix-Team: mobile", NULL, NULL);
    line("hotfix", NULL, NULL);
    line("hotfi", NULL, NULL);
    line("", NULL, NULL);
    line(">>>>", NULL, NULL);
    line("Rollout: 5%", NULL, NULL);
    line("hotfix-this is a very long subject that has a sign at its end, which changes nothing: 5%", NULL, NULL);
}

static const char *option(const char *text)
{
    struct hf_lookalike l;

    return hf_lookalike_option(&l, text) ? hf_param_name(l.param) : "";
}

static const char *bare(const char *text)
{
    struct hf_lookalike l;

    return hf_lookalike_bare(&l, text) ? hf_param_name(l.param) : "";
}

static void test_options(void **state)
{
    (void)state;
    assert_string_equal(option("hotfix.rollout=5%"), "rollout");
    assert_string_equal(option("Hotfix.rollout=5%"), "rollout");
    assert_string_equal(option("hotfix-rollout=5%"), "rollout");
    assert_string_equal(option("hotfix_rollout=5%"), "rollout");
    assert_string_equal(option("HOTFIX.ROLLOUT=5%"), "rollout");
    assert_string_equal(option("hotfix:rollout=5%"), "rollout");
    assert_string_equal(option("hotfix.rolout=5%"), "rollout");
    assert_string_equal(option("hotfix.rollout:5%"), "rollout");
    assert_string_equal(option("hotfixrollout=5%"), "rollout");
    assert_string_equal(option("hotfix-force"), "force");
    assert_string_equal(option(" hotfix.over = 27"), "over");
    assert_string_equal(option("hotfix-login=1"), "");
    assert_string_equal(option("ci.skip"), "");
    assert_string_equal(option("merge_request.create"), "");
    assert_string_equal(option("merge_request.target=main"), "");
    assert_string_equal(option(""), "");
    assert_string_equal(bare("rollout=5%"), "rollout");
    assert_string_equal(bare("Rolout:5%"), "rollout");
    assert_string_equal(bare("target=1.0.0"), "target");
    assert_string_equal(bare("force"), "force");
    assert_string_equal(bare("forse"), "");
    assert_string_equal(bare("topic=x"), "");
    assert_string_equal(bare("ci.skip"), "");
}

static void variable(const char *name, enum hf_variable what, const char *input)
{
    const char *meant = "";

    if (hf_lookalike_variable(&meant, name) != what)
        fail_msg("%s is judged wrongly", name);
    if (what == HF_VARIABLE_NEAR)
        assert_string_equal(meant, input);
}

static void test_variables(void **state)
{
    (void)state;
    variable("HOTFIX_ROLLOUT", HF_VARIABLE_OURS, NULL);
    variable("HOTFIX_OVER", HF_VARIABLE_OURS, NULL);
    variable("HOTFIX_LIVE", HF_VARIABLE_OURS, NULL);
    variable("HOTFIX_SIGNING_KEY_FILE", HF_VARIABLE_OURS, NULL);
    variable("HOTFIX_RELEASED_PATCH", HF_VARIABLE_OURS, NULL);
    variable("HOTFIX_BASE_URL", HF_VARIABLE_OURS, NULL);
    variable("HOTFIX_ROLOUT", HF_VARIABLE_NEAR, "HOTFIX_ROLLOUT");
    variable("HOTFIX_PLANS", HF_VARIABLE_NEAR, "HOTFIX_PLAN");
    variable("hotfix_plan", HF_VARIABLE_NEAR, "HOTFIX_PLAN");
    variable("Hotfix_Unsigned", HF_VARIABLE_NEAR, "HOTFIX_UNSIGNED");
    variable("HOTFIXPLAN", HF_VARIABLE_NEAR, "HOTFIX_PLAN");
    variable("HOT_FIX_EXPECT", HF_VARIABLE_NEAR, "HOTFIX_EXPECT");
    variable("HOTFIX_SLACK_URL", HF_VARIABLE_UNKNOWN, NULL);
    variable("PATH", HF_VARIABLE_FOREIGN, NULL);
    variable("HF_TOP", HF_VARIABLE_FOREIGN, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_that_look_like_ours),
        cmocka_unit_test(test_lines_that_do_not),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_variables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
