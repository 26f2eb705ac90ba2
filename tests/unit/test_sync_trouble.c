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
    enum hf_sync_level level; /* that all has */
    int count;
    char text[HF_ERR_MAX_MESSAGE];
};

static void hear(void *arg, enum hf_sync_level level, const struct hf_channel *ch, const char *text)
{
    struct heard *h = arg;

    assert_int_equal(level, h->level);
    assert_null(ch);
    h->count++;
    snprintf(h->text, sizeof h->text, "%s", text);
}

static void what_stays_wrong_is_told_again_in_full(void **state)
{
    struct heard heard = {HF_SYNC_ALARM, 0, ""};
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

static void how_long_it_took_to_fail_is_no_news(void **state)
{
    struct heard heard = {HF_SYNC_WARNING, 0, ""};
    struct hf_sync_say say = {hear, &heard};
    struct hf_sync s = {.say = &say};
    struct trouble t = {0};
    char text[64];
    int i;

    (void)state;
    for (i = 0; i < 590; i++) {
        snprintf(text, sizeof text, "port 443 after %d ms: no route", i);
        hf_sync_trouble(&s, &t, HF_SYNC_WARNING, NULL, text, 1000 + i);
    }
    assert_int_equal(heard.count, 1);
    hf_sync_trouble(&s, &t, HF_SYNC_WARNING, NULL, "port 443 after 7 ms: refused", 1000 + i);
    assert_int_equal(heard.count, 2);
    assert_string_equal(heard.text, "port 443 after 7 ms: refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_stays_wrong_is_told_again_in_full),
                                       cmocka_unit_test(how_long_it_took_to_fail_is_no_news)};

    return cmocka_run_group_tests_name("sync_trouble", tests, NULL, NULL);
}
