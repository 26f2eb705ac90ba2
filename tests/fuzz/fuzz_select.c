/* fuzz_select.c: the rules of include, a line; those of exclude, a line; a path. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builder/select.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size < 4096 ? size : 4096), *exclude, *path;
    struct hf_select *s = NULL;
    struct hf_err err;

    if (text == NULL)
        return 0;
    exclude = text + strcspn(text, "\n");
    if (*exclude != '\0')
        *exclude++ = '\0';
    path = exclude + strcspn(exclude, "\n");
    if (*path != '\0')
        *path++ = '\0';
    if (hf_select_parse(&s, text, exclude, &err) == 0)
        (void)hf_select_holds(s, path);
    hf_select_free(s);
    free(text);
    return 0;
}
