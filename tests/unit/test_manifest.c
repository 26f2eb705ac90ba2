/* test_manifest.c: a manifest's payload: read with every rule, written byte for byte, and what a newer hotfix wrote kept. */
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
#include "core/sign.h"
#include "tests/unit/keys.h"
#include "tests/unit/manifest_text.h"

static struct hf_manifest *parse(const char *text)
{
    struct hf_manifest *m = NULL;
    struct hf_err err;

    if (hf_manifest_parse(&m, text, strlen(text), &err) != 0)
        fail_msg("%s", err.msg);
    return m;
}

/* The manifest's text again; freed by the caller. */
static char *text_of(const struct hf_manifest *m)
{
    struct hf_buf out;
    struct hf_err err;

    hf_buf_init(&out, HF_MANIFEST_MAX_BYTES);
    if (hf_manifest_write(&out, m, &err) != 0)
        fail_msg("%s", err.msg);
    return out.p;
}

static void every_member_is_read(void **state)
{
    struct hf_manifest *m = parse(MANIFEST_TEXT);
    const struct hf_release *r = &m->releases[0];
    struct hf_version v;

    (void)state;
    assert_string_equal(m->app, "com.example.shop.ios");
    assert_string_equal(m->channel, "production");
    assert_int_equal(m->serial, 42);
    assert_int_equal(m->last, 8);
    assert_int_equal(m->published, 1795327500);
    assert_int_equal(m->expires, 1795327500 + 30 * 86400);
    assert_int_equal(m->release_count, 2);
    assert_int_equal(m->revoked_count, 1);
    assert_string_equal(m->revoked[0], SUM_R);
    assert_int_equal(r->patch, 7);
    assert_string_equal(r->job, "00112233445566778899aabbccddeeff");
    assert_string_equal(r->target, "1.1.1");
    assert_int_equal(r->state, HF_LIVE);
    assert_int_equal(r->rollout, 2500);
    assert_string_equal(r->salt, "9f2c01d4a6b7e853");
    assert_int_equal(r->priority, HF_NORMAL);
    assert_string_equal(r->window, "02:00-05:00");
    assert_string_equal(r->notes, "the cart, mended\nand more");
    assert_string_equal(r->source.ref, "refs/heads/hotfix/1.1.1");
    assert_string_equal(r->source.base, OID_B);
    assert_string_equal(r->source.commit, OID_C);
    assert_int_equal(r->source.files, 3);
    assert_string_equal(r->source.builder, "ocrunner");
    assert_int_equal(r->has_file, 1);
    assert_string_equal(r->file.key, "objects/" SUM_7);
    assert_string_equal(r->file.name, "binarypatch");
    assert_int_equal(r->file.size, 27265);
    assert_string_equal(r->file.sums.md5, MD5_7);
    assert_string_equal(r->file.sums.sha256, SUM_7);
    assert_int_equal(r->delta_count, 1);
    assert_string_equal(r->deltas[0].from, SUM_6);
    assert_string_equal(r->deltas[0].codec, "zstd");
    assert_int_equal(r->deltas[0].size, 1256);
    assert_int_equal(r->unknown_critical, 0);
    assert_int_equal(hf_version_parse(&v, "1.1.1", 5, NULL), 0);
    assert_int_equal(hf_range_holds(r->range, &v), 1);
    r = &m->releases[1];
    assert_int_equal(r->has_file, 0);
    assert_int_equal(r->priority, HF_IDLE);
    assert_string_equal(r->window, "");
    assert_string_equal(r->source.base, "");
    assert_ptr_equal(hf_manifest_find(m, 6), r);
    assert_null(hf_manifest_find(m, 8));
    assert_int_equal(hf_manifest_revoked(m, SUM_R), 1);
    assert_int_equal(hf_manifest_revoked(m, SUM_7), 0);
    hf_manifest_free(m);
    hf_manifest_free(NULL);
}

