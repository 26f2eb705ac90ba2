/* test_limits.c: SipHash; connections and requests of an address; the table when it is full; what a dead worker leaves behind. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/limits.h"

#define SECOND 1000000000u
#define START (1000 * (uint64_t)SECOND)

static struct hf_limits *l;
static struct hf_claims *one, *two;
static const struct hf_limits_rules rules = {10, 3, SECOND / 10, SECOND / 10 * 5}; /* 10 a second, 5 at once */

static const struct hf_addr *addr(const char *text)
{
    static struct hf_addr a;

    assert_int_equal(hf_addr_parse(&a, text, strlen(text)), 0);
    return &a;
}

static void *shared(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(p != MAP_FAILED);
    return p;
}

static int begin(void **state)
{
    (void)state;
    l = shared(sizeof *l);
    one = shared(sizeof *one);
    two = shared(sizeof *two);
    memcpy(l->key, "0123456789abcdef", sizeof l->key);
    return 0;
}

static int end(void **state)
{
    (void)state;
    munmap(l, sizeof *l);
    munmap(one, sizeof *one);
    munmap(two, sizeof *two);
    return 0;
}

/* The vector of the paper's appendix, and the first and last of its authors' list for 0 to 63 bytes. */
static void siphash(void **state)
{
    uint8_t key[16], in[63];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    for (i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)i;
    assert_true(hf_siphash(key, in, 15) == 0xa129ca6149be45e5);
    assert_true(hf_siphash(key, in, 0) == 0x726fdb47dd0e0e31);
    assert_true(hf_siphash(key, in, 8) == 0x93f5f5799a932462);
    assert_true(hf_siphash(key, in, 63) == 0x958a324ceb064572);
}

static void connections(void **state)
{
    unsigned c[12], more;
    int i;

    (void)state;
    for (i = 0; i < 3; i++)
        assert_int_equal(hf_limits_open(l, &rules, i == 1 ? two : one, &c[i], addr("192.0.2.1")), HF_LIMIT_OK);
    assert_int_equal(hf_limits_open(l, &rules, two, &more, addr("192.0.2.1")), HF_LIMIT_ADDRESS);
    assert_int_equal(hf_limits_open(l, &rules, two, &c[3], addr("192.0.2.2")), HF_LIMIT_OK);
    assert_int_equal(l->connections, 4);
    hf_limits_close(l, two, c[1]);
    assert_int_equal(hf_limits_open(l, &rules, one, &c[1], addr("192.0.2.1")), HF_LIMIT_OK);
    assert_int_equal(hf_limits_open(l, &rules, one, &more, addr("192.0.2.1")), HF_LIMIT_ADDRESS);
    for (i = 4; i < 10; i++) /* whose limit is another one: only all together count */
        assert_int_equal(hf_limits_open(l, &rules, one, &c[i], NULL), HF_LIMIT_OK);
    assert_int_equal(hf_limits_open(l, &rules, one, &more, NULL), HF_LIMIT_ALL);
    assert_int_equal(hf_limits_open(l, &rules, two, &more, addr("192.0.2.3")), HF_LIMIT_ALL);
    assert_int_equal(l->connections, 10);
}

/* A subscriber has a /64 of IPv6, and one address of IPv4, however it is written. */
static void networks(void **state)
{
    unsigned c;
    int i;

    (void)state;
    for (i = 0; i < 3; i++)
        assert_int_equal(hf_limits_open(l, &rules, one, &c, addr(i == 0 ? "2001:db8::1" : i == 1 ? "2001:db8::2" : "2001:db8::ffff:0:0:1")),
                         HF_LIMIT_OK);
    assert_int_equal(hf_limits_open(l, &rules, one, &c, addr("2001:db8:0:0:8000::")), HF_LIMIT_ADDRESS);
    assert_int_equal(hf_limits_open(l, &rules, one, &c, addr("2001:db8:0:1::1")), HF_LIMIT_OK);
    for (i = 0; i < 3; i++)
        assert_int_equal(hf_limits_open(l, &rules, one, &c, addr(i == 0 ? "::ffff:192.0.2.1" : "192.0.2.1")), HF_LIMIT_OK);
    assert_int_equal(hf_limits_open(l, &rules, one, &c, addr("192.0.2.1")), HF_LIMIT_ADDRESS);
    assert_int_equal(hf_limits_open(l, &rules, one, &c, addr("192.0.2.0")), HF_LIMIT_OK);
}

