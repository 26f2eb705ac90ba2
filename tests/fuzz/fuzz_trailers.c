/* fuzz_trailers.c: the message of a commit, from which release parameters are read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "core/trailers.h"
#include "publisher/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each trailer is a part of the message, in one line, without blanks at its ends. */
static int within(const struct hf_trailer *t, void *arg)
{
    const char *message = arg;
    size_t n = strlen(t->value);

    if (t->line < message || t->line >= message + strlen(message) || (t->line > message && t->line[-1] != '\n'))
        abort();
    if (t->key[0] == '\0' || strpbrk(t->key, ":\n") != NULL || strchr(t->value, '\n') != NULL)
        abort();
    if (n > 0 && (strchr(" \t\r", t->value[0]) != NULL || strchr(" \t\r", t->value[n - 1]) != NULL))
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *message = strndup(size > 0 ? (const char *)data : "", size);
    struct hf_err err = {HF_OK, ""};
    struct hf_params p;
    const char *s;

    if (message == NULL)
        return 0;
    hf_params_init(&p);
    if (hf_params_message(&p, message, &err) != 0) {
        if (err.code == HF_OK || !hf_utf8_ok(err.msg, strlen(err.msg)))
            abort();
        for (s = err.msg; *s != '\0'; s++)
            if ((unsigned char)*s < 0x20 || *s == 0x7f)
                abort();
    }
    /* A message never names a target, nor a base, nor forces, nor goes on from a pause. */
    if (p.live || p.target != NULL || p.base != NULL || p.force || p.rollout < -1 || p.rollout > HF_ROLLOUT_ALL)
        abort();
    if (hf_trailers_each(message, within, message, NULL) != 0)
        abort();
    hf_params_clear(&p);
    free(message);
    return 0;
}
