/* proxy.c: see proxy.h. */
#include "edge/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

#define V1_MAX 107 /* with its CRLF, says the specification */
#define V2_HEAD 16
#define V2_LOCAL 0x20
#define V2_PROXY 0x21
#define V2_UNSPEC 0x00
#define V2_TCP4 0x11
#define V2_TCP6 0x21

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
static const char v2_mark[] = "\r\n\r\n\0\r\nQUIT\n";

void hf_addr_v4(struct hf_addr *out, const uint8_t b[4])
{
    memcpy(out->b, v4_prefix, 12);
    memcpy(out->b + 12, b, 4);
}

static int is_v4(const struct hf_addr *a)
{
    return memcmp(a->b, v4_prefix, 12) == 0;
}

int hf_addr_parse(struct hf_addr *out, const char *p, size_t n)
{
    char text[HF_ADDR_TEXT];
    uint8_t four[4];

    if (n == 0 || n >= sizeof text || memchr(p, '\0', n) != NULL)
        return -1;
    memcpy(text, p, n);
    text[n] = '\0';
    if (inet_pton(AF_INET, text, four) == 1) {
        hf_addr_v4(out, four);
        return 0;
    }
    return inet_pton(AF_INET6, text, out->b) == 1 ? 0 : -1;
}

const char *hf_addr_text(char out[HF_ADDR_TEXT], const struct hf_addr *a)
{
    if (is_v4(a))
        inet_ntop(AF_INET, a->b + 12, out, HF_ADDR_TEXT);
    else
        inet_ntop(AF_INET6, a->b, out, HF_ADDR_TEXT);
    return out;
}

/* "10.0.0.0/8": nothing may be set behind the bits, or somebody means another network than we do. */
static int parse_net(struct hf_nets *out, const char *p, size_t n)
{
    const char *slash = memchr(p, '/', n);
    size_t len = slash != NULL ? (size_t)(slash - p) : n, digits = slash != NULL ? n - len - 1 : 0, i;
    struct hf_addr *base = &out->net[out->count].base;
    unsigned most, bits;

    if (hf_addr_parse(base, p, len) != 0)
        return -1;
    most = is_v4(base) ? 32 : 128;
    bits = most;
    if (slash != NULL) {
        if (digits == 0 || digits > 3)
            return -1;
        for (i = 0, bits = 0; i < digits; i++) {
            if (slash[1 + i] < '0' || slash[1 + i] > '9')
                return -1;
            bits = bits * 10 + (unsigned)(slash[1 + i] - '0');
        }
        if (bits > most)
            return -1;
    }
    bits += 128 - most;
    for (i = bits; i < 128; i++)
        if (base->b[i / 8] & (0x80 >> (i % 8)))
            return -1;
    out->net[out->count++].bits = bits;
    return 0;
}

int hf_nets_parse(struct hf_nets *out, const char *text, struct hf_err *err)
{
    char shown[96];
    size_t n;

    out->count = 0;
    for (;; text += n) {
        text += strspn(text, " \t");
        n = strcspn(text, " \t");
        if (n == 0)
            return 0;
        if (out->count == HF_NETS_MAX)
            return hf_fail(err, HF_E_CONFIG, "more than %d addresses", HF_NETS_MAX);
        if (parse_net(out, text, n) != 0)
            return hf_fail(err, HF_E_CONFIG, "'%s' is not an address or a network, like 127.0.0.1, 10.0.0.0/8 or fd00::/8",
                           hf_escape(shown, sizeof shown, text, n));
    }
}

int hf_nets_has(const struct hf_nets *nets, const struct hf_addr *a)
{
    size_t i;

    for (i = 0; i < nets->count; i++) {
        unsigned bits = nets->net[i].bits, whole = bits / 8, rest = bits % 8;
        const uint8_t *b = nets->net[i].base.b;

        if (memcmp(b, a->b, whole) == 0 && (rest == 0 || ((b[whole] ^ a->b[whole]) >> (8 - rest)) == 0))
            return 1;
    }
    return 0;
}

/* Takes the next word of a line, which ends with one space or the line; "" when there is none. */
static size_t word(const char **p, const char *end, const char **next)
{
    const char *space = memchr(*p, ' ', (size_t)(end - *p));

    *next = space != NULL ? space + 1 : end;
    return (size_t)((space != NULL ? space : end) - *p);
}

static int is_port(const char *p, size_t n)
{
    unsigned v = 0;
    size_t i;

    for (i = 0; i < n && n <= 5; i++) {
        if (p[i] < '0' || p[i] > '9')
            return 0;
        v = v * 10 + (unsigned)(p[i] - '0');
    }
    return n > 0 && n <= 5 && v <= 65535 && (p[0] != '0' || n == 1);
}

