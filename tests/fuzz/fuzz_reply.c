/* fuzz_reply.c: what a server answers a client: the link (the first byte chooses the status), and a Content-Range. A link that
 * is taken is a URL without blanks and controls. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/fetch.h"
#include "client/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 200, 200, 404, 503};
    char url[HF_LINK_MAX_URL + 1], range[96];
    struct hf_err err;
    const char *p;

    if (size < 1)
        return 0;
    if (hf_link_answer(url, "https://edge.example", statuses[data[0] % 5], data + 1, size - 1, &err) == 0) {
        if (strncasecmp(url, "https://", 8) != 0)
            abort();
        for (p = url; *p != '\0'; p++) {
            if (*p <= 0x20 || *p > 0x7e)
                abort();
        }
    }
    if (size < sizeof range) {
        memcpy(range, data, size);
        range[size] = '\0';
        (void)hf_fetch_range_ok(range, 5, 1000);
    }
    return 0;
}
