/* analyzer.h: for clang-tidy alone, which looks into one .c file at a time: what err.h promises and it cannot see. */
#include "core/err.h"
#define hf_fail(...) (hf_fail(__VA_ARGS__), -1)
#define hf_fail_in(...) (hf_fail_in(__VA_ARGS__), -1)
#define hf_nomem(err) (hf_nomem(err), -1)
