/* fuzz_occheck.c: any bytes as Objective-C: each warning comes once, with a line that there is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "builder/occheck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    unsigned long lines;
    const char *words[64];
    size_t n;
};

static int note(void *arg, unsigned long line, const char *words)
{
    struct seen *s = arg;

    for (size_t i = 0; i < s->n; i++)
        if (s->words[i] == words)
            abort();
    if (s->n == 64 || line < 1 || line > s->lines)
        abort();
    s->words[s->n++] = words;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen s = {.lines = 1};

    for (size_t i = 0; i < size; i++)
        s.lines += data[i] == '\n';
    hf_occheck("a.mm", data, size, note, &s);
    return 0;
}