static void what_was_read_is_written_byte_for_byte(void **state)
{
    struct hf_manifest *m = parse(MANIFEST_TEXT);
    char *text = text_of(m);

    (void)state;
    assert_string_equal(text, MANIFEST_TEXT);
    free(text);
    hf_manifest_free(m);
}

/* Fills r as releases[i] of the text; what it points at is its own. */
static void copy_release(struct hf_release *r, const struct hf_release *from)
{
    *r = *from;
    r->raw = NULL;
    assert_int_equal(hf_range_parse(&r->range, from->target, NULL), 0);
    r->notes = strdup(from->notes);
    r->deltas = NULL;
    if (from->delta_count > 0) {
        r->deltas = calloc(from->delta_count, sizeof *r->deltas);
        memcpy(r->deltas, from->deltas, from->delta_count * sizeof *r->deltas);
    }
}

static void one_built_from_nothing_has_the_same_bytes(void **state)
{
    struct hf_manifest *from = parse(MANIFEST_TEXT), *m = NULL;
    struct hf_release r;
    struct hf_err err;
    char *text;

    (void)state;
    assert_int_equal(hf_manifest_new(&m, "com.example.shop.ios", "production", &err), 0);
    m->serial = 42;
    m->last = 8;
    m->published = from->published;
    m->expires = from->expires;
    copy_release(&r, &from->releases[1]);
    assert_int_equal(hf_manifest_add(m, &r, &err), 0);
    assert_null(r.notes);
    copy_release(&r, &from->releases[0]);
    assert_int_equal(hf_manifest_add(m, &r, &err), 0);
    m->revoked = calloc(1, sizeof *m->revoked);
    memcpy(m->revoked[0], SUM_R, sizeof SUM_R);
    m->revoked_count = 1;
    text = text_of(m);
    assert_string_equal(text, MANIFEST_TEXT);
    free(text);
    hf_manifest_free(m);
    hf_manifest_free(from);
}

static void what_a_newer_hotfix_wrote_survives_a_rewrite(void **state)
{
    static const char text[] =
        "{\"format\":1,\"frozen\":true,\"app\":\"a\",\"channel\":\"c\",\"serial\":1,\"last\":3,"
        "\"published\":\"2026-11-22T06:05:00Z\",\"expires\":\"2026-12-22T06:05:00Z\",\"releases\":["
        "{\"patch\":3,\"plan\":[{\"at\":1}],\"job\":\"00112233445566778899aabbccddeeff\",\"target\":\"1.1.1\","
        "\"state\":\"%s\",\"rollout\":%s,\"salt\":\"00\",\"priority\":\"normal\",\"published\":\"2026-11-22T06:05:00Z\","
        "\"notes\":\"\",\"source\":{\"ref\":\"r\",\"base\":\"\",\"commit\":\"" OID_C "\",\"files\":1,"
        "\"builder\":\"archive\",\"tool\":\"v9\"},\"file\":{\"key\":\"objects/" SUM_7 "\",\"name\":\"p\",\"size\":1,"
        "\"md5\":\"" MD5_7 "\",\"sha256\":\"" SUM_7 "\",\"blake3\":\"x\"},\"deltas\":[{\"from\":\"" SUM_6 "\","
        "\"codec\":\"new\",\"key\":\"deltas/" SUM_6 "-" SUM_7 "\",\"size\":1,\"sha256\":\"" SUM_D "\",\"level\":3}],"
        "\"critical\":[\"plan\"]}],\"revoked\":[],\"keys\":{\"x\":[null]}}";
    char before[4096], after[4096], *out;
    struct hf_manifest *m;

    (void)state;
    snprintf(before, sizeof before, text, "live", "100");
    snprintf(after, sizeof after, text, "paused", "5000");
    m = parse(before);
    m->releases[0].state = HF_PAUSED;
    m->releases[0].rollout = 5000;
    out = text_of(m);
    assert_string_equal(out, after);
    free(out);
    hf_manifest_free(m);
}

