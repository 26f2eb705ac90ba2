/* test_sync_trouble.c: what is wrong with a bucket is told when it begins, and again after a while, in the same words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "publisher/sync_in.h"

struct heard {
    int count;
    char text[HF_ERR_MAX_MESSAGE];
};

static void hear(void *arg, enum hf_sync_level level, const struct hf_channel *ch, const char *text)
{
    struct heard *h = arg;

    assert_int_equal(level, HF_SYNC_ALARM);
    assert_null(ch);
    h->count++;
    snprintf(h->text, sizeof h->text, "%s", text);
}

static void what_stays_wrong_is_told_again_in_full(void **state)
{
    struct heard heard = {0, ""};
    struct hf_sync_say say = {hear, &heard};
    struct hf_sync s = {.say = &say};
    struct trouble t = {0};
    int64_t now = 1000;
    int i;

    (void)state;
    assert_int_equal(hf_sync_trouble(&s, &t, HF_SYNC_ALARM, NULL, "refused: not signed", now), -1);
    assert_int_equal(heard.count, 1);
    /* as a look does when the bucket says that nothing has changed: by the text that is kept */
    for (i = 0; i < 1300; i++)
        assert_int_equal(hf_sync_trouble(&s, &t, HF_SYNC_ALARM, NULL, t.text, ++now), -1);
    assert_int_equal(heard.count, 3);
    assert_string_equal(heard.text, "refused: not signed");
    assert_int_equal(hf_sync_trouble(&s, &t, HF_SYNC_ALARM, NULL, "refused: rolled back", now), -1);
    assert_int_equal(heard.count, 4);
    assert_string_equal(heard.text, "refused: rolled back");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_stays_wrong_is_told_again_in_full)};

    return cmocka_run_group_tests_name("sync_trouble", tests, NULL, NULL);
}
