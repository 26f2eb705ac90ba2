/* release.h: one release, from a commit (or a file that was built elsewhere) to the manifest. Hook, CI and command line share it.
 */
#ifndef HF_RELEASE_H
#define HF_RELEASE_H

#include "builder/build.h"
#include "publisher/params.h"
#include "publisher/say.h"
#include "publisher/setup.h"
#include "publisher/takeover.h"

/* What would be published. All of it is borrowed, and good for the time of the call. */
struct hf_prospect {
    const struct hf_release *release; /* as it would stand in the manifest */
    const struct hf_params *params;   /* what was asked for */
    const struct hf_manifest *before; /* in force now, or NULL */
    const struct hf_changes *changes; /* NULL: built elsewhere */
    const char *how;                  /* where it starts, in words: "tag v1.0.0" */
    const char *path;                 /* the patch; of use when the release has a file */
};

struct hf_release_ask {
    const struct hf_setup *setup; /* with store and signer open */
    const struct hf_channel *channel;
    const struct hf_params *params;     /* target set, defaults filled in */
    const char *job;                    /* 32 hex digits; the same job never becomes two releases */
    const char *ref;                    /* what was pushed: "refs/heads/hotfix/1.1.1", or "" */
    const char *old;                    /* its old tip, or NULL */
    const char *commit;                 /* oid */
    const char *file;                   /* a patch built elsewhere ("": none, back to the app as shipped), or NULL: build */
    const char *file_name;              /* what devices call it, with file */
    const char *work;                   /* parent for the private working folder */
    const struct hf_pushed_ref *pushed; /* before the refs move: those that the push will change */
    size_t pushed_count;
    int64_t now;
    const struct hf_say *say;
    const struct hf_leftover *left; /* the limit of earlier pushes that were never released, or NULL */
    int waited;                     /* 1: asked for when the serial `seen` (0: not known) was in force; 0: now */
    int64_t seen;
    int newest_only;                /* refuse to go back behind what the same ref has released, unless forced: hf_rules_newest */
    const char *expect;             /* the SHA-256 that the patch must have ("": no file is left to patch), or NULL */
    const struct hf_source *source; /* with file: base, files and builder of one that was built by hotfix elsewhere, or NULL */
    /* Gets what would be published in place of publishing it; NULL: publish. With it, setup needs no signer, and no store either:
     * then nobody knows what is in force, and rules that ask for that are not judged. */
    int (*instead)(void *arg, const struct hf_prospect *p, struct hf_err *err);
    void *instead_arg;
};

enum hf_outcome {
    HF_PUBLISHED,
    HF_PUBLISHED_NONE,
    HF_SAME_BYTES,
    HF_NO_CHANGE,
    HF_JOB_DONE,
    HF_PLANNED /* `instead` was called */
};

struct hf_released {
    enum hf_outcome outcome; /* PUBLISHED_NONE: a release with "file":null; SAME_BYTES, NO_CHANGE: nothing to publish */
    int64_t patch;
    int64_t serial;
    int64_t seen; /* the serial that was in force when it was asked for; 0: none, or nobody knows */
    int64_t size;
    size_t files;
    char target[HF_RANGE_MAX + 1];
    char sha256[HF_SHA256_HEX + 1];
    int rollout;      /* of the new release; SAME_BYTES, NO_CHANGE: what was asked for */
    int paused;       /* the new release is paused, as the one that it follows; SAME_BYTES: that one is */
    int64_t live;     /* SAME_BYTES: the patch that has them, */
    int live_rollout; /* and how many devices get that */
};

/* Everything is checked and built before the first byte becomes visible. HF_E_AGAIN: may work later; other codes: for good. */
int hf_release(struct hf_released *out, const struct hf_release_ask *ask, struct hf_err *err);

/* How far hf_release_foresee came before it found a fault. */
enum hf_foreseen {
    HF_FORESEEN_BASE,    /* where the patch starts */
    HF_FORESEEN_CHANGES, /* which files differ, and whether a patch can hold them */
    HF_FORESEEN_RULES    /* what the release may do to those that are in the manifest */
};

/* Judges what can be judged of a release without building it: all that hf_release would refuse before the builder runs. `before`
 * is the manifest in force (NULL: none); setup needs no store. *at says what was at fault. A base that is missing is
 * HF_E_POLICY. */
int hf_release_foresee(enum hf_foreseen *at, const struct hf_release_ask *ask, const struct hf_manifest *before,
                       struct hf_err *err);

/* What keeps a new release from some devices, for people: " at 5%, paused"; "" for nothing. */
#define HF_RELEASED_LIMITS 24
void hf_released_limits(char out[HF_RELEASED_LIMITS], const struct hf_released *r);

/* Why there was nothing to publish, for people: "the same bytes are live already, as patch 3 at 25%". SAME_BYTES, NO_CHANGE. */
void hf_released_nothing(char out[256], const struct hf_released *r);

/* Only builds: from base to commit, into work (a private folder made by hf_work_make). */
int hf_build_only(struct hf_built *out, const struct hf_setup *s, const struct hf_channel *c, const char *base,
                  const char *commit, const char *target, const char *work, const struct hf_say *say, struct hf_err *err);

#endif
