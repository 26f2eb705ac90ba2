/* fuzz_token.c: what opens is, byte for byte, what would be minted for it; and the same bytes as a file of keys. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64url.h"
#include "core/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t expiry_of(const char *token, size_t n)
{
    uint8_t body[256];
    const char *dot = memchr(token, '.', n);
    uint64_t t = 0;
    int i;

    if (dot == NULL || hf_unbase64url(body, sizeof body, token, (size_t)(dot - token)) < 13)
        abort();
    for (i = 5; i < 13; i++)
        t = t << 8 | body[i];
    return (int64_t)t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "0123456789abcdef0123456789abcdef\nfedcba9876543210fedcba9876543210\n";
    static struct hf_url_keys *keys;
    struct hf_url_keys *own = NULL;
    const char *s = (const char *)data;
    char app[HF_APP_MAX + 1], object[HF_OBJECT_KEY_MAX + 1], again[HF_TOKEN_MAX];
    struct hf_err err = {HF_OK, ""};

    if (keys == NULL && hf_url_keys_parse(&keys, text, strlen(text), "url.key", &err) != 0)
        abort();
    /* Those in the corpus are good until 2026-11-22T06:06:00Z, by the first key or the second. */
    if (hf_token_open(app, object, keys, s, size, 1795327500, &err) == 0) {
        if (!hf_name_ok(app, HF_APP_MAX) || !hf_object_key_ok(object))
            abort();
        if (hf_token_mint(again, keys, expiry_of(s, size), app, object, &err) != 0)
            abort();
        /* The second key's tokens differ in the key's id and the MAC alone. */
        if (strlen(again) != size || memcmp(again + 8, s + 8, strcspn(again, ".") - 8) != 0)
            abort();
    } else if (err.code != HF_E_NOTFOUND && err.code != HF_E_EXPIRED) {
        abort();
    }
    if (hf_url_keys_parse(&own, s, size, "url.key", &err) == 0 &&
        (hf_token_mint(again, own, 1795327560, "a", "objects/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                       &err) != 0 ||
         hf_token_open(app, object, own, again, strlen(again), 1795327500, &err) != 0))
        abort();
    hf_url_keys_free(own);
    return 0;
}
