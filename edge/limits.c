/* limits.c: see limits.h. */
#include "edge/limits.h"

#include <string.h>

#define NO_ADDRESS 1 /* in a claim */
#define FIRST_PLACE 2
#define SECOND 1000000000u
#define TRIES 4 /* when others take the place that was chosen */

static uint64_t tag_of(const struct hf_limits *l, const struct hf_addr *address)
{
    static const uint8_t v4[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    size_t n = memcmp(address->b, v4, sizeof v4) == 0 ? 16 : 8;
    uint64_t tag = hf_siphash(l->key, address->b, n);

    return tag != 0 ? tag : 1;
}

/* Is `a` a better place to take than `b`? Both have no connections. */
static int is_better(const struct hf_limits_place *a, const struct hf_limits_place *b)
{
    return b == NULL || atomic_load(&a->full) < atomic_load(&b->full);
}

/* The address's place, perhaps taken from another one; NULL: there is none for it. */
static struct hf_limits_place *place_of(struct hf_limits *l, uint64_t tag)
{
    struct hf_limits_place *set = &l->place[tag % HF_LIMITS_SETS * HF_LIMITS_WAYS], *best;
    unsigned long long old;
    int i, tries;

    for (tries = 0; tries < TRIES; tries++) {
        best = NULL;
        for (i = 0; i < HF_LIMITS_WAYS; i++) {
            if (atomic_load(&set[i].tag) == tag)
                return &set[i];
            if (atomic_load(&set[i].connections) == 0 && is_better(&set[i], best))
                best = &set[i];
        }
        if (best == NULL)
            return NULL;
        old = atomic_load(&best->tag);
        if (atomic_load(&best->connections) == 0 && atomic_compare_exchange_strong(&best->tag, &old, tag)) {
            atomic_store(&best->full, 0);
            return best;
        }
    }
    return NULL;
}

/* One less, but never below zero: what a dead worker had not yet counted may be given back too. */
static void less(atomic_uint *count)
{
    unsigned now = atomic_load(count);

    while (now > 0 && !atomic_compare_exchange_weak(count, &now, now - 1))
        ;
}

static void give_back(struct hf_limits *l, atomic_uint *claim)
{
    unsigned what = atomic_load(claim);

    if (what == 0)
        return;
    if (what >= FIRST_PLACE && what - FIRST_PLACE < HF_LIMITS_SETS * HF_LIMITS_WAYS)
        less(&l->place[what - FIRST_PLACE].connections);
    less(&l->connections);
    atomic_store(claim, 0);
}

enum hf_limit hf_limits_name(struct hf_limits *l, const struct hf_limits_rules *rules, struct hf_claims *mine, unsigned claim,
                             const struct hf_addr *address)
{
    struct hf_limits_place *p;
    uint64_t tag;
    int tries;

    if (rules->address_connections == 0)
        return HF_LIMIT_OK;
    tag = tag_of(l, address);
    for (tries = 0; tries < TRIES && (p = place_of(l, tag)) != NULL; tries++) {
        /* The claim comes first: a worker that dies between the two leaves one to give back, which costs nothing. */
        atomic_store(&mine->of[claim], (unsigned)(p - l->place) + FIRST_PLACE);
        if (atomic_fetch_add(&p->connections, 1) >= rules->address_connections) {
            less(&p->connections);
            atomic_store(&mine->of[claim], NO_ADDRESS);
            return HF_LIMIT_ADDRESS;
        }
        if (atomic_load(&p->tag) == tag)
            return HF_LIMIT_OK;
        less(&p->connections); /* another address has taken the place meanwhile */
        atomic_store(&mine->of[claim], NO_ADDRESS);
    }
    return HF_LIMIT_OK;
}

enum hf_limit hf_limits_open(struct hf_limits *l, const struct hf_limits_rules *rules, struct hf_claims *mine, unsigned *claim,
                             const struct hf_addr *address)
{
    enum hf_limit r;
    unsigned i;

    for (i = 0; i < HF_CLAIMS_MAX && atomic_load(&mine->of[mine->next]) != 0; i++)
        mine->next = (mine->next + 1) % HF_CLAIMS_MAX;
    if (i == HF_CLAIMS_MAX)
        return HF_LIMIT_ALL;
    *claim = mine->next;
    atomic_store(&mine->of[*claim], NO_ADDRESS);
    if (atomic_fetch_add(&l->connections, 1) >= rules->connections)
        r = HF_LIMIT_ALL;
    else
        r = address != NULL ? hf_limits_name(l, rules, mine, *claim, address) : HF_LIMIT_OK;
    if (r != HF_LIMIT_OK)
        give_back(l, &mine->of[*claim]);
    return r;
}

void hf_limits_close(struct hf_limits *l, struct hf_claims *mine, unsigned claim)
{
    give_back(l, &mine->of[claim]);
}

unsigned hf_limits_request(struct hf_limits *l, const struct hf_limits_rules *rules, const struct hf_addr *address, uint64_t now)
{
    struct hf_limits_place *p;
    unsigned long long full, next;

    if (rules->interval == 0 || (p = place_of(l, tag_of(l, address))) == NULL)
        return 0;
    full = atomic_load(&p->full);
    do {
        next = (full > now ? full : now) + rules->interval;
        if (next - now > rules->burst)
            return (unsigned)((next - now - rules->burst + SECOND - 1) / SECOND);
    } while (!atomic_compare_exchange_weak(&p->full, &full, next));
    return 0;
}

void hf_limits_settle(struct hf_limits *l, struct hf_claims *gone)
{
    unsigned i;

    for (i = 0; i < HF_CLAIMS_MAX; i++)
        give_back(l, &gone->of[i]);
}
