/* test_hex.c: lower-case hex, to and fro. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/hex.h"

static void every_byte_goes_to_and_fro(void **state)
{
    uint8_t in[256], out[256];
    char text[513];
    int i;

    (void)state;
    for (i = 0; i < 256; i++)
        in[i] = (uint8_t)i;
    hf_hex(text, in, sizeof in);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102030405060708090a0b", 24);
    assert_memory_equal(text + 508, "feff", 5);
    assert_int_equal(hf_is_hex(text, 512), 1);
    assert_int_equal(hf_unhex(out, 256, text), 0);
    assert_memory_equal(in, out, 256);
    hf_hex(text, in, 0);
    assert_string_equal(text, "");
}

static void the_form_is_exact(void **state)
{
    uint8_t out[2];

    (void)state;
    assert_int_equal(hf_is_hex("09af", 4), 1);
    assert_int_equal(hf_is_hex("09af", 3), 0);
    assert_int_equal(hf_is_hex("09af", 5), 0);
    assert_int_equal(hf_is_hex("09AF", 4), 0);
    assert_int_equal(hf_is_hex("09ag", 4), 0);
    assert_int_equal(hf_is_hex("", 0), 1);
    assert_int_equal(hf_is_hex(NULL, 0), 0);
    assert_int_equal(hf_unhex(out, 2, "0aff.."), 0);
    assert_int_equal(out[1], 255);
    assert_int_equal(hf_unhex(out, 2, "0af"), -1);
    assert_int_equal(hf_unhex(out, 2, "0A00"), -1);
    assert_int_equal(hf_unhex(out, 2, ""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_goes_to_and_fro),
        cmocka_unit_test(the_form_is_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
