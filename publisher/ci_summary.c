/* ci_summary.c: one channel's result in words for a log, as markdown, as JSON; see ci_report.h. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/ci_report.h"
#include "publisher/cmd.h"

#define TEXT_MAX 1024

void hf_ci_escape_markdown(struct hf_buf *out, const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c >= 0x80 || isalnum(c) || strchr(" ./,;%()-'", c) != NULL ||
            (c == ':' && i + 1 < n && s[i + 1] == ' '))
            hf_buf_add(out, &s[i], 1);
        else if (c >= 0x20)
            hf_buf_fmt(out, "&#%d;", c);
    }
}

int hf_ci_is_published(const struct hf_ci_result *r)
{
    return r->end == HF_CI_RELEASED && (r->done.outcome == HF_PUBLISHED || r->done.outcome == HF_PUBLISHED_NONE);
}

/* "25% of the devices on 1.0.0, drawn by their ids; normal: at the next start" */
static void who(char out[TEXT_MAX], const struct hf_ci_result *r)
{
    static const char *const when[] = {"idle: fetched in the window", "normal: at the app's next start",
                                       "mandatory: before the app goes on"};
    char percent[8], share[64];

    hf_percent_format(percent, r->rollout);
    if (r->rollout == HF_ROLLOUT_ALL)
        snprintf(share, sizeof share, "all devices");
    else
        snprintf(share, sizeof share, "%s of the devices, drawn by their ids,", percent);
    snprintf(out, TEXT_MAX, "%s on %s; %s", share, r->target, when[r->priority]);
}

/* What came of it, in one line. */
static void headline(char out[TEXT_MAX], const struct hf_ci_result *r)
{
    char why[256], size[16];
    const struct hf_released *d = &r->done;

    switch (r->end) {
    case HF_CI_PLANNED:
        snprintf(out, TEXT_MAX, "patch %" PRId64 " for %s %s: %zu %s, %s", r->patch, r->target,
                 r->candidate[0] != '\0' ? "waits for a signature" : "would be released", d->files,
                 d->files == 1 ? "file" : "files",
                 d->size > 0 ? hf_cmd_size(size, d->size) : "back to the app as shipped");
        return;
    case HF_CI_MOVED:
    case HF_CI_FAILED:
        snprintf(out, TEXT_MAX, "%s", r->err.msg);
        return;
    case HF_CI_UNNAMED:
        snprintf(out, TEXT_MAX, "the branch names no version, so nothing is released");
        return;
    case HF_CI_RELEASED:
        break;
    }
    if (d->outcome == HF_PUBLISHED)
        snprintf(out, TEXT_MAX, "patch %" PRId64 " for %s is released: %zu %s, %s", d->patch, d->target, d->files,
                 d->files == 1 ? "file" : "files", hf_cmd_size(size, d->size));
    else if (d->outcome == HF_PUBLISHED_NONE)
        snprintf(out, TEXT_MAX, "patch %" PRId64 " for %s is released: devices go back to the app as shipped", d->patch,
                 d->target);
    else if (d->outcome == HF_JOB_DONE)
        snprintf(out, TEXT_MAX, "patch %" PRId64 " for %s was published before, by this very run: nothing changes", d->patch,
                 d->target);
    else {
        hf_released_nothing(why, d);
        snprintf(out, TEXT_MAX, "nothing to publish for %s: %s", d->target, why);
    }
}

void hf_ci_plain(FILE *f, const struct hf_ci_request *q, const struct hf_ci_result *r)
{
    char text[TEXT_MAX];

    headline(text, r);
    fprintf(f, "%s: %s\n", r->channel->label, text);
    if (r->end == HF_CI_PLANNED) {
        fprintf(f, "  from %s (%.12s) to %.12s\n", r->how, r->base, q->head);
        fprintf(f, "%s", r->plain.p != NULL ? r->plain.p : "");
        if (r->done.size > 0)
            fprintf(f, "  SHA-256 %s\n", r->done.sha256);
        if (r->replaces > 0)
            fprintf(f, "  in place of patch %" PRId64 "\n", r->replaces);
    }
    if (r->end == HF_CI_PLANNED || hf_ci_is_published(r)) {
        who(text, r);
        fprintf(f, "  for %s\n", text);
    }
    if (r->candidate[0] != '\0')
        fprintf(f, "  sign and publish it, where the key is: hotfix sign %s\n", r->candidate);
    if (hf_ci_is_published(r))
        fprintf(f, "  take it back: hotfix rollback --channel %s %" PRId64 "\n", r->channel->label, r->done.patch);
}

