/* test_jws.c: the envelope of a manifest. Whatever is refused here is signed rightly unless its name says otherwise: what is
 * judged is the form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base64url.h"
#include "core/jws.h"
#include "core/sign.h"
#include "tests/unit/keys.h"

#define PAYLOAD "{\"hello\":\"world\"}"
#define RFC_HEADER "{\"alg\":\"EdDSA\",\"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+json\"}"

struct fixture {
    struct hf_signer *rfc, *other;
    struct hf_trust *trust_rfc, *trust_other, *trust_both;
};

static int set_up(void **state)
{
    static const char both[] = RFC_PUBLIC_PEM OTHER_PUBLIC_PEM;
    struct fixture *f = calloc(1, sizeof *f);
    struct hf_err err;

    *state = f;
    return f == NULL || hf_signer_parse(&f->rfc, RFC_PRIVATE_PEM, strlen(RFC_PRIVATE_PEM), "a", &err) != 0 ||
           hf_signer_parse(&f->other, OTHER_PRIVATE_PEM, strlen(OTHER_PRIVATE_PEM), "b", &err) != 0 ||
           hf_trust_parse(&f->trust_rfc, RFC_PUBLIC_PEM, strlen(RFC_PUBLIC_PEM), "a", &err) != 0 ||
           hf_trust_parse(&f->trust_other, OTHER_PUBLIC_PEM, strlen(OTHER_PUBLIC_PEM), "b", &err) != 0 ||
           hf_trust_parse(&f->trust_both, both, strlen(both), "ab", &err) != 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    hf_signer_free(f->rfc);
    hf_signer_free(f->other);
    hf_trust_free(f->trust_rfc);
    hf_trust_free(f->trust_other);
    hf_trust_free(f->trust_both);
    free(f);
    return 0;
}

static const char *b64(char *out, const void *p, size_t n)
{
    hf_base64url(out, p, n);
    return out;
}

/* {"protected":…,"signature":…} by the signer over this header, whatever it says, and the payload as it stands encoded. */
static const char *member(char out[1024], const struct hf_signer *s, const char *header, const char *payload64)
{
    char h[512], input[2048], sig64[128];
    uint8_t sig[HF_ED25519_SIG_LEN];
    struct hf_err err;

    snprintf(input, sizeof input, "%s.%s", b64(h, header, strlen(header)), payload64);
    assert_int_equal(hf_signer_sign(s, sig, input, strlen(input), &err), 0);
    snprintf(out, 1024, "{\"protected\":\"%s\",\"signature\":\"%s\"}", h, b64(sig64, sig, sizeof sig));
    return out;
}

static int verify(const char *text, const struct hf_trust *t, struct hf_err *err)
{
    struct hf_jws j;
    int rc = hf_jws_verify(&j, text, strlen(text), t, err);

    if (rc == 0) {
        assert_int_equal(j.payload.n, strlen(PAYLOAD));
        assert_memory_equal(j.payload.p, PAYLOAD, j.payload.n);
    } else {
        assert_int_equal(j.payload.n, 0);
        assert_int_equal(j.verified, 0);
    }
    hf_jws_free(&j);
    return rc;
}

static void refused(const char *what, const char *text, const struct hf_trust *t, enum hf_code code)
{
    struct hf_err err;

    if (verify(text, t, &err) == 0)
        fail_msg("%s: accepted", what);
    if (err.code != code)
        fail_msg("%s: code %d, not %d: %s", what, err.code, code, err.msg);
}

static void sign_text(struct hf_buf *out, struct hf_signer *const *signers, size_t n)
{
    struct hf_err err;

    hf_buf_init(out, HF_JWS_MAX_BYTES);
    assert_int_equal(hf_jws_sign(out, PAYLOAD, strlen(PAYLOAD), signers, n, &err), 0);
}

static void the_rfc_key_signs_the_text_of_the_format(void **state)
{
    struct fixture *f = *state;
    char payload[64], m[1024], expected[2048];
    struct hf_buf out;
    struct hf_jws j;
    struct hf_err err;

    sign_text(&out, &f->rfc, 1);
    b64(payload, PAYLOAD, strlen(PAYLOAD));
    snprintf(expected, sizeof expected, "{\"payload\":\"%s\",\"signatures\":[%s]}", payload,
             member(m, f->rfc, RFC_HEADER, payload));
    assert_string_equal(out.p, expected);
    assert_int_equal(hf_jws_verify(&j, out.p, out.n, f->trust_both, &err), 0);
    assert_int_equal(j.signatures, 1);
    assert_int_equal(j.verified, 1);
    assert_string_equal(j.kid[0], RFC_KID);
    hf_jws_free(&j);
    hf_jws_free(&j);
    hf_buf_free(&out);
}

