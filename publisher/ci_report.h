/* ci_report.h: how a CI job tells people and the steps behind it what came of a release: annotations, outputs, a summary. Foreign
 * bytes never become a command of the CI: while anything is said, GitHub's runner is told to take no commands. */
#ifndef HF_CI_REPORT_H
#define HF_CI_REPORT_H

#include <stdio.h>

#include "core/json.h"
#include "publisher/ci.h"
#include "publisher/release.h"

#define HF_CI_MAX_WARNINGS 8 /* annotations of one job; the others are in its log */
#define HF_CI_MAX_LISTED 50  /* files of a plan that are named */
#define HF_CI_MAX_SUMMARY (256 * 1024)
#define HF_CI_MAX_RESULTS HF_CONFIG_MAX_CHANNELS

/* How one channel's release ended. */
enum hf_ci_end {
    HF_CI_RELEASED, /* published, or nothing to publish: `done` says */
    HF_CI_PLANNED,  /* a plan, or a candidate */
    HF_CI_MOVED,    /* the ref has moved on, or is gone: nothing was done */
    HF_CI_UNNAMED,  /* the ref names no target */
    HF_CI_FAILED
};

struct hf_ci_result {
    const struct hf_channel *channel;
    enum hf_ci_end end;
    struct hf_released done;
    struct hf_err err;             /* FAILED, MOVED: why */
    char target[HF_RANGE_MAX + 1]; /* "" when the ref names none */
    char base[HF_OID_MAX + 1];     /* PLANNED */
    char how[192];                 /* where it starts, in words */
    int64_t patch;                 /* the number it would get */
    int64_t replaces;              /* the live patch of the target, or 0 */
    int rollout, priority;
    char candidate[HF_SHA256_HEX + 1]; /* or "" */
    struct hf_buf files;               /* of a plan: markdown, a line a file */
    struct hf_buf plain;               /* the same for a log */
};

struct hf_ci_report {
    const struct hf_ci_request *request; /* NULL until it has been read */
    char *(*get)(const char *);
    FILE *talk;   /* where all words go */
    FILE *answer; /* JSON, or NULL */
    int github;
    char token[33]; /* what ends the time without commands */
    char *warnings[HF_CI_MAX_WARNINGS];
    size_t warning_count;
    struct hf_ci_result *results; /* room for one a channel */
    size_t count;
};

/* Begins; from here to hf_ci_report_end words go through the sink. Freed by hf_ci_report_end. */
int hf_ci_report_begin(struct hf_ci_report *r, char *(*get)(const char *), int json, struct hf_err *err);

/* Words on the way. */
struct hf_say hf_ci_report_say(struct hf_ci_report *r);

/* The next result, zeroed; never NULL: there is one a channel. */
struct hf_ci_result *hf_ci_report_next(struct hf_ci_report *r, const struct hf_channel *c);

/* Says it all: what ended how, annotations, outputs, the summary. err: what stopped the whole job, or NULL. `manifest` is where
 * devices read the manifest of the first release, or "". Returns the exit status. */
int hf_ci_report_end(struct hf_ci_report *r, const struct hf_err *err, const char *manifest);

/* Finds "path/of/a/file.m:12" in a message. 1: found; *path points into it. */
int hf_ci_place(const char *message, const char **path, size_t *path_n, unsigned long *line);

/* The text of a GitHub command: % CR LF, and with property set also : and , are escaped. Bounded by out. */
void hf_ci_escape_command(struct hf_buf *out, const char *s, size_t n, int property);

/* ci_summary.c: a result in words for a log, as markdown, as JSON. */
void hf_ci_plain(FILE *f, const struct hf_ci_request *q, const struct hf_ci_result *r);
void hf_ci_markdown(struct hf_buf *out, const struct hf_ci_request *q, const struct hf_ci_result *r, const char *manifest);
json_t *hf_ci_json(const struct hf_ci_result *r);

/* 1 when the result is a release that was not there before. */
int hf_ci_is_published(const struct hf_ci_result *r);

/* Text in a line of markdown: whatever is no letter, digit, space or harmless sign becomes an entity. */
void hf_ci_escape_markdown(struct hf_buf *out, const char *s, size_t n);

#endif
