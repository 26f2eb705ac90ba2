/* err.c: see err.h. */
#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int hf_fail(struct hf_err *err, enum hf_code code, const char *fmt, ...)
{
    va_list ap;

    if (err == NULL)
        return -1;
    err->code = code;
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    return -1;
}

int hf_fail_in(struct hf_err *err, const char *fmt, ...)
{
    char old[HF_ERR_MAX_MESSAGE];
    size_t n;
    va_list ap;

    if (err == NULL)
        return -1;
    memcpy(old, err->msg, sizeof old);
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    n = strlen(err->msg);
    snprintf(err->msg + n, sizeof err->msg - n, "%s", old);
    return -1;
}

int hf_nomem(struct hf_err *err)
{
    return hf_fail(err, HF_E_NOMEM, "out of memory");
}

int hf_exit_status(enum hf_code code)
{
    switch (code) {
    case HF_OK:
        return 0;
    case HF_E_USAGE:
    case HF_E_CONFIG:
        return 2;
    case HF_E_FAIL:
    case HF_E_INPUT:
    case HF_E_LIMIT:
    case HF_E_SIG:
    case HF_E_EXPIRED:
    case HF_E_NOTFOUND:
    case HF_E_RACE:
    case HF_E_AGAIN:
    case HF_E_POLICY:
    case HF_E_DISK:
    case HF_E_FOLDER:
    case HF_E_BUSY:
    case HF_E_NETWORK:
    case HF_E_CANNOT:
    case HF_E_SERVER:
    case HF_E_REDIRECT:
    case HF_E_DAMAGED:
    case HF_E_CONFLICT:
    case HF_E_CLOCK:
    case HF_E_STOPPED:
    case HF_E_NOMEM:
        break;
    }
    return 1;
}
