/* fuzz_byterange.c: any text as Range, If-Range and If-None-Match; the first eight bytes are the object's size. */
#include <stdlib.h>
#include <string.h>

#include "edge/byterange.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    uint64_t total, off, len;
    char *s;

    if (size < sizeof total)
        return 0;
    memcpy(&total, data, sizeof total);
    s = malloc(size - sizeof total + 1);
    if (s == NULL)
        abort();
    memcpy(s, data + sizeof total, size - sizeof total);
    s[size - sizeof total] = '\0';
    switch (hf_byterange(&off, &len, s, total)) {
    case HF_BYTES_WHOLE:
        if (off != 0 || len != total)
            abort();
        break;
    case HF_BYTES_PART:
        if (len == 0 || off >= total || len > total - off)
            abort();
        break;
    case HF_BYTES_NONE:
        if (len != 0)
            abort();
        break;
    }
    if (hf_if_range(s, "\"tag\"") && strcmp(s, "\"tag\"") != 0)
        abort();
    hf_etag_listed(s, "\"tag\"");
    free(s);
    return 0;
}