/* "PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n" */
static enum hf_proxy_verdict parse_v1(struct hf_proxy *out, const char *p, size_t n)
{
    const char *eol = memchr(p, '\n', n < V1_MAX ? n : V1_MAX), *end, *next;
    struct hf_addr to;
    size_t len;
    int v4;

    if (eol == NULL)
        return n < V1_MAX ? HF_PROXY_MORE : HF_PROXY_BAD;
    if (eol - p < 8 || eol[-1] != '\r')
        return HF_PROXY_BAD;
    out->length = (size_t)(eol - p) + 1;
    end = eol - 1;
    p += 6;
    len = word(&p, end, &next);
    if (len == 7 && memcmp(p, "UNKNOWN", 7) == 0)
        return HF_PROXY_GOOD;
    if (len != 4 || (memcmp(p, "TCP4", 4) != 0 && memcmp(p, "TCP6", 4) != 0))
        return HF_PROXY_BAD;
    v4 = p[3] == '4';
    p = next;
    len = word(&p, end, &next);
    if (hf_addr_parse(&out->client, p, len) != 0 || (memchr(p, ':', len) == NULL) != v4)
        return HF_PROXY_BAD;
    p = next;
    len = word(&p, end, &next);
    if (hf_addr_parse(&to, p, len) != 0 || (memchr(p, ':', len) == NULL) != v4)
        return HF_PROXY_BAD;
    p = next;
    len = word(&p, end, &next);
    if (!is_port(p, len))
        return HF_PROXY_BAD;
    p = next;
    len = word(&p, end, &next);
    if (!is_port(p, len) || p + len != end)
        return HF_PROXY_BAD;
    out->known = 1;
    return HF_PROXY_GOOD;
}

static enum hf_proxy_verdict parse_v2(struct hf_proxy *out, const uint8_t *p, size_t n)
{
    size_t len;

    if (n < V2_HEAD)
        return HF_PROXY_MORE;
    len = (size_t)p[14] << 8 | p[15];
    if ((p[12] != V2_LOCAL && p[12] != V2_PROXY) || V2_HEAD + len > HF_PROXY_MAX)
        return HF_PROXY_BAD;
    if (p[12] == V2_PROXY && p[13] != V2_UNSPEC && !(p[13] == V2_TCP4 && len >= 12) && !(p[13] == V2_TCP6 && len >= 36))
        return HF_PROXY_BAD;
    if (n < V2_HEAD + len)
        return HF_PROXY_MORE;
    out->length = V2_HEAD + len;
    if (p[12] == V2_LOCAL || p[13] == V2_UNSPEC)
        return HF_PROXY_GOOD;
    if (p[13] == V2_TCP4)
        hf_addr_v4(&out->client, p + V2_HEAD);
    else
        memcpy(out->client.b, p + V2_HEAD, 16);
    out->known = 1;
    return HF_PROXY_GOOD;
}

/* 1 when p[0..n) begins with the mark, or may come to. */
static int begins(const uint8_t *p, size_t n, const char *mark, size_t len)
{
    return memcmp(p, mark, n < len ? n : len) == 0;
}

enum hf_proxy_verdict hf_proxy_parse(struct hf_proxy *out, const uint8_t *p, size_t n)
{
    memset(out, 0, sizeof *out);
    if (n == 0)
        return HF_PROXY_MORE;
    if (begins(p, n, v2_mark, 12))
        return n < 12 ? HF_PROXY_MORE : parse_v2(out, p, n);
    if (begins(p, n, "PROXY ", 6))
        return n < 6 ? HF_PROXY_MORE : parse_v1(out, (const char *)p, n);
    return HF_PROXY_BAD;
}

void hf_forwarded(struct hf_addr *out, const struct hf_nets *trusted, const char *value, size_t n)
{
    struct hf_addr one;
    size_t start, end;

    while (n > 0) {
        for (end = n; end > 0 && (value[end - 1] == ' ' || value[end - 1] == '\t'); end--)
            ;
        for (n = end; n > 0 && value[n - 1] != ','; n--)
            ;
        for (start = n; start < end && (value[start] == ' ' || value[start] == '\t'); start++)
            ;
        if (hf_addr_parse(&one, value + start, end - start) != 0)
            return;
        *out = one;
        if (!hf_nets_has(trusted, &one))
            return;
        n -= n > 0; /* the comma */
    }
}
