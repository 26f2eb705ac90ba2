/* fuzz_options.c: the options of a push. First line: what git says their number is; then one option a line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/params.h"

#define OPTIONS (HF_PUSH_OPTIONS_MAX + 8)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *count, *options[OPTIONS];

static char *get(const char *name)
{
    int i;

    if (strcmp(name, "GIT_PUSH_OPTION_COUNT") == 0)
        return count;
    return sscanf(name, "GIT_PUSH_OPTION_%d", &i) == 1 && i >= 0 && i < OPTIONS ? options[i] : NULL;
}

/* What is taken keeps its rules; what is refused is told in clean words. */
static void judge(const struct hf_params *p, int rc, const struct hf_err *err)
{
    struct hf_range *range = NULL;

    if (rc != 0) {
        if (err->code == HF_OK || err->msg[0] == '\0' || !hf_utf8_ok(err->msg, strlen(err->msg)))
            abort();
        for (const char *s = err->msg; *s != '\0'; s++)
            if ((unsigned char)*s < 0x20 || *s == 0x7f)
                abort();
        return;
    }
    if (p->rollout < -1 || p->rollout > HF_ROLLOUT_ALL)
        abort();
    if (p->target != NULL && hf_range_parse(&range, p->target, NULL) != 0)
        abort();
    hf_range_free(range);
    if (p->base != NULL && (p->base[0] == '\0' || p->base[0] == '-' || strlen(p->base) > HF_BASE_TEXT_MAX))
        abort();
    if (p->notes != NULL && (strlen(p->notes) > HF_MANIFEST_MAX_NOTES || strchr(p->notes, '\x1b') != NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup(size > 0 ? (const char *)data : "", size), *line, *rest = text;
    struct hf_err err = {HF_OK, ""};
    struct hf_params p;
    size_t i;

    if (text == NULL)
        return 0;
    memset(options, 0, sizeof options);
    count = strsep(&rest, "\n");
    for (i = 0; i < OPTIONS && (line = strsep(&rest, "\n")) != NULL; i++)
        options[i] = line;
    hf_params_init(&p);
    judge(&p, hf_params_push_options(&p, get, &err), &err);
    hf_params_clear(&p);
    free(text);
    return 0;
}
