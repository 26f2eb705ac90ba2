/* test_manifest_parse.c: one member at a time is left out, given another type, or put over its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/manifest.h"
#include "tests/unit/manifest_text.h"

#define R0 "releases/0/"
#define FILE0 "releases/0/file/"
#define DELTA0 "releases/0/deltas/0/"

/* Sets (or, with NULL, removes) the member at a path like "releases/0/file/key" in the text of the whole manifest. */
static char *edited(const char *path, json_t *value)
{
    char at[128], *step, *rest = at;
    json_t *doc = json_loads(MANIFEST_TEXT, 0, NULL), *v = doc;
    char *text;

    snprintf(at, sizeof at, "%s", path);
    while ((step = strsep(&rest, "/")) != NULL && rest != NULL)
        v = json_is_array(v) ? json_array_get(v, strtoul(step, NULL, 10)) : json_object_get(v, step);
    assert_non_null(v);
    if (json_is_array(v) && value != NULL)
        json_array_set_new(v, strtoul(step, NULL, 10), value);
    else if (value != NULL)
        json_object_set_new(v, step, value);
    else
        assert_int_equal(json_object_del(v, step), 0);
    text = json_dumps(doc, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(doc);
    return text;
}

/* `says` NULL: it must be read. */
static void judge(const char *path, const char *shown, json_t *value, const char *says, enum hf_code code)
{
    char *text = edited(path, value);
    struct hf_manifest *m = NULL;
    struct hf_err err = {HF_OK, ""};
    int rc = hf_manifest_parse(&m, text, strlen(text), &err);

    if (says == NULL && rc != 0)
        fail_msg("%s = %s: refused: %s", path, shown, err.msg);
    if (says != NULL && rc == 0)
        fail_msg("%s = %s: accepted", path, shown);
    if (says != NULL && (strncmp(err.msg, "manifest: ", 10) != 0 || strstr(err.msg, says) == NULL))
        fail_msg("%s = %s: says '%s', not '%s'", path, shown, err.msg, says);
    if (says != NULL && code != HF_OK && err.code != code)
        fail_msg("%s = %s: code %d, not %d", path, shown, err.code, code);
    if (says != NULL)
        assert_null(m);
    hf_manifest_free(m);
    free(text);
}

static const struct member {
    const char *path, *dotted;
    enum {
        STRING,
        INT,
        ARRAY,
        OBJECT
    } type;
    int optional;
} members[] = {
    {"format", "format", INT, 0},
    {"app", "app", STRING, 0},
    {"channel", "channel", STRING, 0},
    {"serial", "serial", INT, 0},
    {"last", "last", INT, 0},
    {"published", "published", STRING, 0},
    {"expires", "expires", STRING, 0},
    {"releases", "releases", ARRAY, 0},
    {"revoked", "revoked", ARRAY, 0},
    {R0 "patch", "releases[0].patch", INT, 0},
    {R0 "job", "releases[0].job", STRING, 0},
    {R0 "target", "releases[0].target", STRING, 0},
    {R0 "state", "releases[0].state", STRING, 0},
    {R0 "rollout", "releases[0].rollout", INT, 0},
    {R0 "salt", "releases[0].salt", STRING, 0},
    {R0 "priority", "releases[0].priority", STRING, 0},
    {R0 "window", "releases[0].window", STRING, 1},
    {R0 "published", "releases[0].published", STRING, 0},
    {R0 "notes", "releases[0].notes", STRING, 1},
    {R0 "source", "releases[0].source", OBJECT, 0},
    {R0 "source/ref", "releases[0].source.ref", STRING, 0},
    {R0 "source/base", "releases[0].source.base", STRING, 0},
    {R0 "source/commit", "releases[0].source.commit", STRING, 0},
    {R0 "source/files", "releases[0].source.files", INT, 0},
    {R0 "source/builder", "releases[0].source.builder", STRING, 0},
    {R0 "file", "releases[0].file", OBJECT, 0},
    {FILE0 "key", "releases[0].file.key", STRING, 0},
    {FILE0 "name", "releases[0].file.name", STRING, 0},
    {FILE0 "size", "releases[0].file.size", INT, 0},
    {FILE0 "md5", "releases[0].file.md5", STRING, 0},
    {FILE0 "sha256", "releases[0].file.sha256", STRING, 0},
    {R0 "over", "releases[0].over", INT, 1},
    {R0 "instead", "releases[0].instead", INT, 1},
    {R0 "deltas", "releases[0].deltas", ARRAY, 1},
    {DELTA0 "from", "releases[0].deltas[0].from", STRING, 0},
    {DELTA0 "codec", "releases[0].deltas[0].codec", STRING, 0},
    {DELTA0 "key", "releases[0].deltas[0].key", STRING, 0},
    {DELTA0 "size", "releases[0].deltas[0].size", INT, 0},
    {DELTA0 "sha256", "releases[0].deltas[0].sha256", STRING, 0},
    {R0 "critical", "releases[0].critical", ARRAY, 1},
};

static void a_member_that_is_missing_is_named(void **state)
{
    char says[128];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof members / sizeof *members; i++) {
        snprintf(says, sizeof says, "manifest: %s is missing", members[i].dotted);
        judge(members[i].path, "nothing", NULL, members[i].optional ? NULL : says, HF_E_INPUT);
    }
}

