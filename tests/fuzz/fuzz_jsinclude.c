/* fuzz_jsinclude.c: a script; each name that is found lies in it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "builder/jsinclude.h"

struct script {
    const char *p;
    size_t n, line;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int found(void *arg, const struct hf_js_include *i)
{
    struct script *s = arg;

    if (i->line < s->line || i->line > s->n + 1)
        abort();
    s->line = i->line;
    if (i->name != NULL && (i->name <= s->p || i->name + i->n >= s->p + s->n))
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script s = {(const char *)data, size, 1};

    hf_js_includes(s.p, s.n, found, &s);
    return 0;
}
