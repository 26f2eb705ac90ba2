/* findings.c: see findings.h. */
#include "publisher/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "publisher/cmd.h"

static const char *const words[] = {"ok", "warning", "error"};

void hf_findings_init(struct hf_findings *f, int json)
{
    memset(f, 0, sizeof *f);
    f->list = json ? json_array() : NULL;
    f->bad = json && f->list == NULL;
}

void hf_found(struct hf_findings *f, enum hf_found_level level, const char *mend, const char *fmt, ...)
{
    char text[1024];
    json_t *o;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    f->warnings += level == HF_FOUND_WARNING;
    f->errors += level == HF_FOUND_ERROR;
    if (f->list == NULL) {
        printf("%s: %s%s%s\n", words[level], text, mend != NULL ? "; " : "", mend != NULL ? mend : "");
        return;
    }
    o = json_pack("{s:s,s:s,s:s}", "level", words[level], "what", text, "mend", mend != NULL ? mend : "");
    if (json_array_append_new(f->list, o) != 0)
        f->bad = 1;
}

int hf_findings_end(struct hf_findings *f)
{
    struct hf_err err = {HF_OK, ""};

    if (f->bad) {
        json_decref(f->list);
        hf_nomem(&err);
        return hf_cmd_fail(&err);
    }
    if (f->list == NULL)
        printf("%zu %s, %zu %s\n", f->errors, f->errors == 1 ? "error" : "errors", f->warnings,
               f->warnings == 1 ? "warning" : "warnings");
    else if (hf_cmd_print_json(
                 json_pack("{s:i,s:i,s:o}", "errors", (int)f->errors, "warnings", (int)f->warnings, "findings", f->list),
                 &err) != 0)
        return hf_cmd_fail(&err);
    return f->errors > 0;
}