static void named_later(void **state)
{
    unsigned c[4], i;

    (void)state;
    for (i = 0; i < 4; i++) {
        assert_int_equal(hf_limits_open(l, &rules, one, &c[i], NULL), HF_LIMIT_OK);
        assert_int_equal(hf_limits_name(l, &rules, one, c[i], addr("192.0.2.1")), i < 3 ? HF_LIMIT_OK : HF_LIMIT_ADDRESS);
    }
    hf_limits_close(l, one, c[3]); /* it was counted at no address */
    assert_int_equal(hf_limits_open(l, &rules, one, &c[3], addr("192.0.2.1")), HF_LIMIT_ADDRESS);
    hf_limits_close(l, one, c[0]);
    assert_int_equal(hf_limits_open(l, &rules, one, &c[3], addr("192.0.2.1")), HF_LIMIT_OK);
}

static void requests(void **state)
{
    uint64_t now = START;
    int i;

    (void)state;
    for (i = 0; i < 5; i++)
        assert_int_equal(hf_limits_request(l, &rules, addr("192.0.2.1"), now), 0);
    assert_int_equal(hf_limits_request(l, &rules, addr("192.0.2.1"), now), 1);
    assert_int_equal(hf_limits_request(l, &rules, addr("192.0.2.2"), now), 0);
    now += SECOND / 10; /* one more has come up, and no more than one */
    assert_int_equal(hf_limits_request(l, &rules, addr("192.0.2.1"), now), 0);
    assert_int_equal(hf_limits_request(l, &rules, addr("192.0.2.1"), now), 1);
    now += 100 * (uint64_t)SECOND; /* it does not save up more than its burst */
    for (i = 0; i < 5; i++)
        assert_int_equal(hf_limits_request(l, &rules, addr("192.0.2.1"), now), 0);
    assert_int_equal(hf_limits_request(l, &rules, addr("192.0.2.1"), now), 1);
}

static void slow_rates_tell_how_long_to_wait(void **state)
{
    const struct hf_limits_rules slow = {10, 3, 60 * (uint64_t)SECOND, 60 * (uint64_t)SECOND};

    (void)state;
    assert_int_equal(hf_limits_request(l, &slow, addr("192.0.2.1"), START), 0);
    assert_int_equal(hf_limits_request(l, &slow, addr("192.0.2.1"), START), 60);
    assert_int_equal(hf_limits_request(l, &slow, addr("192.0.2.1"), START + 59 * (uint64_t)SECOND + 1), 1);
    assert_int_equal(hf_limits_request(l, &slow, addr("192.0.2.1"), START + 60 * (uint64_t)SECOND), 0);
}

static void zero_is_no_limit(void **state)
{
    const struct hf_limits_rules none = {2000, 0, 0, 0};
    unsigned c;
    int i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        assert_int_equal(hf_limits_open(l, &none, one, &c, addr("192.0.2.1")), HF_LIMIT_OK);
        assert_int_equal(hf_limits_request(l, &none, addr("192.0.2.1"), START), 0);
    }
    assert_int_equal(l->connections, 1000);
}

static void a_dead_worker_gives_back(void **state)
{
    unsigned c, i;

    (void)state;
    for (i = 0; i < 3; i++)
        assert_int_equal(hf_limits_open(l, &rules, i == 0 ? one : two, &c, addr("192.0.2.1")), HF_LIMIT_OK);
    hf_limits_settle(l, two);
    hf_limits_settle(l, two);
    assert_int_equal(l->connections, 1);
    for (i = 0; i < 2; i++)
        assert_int_equal(hf_limits_open(l, &rules, two, &c, addr("192.0.2.1")), HF_LIMIT_OK);
    assert_int_equal(hf_limits_open(l, &rules, two, &c, addr("192.0.2.1")), HF_LIMIT_ADDRESS);
}

/* Which places belong to an address: all addresses that have the same set, found by trying. */
static size_t set_of(struct hf_limits *t, struct hf_claims *mine, const struct hf_addr *a)
{
    unsigned c, at;

    assert_int_equal(hf_limits_open(t, &rules, mine, &c, a), HF_LIMIT_OK);
    at = mine->of[c];
    hf_limits_close(t, mine, c);
    return (at - 2) / HF_LIMITS_WAYS;
}

