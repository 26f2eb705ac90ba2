/* answer.h: the structs of hotfix_client.h between the library and a caller that may be compiled with an older header, and
 * how a call ends. Only this file and main.c see the caller's own structs; the others see whole ones. */
#ifndef HF_ANSWER_H
#define HF_ANSWER_H

#include "client/hotfix_client.h"
#include "core/err.h"

/* What a struct with a size may have. `first` is the size that it had when it was published first: a member that is added
 * later comes at the end, and `first` stays. */
struct hf_sized {
    const char *name; /* for messages */
    size_t first;
    size_t known; /* sizeof, in this library */
};

/* Fills `out`, of s->known bytes, from the caller's struct of `size` bytes; members that it has not are zero. Bytes behind
 * what is known must be zero. HF_E_USAGE. */
int hf_sized_read(void *out, const void *in, size_t size, const struct hf_sized *s, struct hf_err *err);

/* Checks the size of a struct that a call fills. HF_E_USAGE when it is less than the first or more than is known. */
int hf_sized_check(size_t size, const struct hf_sized *s, struct hf_err *err);

/* Copies a filled struct, of s->known bytes, to the caller's of `size` bytes, as far as both go; `size` itself stays. With a
 * size that is less than the first, nothing is written. */
void hf_sized_write(void *out, size_t size, const void *in, const struct hf_sized *s);

/* The caller's options, whole. */
int hf_options_read(struct hf_client_options *out, const struct hf_client_options *in, struct hf_err *err);

/* Begins a call with an empty answer. HF_E_USAGE when the caller's has a wrong size. */
int hf_answer_begin(struct hf_client_answer *a, const struct hf_client_answer *callers, struct hf_err *err);

/* Ends a call: with status other than 0, err becomes the result, the reason and the message. Gives the answer to the caller. */
enum hf_client_result hf_answer_end(struct hf_client_answer *callers, struct hf_client_answer *a, int status,
                                    const struct hf_err *err);

/* The same two for the status, which may be NULL. */
int hf_status_begin(const struct hf_client_status *callers, struct hf_err *err);
void hf_status_end(struct hf_client_status *callers, const struct hf_client_status *s);

#endif
