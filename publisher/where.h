/* where.h: the options that the verbs on what is released share: which hotfix.ini, repository and channel; and JSON. */
#ifndef HF_WHERE_H
#define HF_WHERE_H

#include <getopt.h>

#include "publisher/setup.h"

struct hf_where {
    const char *ini, *repo, *channel; /* as given, or NULL; borrowed from argv */
    int json;
    int force_clock;
    const char *memory; /* a folder, or NULL: the repository's */
    const char *accept; /* a serial, or NULL */
};

/* Put these into the long options, and "c:h" into the short ones. */
/* clang-format off */
#define HF_WHERE_OPTIONS \
    {"config", required_argument, NULL, 'c'}, {"repo", required_argument, NULL, 'r'}, \
    {"channel", required_argument, NULL, 'C'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}
/* clang-format on */
#define HF_WHERE_HELP                                                            \
    "  -c, --config FILE    hotfix.ini (default: the repository's)\n"            \
    "      --repo DIR       the repository (default: GIT_DIR, or this folder)\n" \
    "      --channel LABEL  the [channel LABEL]\n"                               \
    "      --json           the answer as JSON"

/* For verbs that sign, behind HF_WHERE_OPTIONS and HF_WHERE_HELP. */
#define HF_WHERE_CLOCK 0x100 /* what getopt_long returns for them */
#define HF_WHERE_MEMORY 0x101
#define HF_WHERE_ACCEPT 0x102
/* clang-format off */
#define HF_WHERE_SIGN_OPTIONS \
    {"force-clock", no_argument, NULL, HF_WHERE_CLOCK}, {"memory", required_argument, NULL, HF_WHERE_MEMORY}, \
    {"accept", required_argument, NULL, HF_WHERE_ACCEPT}
/* clang-format on */
#define HF_WHERE_SIGN_HELP                                                      \
    "      --force-clock    this machine's clock is right: sign, whatever it\n" \
    "                       is compared with\n"                                 \
    "      --memory DIR     remember here what was signed last (default: the\n" \
    "                       repository's hotfix folder; none without one)\n"    \
    "      --accept N       without a memory: sign upon serial N, which expired"

/* A serial, as --accept and HOTFIX_ACCEPT give it; "" and NULL: none. HF_E_USAGE. */
int hf_where_accept(int64_t *out, const char *text, struct hf_err *err);

/* 1 when getopt_long's c was one of these, help apart; its value is kept. */
int hf_where_take(struct hf_where *w, int c, const char *value);

/* Opens the repository, hotfix.ini, the store and the trusted keys; with sign set, the signing key. Ends with hf_setup_close,
 * after a failure too. */
int hf_where_open(struct hf_setup *s, const struct hf_where *w, int sign, struct hf_err *err);

/* Calls f for the channel that was named, or for each; stops at, and returns, the first value that is not 0. */
int hf_where_each(const struct hf_setup *s, const struct hf_where *w,
                  int (*f)(const struct hf_setup *s, const struct hf_channel *c, void *arg, struct hf_err *err), void *arg,
                  struct hf_err *err);

#endif
