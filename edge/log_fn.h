/* log_fn.h: the type of a function that takes one line for the operator's log. */
#ifndef HF_LOG_FN_H
#define HF_LOG_FN_H

typedef void hf_log_fn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
