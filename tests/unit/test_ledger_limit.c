/* test_ledger_limit.c: a manifest near its limit takes no more releases, but what is in it can still be stopped. */
#include "publisher/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "publisher/patchstate.h"
#include "tests/unit/keys.h"
#include "tests/unit/releases.h"

static struct hf_ledger ledger;
static struct hf_trust *trust;
static char top[128];

static int setup(void **state)
{
    const char *tmp = getenv("TMPDIR");
    struct hf_config c;
    char url[256], path[] = "test";

    (void)state;
    snprintf(top, sizeof top, "%s/hf-ledger-XXXXXX", tmp != NULL && strlen(tmp) < 100 ? tmp : "/tmp");
    if (mkdtemp(top) == NULL)
        return -1;
    memset(&c, 0, sizeof c);
    snprintf(url, sizeof url, "file://%s/store", top);
    c.store.url = url;
    c.path = path;
    if (hf_store_make(&ledger.store, &c, NULL) != 0 ||
        hf_signer_parse(&ledger.signer, RFC_PRIVATE_PEM, strlen(RFC_PRIVATE_PEM), "key", NULL) != 0 ||
        hf_trust_parse(&trust, RFC_PUBLIC_PEM, strlen(RFC_PUBLIC_PEM), "key", NULL) != 0)
        return -1;
    ledger.trust = trust;
    ledger.app = "com.example.shop.ios";
    ledger.channel = "production";
    ledger.expires = 1000;
    return 0;
}

static int teardown(void **state)
{
    char command[160];

    hf_store_close(ledger.store);
    hf_signer_free(ledger.signer);
    hf_trust_free(trust);
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", top);
    return system(command);
}

static int no_release(struct hf_manifest *m, void *arg, struct hf_err *err)
{
    (void)arg;
    (void)err;
    m->last = 1000; /* numbers that were given, of releases that are gone */
    return 0;
}

static int fill(struct hf_manifest *m, void *arg, struct hf_err *err)
{
    int64_t i;

    (void)arg;
    (void)err;
    for (i = 1; i <= 400; i++)
        release_add(m, i, "1.0.0", 1);
    m->last = 1000;
    return 0;
}

static int one_more(struct hf_manifest *m, void *arg, struct hf_err *err)
{
    (void)arg;
    (void)err;
    release_add(m, m->last + 1, "1.0.0", 1);
    return 0;
}

static int64_t change(int (*edit)(struct hf_manifest *m, void *arg, struct hf_err *err), void *arg, struct hf_err *err)
{
    struct hf_manifest *m = NULL;
    int64_t serial;

    if (hf_ledger_change(&m, &ledger, NOW, edit, arg, err) != 0)
        return -1;
    serial = m->serial;
    hf_manifest_free(m);
    return serial;
}

static void test_near_the_limit(void **state)
{
    struct hf_patch_edit pause = {.act = HF_ACT_PAUSE, .patch = 7}, revoke_it = {.act = HF_ACT_REVOKE, .patch = 7};
    struct hf_err err;

    (void)state;
    assert_int_equal(change(no_release, NULL, &err), 1);
    assert_int_equal(change(fill, NULL, &err), 2);
    assert_int_equal(change(one_more, NULL, &err), -1);
    assert_int_equal(err.code, HF_E_AGAIN);
    assert_int_equal(change(hf_patchstate_edit, &pause, &err), 3);
    assert_int_equal(change(hf_patchstate_edit, &pause, &err), 3); /* nothing to change: no new serial */
    assert_int_equal(change(hf_patchstate_edit, &revoke_it, &err), 4);
    assert_int_equal(revoke_it.also, 399);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_near_the_limit)};

    return cmocka_run_group_tests(tests, setup, teardown);
}
