/* fuzz_link_keys.c: the file in which `hotfix sync` hands on what links are signed with: what is read is written again as it was, and
 * signs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/link_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sign(const struct hf_link_keys *k)
{
    const struct hf_sigv4_ask ask = {.method = "GET", .key = "app/objects/x"};
    struct hf_sigv4 s;
    struct hf_place place;
    struct hf_err err = {HF_OK, ""};
    const char *url;

    hf_sigv4_init(&s);
    if (hf_place_set(&place, k->endpoint, k->region, "bucket", 0, &err) != 0)
        abort();
    hf_sigv4_take_day_key(&s, k->region, k->days[0].day, k->days[0].key);
    if (hf_sigv4_presign(&s, &url, NULL, &k->who, &place, &ask, 60, 1795327530, &err) != 0 && err.code != HF_E_EXPIRED)
        abort();
    hf_sigv4_clear(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hf_link_keys k, again;
    struct hf_buf b;
    struct hf_err err = {HF_OK, ""};

    if (hf_link_keys_parse(&k, data, size, &err) != 0) {
        if (err.code != HF_E_INPUT && err.code != HF_E_LIMIT)
            abort();
        return 0;
    }
    if (k.who.secret[0] != '\0')
        abort();
    hf_buf_init(&b, 4 * HF_LINK_KEYS_MAX_BYTES);
    if (hf_link_keys_write(&b, &k, &err) != 0)
        abort();
    /* longer than what was read where that had spare members instead of escapes; else it is the same again */
    if (b.n <= HF_LINK_KEYS_MAX_BYTES && (hf_link_keys_parse(&again, b.p, b.n, &err) != 0 || memcmp(&k, &again, sizeof k) != 0))
        abort();
    hf_buf_wipe(&b);
    sign(&k);
    return 0;
}
