/* fuzz_proxy.c: a PROXY header, and the same bytes as X-Forwarded-For and as [edge] trusted_proxies. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "edge/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* However it arrives, the verdict is the same, and never about bytes that are not there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1), shown[HF_ADDR_TEXT];
    struct hf_proxy whole, part;
    enum hf_proxy_verdict v = hf_proxy_parse(&whole, data, n);
    struct hf_nets nets;
    struct hf_addr a;
    size_t i, first = n < 256 ? 0 : n - 256;

    if (text == NULL)
        return 0;
    if (v == HF_PROXY_GOOD && (whole.length > n || whole.length > HF_PROXY_MAX))
        abort();
    for (i = first; i < n; i++) {
        enum hf_proxy_verdict early = hf_proxy_parse(&part, data, i);

        if (early == HF_PROXY_GOOD && (v != HF_PROXY_GOOD || memcmp(&part, &whole, sizeof part) != 0))
            abort();
        if (early == HF_PROXY_BAD && v != HF_PROXY_BAD)
            abort();
    }
    memcpy(text, data, n);
    text[n] = '\0';
    if (hf_nets_parse(&nets, text, NULL) != 0)
        hf_nets_parse(&nets, "127.0.0.1 10.0.0.0/8 fd00::/8", NULL);
    memset(&a, 0, sizeof a);
    hf_forwarded(&a, &nets, text, n);
    hf_addr_text(shown, &a);
    free(text);
    return 0;
}