static void an_unknown_critical_member_makes_no_candidate(void **state)
{
    static const struct {
        const char *critical;
        int unknown;
    } cases[] = {
        {"[]", 0},
        {"[\"file\",\"window\",\"critical\"]", 0},
        {"[\"plan\"]", 1},
        {"[\"file\",\"plan\"]", 1},
        {"[\"\"]", 1},
    };
    json_t *doc = NULL;
    struct hf_manifest *m;
    struct hf_buf out;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(hf_json_load(&doc, MANIFEST_TEXT, strlen(MANIFEST_TEXT), "m", &err), 0);
        json_object_set_new(json_array_get(json_object_get(doc, "releases"), 0), "critical",
                            json_loads(cases[i].critical, 0, NULL));
        hf_buf_init(&out, 100000);
        assert_int_equal(hf_json_write(&out, doc, &err), 0);
        m = parse(out.p);
        assert_int_equal(m->releases[0].unknown_critical, cases[i].unknown);
        assert_int_equal(m->releases[1].unknown_critical, 0);
        hf_manifest_free(m);
        hf_buf_free(&out);
        json_decref(doc);
    }
}

static void what_could_not_be_read_is_not_written(void **state)
{
    struct hf_manifest *m = parse(MANIFEST_TEXT);
    struct hf_buf out;
    struct hf_err err;

    (void)state;
    hf_buf_init(&out, HF_MANIFEST_MAX_BYTES);
    m->serial = 0;
    assert_int_equal(hf_manifest_write(&out, m, &err), -1);
    assert_non_null(strstr(err.msg, "serial"));
    m->serial = 43;
    m->last = 6;
    assert_int_equal(hf_manifest_write(&out, m, &err), -1);
    m->last = 8;
    m->releases[0].state = HF_REVOKED;
    assert_int_equal(hf_manifest_write(&out, m, &err), -1);
    assert_non_null(strstr(err.msg, "not in revoked"));
    m->releases[0].state = HF_LIVE;
    /* Notes may be left out, but not because they could not be written. */
    free(m->releases[0].notes);
    m->releases[0].notes = strdup("\xff");
    assert_int_equal(hf_manifest_write(&out, m, &err), -1);
    assert_non_null(strstr(err.msg, "not UTF-8"));
    hf_buf_free(&out);
    hf_manifest_free(m);
}

static void a_manifest_holds_512_releases(void **state)
{
    struct hf_manifest *from = parse(MANIFEST_TEXT), *m = NULL;
    struct hf_release r;
    struct hf_err err;
    char *text;
    int64_t i;

    (void)state;
    assert_int_equal(hf_manifest_new(&m, "a", "c", &err), 0);
    m->serial = 1;
    m->published = from->published;
    m->expires = from->expires;
    for (i = 1; i <= HF_MANIFEST_MAX_RELEASES + 1; i++) {
        copy_release(&r, &from->releases[0]);
        r.patch = m->last = i;
        r.over = r.instead = 0;
        if (hf_manifest_add(m, &r, &err) != 0)
            break;
    }
    assert_int_equal(i, HF_MANIFEST_MAX_RELEASES + 1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_release_clear(&r);
    text = text_of(m);
    hf_manifest_free(m);
    m = parse(text);
    assert_int_equal(m->release_count, HF_MANIFEST_MAX_RELEASES);
    free(text);
    hf_manifest_free(m);
    hf_manifest_free(from);
}

static void names_of_a_new_one_are_judged(void **state)
{
    struct hf_manifest *m = NULL;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_manifest_new(&m, "../x", "production", &err), -1);
    assert_int_equal(hf_manifest_new(&m, "a", "objects", &err), -1);
    assert_null(m);
}