/* More addresses than a set has places. */
static void a_full_set(void **state)
{
    struct hf_addr same[HF_LIMITS_WAYS + 2], a;
    struct hf_limits *probe = shared(sizeof *probe);
    const struct hf_limits_rules many = {1000, 1, SECOND, SECOND};
    unsigned c, found = 0, i;
    uint8_t b[4] = {10, 0, 0, 0};
    size_t set = 0;

    (void)state;
    memcpy(probe->key, l->key, sizeof l->key);
    for (i = 0; found < HF_LIMITS_WAYS + 2; i++) {
        b[1] = (uint8_t)(i >> 16);
        b[2] = (uint8_t)(i >> 8);
        b[3] = (uint8_t)i;
        hf_addr_v4(&a, b);
        if (i == 0)
            set = set_of(probe, two, &a);
        if (set_of(probe, two, &a) == set)
            same[found++] = a;
    }
    /* the one whose requests are longest ago makes room, and has its burst again */
    for (i = 0; i <= HF_LIMITS_WAYS; i++)
        assert_int_equal(hf_limits_request(l, &many, &same[i], START + i), 0);
    assert_int_equal(hf_limits_request(l, &many, &same[1], START + i), 1);
    assert_int_equal(hf_limits_request(l, &many, &same[HF_LIMITS_WAYS], START + i), 1);
    assert_int_equal(hf_limits_request(l, &many, &same[0], START + i), 0);
    /* connections hold their places: who finds none is not limited alone, and takes nobody's */
    for (i = 0; i < HF_LIMITS_WAYS; i++)
        assert_int_equal(hf_limits_open(l, &many, one, &c, &same[i]), HF_LIMIT_OK);
    for (i = 0; i < 3; i++)
        assert_int_equal(hf_limits_open(l, &many, one, &c, &same[HF_LIMITS_WAYS]), HF_LIMIT_OK);
    for (i = 0; i < HF_LIMITS_WAYS; i++)
        assert_int_equal(hf_limits_open(l, &many, one, &c, &same[i]), HF_LIMIT_ADDRESS);
    hf_limits_settle(l, one);
    assert_int_equal(l->connections, 0);
    for (i = 0; i < HF_LIMITS_SETS * HF_LIMITS_WAYS; i++)
        assert_int_equal(l->place[i].connections, 0);
    munmap(probe, sizeof *probe);
}

/* Four processes at the same few addresses; two are killed on the way. In the end nothing is counted, and never too much was let in. */
static void at_the_same_time(void **state)
{
    static const char *const names[] = {"192.0.2.1", "192.0.2.2", "2001:db8::1"};
    struct hf_claims *of[4];
    unsigned c[8], i, k, held;
    pid_t pid[4];
    int status;

    (void)state;
    for (i = 0; i < 4; i++) {
        of[i] = shared(sizeof *of[i]);
        pid[i] = fork();
        if (pid[i] != 0)
            continue;
        for (k = 0, held = 0; i >= 2 || k < 100000; k++) {
            if (held == 0 || (held < 8 && k % 3 != 0))
                held += hf_limits_open(l, &rules, of[i], &c[held], addr(names[k % 3])) == HF_LIMIT_OK;
            else
                hf_limits_close(l, of[i], c[--held]);
            if (atomic_load(&l->connections) > rules.connections + 4) /* each may be about to be refused */
                _exit(1);
        }
        while (held > 0)
            hf_limits_close(l, of[i], c[--held]);
        _exit(0);
    }
    for (i = 0; i < 2; i++) {
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_int_equal(status, 0);
    }
    for (; i < 4; i++) {
        kill(pid[i], SIGKILL);
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
    }
    for (i = 0; i < 4; i++) {
        hf_limits_settle(l, of[i]);
        munmap(of[i], sizeof *of[i]);
    }
    assert_int_equal(l->connections, 0);
    for (i = 0; i < HF_LIMITS_SETS * HF_LIMITS_WAYS; i++)
        assert_int_equal(l->place[i].connections, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {T(siphash), T(connections), T(networks), T(named_later), T(requests),
                                       T(slow_rates_tell_how_long_to_wait), T(zero_is_no_limit), T(a_dead_worker_gives_back),
                                       T(a_full_set), T(at_the_same_time)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