static void two_signatures_let_keys_rotate(void **state)
{
    struct fixture *f = *state;
    struct hf_signer *both[2] = {f->rfc, f->other};
    struct hf_buf out;
    struct hf_jws j;
    struct hf_err err;

    sign_text(&out, both, 2);
    assert_int_equal(verify(out.p, f->trust_rfc, &err), 0);
    assert_int_equal(verify(out.p, f->trust_other, &err), 0);
    assert_int_equal(hf_jws_verify(&j, out.p, out.n, f->trust_both, &err), 0);
    assert_int_equal(j.verified, 3);
    hf_jws_free(&j);
    assert_int_equal(hf_jws_verify(&j, out.p, out.n, f->trust_other, &err), 0);
    assert_int_equal(j.signatures, 2);
    assert_int_equal(j.verified, 2);
    hf_jws_free(&j);
    hf_buf_free(&out);
}

static void one_pinned_key_of_several_is_enough(void **state)
{
    struct fixture *f = *state;
    char payload[64], a[1024], b[1024], text[4096];
    struct hf_err err;

    b64(payload, PAYLOAD, strlen(PAYLOAD));
    member(a, f->rfc, RFC_HEADER, payload);
    member(b, f->other, RFC_HEADER, payload); /* the other key under the RFC key's kid */
    snprintf(text, sizeof text, "{\"payload\":\"%s\",\"signatures\":[%s]}", payload, b);
    refused("a pinned kid, signed by another key", text, f->trust_rfc, HF_E_SIG);
    assert_int_equal(verify(text, f->trust_rfc, &err), -1);
    assert_string_equal(err.msg, "the manifest's signature by the trusted key " RFC_KID " does not match its bytes");
    snprintf(text, sizeof text, "{\"payload\":\"%s\",\"signatures\":[%s,%s]}", payload, b, a);
    refused("two by one kid, one of them right", text, f->trust_rfc, HF_E_INPUT);
}

static void an_unknown_key_alone_is_not_enough(void **state)
{
    struct fixture *f = *state;
    struct hf_buf out;
    struct hf_err err;

    sign_text(&out, &f->rfc, 1);
    refused("an unknown kid", out.p, f->trust_other, HF_E_SIG);
    assert_int_equal(verify(out.p, f->trust_other, &err), -1);
    assert_string_equal(err.msg, "the manifest is not signed by any key that is trusted here; it names the key " RFC_KID);
    hf_buf_free(&out);
}

static void any_other_protected_header_is_refused(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"alg\":\"HS256\",\"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"alg\":\"EdDSa\",\"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"alg\":\"EdDSA\",\"b64\":false,\"crit\":[\"b64\"],\"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"alg\":\"EdDSA\",\"crit\":[],\"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+json\",\"x\":1}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" RFC_KID "\",\"typ\":\"JWT\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+yaml\"}", /* of the right length */
        "{\"alg\":\"EdDSA\",\"kid\":\"" RFC_KID "\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"kid\":\"" RFC_KID "\",\"alg\":\"EdDSA\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"alg\":\"EdDSA\", \"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"" RFC_KID "\",\"typ\":\"hotfix-manifest+json\"} ",
        "{\"alg\":\"EdDSA\",\"kid\":\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4l\",\"typ\":\"hotfix-manifest+json\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"\",\"typ\":\"hotfix-manifest+json\"}",
        "x",
    };
    struct fixture *f = *state;
    char payload[64], m[1024], text[4096];
    struct hf_err err;
    size_t i;

    b64(payload, PAYLOAD, strlen(PAYLOAD));
    for (i = 0; i < sizeof headers / sizeof *headers; i++) {
        snprintf(text, sizeof text, "{\"payload\":\"%s\",\"signatures\":[%s]}", payload, member(m, f->rfc, headers[i], payload));
        refused(headers[i], text, f->trust_rfc, HF_E_INPUT);
    }
    /* The control: the same way of making it, with the right header. */
    snprintf(text, sizeof text, "{\"payload\":\"%s\",\"signatures\":[%s]}", payload, member(m, f->rfc, RFC_HEADER, payload));
    assert_int_equal(verify(text, f->trust_rfc, &err), 0);
}

static void fill(char *out, size_t max, const char *form, const char *p, const char *m, const char *h, const char *s)
{
    size_t n = 0;

    for (out[0] = '\0'; *form != '\0'; form++) {
        if (*form != '$')
            n += (size_t)snprintf(out + n, max - n, "%c", *form);
        else if (*++form == 'P')
            n += (size_t)snprintf(out + n, max - n, "%s", p);
        else
            n += (size_t)snprintf(out + n, max - n, "%s", *form == 'M' ? m : (*form == 'H' ? h : s));
        assert_true(n < max);
    }
}

