/* deciding.h: one manifest, one device, one decision: what the tests of decide.c share. */
#ifndef HF_TEST_DECIDING_H
#define HF_TEST_DECIDING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/decide.h"
#include "tests/unit/releases.h"

/* What is expected of a device: nothing to do; patch N installed; removed. */
#define NOTHING 0
#define REMOVE (-1)

static struct hf_manifest *m;
static struct hf_decision d; /* the last one */

static inline int set_up(void **state)
{
    (void)state;
    m = manifest_new();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    hf_manifest_free(m);
    return 0;
}

static inline struct hf_facts device(const char *version, int file)
{
    struct hf_facts r = {.version = version, .client = "client-0001", .sha256 = file != 0 ? sum_of(file) : ""};

    return r;
}

static inline void expect_for(struct hf_facts r, int64_t what)
{
    struct hf_err err;

    if (hf_decide(&d, m, &r, NOW, &err) != 0)
        fail_msg("%s", err.msg);
    assert_non_null(d.reason);
    assert_true(d.reason[0] != '\0');
    if (what != (d.action == HF_INSTALL ? d.release->patch : (d.action == HF_REMOVE ? REMOVE : NOTHING)))
        fail_msg("action %d of patch %lld: %s", d.action, d.release != NULL ? (long long)d.release->patch : 0, d.reason);
}

static inline void expect(const char *version, int file, int64_t what)
{
    expect_for(device(version, file), what);
}

#define decide_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
