/* test_head.c: which requests get past the gate, in which form, and what the others are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "edge/head.h"

#define H "Host: example.org\r\n"

/* Feeds the bytes in steps of `step` and judges them; p is rewritten. Returns the verdict. */
static enum hf_verdict feed(struct hf_head *h, char *p, size_t *n, size_t step)
{
    size_t seen = 0, have = 0, total = *n;
    enum hf_verdict v = HF_HEAD_MORE;

    memset(h, 0, sizeof *h);
    while (v == HF_HEAD_MORE && have < total) {
        have = have + step < total ? have + step : total;
        v = hf_head_scan(h, p, have, &seen);
    }
    if (v != HF_HEAD_GOOD)
        return v;
    *n = have;
    return hf_head_judge(h, p, n, seen);
}

static void good(void **state)
{
    static const struct {
        const char *in, *out;
        size_t body;
    } t[] = {
        {"GET / HTTP/1.1\r\n" H "\r\n", "GET / HTTP/1.1\r\nhost:example.org\r\n\r\n", 0},
        {"GET /a?b=c HTTP/1.0\r\nHOST:x:80\r\n\r\n", "GET /a?b=c HTTP/1.0\r\nhost:x:80\r\n\r\n", 0},
        {"POST /v HTTP/1.1\r\n" H "Content-Length: 4\r\n\r\nbody",
         "POST /v HTTP/1.1\r\nhost:example.org\r\ncontent-length:4\r\n\r\nbody", 4},
        {"POST /v HTTP/1.1\r\nContent-Length:0004\r\n" H "\r\nbo",
         "POST /v HTTP/1.1\r\ncontent-length:0004\r\nhost:example.org\r\n\r\nbo", 4},
        {"POST /v HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n",
         "POST /v HTTP/1.1\r\nhost:example.org\r\ncontent-length:0\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", "GET / HTTP/1.1\r\nhost:example.org\r\ncontent-length:0\r\n\r\n", 0},
        /* what kore would refuse or cut, and we do not need */
        {"GET / HTTP/1.1\r\nUser-Agent: \xe8\xae\xbe\xe5\xa4\x87/1\r\nAccept:\r\nX:\ty\r\n" H "\r\n",
         "GET / HTTP/1.1\r\nhost:example.org\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHostile: x\r\n" H "Cookie: a=b\r\n\r\n", "GET / HTTP/1.1\r\nhost:example.org\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" H "Connection: TE, Close ,x\r\n\r\n",
         "GET / HTTP/1.1\r\nhost:example.org\r\nconnection:close\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" H "Connection: keep-alive\r\nConnection: close\r\n\r\n",
         "GET / HTTP/1.1\r\nhost:example.org\r\nconnection:close\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\n" H "Connection: closed\r\n\r\n", "GET / HTTP/1.1\r\nhost:example.org\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nIf-Range:   \"e\"  \r\nRange:\tbytes=1-2\t\r\nIf-None-Match: \"a\",\t\"b\"\r\n" H "\r\n",
         "GET / HTTP/1.1\r\nif-range:\"e\"\r\nrange:bytes=1-2\r\nif-none-match:\"a\", \"b\"\r\nhost:example.org\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nRange: \r\n" H "\r\n", "GET / HTTP/1.1\r\nhost:example.org\r\n\r\n", 0},
    };
    static const size_t steps[] = {1, 2, 3, 4096};
    size_t i, s;

    (void)state;
    for (i = 0; i < sizeof t / sizeof t[0]; i++)
        for (s = 0; s < sizeof steps / sizeof steps[0]; s++) {
            char buf[512];
            size_t n = strlen(t[i].in);
            struct hf_head h;

            memcpy(buf, t[i].in, n);
            print_message("# case %zu in steps of %zu\n", i, steps[s]);
            if (steps[s] < n && strstr(t[i].in, "\r\n\r\n")[4] != '\0')
                continue; /* a body that comes later is not the gate's: whole steps only */
            assert_int_equal(feed(&h, buf, &n, steps[s]), HF_HEAD_GOOD);
            buf[n] = '\0';
            assert_string_equal(buf, t[i].out);
            assert_int_equal(h.body, t[i].body);
            assert_int_equal(h.expects_100, 0);
        }
}

