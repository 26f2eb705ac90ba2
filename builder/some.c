/* some.c: see some.h. */
#include "builder/some.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

#define SHOWN 80 /* of one path */

int hf_some_add(struct hf_some *s, const char *path, struct hf_err *err)
{
    if (s->count < HF_SOME_NAMED) {
        s->path[s->count] = strdup(path);
        if (s->path[s->count] == NULL)
            return hf_nomem(err);
    }
    s->count++;
    return 0;
}

void hf_some_clear(struct hf_some *s)
{
    for (size_t i = 0; i < HF_SOME_NAMED; i++)
        free(s->path[i]);
    memset(s, 0, sizeof *s);
}

const char *hf_some_text(char *out, size_t max, const struct hf_some *s)
{
    size_t named = s->count < HF_SOME_NAMED ? s->count : HF_SOME_NAMED, n = 0;
    char shown[SHOWN];

    out[0] = '\0';
    for (size_t i = 0; i < named; i++)
        n += (size_t)snprintf(out + n, max - n, "%s%s", i > 0 ? ", " : "",
                              hf_escape(shown, sizeof shown, s->path[i], strlen(s->path[i])));
    if (s->count > named)
        snprintf(out + n, max - n, " and %zu more", s->count - named);
    return out;
}