static void a_member_of_another_type_is_named(void **state)
{
    static const char *const types[] = {"is not a string", "is not an integer", "is not an array", "is not an object"};
    static const char *const values[] = {"\"x\"", "1", "[]", "{}", "null", "true"};
    char says[160];
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof members / sizeof *members; i++) {
        for (k = 0; k < sizeof values / sizeof *values; k++) {
            if (k == (size_t)members[i].type || (strcmp(members[i].path, R0 "file") == 0 && k == 4))
                continue;
            snprintf(says, sizeof says, "manifest: %s %s", members[i].dotted, types[members[i].type]);
            judge(members[i].path, values[k], json_loads(values[k], JSON_DECODE_ANY, NULL), says, HF_E_INPUT);
        }
    }
}

static void lengths_and_numbers_are_exact(void **state)
{
    static const struct {
        const char *path;
        size_t max; /* bytes of a string */
    } strings[] = {
        {"app", HF_APP_MAX},
        {"channel", HF_CHANNEL_MAX},
        {FILE0 "name", HF_FILE_NAME_MAX},
        {R0 "notes", HF_MANIFEST_MAX_NOTES},
        {R0 "source/ref", HF_MANIFEST_MAX_REF},
        {R0 "source/builder", HF_MANIFEST_MAX_BUILDER},
        {R0 "salt", HF_SALT_HEX_MAX},
        {DELTA0 "codec", 15},
        {R0 "job", HF_JOB_HEX},
        {FILE0 "md5", HF_MD5_HEX},
        {R0 "source/commit", HF_OID_MAX},
    };
    static const struct {
        const char *path;
        int64_t min, max;
    } numbers[] = {
        {"format", 1, 1},
        {"serial", 1, HF_MAX_INT},
        {"last", 7, HF_MAX_INT},
        {R0 "patch", 7, 8},
        {R0 "rollout", 0, 10000},
        {R0 "source/files", 0, HF_MAX_INT},
        {FILE0 "size", 1, HF_FILE_MAX_BYTES},
        {DELTA0 "size", 1, HF_FILE_MAX_BYTES},
    };
    char s[HF_MANIFEST_MAX_NOTES + 2];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof strings / sizeof *strings; i++) {
        memset(s, 'a', sizeof s);
        s[strings[i].max] = '\0';
        judge(strings[i].path, "the longest", json_string(s), NULL, HF_OK);
        s[strings[i].max] = 'a';
        s[strings[i].max + 1] = '\0';
        judge(strings[i].path, "one longer", json_string(s), "is longer than", HF_E_LIMIT);
    }
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        judge(numbers[i].path, "the least", json_integer(numbers[i].min), NULL, HF_OK);
        judge(numbers[i].path, "the most", json_integer(numbers[i].max), NULL, HF_OK);
        judge(numbers[i].path, "one less", json_integer(numbers[i].min - 1), " ", HF_OK);
        judge(numbers[i].path, "one more", json_integer(numbers[i].max + 1), " ", HF_OK);
        judge(numbers[i].path, "a real", json_real(7.0), "fraction", HF_E_INPUT);
    }
}

static json_t *many(const char *item, size_t n)
{
    json_t *a = json_array();

    while (n-- > 0)
        json_array_append_new(a, json_loads(item, JSON_DECODE_ANY, NULL));
    return a;
}

