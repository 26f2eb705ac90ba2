/* fuzz_attributes.c: the path of a file, a line; the .gitattributes of the top folder, up to a NUL; that of the folder "d". */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builder/attributes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nl = memchr(data, '\n', size), *top, *nul;
    struct hf_attr_value v[HF_ATTR_COUNT];
    struct hf_attrs *a = NULL;
    struct hf_err err;
    char path[1024] = "d/";
    size_t top_n;

    if (nl == NULL || nl - data > 1000 || size > 65536 || hf_attrs_new(&a, &err) != 0)
        return 0;
    memcpy(path + 2, data, (size_t)(nl - data));
    top = nl + 1;
    size -= (size_t)(top - data);
    nul = memchr(top, '\0', size);
    top_n = nul == NULL ? size : (size_t)(nul - top);
    if (hf_attrs_push(a, "", (const char *)top, top_n, &err) == 0 &&
        (nul == NULL || hf_attrs_push(a, "d", (const char *)nul + 1, size - top_n - 1, &err) == 0)) {
        if (hf_attrs_find(a, v, path, &err) == 0) {
            (void)hf_attr_encoding(v);
            (void)hf_attr_crlf(v);
            for (size_t i = 0; i < HF_ATTR_COUNT; i++)
                if (v[i].state == HF_ATTR_TEXT_VALUE && strlen(v[i].text) > size)
                    abort();
        }
        (void)hf_attrs_find_folder(a, v, path, &err);
    }
    hf_attrs_free(a);
    return 0;
}
