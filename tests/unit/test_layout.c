/* test_layout.c: how keys of a store are spelled, and what a key is for. */
#include "core/layout.h"

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
        enum hf_kind kind;
    } keys[] = {
        {"com.example/production/manifest.json", HF_KIND_MANIFEST},
        {"com.example/production/history/1.json", HF_KIND_HISTORY},
        {"com.example/production/history/9007199254740991.json", HF_KIND_HISTORY},
        {"com.example/objects/" A, HF_KIND_OBJECT},
        {"com.example/deltas/" A "-" B, HF_KIND_DELTA},
        {"com.example/production/candidates/" A, HF_KIND_CANDIDATE},
        {"com.example/production/candidates/" A ".json", HF_KIND_CANDIDATE},
        {"com.example/production/candidates/" A ".jsn", HF_KIND_UNKNOWN},
        {"com.example/production/candidates/" A "a.json", HF_KIND_UNKNOWN},
        {"com.example/production/candidates/A" A, HF_KIND_UNKNOWN},
        {"com.example/production/.tmp-00", HF_KIND_TEMPORARY},
        {".tmp-00", HF_KIND_TEMPORARY},
        {"com.example/production/history/9007199254740992.json", HF_KIND_UNKNOWN},
        {"com.example/production/history/99999999999999999999.json", HF_KIND_UNKNOWN},
        {"com.example/production/history/01.json", HF_KIND_UNKNOWN},
        {"com.example/production/history/0.json", HF_KIND_UNKNOWN},
        {"com.example/production/history/+1.json", HF_KIND_UNKNOWN},
        {"com.example/production/history/1.json~", HF_KIND_UNKNOWN},
        {"com.example/production/history/1/2.json", HF_KIND_UNKNOWN},
        {"com.example/production/manifest.json/x", HF_KIND_UNKNOWN},
        {"com.example/production/manifest", HF_KIND_UNKNOWN},
        {"com.example/objects/manifest.json", HF_KIND_UNKNOWN},
        {"com.example/objects/" A "a", HF_KIND_UNKNOWN},
        {"com.example/objects/x/" A, HF_KIND_UNKNOWN},
        {"com.example/production/objects/" A, HF_KIND_UNKNOWN},
        {"com.example/deltas/" A, HF_KIND_UNKNOWN},
        {"com.example/-x/manifest.json", HF_KIND_UNKNOWN},
        {"com..example/production/manifest.json", HF_KIND_UNKNOWN},
        {"com.example/readme", HF_KIND_UNKNOWN},
        {"readme", HF_KIND_UNKNOWN},
        {"", HF_KIND_UNKNOWN},
        {"a\nb/production/manifest.json", HF_KIND_UNKNOWN},
        {A "x/production/manifest.json", HF_KIND_UNKNOWN}, /* an app of 65 bytes */
        {"com.example/" A "/manifest.json", HF_KIND_UNKNOWN},
    };
    struct hf_key key;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        int app = keys[i].kind != HF_KIND_UNKNOWN && keys[i].kind != HF_KIND_TEMPORARY;
        int channel = app && keys[i].kind != HF_KIND_OBJECT && keys[i].kind != HF_KIND_DELTA;

        hf_key_read(&key, keys[i].key);
        if (key.kind != keys[i].kind)
            fail_msg("%s is %d", keys[i].key, key.kind);
        assert_string_equal(key.app, app ? "com.example" : "");
        assert_string_equal(key.channel, channel ? "production" : "");
        assert_int_equal(key.serial > 0, key.kind == HF_KIND_HISTORY);
        assert_string_equal(key.id, strstr(keys[i].key, A ".json") != NULL && channel ? A : "");
    }
}

/* What is written is read as what it is. */
static void test_written_keys(void **state)
{
    char key[HF_KEY_MAX], object[HF_OBJECT_KEY_MAX + 1];
    struct hf_key is;

    (void)state;
    hf_key_manifest(key, "com.example", "beta");
    assert_string_equal(key, "com.example/beta/manifest.json");
    hf_key_read(&is, key);
    assert_int_equal(is.kind, HF_KIND_MANIFEST);
    hf_key_history(key, "com.example", "beta", 42);
    assert_string_equal(key, "com.example/beta/history/42.json");
    hf_key_read(&is, key);
    assert_int_equal(is.serial, 42);
    hf_key_candidate(key, "com.example", "beta", A);
    assert_string_equal(key, "com.example/beta/candidates/" A ".json");
    hf_key_read(&is, key);
    assert_string_equal(is.id, A);
    hf_key_candidate_patch(key, "com.example", "beta", A);
    hf_key_read(&is, key);
    assert_int_equal(is.kind, HF_KIND_CANDIDATE);
    assert_string_equal(is.id, "");
    hf_key_patch(key, "com.example", A);
    assert_string_equal(key, "com.example/objects/" A);
    hf_delta_key(object, A, B);
    assert_string_equal(object, "deltas/" A "-" B);
    assert_int_equal(strlen(object), HF_OBJECT_KEY_MAX);
    hf_key_of_object(key, "com.example", object);
    hf_key_read(&is, key);
    assert_int_equal(is.kind, HF_KIND_DELTA);
    hf_object_key(object, A);
    assert_string_equal(object, "objects/" A);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys), cmocka_unit_test(test_written_keys)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
