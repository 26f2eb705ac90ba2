/* lookalike.h: the names of release parameters, and what people write when they mean one: a line of a message, a push option, a
 * variable of a CI job. Pure. A limit that somebody wrote must not be dropped because of a slip of the pen. */
#ifndef HF_LOOKALIKE_H
#define HF_LOOKALIKE_H

#include <stddef.h>

#define HF_LOOKALIKE_DISTANCE 2 /* letters that are wrong, missing or too many */

enum hf_param {
    HF_PARAM_ROLLOUT,
    HF_PARAM_PRIORITY,
    HF_PARAM_WINDOW,
    HF_PARAM_NOTES,
    HF_PARAM_OVER,
    HF_PARAM_TARGET, /* from here on: never said by a commit */
    HF_PARAM_BASE,
    HF_PARAM_FORCE,
    HF_PARAM_LIVE,
    HF_PARAM_COUNT
};

#define HF_PARAM_NAMES "rollout priority window notes over target base force live"

/* "rollout", and as it is written in a trailer: "Rollout". */
const char *hf_param_name(enum hf_param p);
const char *hf_param_title(enum hf_param p);

/* 1 for those that take yes or no. */
int hf_param_is_flag(enum hf_param p);

/* The parameter with exactly this name, in any case when `any_case`; HF_PARAM_COUNT when there is none. */
enum hf_param hf_param_find(const char *s, size_t n, int any_case);

/* The nearest parameter within the distance, in any case; HF_PARAM_COUNT when there is none. Letters are those of UTF-8. */
enum hf_param hf_lookalike_name(const char *s, size_t n);

struct hf_lookalike {
    enum hf_param param;
    const char *value; /* what stands behind the sign, without blanks around it: a part of what was judged */
    size_t value_n;
};

/* 1 when a line of a message looks like a trailer of ours: blanks and any of > * - " ' ; "hotfix" in any case; one of - _ . or
 * a blank, or nothing; a name within the distance; blanks; and one of : = U+FF1A. */
int hf_lookalike_line(struct hf_lookalike *out, const char *line, size_t n);

/* 1 when a push option looks like one of ours: as a line, but the sign and all behind it may be missing, and ':' may also stand
 * behind "hotfix". The right ones ("hotfix.rollout=25%") are among them. */
int hf_lookalike_option(struct hf_lookalike *out, const char *option);

/* 1 when a push option is the bare name of a parameter ("rollout=5%", "force"), in any case; for those that decide which
 * devices get a release also within the distance. */
int hf_lookalike_bare(struct hf_lookalike *out, const char *option);

/* 1 for those without which a release goes to more devices, to others, or sooner: rollout, target, priority, window. */
int hf_lookalike_decides_who(enum hf_param p);

/* What a variable of the environment is to a CI job. */
enum hf_variable {
    HF_VARIABLE_FOREIGN, /* nothing to do with us */
    HF_VARIABLE_OURS,    /* one that we, our templates or our tests know */
    HF_VARIABLE_NEAR,    /* another than, but within the distance of, an input; or an input in other case */
    HF_VARIABLE_UNKNOWN  /* HOTFIX_..., and none of these */
};

/* *input is the name of the input that is meant, for NEAR. */
enum hf_variable hf_lookalike_variable(const char **input, const char *name);

/* The variable of a parameter: "HOTFIX_ROLLOUT". */
const char *hf_param_variable(enum hf_param p);

#endif
