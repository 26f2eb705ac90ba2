/* test_proxy.c: addresses, networks, the PROXY protocol, X-Forwarded-For. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "edge/proxy.h"

static const char *text_of(const struct hf_addr *a)
{
    static char text[HF_ADDR_TEXT];

    return hf_addr_text(text, a);
}

static void addresses(void **state)
{
    static const char *const good[][2] = {{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}, {"2001:DB8::1", "2001:db8::1"},
                                          {"::ffff:192.0.2.1", "192.0.2.1"}};
    static const char *const bad[] = {"", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4:80", "[::1]", "::1%lo",
                                      ":::", "localhost", " 1.2.3.4", "1.2.3.4 ", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0"};
    struct hf_addr a;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(hf_addr_parse(&a, good[i][0], strlen(good[i][0])), 0);
        assert_string_equal(text_of(&a), good[i][1]);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        print_message("# '%s'\n", bad[i]);
        assert_int_equal(hf_addr_parse(&a, bad[i], strlen(bad[i])), -1);
    }
    assert_int_equal(hf_addr_parse(&a, "1.2.3.4\0x", 9), -1);
}

static int has(const struct hf_nets *nets, const char *address)
{
    struct hf_addr a;

    assert_int_equal(hf_addr_parse(&a, address, strlen(address)), 0);
    return hf_nets_has(nets, &a);
}

static void networks(void **state)
{
    static const char *const bad[] = {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "fd00::/129",
                                      "/8", "::1/0", "10.0.0.0/0008", "127.0.0.1,::1", "all"};
    struct hf_nets nets;
    struct hf_err err;
    char many[HF_NETS_MAX * 16 + 32] = "";
    size_t i;

    (void)state;
    assert_int_equal(hf_nets_parse(&nets, "", &err), 0);
    assert_false(has(&nets, "127.0.0.1"));
    assert_int_equal(hf_nets_parse(&nets, " 127.0.0.1  10.64.0.0/10\tfd00::/8 ::1 ", &err), 0);
    assert_int_equal(nets.count, 4);
    assert_true(has(&nets, "127.0.0.1") && has(&nets, "::ffff:127.0.0.1") && has(&nets, "::1") && has(&nets, "fdff::1"));
    assert_true(has(&nets, "10.64.0.0") && has(&nets, "10.127.255.255"));
    assert_false(has(&nets, "127.0.0.2") || has(&nets, "10.63.255.255") || has(&nets, "10.128.0.0") || has(&nets, "fe00::1") ||
                 has(&nets, "::2") || has(&nets, "::7f00:1"));
    assert_int_equal(hf_nets_parse(&nets, "0.0.0.0/0", &err), 0);
    assert_true(has(&nets, "1.2.3.4"));
    assert_false(has(&nets, "2001:db8::1"));
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        print_message("# '%s'\n", bad[i]);
        assert_int_equal(hf_nets_parse(&nets, bad[i], &err), -1);
        assert_int_equal(err.code, HF_E_CONFIG);
    }
    for (i = 0; i <= HF_NETS_MAX; i++)
        sprintf(many + strlen(many), "10.0.0.%zu ", i);
    assert_int_equal(hf_nets_parse(&nets, many, &err), -1);
}

/* Each beginning of a good header is MORE, and what is behind it does not matter. */
static void good_header(const void *p, size_t n, const char *client)
{
    uint8_t bytes[HF_PROXY_MAX + 16];
    struct hf_proxy h;
    size_t i;

    memset(bytes, 'G', sizeof bytes);
    memcpy(bytes, p, n);
    for (i = 0; i < n; i++)
        assert_int_equal(hf_proxy_parse(&h, bytes, i), HF_PROXY_MORE);
    for (i = n; i < n + 16; i++) {
        assert_int_equal(hf_proxy_parse(&h, bytes, i), HF_PROXY_GOOD);
        assert_int_equal(h.length, n);
        assert_int_equal(h.known, client != NULL);
        if (client != NULL)
            assert_string_equal(text_of(&h.client), client);
    }
}

