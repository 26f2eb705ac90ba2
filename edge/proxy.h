/* proxy.h: who a client is, when a proxy stands in between: addresses, the networks that are trusted, the PROXY protocol (version
 * 1 and 2, HAProxy's doc/proxy-protocol.txt) and X-Forwarded-For. Pure. */
#ifndef HF_PROXY_H
#define HF_PROXY_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define HF_ADDR_TEXT 46
#define HF_NETS_MAX 32
#define HF_PROXY_MAX 1024    /* bytes of a PROXY header, with all that version 2 may append */
#define HF_FORWARDED_MAX 255 /* bytes of X-Forwarded-For that are looked at: the last ones */

/* An IPv6 address; IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). In network order. */
struct hf_addr {
    uint8_t b[16];
};

struct hf_nets {
    size_t count;
    struct {
        struct hf_addr base;
        unsigned bits; /* of 128 */
    } net[HF_NETS_MAX];
};

/* 0, or -1 when p[0..n) is not an address of either kind in its plain form, without port, brackets or zone. */
int hf_addr_parse(struct hf_addr *out, const char *p, size_t n);
void hf_addr_v4(struct hf_addr *out, const uint8_t b[4]);

/* As people write it. Returns out. */
const char *hf_addr_text(char out[HF_ADDR_TEXT], const struct hf_addr *a);

/* Reads addresses and networks, separated by spaces. HF_E_CONFIG with the one that is none. */
int hf_nets_parse(struct hf_nets *out, const char *text, struct hf_err *err);
int hf_nets_has(const struct hf_nets *nets, const struct hf_addr *a);

enum hf_proxy_verdict {
    HF_PROXY_MORE, /* so far it may become one */
    HF_PROXY_GOOD,
    HF_PROXY_BAD
};

struct hf_proxy {
    size_t length; /* of the header */
    int known;     /* it says who the client is; else it is the proxy itself, which looks whether we are well */
    struct hf_addr client;
};

/* Reads a PROXY header at the beginning of p[0..n). */
enum hf_proxy_verdict hf_proxy_parse(struct hf_proxy *out, const uint8_t *p, size_t n);

/* Whom X-Forwarded-For means: the last address that is not itself a trusted proxy's. What stands to the left of it, or of
 * something that is no address, was written by a stranger. *out is left alone when there is nothing to be believed. */
void hf_forwarded(struct hf_addr *out, const struct hf_nets *trusted, const char *value, size_t n);

#endif
