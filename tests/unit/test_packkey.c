/* test_packkey.c: the key of a JSPatch pack. That openssl recovers what was signed is tests/e2e/jspatch.bats. */
#include "tests/unit/shell.h"

#include "builder/packkey.h"

/* The public half of the key that JSPatch publishes, as it stands in Loader/JPLoader.h. */
static const char published[] = "-----BEGIN PUBLIC KEY-----\n"
                                "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC+1xcYsEE+ab/Ame1/HHAgfBRh\n"
                                "D67I9mBYCiOJqC3lJX5RKFvtOTcF5Sf5Bz3NL/2QWPLu40+yt4EvjZ3HOUAHrVgo\n"
                                "2Fjo4vpaRoEaEtaccOziPH/ASScOfL+uppNGOa0glTCZLKVZI3Go8zoutr8VDw2d\n"
                                "NT7rDM/4TvPjwMYd3QIDAQAB\n"
                                "-----END PUBLIC KEY-----\n";
static const char md5[] = "0123456789abcdef0123456789abcdef";

static const char *key(const char *how)
{
    return sh("openssl genpkey %s -out k.pem 2>/dev/null; cat k.pem", how);
}

static void judges(void **state)
{
    const char *pem = key("-algorithm rsa -pkeyopt rsa_keygen_bits:1024");
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_packkey_judge(published, strlen(published), 1, &err), -1);
    assert_int_equal(err.code, HF_E_CONFIG);
    assert_non_null(strstr(err.msg, "this is the key that JSPatch's packer.php publishes"));
    assert_int_equal(hf_packkey_judge(pem, strlen(pem), 0, &err), -1);
    assert_non_null(strstr(err.msg, "it has 1024 bits, and 2048 are the least"));
    assert_int_equal(hf_packkey_judge(pem, strlen(pem), 1, &err), 0);
    pem = key("-algorithm ed25519");
    assert_int_equal(hf_packkey_judge(pem, strlen(pem), 1, &err), -1);
    assert_non_null(strstr(err.msg, "it is not an RSA key"));
    pem = key("-algorithm rsa -pkeyopt rsa_keygen_bits:2048 -aes256 -pass pass:x");
    assert_int_equal(hf_packkey_judge(pem, strlen(pem), 1, &err), -1);
    assert_non_null(strstr(err.msg, "without a passphrase"));
    assert_int_equal(hf_packkey_judge("", 0, 1, &err), -1);
}

static void signs(void **state)
{
    const char *pem = key("-algorithm rsa -pkeyopt rsa_keygen_bits:2048");
    struct hf_buf one, two;
    struct hf_err err;
    FILE *f;

    (void)state;
    hf_buf_init(&one, HF_PACKKEY_MAX_BYTES);
    hf_buf_init(&two, HF_PACKKEY_MAX_BYTES);
    assert_int_equal(hf_packkey_sign(&one, pem, strlen(pem), 0, md5, &err), 0);
    assert_int_equal(hf_packkey_sign(&two, pem, strlen(pem), 0, md5, &err), 0);
    assert_int_equal(one.n, 256);
    assert_memory_equal(one.p, two.p, 256);
    f = fopen(in_top("sig"), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(one.p, 1, one.n, f), one.n);
    fclose(f);
    assert_string_equal(sh("openssl pkeyutl -verifyrecover -inkey k.pem -in sig -pkeyopt rsa_padding_mode:pkcs1"), md5);
    sh("printf %s > text; openssl pkeyutl -sign -inkey k.pem -in text -pkeyopt rsa_padding_mode:pkcs1 | cmp - sig", md5);
    assert_int_equal(hf_packkey_sign(&two, published, strlen(published), 1, md5, &err), -1);
    hf_buf_free(&one);
    hf_buf_free(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(judges), cmocka_unit_test(signs) };

    return cmocka_run_group_tests(tests, make_top, remove_top);
}