static void version_1(void **state)
{
    static const char *const good[][2] = {
        {"PROXY TCP4 192.0.2.7 127.0.0.1 50000 443\r\n", "192.0.2.7"},
        {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255"},
        {"PROXY TCP6 2001:db8::7 ::1 0 443\r\n", "2001:db8::7"},
        {"PROXY UNKNOWN\r\n", NULL},
        {"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", NULL},
    };
    static const char *const bad[] = {
        "PROXY TCP4 192.0.2.7 127.0.0.1 50000 443\n",        "PROXY TCP4 192.0.2.7 127.0.0.1 50000\r\n",
        "PROXY TCP4 192.0.2.7 127.0.0.1 50000 443 \r\n",     "PROXY TCP4 192.0.2.7 127.0.0.1 50000 443 x\r\n",
        "PROXY TCP4 192.0.2.7  127.0.0.1 50000 443\r\n",     "PROXY TCP4 ::1 127.0.0.1 50000 443\r\n",
        "PROXY TCP6 192.0.2.7 ::1 50000 443\r\n",            "PROXY TCP4 192.0.2.7 127.0.0.1 65536 443\r\n",
        "PROXY TCP4 192.0.2.7 127.0.0.1 050 443\r\n",        "PROXY TCP4 192.0.2.7 127.0.0.1 -1 443\r\n",
        "PROXY UDP4 192.0.2.7 127.0.0.1 50000 443\r\n",      "PROXY \r\n",
        "PROXY tcp4 192.0.2.7 127.0.0.1 50000 443\r\n",      "PROXY TCP4 192.0.2.7\r 127.0.0.1 50000 443\r\n",
        "PROXX",                                             "GET / HTTP/1.1\r\n",
        "PROXY UNKNOWN 00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\r\n",
    };
    struct hf_proxy h;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof good / sizeof *good; i++)
        good_header(good[i][0], strlen(good[i][0]), good[i][1]);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        print_message("# %s\n", bad[i]);
        assert_int_equal(hf_proxy_parse(&h, (const uint8_t *)bad[i], strlen(bad[i])), HF_PROXY_BAD);
    }
}

#define MARK "\r\n\r\n\0\r\nQUIT\n"
#define FOUR "\xc0\0\2\7\x7f\0\0\1\xc3\x50\1\xbb"
#define SIX "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\xc3\x50\1\xbb"

static void version_2(void **state)
{
    static const char four[] = MARK "\x21\x11\0\x0c" FOUR, extra[] = MARK "\x21\x11\0\x10" FOUR "\4\0\1x",
                      six[] = MARK "\x21\x21\0\x24" SIX, local[] = MARK "\x20\0\0\0", local4[] = MARK "\x20\x11\0\x0c" FOUR,
                      unspec[] = MARK "\x21\0\0\3abc";
    static const char *const bad[] = {MARK "\x11\x11\0\x0c" FOUR, MARK "\x22\x11\0\x0c" FOUR, MARK "\x21\x12\0\x0c" FOUR,
                                      MARK "\x21\x31\0\x0c" FOUR, MARK "\x21\x11\0\x0b" FOUR, MARK "\x21\x21\0\x0c" FOUR,
                                      MARK "\x21\x11\x04\0" FOUR, MARK "\x21\x11\xff\xff" FOUR};
    struct hf_proxy h;
    size_t i;

    (void)state;
    good_header(four, sizeof four - 1, "192.0.2.7");
    good_header(extra, sizeof extra - 1, "192.0.2.7");
    good_header(six, sizeof six - 1, "2001:db8::7");
    good_header(local, sizeof local - 1, NULL);
    good_header(local4, sizeof local4 - 1, NULL);
    good_header(unspec, sizeof unspec - 1, NULL);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        print_message("# %zu\n", i);
        assert_int_equal(hf_proxy_parse(&h, (const uint8_t *)bad[i], 28), HF_PROXY_BAD);
    }
}

static void forwarded_for(void **state)
{
    static const char *const t[][2] = {
        {"", "127.0.0.1"},
        {"192.0.2.7", "192.0.2.7"},
        {" 192.0.2.7\t", "192.0.2.7"},
        {"1.1.1.1, 192.0.2.7", "192.0.2.7"},             /* the first was written by a stranger */
        {"192.0.2.7, 10.0.0.1, 10.0.0.2", "192.0.2.7"},  /* through two of ours */
        {"10.0.0.3, 10.0.0.2", "10.0.0.3"},              /* from inside */
        {"rubbish, 10.0.0.2", "10.0.0.2"},
        {"192.0.2.7, rubbish", "127.0.0.1"},
        {"192.0.2.7,", "127.0.0.1"},
        {",", "127.0.0.1"},
        {"192.0.2.7:443", "127.0.0.1"},
        {"2001:db8::7", "2001:db8::7"},
    };
    struct hf_nets nets;
    struct hf_addr a;
    struct hf_err err;
    size_t i;

    (void)state;
    assert_int_equal(hf_nets_parse(&nets, "127.0.0.1 10.0.0.0/8", &err), 0);
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        print_message("# '%s'\n", t[i][0]);
        assert_int_equal(hf_addr_parse(&a, "127.0.0.1", 9), 0);
        hf_forwarded(&a, &nets, t[i][0], strlen(t[i][0]));
        assert_string_equal(text_of(&a), t[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(networks), cmocka_unit_test(version_1),
                                       cmocka_unit_test(version_2), cmocka_unit_test(forwarded_for)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
