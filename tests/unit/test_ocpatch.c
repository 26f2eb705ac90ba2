/* test_ocpatch.c: the head of an OCRunner patch, each byte of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "builder/ocpatch.h"
#include "core/digest.h"

/* A patch with this constraint and node count, and `room` bytes of nodes. */
static size_t make(uint8_t out[512], const char *version, uint32_t nodes, size_t room)
{
    static const char format[] = "1000.0.1";
    size_t v = strlen(version), pool = v + 8, at = 32;
    const size_t cursors[2][2] = { { 0, v }, { v, 8 } };

    memset(out, 0, 512);
    out[at++] = 1;
    out[at++] = 1;
    out[at++] = 3;
    out[at] = (uint8_t)pool;
    at += 4;
    for (size_t i = 0; i < pool; i++)
        out[at++] = (uint8_t)((i < v ? version[i] : format[i - v]) ^ 0x41);
    for (int i = 0; i < 2; i++) {
        out[at++] = 2;
        out[at] = (uint8_t)cursors[i][0];
        out[at + 4] = (uint8_t)cursors[i][1];
        at += 8;
    }
    out[at++] = 4;
    memcpy(out + at, (uint8_t[]){ (uint8_t)nodes, (uint8_t)(nodes >> 8), (uint8_t)(nodes >> 16), (uint8_t)(nodes >> 24) }, 4);
    at += 4 + room;
    hf_sha256(out, out + 32, at - 32);
    return at;
}

static void reads_a_patch(void **state)
{
    struct hf_ocpatch patch;
    struct hf_err err;
    uint8_t p[512];

    (void)state;
    assert_int_equal(hf_ocpatch_read(&patch, p, make(p, "1.1.1", 3, 9), &err), 0);
    assert_string_equal(patch.app_version, "1.1.1");
    assert_string_equal(patch.format, "1000.0.1");
    assert_int_equal(patch.nodes, 3);
}

/* Cut anywhere, or with any byte changed, it is refused; also when the digest is made to fit. */
static void refuses_damage(void **state)
{
    struct hf_ocpatch patch;
    struct hf_err err;
    uint8_t p[512], q[512];
    size_t n = make(p, "1.1.1", 3, 9), head = n - 9;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(hf_ocpatch_read(&patch, p, i, &err), -1);
        memcpy(q, p, n);
        q[i] ^= 0x80;
        assert_int_equal(hf_ocpatch_read(&patch, q, n, &err), -1);
        if (i >= 32 && i < head) {
            hf_sha256(q, q + 32, n - 32);
            /* What is left to choose: bytes of the versions that stay printable, and nothing else. */
            assert_int_equal(hf_ocpatch_read(&patch, q, n, &err), -1);
        }
        if (i >= 32 && i < head) {
            hf_sha256(p, p + 32, i - 32);
            assert_int_equal(hf_ocpatch_read(&patch, p, i, &err), -1);
            hf_sha256(p, p + 32, n - 32);
        }
    }
    assert_int_equal(hf_ocpatch_read(&patch, p, make(p, "1.1.1", 10, 9), &err), -1);
    assert_string_equal(err.msg, "it says that it has 10 nodes, which 9 bytes cannot hold");
    assert_int_equal(hf_ocpatch_read(&patch, p, make(p, "1.1.1", 4000000000u, 9), &err), -1);
    assert_int_equal(hf_ocpatch_read(&patch, p, make(p, "1\n1", 1, 9), &err), -1);
    assert_int_equal(hf_ocpatch_read(&patch, NULL, 0, &err), -1);
    assert_int_equal(hf_ocpatch_read(&patch, "{\"strings\":{}}............................", 42, &err), -1);
}

static void compares_with_the_target(void **state)
{
    static const struct {
        const char *constraint, *target;
        int ok;
    } cases[] = {
        { "1.1.1", "1.1.1", 1 },     { "=1.1.1", "1.1.1", 1 }, { "1.1.1", "=1.1.1", 1 },  { "1.1.1", "1.1.1+345", 1 },
        { "1.2", "1.2", 1 },         { "1.2.0", "1.2", 0 },    { "*", "1.1.1", 0 },       { ">=1.1.1", "1.1.1", 0 },
        { "1.1.1", "1.1.2", 0 },     { "1.1.1", "1.1.x", 0 },  { "1.1.1", ">=1.1.1", 0 }, { "", "1.1.1", 0 },
        { "1.1.1-b.2", "1.1.1-b.2", 1 },
    };
    struct hf_ocpatch patch;
    struct hf_err err;
    uint8_t p[512];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(hf_ocpatch_read(&patch, p, make(p, cases[i].constraint, 1, 9), &err), 0);
        if (hf_ocpatch_for(&patch, cases[i].target, &err) != (cases[i].ok ? 0 : -1))
            fail_msg("%s for %s", cases[i].constraint, cases[i].target);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_patch),
        cmocka_unit_test(refuses_damage),
        cmocka_unit_test(compares_with_the_target),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
