/* siphash.c: see siphash.h. The names v0 to v3, k0 and k1 are the paper's. */
#include "core/siphash.h"

static uint64_t little_endian(const uint8_t *p, size_t n)
{
    uint64_t v = 0;

    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

static uint64_t turn(uint64_t v, int bits)
{
    return v << bits | v >> (64 - bits);
}

static void rounds(uint64_t v[4], int n)
{
    while (n-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = turn(v[1], 13) ^ v[0];
        v[3] = turn(v[3], 16) ^ v[2];
        v[0] = turn(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = turn(v[1], 17) ^ v[2];
        v[3] = turn(v[3], 21) ^ v[0];
        v[2] = turn(v[2], 32);
    }
}

uint64_t hf_siphash(const uint8_t key[HF_SIPHASH_KEY], const void *p, size_t n)
{
    uint64_t k0 = little_endian(key, 8), k1 = little_endian(key + 8, 8), word;
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
    const uint8_t *b = p;
    size_t left;

    for (left = n; left >= 8; left -= 8, b += 8) {
        word = little_endian(b, 8);
        v[3] ^= word;
        rounds(v, 2);
        v[0] ^= word;
    }
    word = little_endian(b, left) | (uint64_t)n << 56;
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
