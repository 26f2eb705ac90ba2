/* params.h: the parameters of one release, from wherever people write them: flags, push options, commit trailers, hotfix.ini.
 * The strongest source is read first; what it set, a weaker one does not change. */
#ifndef HF_PARAMS_H
#define HF_PARAMS_H

#include "builder/git.h"
#include "core/config.h"

#define HF_PUSH_OPTIONS_MAX 256 /* options of one push, foreign ones too */
#define HF_PUSH_OPTION_MAX 4096 /* bytes of one */
#define HF_BASE_TEXT_MAX 255    /* bytes of a revision */
#define HF_OVER_DIGITS_MAX 16   /* of a patch number */
#define HF_OVER_COMMIT_MIN 7    /* hex digits of a commit, shortened */

struct hf_params {
    char *target; /* strings are NULL where nobody said anything */
    char *base;
    char *window;
    char *notes;
    int rollout;         /* -1 where nobody said anything */
    int rollout_default; /* 1: the rollout is that of hotfix.ini, and of no person who published this */
    int priority;        /* the same; else enum hf_priority */
    int force;
    char *over; /* which rolled-back release this one claims to fix: a patch number, or that release's commit */
    int live;   /* a pause that would be inherited is not */
};

void hf_params_init(struct hf_params *p);
void hf_params_clear(struct hf_params *p);

/* Sets one by its name (target base window notes rollout priority force over live); CR and blanks around the value do not
 * count. With keep set, a value that is there stays and the new one is only checked. force and live take yes or no
 * (core/yesno.h). `source` ("push option", "--") stands in errors, with the name and the escaped value. */
int hf_params_set(struct hf_params *p, const char *name, const char *value, int keep, const char *source, struct hf_err *err);

/* params_options.c. Reads GIT_PUSH_OPTION_COUNT and GIT_PUSH_OPTION_<n> by `get` (getenv). Those under "hotfix." are ours: an
 * unknown one, one given twice and a wrong value are refused; so is what looks like one of ours (lookalike.h). All others are
 * left alone. */
int hf_params_push_options(struct hf_params *p, char *(*get)(const char *), struct hf_err *err);

/* Looks for push options that are the bare name of a parameter, for a push that releases something. One that decides which
 * devices get it ("rollout=5%") is refused. One that other systems have too ("force") is told to warn(arg, text). */
int hf_params_bare_options(char *(*get)(const char *), void (*warn)(void *arg, const char *text), void *arg, struct hf_err *err);

/* params_message.c. Reads the trailers Hotfix-Rollout, -Priority, -Window, -Notes and -Over of a commit, for what is not set
 * yet. Any other Hotfix- trailer, one twice, a wrong value, and a line that looks like one of ours (lookalike.h) but is no
 * trailer are refused: a misspelt rollout must not release to everybody. */
int hf_params_trailers(struct hf_params *p, const struct hf_repo *repo, const char *commit, struct hf_err *err);
/* The same from a commit's message. */
int hf_params_message(struct hf_params *p, const char *message, struct hf_err *err);

/* The first line of a message that looks like one of ours, whether it is a trailer or not: its length, with *line set; 0: none.
 * */
size_t hf_params_first_line(const char **line, const char *message);

/* 1 when anybody said anything. */
int hf_params_any(const struct hf_params *p);

/* Fills what nobody said from the channel's settings. */
void hf_params_defaults(struct hf_params *p, const struct hf_channel *c);

#endif