static void an_envelope_is_opened_for_its_app_and_channel(void **state)
{
    struct hf_signer *s = NULL;
    struct hf_trust *t = NULL;
    struct hf_manifest *m = NULL;
    struct hf_buf out;
    struct hf_jws j;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_signer_parse(&s, RFC_PRIVATE_PEM, strlen(RFC_PRIVATE_PEM), "s", &err), 0);
    assert_int_equal(hf_trust_parse(&t, RFC_PUBLIC_PEM, strlen(RFC_PUBLIC_PEM), "t", &err), 0);
    hf_buf_init(&out, HF_JWS_MAX_BYTES);
    assert_int_equal(hf_jws_sign(&out, MANIFEST_TEXT, strlen(MANIFEST_TEXT), &s, 1, &err), 0);
    assert_int_equal(hf_manifest_open(&m, NULL, out.p, out.n, t, NULL, NULL, &err), 0);
    hf_manifest_free(m);
    assert_int_equal(hf_manifest_open(&m, &j, out.p, out.n, t, "com.example.shop.ios", "production", &err), 0);
    assert_string_equal(j.kid[0], RFC_KID);
    hf_jws_free(&j);
    hf_manifest_free(m);
    assert_int_equal(hf_manifest_open(&m, &j, out.p, out.n, t, "com.example.mall.ios", NULL, &err), -1);
    assert_int_equal(err.code, HF_E_POLICY);
    assert_string_equal(err.msg, "the manifest is for the app com.example.shop.ios, not for com.example.mall.ios");
    hf_jws_free(&j);
    assert_int_equal(hf_manifest_open(&m, NULL, out.p, out.n, t, NULL, "beta", &err), -1);
    assert_int_equal(err.code, HF_E_POLICY);
    assert_null(m);
    hf_buf_free(&out);
    /* Rightly signed, and still no manifest. */
    assert_int_equal(hf_jws_sign(&out, "{}", 2, &s, 1, &err), 0);
    assert_int_equal(hf_manifest_open(&m, NULL, out.p, out.n, t, NULL, NULL, &err), -1);
    assert_string_equal(err.msg, "manifest: format is missing");
    hf_buf_free(&out);
    assert_int_equal(hf_jws_sign(&out, "", 0, &s, 1, &err), 0);
    assert_int_equal(hf_manifest_open(&m, NULL, out.p, out.n, t, NULL, NULL, &err), -1);
    assert_string_equal(err.msg, "manifest: empty, not a JSON object");
    hf_buf_free(&out);
    hf_signer_free(s);
    hf_trust_free(t);
}

static void priorities_have_names(void **state)
{
    enum hf_priority p;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_priority_parse(&p, "mandatory", &err), 0);
    assert_int_equal(p, HF_MANDATORY);
    assert_int_equal(hf_priority_parse(&p, "idle", &err), 0);
    assert_int_equal(p, HF_IDLE);
    assert_int_equal(hf_priority_parse(&p, "Normal", &err), -1);
    assert_int_equal(err.code, HF_E_INPUT);
    assert_string_equal(err.msg, "'Normal' is not a priority: write mandatory, normal or idle");
    assert_string_equal(hf_priority_name(HF_NORMAL), "normal");
    assert_string_equal(hf_state_name(HF_WITHDRAWN), "withdrawn");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_is_read),
        cmocka_unit_test(what_was_read_is_written_byte_for_byte),
        cmocka_unit_test(one_built_from_nothing_has_the_same_bytes),
        cmocka_unit_test(what_a_newer_hotfix_wrote_survives_a_rewrite),
        cmocka_unit_test(an_unknown_critical_member_makes_no_candidate),
        cmocka_unit_test(what_could_not_be_read_is_not_written),
        cmocka_unit_test(a_manifest_holds_512_releases),
        cmocka_unit_test(names_of_a_new_one_are_judged),
        cmocka_unit_test(an_envelope_is_opened_for_its_app_and_channel),
        cmocka_unit_test(priorities_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