static void row(struct hf_buf *out, const char *name, const char *text)
{
    hf_buf_fmt(out, "| %s | ", name);
    hf_ci_escape_markdown(out, text, strlen(text));
    hf_buf_str(out, " |\n");
}

static void facts(struct hf_buf *out, const struct hf_ci_request *q, const struct hf_ci_result *r, const char *manifest)
{
    char text[TEXT_MAX], size[16];

    hf_buf_str(out, "\n| | |\n|---|---|\n");
    snprintf(text, sizeof text, "%s of %s", r->channel->name, r->channel->app);
    row(out, "channel", text);
    if (r->end == HF_CI_PLANNED) {
        snprintf(text, sizeof text, "%s (%.12s) to %.12s", r->how, r->base, q->head);
        row(out, "from", text);
    }
    snprintf(text, sizeof text, "%zu", r->done.files);
    row(out, "files", text);
    if (r->done.size > 0) {
        row(out, "size", hf_cmd_size(size, r->done.size));
        row(out, "SHA-256", r->done.sha256);
    }
    who(text, r);
    row(out, "who gets it", text);
    if (r->replaces > 0) {
        snprintf(text, sizeof text, "patch %" PRId64, r->replaces);
        row(out, "in place of", text);
    }
    if (hf_ci_is_published(r)) {
        snprintf(text, sizeof text, "%" PRId64, r->done.serial);
        row(out, "serial", text);
        row(out, "manifest", manifest);
    }
}

void hf_ci_markdown(struct hf_buf *out, const struct hf_ci_request *q, const struct hf_ci_result *r, const char *manifest)
{
    char text[TEXT_MAX];

    headline(text, r);
    hf_buf_str(out, "### hotfix: ");
    hf_ci_escape_markdown(out, text, strlen(text));
    hf_buf_str(out, "\n");
    if (r->end == HF_CI_PLANNED || hf_ci_is_published(r))
        facts(out, q, r, manifest);
    if (r->end == HF_CI_PLANNED && r->files.n > 0)
        hf_buf_fmt(out, "\n<details><summary>files</summary>\n\n%s\n</details>\n", r->files.p);
    if (r->candidate[0] != '\0')
        hf_buf_fmt(out, "\nSign and publish it, where the key is: `hotfix sign %s`\n", r->candidate);
    if (hf_ci_is_published(r))
        hf_buf_fmt(out, "\nTake it back: `hotfix rollback --channel %s %" PRId64 "`\n", r->channel->label, r->done.patch);
    hf_buf_str(out, "\n");
}

json_t *hf_ci_json(const struct hf_ci_result *r)
{
    static const char *const ends[] = {"released", "planned", "moved", "unnamed", "failed"};
    static const char *const outcomes[] = {"published", "published-none", "same-bytes", "no-change", "job-done", "planned"};
    char percent[8];
    json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:b,s:s}", "channel", r->channel->name, "app", r->channel->app, "end", ends[r->end],
                          "target", r->target, "published", hf_ci_is_published(r), "message", r->err.msg);

    if (o == NULL || (r->end != HF_CI_RELEASED && r->end != HF_CI_PLANNED))
        return o;
    hf_percent_format(percent, r->rollout);
    json_object_update_new(
        o, json_pack("{s:s,s:I,s:I,s:I,s:I,s:s,s:s,s:s,s:s,s:s}", "outcome", outcomes[r->done.outcome], "patch",
                     (json_int_t)(r->end == HF_CI_PLANNED ? r->patch : r->done.patch), "serial", (json_int_t)r->done.serial,
                     "files",
                     (json_int_t)r->done.files, "size", (json_int_t)r->done.size, "sha256", r->done.sha256, "base", r->base,
                     "rollout", percent, "priority", hf_priority_name((enum hf_priority)r->priority), "candidate", r->candidate));
    return o;
}
