/* test_key.c: files of pinned keys, and the private key that signs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/hex.h"
#include "core/key.h"
#include "core/sign.h"
#include "tests/unit/keys.h"

#define RSA_PUBLIC_PEM                                                   \
    "-----BEGIN PUBLIC KEY-----\n"                                       \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCtLeD+kDqDLkeQlO9O0MQ4O5/l\n" \
    "t0pSwLtLXlfdvPxUSCwoRcWu6QNmh80xNJWvJ4x+qyGEsBY4D39mZbLc2QpF5n2J\n" \
    "CqJdNxeek48SuFgP/xQRHhl/wg8qwz99nC1Ijb9ZbwNOvDrT2po0FX6yK6ZFWTY3\n" \
    "OovUTV0uF7TOCEeLBwIDAQAB\n"                                         \
    "-----END PUBLIC KEY-----\n"
#define ENCRYPTED_PEM                                                    \
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"                            \
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhUAn/fBW5zkgICCAAw\n" \
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEOczhogTVLk8f7gTkd7W74gEQEcU\n" \
    "tzXG/7/1hDAkWiHilDdBcSfxj+Vui6OgCLs+Cy9LculjxvOEhJ4wGt2MHzDHTBM4\n" \
    "XZJxEHduGwk+Q/t6pEY=\n"                                             \
    "-----END ENCRYPTED PRIVATE KEY-----\n"

static void the_thumbprint_of_rfc_8037(void **state)
{
    static const uint8_t pub[] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
                                  0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
    char kid[HF_KID_LEN + 1];

    (void)state;
    assert_int_equal(hf_key_thumbprint(kid, pub), 0);
    assert_string_equal(kid, RFC_KID);
}

static void a_trust_file_may_hold_several_keys(void **state)
{
    static const char pem[] = "the key of this year:\n" RFC_PUBLIC_PEM "\n# and the next one\n" OTHER_PUBLIC_PEM "# end";
    struct hf_trust *t = NULL;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_trust_parse(&t, pem, strlen(pem), "trusted.pem", &err), 0);
    assert_int_equal(hf_trust_count(t), 2);
    assert_string_equal(hf_trust_kid(t, 0), RFC_KID);
    assert_int_equal(hf_trust_find(t, RFC_KID), 0);
    assert_int_equal(hf_trust_find(t, hf_trust_kid(t, 1)), 1);
    assert_int_equal(hf_trust_find(t, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4A"), -1);
    assert_int_equal(hf_trust_find(t, ""), -1);
    hf_trust_free(t);
    hf_trust_free(NULL);
}

static void a_file_written_on_windows_is_read(void **state)
{
    static const char pem[] = "-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\r\n"
                              "-----END PUBLIC KEY-----\r\n";
    struct hf_trust *t = NULL;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_trust_parse(&t, pem, strlen(pem), "trusted.pem", &err), 0);
    assert_string_equal(hf_trust_kid(t, 0), RFC_KID);
    hf_trust_free(t);
}

static void what_is_no_file_of_public_keys_is_refused(void **state)
{
    static const struct {
        const char *what, *pem, *says;
    } bad[] = {
        {"empty", "", "no PEM public key"},
        {"no key in it", "hello\n", "no PEM public key"},
        {"a private key", RFC_PRIVATE_PEM, "this is a private key"},
        {"a private key behind a public one", RFC_PUBLIC_PEM RFC_PRIVATE_PEM, "this is a private key"},
        {"an encrypted private key", ENCRYPTED_PEM, "this is a private key"},
        {"RSA", RSA_PUBLIC_PEM, "not Ed25519"},
        {"RSA behind a good one", RFC_PUBLIC_PEM RSA_PUBLIC_PEM, "not Ed25519"},
        {"one twice", RFC_PUBLIC_PEM OTHER_PUBLIC_PEM RFC_PUBLIC_PEM, "holds the key " RFC_KID " twice"},
        {"another block", "-----BEGIN CERTIFICATE-----\nMCow\n-----END CERTIFICATE-----\n", "not a public key"},
        {"not DER inside", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "not a public key"},
        {"cut DER", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMl\n-----END PUBLIC KEY-----\n",
         "not a public key"},
        {"a byte behind the DER",
         "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURoA\n-----END PUBLIC KEY-----\n",
         "not a public key"},
        {"bad base64", "-----BEGIN PUBLIC KEY-----\nMCow!QYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                       "-----END PUBLIC KEY-----\n",
         "damaged"},
        {"no END", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n", "damaged"},
        {"a BEGIN line that lost a dash, behind a good key",
         RFC_PUBLIC_PEM "----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA0LAner8gxQAgcG2XVx9JHmNSN5lXCoh8BhKf1QDdN8o=\n"
                        "-----END PUBLIC KEY-----\n",
         "damaged"},
        {"a cut block behind a good key", RFC_PUBLIC_PEM "-----BEGIN PUBLIC KEY-----\nMCow", "damaged"},
    };
    struct hf_trust *t = NULL;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (hf_trust_parse(&t, bad[i].pem[0] != '\0' ? bad[i].pem : NULL, strlen(bad[i].pem), "trusted.pem", &err) == 0)
            fail_msg("%s: accepted", bad[i].what);
        assert_null(t);
        assert_int_equal(err.code, HF_E_CONFIG);
        if (strncmp(err.msg, "trusted.pem: ", 13) != 0 || strstr(err.msg, bad[i].says) == NULL)
            fail_msg("%s: says '%s', not '%s'", bad[i].what, err.msg, bad[i].says);
    }
}

static void eight_keys_are_read_and_nine_are_not(void **state)
{
    struct hf_signer *s = NULL;
    struct hf_trust *t = NULL;
    struct hf_buf pem;
    struct hf_err err;
    int i;

    (void)state;
    hf_buf_init(&pem, HF_KEY_MAX_PEM + 1);
    for (i = 1; i <= HF_TRUST_MAX_KEYS + 1; i++) {
        assert_int_equal(hf_signer_generate(&s, &err), 0);
        assert_int_equal(hf_signer_public_pem(&pem, s, &err), 0);
        if (i >= HF_TRUST_MAX_KEYS) {
            assert_int_equal(hf_trust_parse(&t, pem.p, pem.n, "trusted.pem", &err), i == HF_TRUST_MAX_KEYS ? 0 : -1);
            if (i == HF_TRUST_MAX_KEYS)
                assert_string_equal(hf_trust_kid(t, HF_TRUST_MAX_KEYS - 1), hf_signer_kid(s));
            hf_trust_free(t);
        }
        hf_signer_free(s);
    }
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_string_equal(err.msg, "trusted.pem: holds more than 8 keys");
    while (pem.n <= HF_KEY_MAX_PEM)
        hf_buf_str(&pem, "\n");
    assert_int_equal(hf_trust_parse(&t, pem.p, pem.n, "trusted.pem", &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_int_equal(hf_signer_parse(&s, pem.p, pem.n, "signing.pem", &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_buf_free(&pem);
}

static void a_signature_holds_for_its_bytes_and_its_key(void **state)
{
    struct hf_signer *s = NULL;
    struct hf_trust *t = NULL;
    uint8_t sig[HF_ED25519_SIG_LEN];
    char hex[2 * sizeof sig + 1];
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_signer_parse(&s, RFC_PRIVATE_PEM, strlen(RFC_PRIVATE_PEM), "signing.pem", &err), 0);
    assert_string_equal(hf_signer_kid(s), RFC_KID);
    assert_int_equal(hf_trust_parse(&t, RFC_PUBLIC_PEM OTHER_PUBLIC_PEM, strlen(RFC_PUBLIC_PEM OTHER_PUBLIC_PEM), "t", &err), 0);
    assert_int_equal(hf_signer_sign(s, sig, "", 0, &err), 0);
    hf_hex(hex, sig, sizeof sig);
    /* The RFC 8037 key is that of RFC 8032, 7.1, test 1, which signs no bytes. */
    assert_string_equal(hex, "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                             "d25bf5f0595bbe24655141438e7a100b");
    assert_int_equal(hf_signer_sign(s, sig, "abc", 3, &err), 0);
    assert_int_equal(hf_trust_verify(t, 0, "abc", 3, sig), 1);
    assert_int_equal(hf_trust_verify(t, 1, "abc", 3, sig), 0);
    assert_int_equal(hf_trust_verify(t, 0, "abd", 3, sig), 0);
    assert_int_equal(hf_trust_verify(t, 0, "ab", 2, sig), 0);
    sig[63] ^= 0x10;
    assert_int_equal(hf_trust_verify(t, 0, "abc", 3, sig), 0);
    hf_signer_free(s);
    hf_signer_free(NULL);
    hf_trust_free(t);
}

