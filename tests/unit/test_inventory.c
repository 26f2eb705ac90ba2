/* test_inventory.c: what a key of a store is for. */
#include "publisher/inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void test_keys(void **state)
{
    static const struct {
        const char *key;
        enum hf_item_kind kind;
    } keys[] = {
        {"com.example/production/manifest.json", HF_ITEM_MANIFEST},
        {"com.example/production/history/1.json", HF_ITEM_HISTORY},
        {"com.example/production/history/9007199254740991.json", HF_ITEM_HISTORY},
        {"com.example/objects/" A, HF_ITEM_OBJECT},
        {"com.example/deltas/" A "-" B, HF_ITEM_DELTA},
        {"com.example/production/.tmp-00", HF_ITEM_TEMPORARY},
        {".tmp-00", HF_ITEM_TEMPORARY},
        {"com.example/production/history/9007199254740992.json", HF_ITEM_UNKNOWN},
        {"com.example/production/history/99999999999999999999.json", HF_ITEM_UNKNOWN},
        {"com.example/production/history/01.json", HF_ITEM_UNKNOWN},
        {"com.example/production/history/0.json", HF_ITEM_UNKNOWN},
        {"com.example/production/history/+1.json", HF_ITEM_UNKNOWN},
        {"com.example/production/history/1.json~", HF_ITEM_UNKNOWN},
        {"com.example/production/history/1/2.json", HF_ITEM_UNKNOWN},
        {"com.example/production/manifest.json/x", HF_ITEM_UNKNOWN},
        {"com.example/production/manifest", HF_ITEM_UNKNOWN},
        {"com.example/objects/manifest.json", HF_ITEM_UNKNOWN},
        {"com.example/objects/" A "a", HF_ITEM_UNKNOWN},
        {"com.example/objects/x/" A, HF_ITEM_UNKNOWN},
        {"com.example/production/objects/" A, HF_ITEM_UNKNOWN},
        {"com.example/deltas/" A, HF_ITEM_UNKNOWN},
        {"com.example/-x/manifest.json", HF_ITEM_UNKNOWN},
        {"com..example/production/manifest.json", HF_ITEM_UNKNOWN},
        {"com.example/readme", HF_ITEM_UNKNOWN},
        {"readme", HF_ITEM_UNKNOWN},
        {"", HF_ITEM_UNKNOWN},
        {"a\nb/production/manifest.json", HF_ITEM_UNKNOWN},
        {A "x/production/manifest.json", HF_ITEM_UNKNOWN}, /* an app of 65 bytes */
        {"com.example/" A "/manifest.json", HF_ITEM_UNKNOWN},
    };
    struct hf_item item;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        memset(&item, 0, sizeof item);
        assert_int_equal(hf_item_of(&item, keys[i].key, NULL), 0);
        if (item.kind != keys[i].kind)
            fail_msg("%s is %d", keys[i].key, item.kind);
        assert_string_equal(item.key, keys[i].key);
        if (item.kind == HF_ITEM_UNKNOWN)
            assert_string_equal(item.app, "");
        else if (item.kind != HF_ITEM_TEMPORARY)
            assert_string_equal(item.app, "com.example");
        assert_string_equal(item.channel, item.kind == HF_ITEM_MANIFEST || item.kind == HF_ITEM_HISTORY ? "production" : "");
        free(item.key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
