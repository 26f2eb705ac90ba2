/* fuzz_names.c: two names with a newline between; folding ends, once is enough, and a name clashes with itself alone. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builder/names.h"
#include "core/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *at(const void *arg, size_t i)
{
    return ((const char *const *)arg)[i];
}

static char *fold(const char *s)
{
    struct hf_err err;
    char *out = NULL;

    if (hf_name_fold(&out, s, strlen(s), &err) != 0 || !hf_utf8_ok(out, strlen(out)))
        abort();
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size < 4096 ? size : 4096), *second, *a, *b, *twice;
    struct hf_err err;
    size_t one, other;

    if (text == NULL)
        return 0;
    second = text + strcspn(text, "\n");
    if (*second != '\0')
        *second++ = '\0';
    if (hf_utf8_ok(text, strlen(text)) && hf_utf8_ok(second, strlen(second))) {
        const char *names[] = {text, second};

        (void)hf_name_fault(text);
        a = fold(text);
        b = fold(second);
        twice = fold(a);
        if (strcmp(a, twice) != 0 || (strcmp(a, b) == 0 && hf_names_clash(&one, &other, 2, at, names, &err) != 1))
            abort();
        free(a);
        free(b);
        free(twice);
    }
    free(text);
    return 0;
}
