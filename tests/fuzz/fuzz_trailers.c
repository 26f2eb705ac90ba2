/* fuzz_trailers.c: the message of a commit, from which release parameters are read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <git2.h>

#include "core/escape.h"
#include "publisher/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ready;
    char *message = strndup(size > 0 ? (const char *)data : "", size);
    struct hf_err err = {HF_OK, ""};
    struct hf_params p;
    const char *s;

    if (!ready)
        ready = git_libgit2_init(); /* once: setting it up costs more than all that follows */
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
    /* A message never names a target, nor a base, nor forces. */
    if (p.target != NULL || p.base != NULL || p.force || p.rollout < -1 || p.rollout > HF_ROLLOUT_ALL)
        abort();
    hf_params_clear(&p);
    free(message);
    return 0;
}
