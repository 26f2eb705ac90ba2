/* test_digest.c: digests against the vectors of RFC 1321, FIPS 180-4 and RFC 4231. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/digest.h"

#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"
#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MD5_NOTHING "d41d8cd98f00b204e9800998ecf8427e"
#define SHA256_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA256_MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
#define MD5_MILLION_A "7707d6ae4e027c70eea2a935c2296f21"

static void both_digests_in_one_pass(void **state)
{
    struct hf_digest *d = NULL;
    struct hf_sums sums;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_digest_new(&d, &err), 0);
    assert_int_equal(hf_digest_update(d, "a", 1, &err), 0);
    assert_int_equal(hf_digest_update(d, "", 0, &err), 0);
    assert_int_equal(hf_digest_update(d, "bc", 2, &err), 0);
    assert_int_equal(hf_digest_final(d, &sums, &err), 0);
    hf_digest_free(d);
    assert_string_equal(sums.md5, MD5_ABC);
    assert_string_equal(sums.sha256, SHA256_ABC);
    assert_int_equal(sums.size, 3);
}

static void nothing_has_a_digest_too(void **state)
{
    struct hf_digest *d = NULL;
    struct hf_sums sums;
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_digest_new(&d, &err), 0);
    assert_int_equal(hf_digest_final(d, &sums, &err), 0);
    hf_digest_free(d);
    hf_digest_free(NULL);
    assert_string_equal(sums.md5, MD5_NOTHING);
    assert_string_equal(sums.sha256, SHA256_NOTHING);
    assert_int_equal(sums.size, 0);
}

static void a_descriptor_is_read_from_where_it_stands(void **state)
{
    struct hf_sums sums;
    struct hf_err err;
    FILE *f = tmpfile();
    int i;

    (void)state;
    assert_non_null(f);
    fputs("skipped", f);
    for (i = 0; i < 1000000; i++)
        fputc('a', f);
    fflush(f);
    assert_int_equal(lseek(fileno(f), 7, SEEK_SET), 7);
    assert_int_equal(hf_digest_fd(&sums, fileno(f), &err), 0);
    assert_string_equal(sums.sha256, SHA256_MILLION_A);
    assert_string_equal(sums.md5, MD5_MILLION_A);
    assert_int_equal(sums.size, 1000000);
    fclose(f);
}

static void a_descriptor_that_cannot_be_read_says_why(void **state)
{
    struct hf_sums sums;
    struct hf_err err;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(hf_digest_fd(&sums, ends[1], &err), -1);
    assert_int_equal(err.code, HF_E_DISK);
    assert_non_null(strstr(err.msg, "cannot read: "));
    assert_int_equal(write(ends[1], "abc", 3), 3);
    close(ends[1]);
    assert_int_equal(hf_digest_fd(&sums, ends[0], &err), 0);
    assert_string_equal(sums.sha256, SHA256_ABC);
    close(ends[0]);
}

static void sha256_and_hmac_of_known_bytes(void **state)
{
    static const char data[] = "what do ya want for nothing?"; /* RFC 4231, test case 2 */
    uint8_t md[32];
    char hex[65];

    (void)state;
    assert_int_equal(hf_sha256(md, "abc", 3), 0);
    hf_hex(hex, md, sizeof md);
    assert_string_equal(hex, SHA256_ABC);
    assert_int_equal(hf_hmac_sha256(md, "Jefe", 4, data, sizeof data - 1), 0);
    hf_hex(hex, md, sizeof md);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void same_bytes_looks_at_all_of_them(void **state)
{
    (void)state;
    assert_int_equal(hf_same_bytes("abcd", "abcd", 4), 1);
    assert_int_equal(hf_same_bytes("abcd", "xbcd", 4), 0);
    assert_int_equal(hf_same_bytes("abcd", "abcx", 4), 0);
    assert_int_equal(hf_same_bytes("abcd", "abcx", 3), 1);
    assert_int_equal(hf_same_bytes("a", "b", 0), 1);
}

static void random_bytes_differ(void **state)
{
    uint8_t a[32] = {0}, b[32] = {0};
    struct hf_err err;

    (void)state;
    assert_int_equal(hf_random(a, sizeof a, &err), 0);
    assert_int_equal(hf_random(b, sizeof b, &err), 0);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_digests_in_one_pass),
        cmocka_unit_test(nothing_has_a_digest_too),
        cmocka_unit_test(a_descriptor_is_read_from_where_it_stands),
        cmocka_unit_test(a_descriptor_that_cannot_be_read_says_why),
        cmocka_unit_test(sha256_and_hmac_of_known_bytes),
        cmocka_unit_test(same_bytes_looks_at_all_of_them),
        cmocka_unit_test(random_bytes_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