static void any_other_form_of_envelope_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const forms[] = {
        /* $P payload, $M the right member of signatures, $H its protected, $S its signature */
        "{\"payload\":\"$P\",\"protected\":\"$H\",\"signature\":\"$S\"}", /* flattened */
        "{\"payload\":\"$P\",\"signatures\":[$M],\"protected\":\"$H\"}",
        "{\"payload\":\"$P\",\"signatures\":[{\"protected\":\"$H\",\"header\":{},\"signature\":\"$S\"}]}",
        "{\"payload\":\"$P\",\"signatures\":[{\"protected\":\"$H\",\"header\":{\"kid\":\"x\"},\"signature\":\"$S\"}]}",
        "{\"payload\":\"$P\",\"signatures\":[{\"header\":{\"alg\":\"EdDSA\"},\"signature\":\"$S\"}]}",
        "{\"payload\":\"$P\",\"signatures\":[{\"protected\":\"$H\"}]}",
        "{\"payload\":\"$P\",\"signatures\":[]}",
        "{\"payload\":\"$P\"}",
        "{\"signatures\":[$M]}",
        "{\"payload\":\"$P\",\"signatures\":$M}",
        "{\"payload\":\"$P\",\"signatures\":[$M,1]}",
        "{\"payload\":\"$P\",\"signatures\":[$M,$M]}",
        "{\"payload\":\"$P\",\"payload\":\"$P\",\"signatures\":[$M]}",
        "{\"payload\":\"$P\",\"signatures\":[$M],\"signatures\":[]}",
        "{\"payload\":\"$P\",\"signatures\":[{\"protected\":\"$H\",\"protected\":\"$H\",\"signature\":\"$S\"}]}",
        "{\"payload\":\"$P\",\"signatures\":[$M]}{}",
        "{\"payload\":\"$P\",\"signatures\":[{\"protected\":\"$H=\",\"signature\":\"$S\"}]}",
        "{\"payload\":\"$P\",\"signatures\":[{\"protected\":\"$H\",\"signature\":\"$S==\"}]}",
        "{\"payload\":\"$P\",\"signatures\":[{\"protected\":\"$H\",\"signature\":\" $S\"}]}",
        "{\"payload\":\"$P\",\"signatures\":[{\"protected\":\"$H\",\"signature\":\"\"}]}",
        "$H.$P.$S", /* compact */
        "",
        "[]",
    };
    char payload[64], m[1024], h[512], sig[128], text[8192];
    struct hf_err err;
    size_t i;

    b64(payload, PAYLOAD, strlen(PAYLOAD));
    member(m, f->rfc, RFC_HEADER, payload);
    b64(h, RFC_HEADER, strlen(RFC_HEADER));
    snprintf(sig, sizeof sig, "%.86s", strstr(m, "\"signature\":\"") + 13);
    for (i = 0; i < sizeof forms / sizeof *forms; i++) {
        fill(text, sizeof text, forms[i], payload, m, h, sig);
        if (verify(text, f->trust_rfc, &err) == 0)
            fail_msg("accepted: %s", forms[i]);
        if (err.code != HF_E_INPUT && err.code != HF_E_LIMIT)
            fail_msg("%s: code %d: %s", forms[i], err.code, err.msg);
    }
    /* The control, with white space between the members: JSON allows it. */
    snprintf(text, sizeof text, " {\"payload\": \"%s\",\n\"signatures\": [%s]}\n", payload, m);
    assert_int_equal(verify(text, f->trust_rfc, &err), 0);
}

/* base64url has one right text for the same bytes: signed as they stand, the others are refused all the same. */
static void any_other_spelling_of_the_payload_is_refused(void **state)
{
    static const char *const spellings[] = {
        "eyJoZWxsbyI6IndvcmxkIn0=", /* padding */
        "eyJoZWxsbyI6Indvcmxk In0", /* a space */
        "eyJoZWxsbyI6Indvcmxk\\nIn0",
        "eyJoZWxsbyI6IndvcmxkIn1", /* trailing bits */
        "eyJoZWxsbyI6IndvcmxkI",   /* no such length */
        "eyJoZWxsbyI6Indvcmxk+n0",
    };
    struct fixture *f = *state;
    char m[1024], text[4096];
    struct hf_err err;
    size_t i;

    snprintf(text, sizeof text, "{\"payload\":\"eyJoZWxsbyI6IndvcmxkIn0\",\"signatures\":[%s]}",
             member(m, f->rfc, RFC_HEADER, "eyJoZWxsbyI6IndvcmxkIn0"));
    assert_int_equal(verify(text, f->trust_rfc, &err), 0);
    for (i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        const char *signed_as = strstr(spellings[i], "\\n") != NULL ? "eyJoZWxsbyI6Indvcmxk\nIn0" : spellings[i];

        snprintf(text, sizeof text, "{\"payload\":\"%s\",\"signatures\":[%s]}", spellings[i],
                 member(m, f->rfc, RFC_HEADER, signed_as));
        refused(spellings[i], text, f->trust_rfc, HF_E_INPUT);
    }
}