static void lists_have_their_limits(void **state)
{
    static const char delta[] = "{\"from\":\"" SUM_6 "\",\"codec\":\"zstd\",\"key\":\"deltas/" SUM_6 "-" SUM_7
                                "\",\"size\":1,\"sha256\":\"" SUM_D "\"}";

    (void)state;
    judge(R0 "deltas", "16", many(delta, HF_MANIFEST_MAX_DELTAS), NULL, HF_OK);
    judge(R0 "deltas", "17", many(delta, HF_MANIFEST_MAX_DELTAS + 1), "more than 16", HF_E_LIMIT);
    judge(R0 "critical", "16", many("\"x\"", HF_MANIFEST_MAX_CRITICAL), NULL, HF_OK);
    judge(R0 "critical", "17", many("\"x\"", HF_MANIFEST_MAX_CRITICAL + 1), "more than 16", HF_E_LIMIT);
    judge("revoked", "2048", many("\"" SUM_R "\"", HF_MANIFEST_MAX_REVOKED), NULL, HF_OK);
    judge("revoked", "2049", many("\"" SUM_R "\"", HF_MANIFEST_MAX_REVOKED + 1), "more than 2048", HF_E_LIMIT);
    judge("releases", "513", many("{}", HF_MANIFEST_MAX_RELEASES + 1), "more than 512", HF_E_LIMIT);
    judge("releases", "none", json_array(), NULL, HF_OK);
}

static const struct {
    const char *path, *value, *says; /* says NULL: accepted */
} grammar[] = {
    {"format", "2", "its format is 2, and this hotfix reads formats up to 1: update hotfix"},
    {"format", "0", "format is not from 1"},
    {"app", "\"../x\"", "is not a name"},
    {"app", "\"\"", "the app name is empty"},
    {"channel", "\"objects\"", "cannot be named 'objects'"},
    {"channel", "\"deltas\"", "cannot be named 'deltas'"},
    {"published", "\"2026-11-22 06:05:00\"", "is not a time like 2026-11-22T06:05:00Z"},
    {"published", "\"2026-02-30T06:05:00Z\"", "is not a time"},
    {"expires", "\"2026-11-22T06:05:00Z\"", "expires is not later than published"},
    {"last", "6", "releases[0].patch is higher than last"},
    {R0 "patch", "8", NULL},
    {R0 "patch", "9", "releases[0].patch is higher than last"},
    {R0 "patch", "6", "releases[1].patch is not lower than the one before"},
    {R0 "patch", "5", "releases[1].patch is not lower than the one before"},
    {R0 "job", "\"00112233445566778899AABBCCDDEEFF\"", "releases[0].job is not 32 lower-case hex digits"},
    {R0 "job", "\"0011\"", "releases[0].job is not 32 lower-case hex digits"},
    {R0 "target", "\"\"", "releases[0].target: "},
    {R0 "target", "\"login\"", "releases[0].target: "},
    {R0 "target", "\"1.1.1\\n\"", "control character"},
    {R0 "target", "\">=1.0.0 <2.0.0\"", NULL},
    {R0 "state", "\"Live\"", "is not live, paused, withdrawn or revoked"},
    {R0 "state", "\"paused\"", NULL},
    {R0 "state", "\"withdrawn\"", NULL},
    {R0 "state", "\"revoked\"", "releases[0] is revoked, but its sha256 is not in revoked"},
    {"releases/1/state", "\"revoked\"", NULL}, /* it has no file */
    {R0 "over", "6", NULL},
    {R0 "over", "7", "releases[0].over is not the number of an earlier patch"},
    {R0 "over", "0", "releases[0].over is not from 1"},
    {R0 "instead", "6", NULL},
    {R0 "instead", "8", "releases[0].instead is not the number of an earlier patch"},
    {R0 "salt", "\"0\"", "is not 2 to 32 lower-case hex digits"},
    {R0 "salt", "\"000\"", "is not 2 to 32 lower-case hex digits"},
    {R0 "salt", "\"AA\"", "is not 2 to 32 lower-case hex digits"},
    {R0 "salt", "\"\"", "is not 2 to 32 lower-case hex digits"},
    {R0 "priority", "\"high\"", "is not mandatory, normal or idle"},
    {R0 "window", "\"\"", NULL},
    {R0 "window", "\"2:00-5:00\"", "is not like 02:00-05:00"},
    {R0 "window", "\"02:00-25:00\"", "is not like 02:00-05:00"},
    {R0 "notes", "\"a\\tb\\nc\"", NULL},
    {R0 "notes", "\"\\u001b[31m\"", "control character"},
    {R0 "source/ref", "\"a\\nb\"", "control character"},
    {R0 "source/base", "\"\"", NULL},
    {R0 "source/base", "\"HEAD\"", "is not a git object id"},
    {R0 "source/commit", "\"\"", "is empty"},
    {R0 "source/commit", "\"" SUM_7 "\"", NULL},
    {R0 "source/commit", "\"0123456789ABCDEF0123456789abcdef01234567\"", "is not a git object id"},
    {R0 "file", "null", "deltas belong to a release without a file"},
    {FILE0 "key", "\"objects/" SUM_6 "\"", "is not objects/ and the file's sha256"},
    {FILE0 "key", "\"deltas/" SUM_6 "-" SUM_7 "\"", "is not objects/ and the file's sha256"},
    {FILE0 "key", "\"../objects/" SUM_7 "\"", "is not objects/ and the file's sha256"},
    {FILE0 "key", "\"objects/../../../etc/passwd\"", "is not objects/ and the file's sha256"},
    {FILE0 "key", "\"/objects/" SUM_7 "\"", "is not objects/ and the file's sha256"},
    {FILE0 "key", "\"objects/" SUM_7 "/\"", "is not objects/ and the file's sha256"},
    {FILE0 "sha256", "\"" SUM_6 "\"", "is not objects/ and the file's sha256"},
    {FILE0 "sha256", "\"" MD5_7 "\"", "is not 64 lower-case hex digits"},
    {FILE0 "md5", "\"7777777777777777777777777777777G\"", "is not 32 lower-case hex digits"},
    {FILE0 "name", "\"../patch\"", "is not a plain file name"},
    {FILE0 "name", "\"a/b\"", "is not a plain file name"},
    {FILE0 "name", "\".hidden\"", "is not a plain file name"},
    {FILE0 "name", "\"\"", "is not a plain file name"},
    {DELTA0 "key", "\"objects/" SUM_7 "\"", "is not deltas/ and the two sha256"},
    {DELTA0 "key", "\"deltas/" SUM_7 "-" SUM_6 "\"", "is not deltas/ and the two sha256"},
    {DELTA0 "key", "\"deltas/../" SUM_6 "-" SUM_7 "\"", "releases[0].deltas[0].key is longer than 136 bytes"},
    {DELTA0 "from", "\"" SUM_R "\"", "is not deltas/ and the two sha256"},
    {R0 "deltas/0", "7", "releases[0].deltas[0] is not an object"},
    {R0 "critical", "[7]", "holds something that is not a member's name"},
    {R0 "critical", "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]", "not a member's name"},
    {"releases/1", "null", "releases[1] is not an object"},
    {"revoked/0", "\"" MD5_7 "\"", "revoked[0] is not a sha256"},
    {"revoked/0", "7", "revoked[0] is not a sha256"},
    {"unknown", "{\"a\":[true,null,\"x\"]}", NULL},
    {R0 "unknown", "\"x\"", NULL},
    {FILE0 "unknown", "[]", NULL},
};

