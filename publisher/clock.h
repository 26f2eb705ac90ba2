/* clock.h: whether this machine's clock may date a manifest. A clock that is years ahead signs a manifest of 2040, and what
 * devices have seen cannot be called back; so the clock is compared with times that other clocks have written down. */
#ifndef HF_CLOCK_H
#define HF_CLOCK_H

#include <stdint.h>

#include "builder/git.h"
#include "store/store.h"

#define HF_CLOCK_AHEAD (INT64_C(45) * 24 * 60 * 60) /* seconds that the clock may be after the newest time known */
#define HF_CLOCK_BEHIND (INT64_C(24) * 60 * 60)     /* seconds that it may be before a time that was signed or told by a server */

/* Times that other clocks wrote down, seconds since 1970; 0: not known. */
struct hf_clock_facts {
    int64_t in_force;   /* `published` of the manifest in force */
    int64_t remembered; /* `published` of the last manifest in this publisher's own memory; 0 when the one in force is newer */
    int64_t bucket;     /* what the bucket's server said with its last answer */
    int64_t committed;  /* the newest committer date that is not after the clock */
    int64_t later;      /* the newest committer date of all, where dates after the clock count as well */
};

#define HF_CLOCK_WORDS 400 /* bytes that a verdict in words may have */

enum hf_clock_verdict {
    HF_CLOCK_GOOD,
    HF_CLOCK_IS_AHEAD,
    HF_CLOCK_IS_BEHIND
};

/* The pure rule. `now` is behind when it is more than HF_CLOCK_BEHIND before in_force, remembered, bucket or later; else it is
 * ahead when it is more than HF_CLOCK_AHEAD after the newest of all that is known; with nothing known it is good. When it is not
 * good, words (HF_CLOCK_WORDS bytes, or NULL) get the clock's time and what it was compared with. */
enum hf_clock_verdict hf_clock_look(const struct hf_clock_facts *f, int64_t now, char *words);

/* How a publisher wants its clock judged; all 0: strictly, with nothing to compare with but the store. */
struct hf_clock {
    const struct hf_repo *repo; /* whose branches' tips are compared; NULL: none. Borrowed, like commit and warning */
    const char *commit;         /* what is released; NULL: none */
    int force;                  /* a person vouches for the clock (--force-clock) */
    int reset;                  /* the manifest in force is from the future and is to be dated anew: its own times do not count */
    int stops;                  /* an emergency verb: with a clock that is behind it goes on, which changes no time */
    char *warning;              /* HF_ERR_MAX_MESSAGE bytes that get what it went on with; "" for nothing. May be NULL */
};

/* Judges the clock for a manifest that is about to be signed. f has what the caller knows; the bucket's date and the committer
 * dates are filled in here, the latter only when they may change the verdict. HF_E_AGAIN with what to do when the clock may not
 * date a manifest: a job waits. */
int hf_clock_allow(const struct hf_clock *c, const struct hf_store *store, struct hf_clock_facts f, int64_t now,
                   struct hf_err *err);

/* What to do about a manifest from the future: the same words in check, verify and status. */
#define HF_CLOCK_FUTURE_MEND                                                                     \
    "see that the clock of this machine is right, then run 'hotfix refresh --reset-time' where " \
    "the signing key is (docs/deploy.md, \"A manifest from the future\")"

/* 1 when a manifest that was published then is one from the future. */
int hf_clock_future(int64_t published, int64_t now);

#endif