static void a_new_key_survives_its_pem(void **state)
{
    struct hf_signer *a = NULL, *b = NULL;
    struct hf_trust *t = NULL;
    struct hf_buf pem;
    struct hf_err err;

    (void)state;
    hf_buf_init(&pem, HF_KEY_MAX_PEM);
    assert_int_equal(hf_signer_generate(&a, &err), 0);
    assert_int_equal(hf_signer_private_pem(&pem, a, &err), 0);
    assert_int_equal(hf_signer_parse(&b, pem.p, pem.n, "signing.pem", &err), 0);
    assert_string_equal(hf_signer_kid(a), hf_signer_kid(b));
    hf_buf_wipe(&pem);
    assert_int_equal(hf_signer_public_pem(&pem, b, &err), 0);
    assert_int_equal(hf_trust_parse(&t, pem.p, pem.n, "signing.pub.pem", &err), 0);
    assert_string_equal(hf_trust_kid(t, 0), hf_signer_kid(a));
    hf_buf_free(&pem);
    hf_signer_free(a);
    hf_signer_free(b);
    hf_trust_free(t);
}

static void what_is_no_private_key_is_refused_and_never_shown(void **state)
{
    static const struct {
        const char *pem, *says;
    } bad[] = {
        {"", "is empty"},
        {"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v", "holds no PEM private key"},
        {RFC_PUBLIC_PEM, "this is a public key"},
        {ENCRYPTED_PEM, "without a passphrase"},
        {"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v\n-----END PRIVATE KEY-----\n", "holds no PEM private key"},
    };
    struct hf_signer *s = NULL;
    struct hf_err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(hf_signer_parse(&s, bad[i].pem[0] != '\0' ? bad[i].pem : NULL, strlen(bad[i].pem), "signing.pem", &err),
                         -1);
        assert_null(s);
        assert_int_equal(err.code, HF_E_CONFIG);
        if (strstr(err.msg, bad[i].says) == NULL || strstr(err.msg, "MC4C") != NULL)
            fail_msg("says '%s', not '%s'", err.msg, bad[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_thumbprint_of_rfc_8037),
        cmocka_unit_test(a_trust_file_may_hold_several_keys),
        cmocka_unit_test(a_file_written_on_windows_is_read),
        cmocka_unit_test(what_is_no_file_of_public_keys_is_refused),
        cmocka_unit_test(eight_keys_are_read_and_nine_are_not),
        cmocka_unit_test(a_signature_holds_for_its_bytes_and_its_key),
        cmocka_unit_test(a_new_key_survives_its_pem),
        cmocka_unit_test(what_is_no_private_key_is_refused_and_never_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
