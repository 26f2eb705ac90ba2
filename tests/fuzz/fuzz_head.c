/* fuzz_head.c: any bytes as the head of a request, in two pieces. What passes must pass again unchanged, and hold nothing that
 * two readers could take for two things. */
#include <stdlib.h>
#include <string.h>

#include "edge/head.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(int ok)
{
    if (!ok)
        abort();
}

static enum hf_verdict scan(struct hf_head *h, const char *p, size_t n, size_t first, size_t *end)
{
    enum hf_verdict v;

    *end = 0;
    v = hf_head_scan(h, p, first, end);
    must(*end <= first);
    if (v == HF_HEAD_MORE)
        v = hf_head_scan(h, p, n, end);
    must(*end <= n);
    must(v != HF_HEAD_BAD || (h->status >= 400 && h->why != NULL));
    return v;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct hf_head h, again;
    size_t n, end, first, now;
    char *p, *copy;

    if (size == 0 || size > HF_HEAD_MAX_BYTES)
        return 0;
    n = size - 1;
    first = n * data[0] / 255;
    p = malloc(n + 1); /* exactly as long, so that a byte too far is seen */
    copy = malloc(n + 1);
    must(p != NULL && copy != NULL);
    memcpy(p, data + 1, n);
    if (scan(&h, p, n, first, &end) == HF_HEAD_GOOD) {
        now = n;
        if (hf_head_judge(&h, p, &now, end) == HF_HEAD_GOOD) {
            must(now <= n && h.body <= HF_HEAD_MAX_BODY);
            memcpy(copy, p, now);
            n = now;
            must(scan(&again, copy, n, n, &end) == HF_HEAD_GOOD && n - end <= h.body && memchr(copy, '\0', end) == NULL);
            must(hf_head_judge(&again, copy, &now, end) == HF_HEAD_GOOD);
            must(now == n && memcmp(p, copy, n) == 0 && again.body == h.body);
        } else {
            must(h.status >= 400 && h.why != NULL);
        }
    }
    free(p);
    free(copy);
    return 0;
}