static void refused(void **state)
{
    static const struct {
        const char *in;
        int status;
    } t[] = {
        {"GET / HTTP/1.1\n" H "\r\n", 400},
        {"GET / HTTP/1.1\nHost: x\n\n", 400},
        {"GET / HTTP/1.1\r\n" H "X: a\nContent-Length: 4\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" H "X: a\rb\r\n\r\n", 400},
        {"\r\nGET / HTTP/1.1\r\n" H "\r\n", 400},
        {"GET / HTTP/1.1\r\nX: \x01\r\n" H "\r\n", 400},
        {"GET / HTTP/1.1\r\nX: \x7f\r\n" H "\r\n", 400},
        {"\x16\x03\x01\x02", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" H H "\r\n", 400},
        {"GET / HTTP/1.1\r\n" H "Range: bytes=0-1\r\nrange: bytes=2-3\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" H "Range: bytes=\xff\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" H " folded\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" H "X : y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" H ": y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" H "no colon\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" H "X(y): z\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\n" H "\r\n", 400},
        {"GET / HTTP/1.1 \r\n" H "\r\n", 505},
        {"GET / x HTTP/1.1\r\n" H "\r\n", 400},
        {" GET / HTTP/1.1\r\n" H "\r\n", 400},
        {"GET\r\n" H "\r\n", 400},
        {"GET /\r\n" H "\r\n", 400},
        {"GET http://example.org/ HTTP/1.1\r\n" H "\r\n", 400},
        {"OPTIONS * HTTP/1.1\r\n" H "\r\n", 400},
        {"GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", 400},
        {"G\"T / HTTP/1.1\r\n" H "\r\n", 400},
        {"GET / HTTP/1.2\r\n" H "\r\n", 505},
        {"GET / HTTP/2.0\r\n" H "\r\n", 505},
        {"GET / http/1.1\r\n" H "\r\n", 400},
        {"PRI * HTTP/2.0\r\n\r\n", 400},
        {"TRACE / HTTP/1.1\r\n" H "\r\n", 501},
        {"get / HTTP/1.1\r\n" H "\r\n", 501},
        {"OPTIONS / HTTP/1.0\r\n" H "\r\n", 501},
        {"POST / HTTP/1.1\r\n" H "\r\n", 411},
        {"POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: abc\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: +60\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 4,4\r\n\r\nbody", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 60\r\nContent-Length: 5\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 4097\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nab", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\na", 400},
        {"GET / HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\r\n" H "\r\n", 400},
        {"GET / HTTP/1.1\r\n" H "Content-Length: 4\r\n\r\n", 400},
        {"DELETE / HTTP/1.1\r\n" H "Content-Length: 4\r\n\r\nbody", 400},
        {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 4\r\ntransfer-encoding: identity\r\n\r\nbody", 400},
        {"GET / HTTP/1.1\r\n" H "Transfer-Encoding:\tchunked\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 4\r\nExpect: 200-ok\r\n\r\n", 417},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof t[0]; i++) {
        char buf[512];
        size_t n = strlen(t[i].in);
        struct hf_head h;

        memcpy(buf, t[i].in, n);
        print_message("# case %zu\n", i);
        assert_int_equal(feed(&h, buf, &n, n), HF_HEAD_BAD);
        assert_int_equal(h.status, t[i].status);
        assert_non_null(h.why);
    }
}

static void nul_bytes(void **state)
{
    char in[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
    size_t n = sizeof in - 1;
    struct hf_head h;

    (void)state;
    assert_int_equal(feed(&h, in, &n, 4096), HF_HEAD_BAD);
    assert_int_equal(h.status, 400);
}

static void a_fault_is_told_before_the_head_is_whole(void **state)
{
    char in[] = "GET / HTTP/1.1\nHost: a";
    size_t n = sizeof in - 1, seen = 0;
    struct hf_head h;

    (void)state;
    assert_int_equal(hf_head_scan(&h, in, n, &seen), HF_HEAD_BAD);
}

static void unfinished(void **state)
{
    static const char *const t[] = {"", "GET", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\r"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct hf_head h;
        size_t seen = 0;

        assert_int_equal(hf_head_scan(&h, t[i], strlen(t[i]), &seen), HF_HEAD_MORE);
    }
}

static void limits(void **state)
{
    static char p[HF_HEAD_MAX_BYTES + 1];
    struct hf_head h;
    size_t n, i, seen = 0;

    (void)state;
    memset(p, 'a', sizeof p);
    assert_int_equal(hf_head_scan(&h, p, HF_HEAD_MAX_BYTES - 1, &seen), HF_HEAD_MORE);
    assert_int_equal(hf_head_scan(&h, p, HF_HEAD_MAX_BYTES, &seen), HF_HEAD_BAD);
    assert_int_equal(h.status, 414);

    memcpy(p, "GET / HTTP/1.1\r\n", 16);
    seen = 0;
    assert_int_equal(hf_head_scan(&h, p, HF_HEAD_MAX_BYTES, &seen), HF_HEAD_BAD);
    assert_int_equal(h.status, 431);

    for (i = 0; i < 2; i++) { /* the longest target, and one more byte */
        n = (size_t)sprintf(p, "GET /%0*d HTTP/1.1\r\n" H "\r\n", HF_HEAD_MAX_TARGET - 1 + (int)i, 0);
        assert_int_equal(feed(&h, p, &n, 4096), i == 0 ? HF_HEAD_GOOD : HF_HEAD_BAD);
        assert_int_equal(h.status, i == 0 ? 0 : 414);
    }
    for (i = 0; i < 2; i++) {
        n = (size_t)sprintf(p, "GET / HTTP/1.1\r\nHost: %0*d\r\n\r\n", HF_HEAD_MAX_HOST + (int)i, 0);
        assert_int_equal(feed(&h, p, &n, 4096), i == 0 ? HF_HEAD_GOOD : HF_HEAD_BAD);
    }
    for (i = 0; i < 2; i++) {
        size_t k;

        n = (size_t)sprintf(p, "GET / HTTP/1.1\r\n" H);
        for (k = 1; k < HF_HEAD_MAX_FIELDS + i; k++)
            n += (size_t)sprintf(p + n, "X-%zu: y\r\n", k);
        n += (size_t)sprintf(p + n, "\r\n");
        assert_int_equal(feed(&h, p, &n, 4096), i == 0 ? HF_HEAD_GOOD : HF_HEAD_BAD);
        assert_int_equal(h.status, i == 0 ? 0 : 431);
    }
}

static void expectation(void **state)
{
    char in[] = "POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 4\r\n\r\n";
    size_t n = sizeof in - 1;
    struct hf_head h;

    (void)state;
    assert_int_equal(feed(&h, in, &n, 4096), HF_HEAD_GOOD);
    assert_int_equal(h.expects_100, 1);
    assert_int_equal(h.body, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(refused),
        cmocka_unit_test(nul_bytes),
        cmocka_unit_test(a_fault_is_told_before_the_head_is_whole),
        cmocka_unit_test(unfinished),
        cmocka_unit_test(limits),
        cmocka_unit_test(expectation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
