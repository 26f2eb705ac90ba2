/* siphash.h: SipHash-2-4 (Aumasson, Bernstein 2012): a short keyed hash. Who does not know the key can neither choose inputs
 * that collide nor tell which input a hash belongs to. */
#ifndef HF_SIPHASH_H
#define HF_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define HF_SIPHASH_KEY 16 /* bytes */

uint64_t hf_siphash(const uint8_t key[HF_SIPHASH_KEY], const void *p, size_t n);

#endif
