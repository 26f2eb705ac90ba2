/* question.h: the JSON that a device posts to /api/patch/version, read into what hf_decide() takes. */
#ifndef HF_QUESTION_H
#define HF_QUESTION_H

#include "core/decide.h"
#include "core/json.h"

#define HF_QUESTION_MAX_BYTES 4096

/* What became of a patch on a device. */
enum hf_result {
    HF_RESULT_NONE,
    HF_RESULT_INSTALLED,
    HF_RESULT_CONFIRMED, /* it had a good start */
    HF_RESULT_FAILED,    /* it was given up */
    HF_RESULT_REMOVED,   /* it was taken off for another reason */
    HF_RESULTS
};

/* "installed"; "" for HF_RESULT_NONE. */
const char *hf_result_name(enum hf_result r);

/* The result of this name; HF_RESULT_NONE when it is none. */
enum hf_result hf_result_of(const char *name);

struct hf_question {
    json_t *doc;         /* owns the strings below */
    const char *app;     /* "" when left out */
    const char *channel; /* "" when left out */
    const char *object;  /* "" or the sha256 of a file that the client wants a link for */
    struct hf_facts facts;
    const char *reported; /* "" or the sha256 of the patch that `result` is about */
    enum hf_result result;
};

/* Reads {"version","md5"?,"app"?,"channel"?,"client"?,"sha256"?,"failed"?,"object"?,"report"?}; unknown members are ignored, an
 * empty or null md5 or sha256 means no patch, and a client id that is not real (hf_client_id_real) becomes "". The version's text
 * is not judged here (hf_decide does).
 * HF_E_INPUT "version required" when it is left out, null or empty, "Invalid version" when it is no string or too long, else
 * what is wrong. Freed with hf_question_clear. */
int hf_question_parse(struct hf_question *out, const void *p, size_t n, struct hf_err *err);
void hf_question_clear(struct hf_question *a);

#endif