static void values_have_their_grammar(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof grammar / sizeof *grammar; i++)
        judge(grammar[i].path, grammar[i].value, json_loads(grammar[i].value, JSON_DECODE_ANY, NULL), grammar[i].says, HF_OK);
}

static void the_text_has_a_limit_and_no_duplicates(void **state)
{
    char *text = malloc(HF_MANIFEST_MAX_BYTES + 1);
    struct hf_manifest *m = NULL;
    struct hf_err err;
    static const char twice[] = "{\"format\":1,\"format\":1}";

    (void)state;
    memset(text, ' ', HF_MANIFEST_MAX_BYTES + 1);
    memcpy(text, MANIFEST_TEXT, strlen(MANIFEST_TEXT));
    assert_int_equal(hf_manifest_parse(&m, text, HF_MANIFEST_MAX_BYTES, &err), 0);
    hf_manifest_free(m);
    assert_int_equal(hf_manifest_parse(&m, text, HF_MANIFEST_MAX_BYTES + 1, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    free(text);
    assert_int_equal(hf_manifest_parse(&m, twice, strlen(twice), &err), -1);
    assert_non_null(strstr(err.msg, "duplicate"));
    assert_null(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_that_is_missing_is_named),
        cmocka_unit_test(a_member_of_another_type_is_named),
        cmocka_unit_test(lengths_and_numbers_are_exact),
        cmocka_unit_test(lists_have_their_limits),
        cmocka_unit_test(values_have_their_grammar),
        cmocka_unit_test(the_text_has_a_limit_and_no_duplicates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