static void every_changed_bit_is_seen(void **state)
{
    struct fixture *f = *state;
    struct hf_buf out;
    struct hf_err err;
    size_t i;
    int bit;

    sign_text(&out, &f->rfc, 1);
    for (i = 0; i < out.n; i++) {
        for (bit = 0; bit < 8; bit++) {
            out.p[i] = (char)(out.p[i] ^ (1 << bit));
            if (verify(out.p, f->trust_rfc, &err) == 0)
                fail_msg("bit %d of byte %zu: accepted", bit, i);
            out.p[i] = (char)(out.p[i] ^ (1 << bit));
        }
    }
    assert_int_equal(verify(out.p, f->trust_rfc, &err), 0);
    for (i = 0; i < out.n; i++) {
        struct hf_jws j;

        assert_int_equal(hf_jws_verify(&j, out.p, i, f->trust_rfc, &err), -1);
        hf_jws_free(&j);
    }
    hf_buf_free(&out);
}

static void four_signatures_are_read_and_five_are_not(void **state)
{
    struct fixture *f = *state;
    struct hf_signer *s[5] = {f->rfc, f->other, NULL, NULL, NULL}, *twice[2] = {f->rfc, f->rfc};
    char payload[64], header[HF_JWS_HEADER_MAX], m[1024], text[8192];
    struct hf_buf out;
    struct hf_err err;
    size_t i, n;

    for (i = 2; i < 5; i++)
        assert_int_equal(hf_signer_generate(&s[i], &err), 0);
    sign_text(&out, s, 4);
    assert_int_equal(verify(out.p, f->trust_rfc, &err), 0);
    assert_int_equal(hf_jws_sign(&out, PAYLOAD, strlen(PAYLOAD), s, 5, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_int_equal(hf_jws_sign(&out, PAYLOAD, strlen(PAYLOAD), s, 0, &err), -1);
    assert_int_equal(hf_jws_sign(&out, PAYLOAD, strlen(PAYLOAD), twice, 2, &err), -1);
    assert_string_equal(err.msg, "the signing key " RFC_KID " is given twice");
    hf_buf_free(&out);
    n = (size_t)snprintf(text, sizeof text, "{\"payload\":\"%s\",\"signatures\":[", b64(payload, PAYLOAD, strlen(PAYLOAD)));
    for (i = 0; i < 5; i++) {
        hf_jws_header(header, hf_signer_kid(s[i]));
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i == 0 ? "" : ",", member(m, s[i], header, payload));
    }
    snprintf(text + n, sizeof text - n, "]}");
    refused("five signatures", text, f->trust_rfc, HF_E_LIMIT);
    for (i = 2; i < 5; i++)
        hf_signer_free(s[i]);
}

static void the_size_has_a_limit(void **state)
{
    struct fixture *f = *state;
    struct hf_buf out;
    struct hf_jws j;
    struct hf_err err;

    sign_text(&out, &f->rfc, 1);
    hf_buf_fmt(&out, "%*s", (int)(HF_JWS_MAX_BYTES - out.n), "");
    assert_int_equal(hf_jws_verify(&j, out.p, out.n, f->trust_rfc, &err), 0);
    hf_jws_free(&j);
    out.max++;
    hf_buf_str(&out, " ");
    assert_int_equal(hf_jws_verify(&j, out.p, out.n, f->trust_rfc, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_jws_free(&j);
    hf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfc_key_signs_the_text_of_the_format),
        cmocka_unit_test(two_signatures_let_keys_rotate),
        cmocka_unit_test(one_pinned_key_of_several_is_enough),
        cmocka_unit_test(an_unknown_key_alone_is_not_enough),
        cmocka_unit_test(any_other_protected_header_is_refused),
        cmocka_unit_test(any_other_form_of_envelope_is_refused),
        cmocka_unit_test(any_other_spelling_of_the_payload_is_refused),
        cmocka_unit_test(every_changed_bit_is_seen),
        cmocka_unit_test(four_signatures_are_read_and_five_are_not),
        cmocka_unit_test(the_size_has_a_limit),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
