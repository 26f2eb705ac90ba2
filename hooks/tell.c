/* tell.c: see tell.h. */
#include "hooks/tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 768

static void size_words(char out[24], int64_t bytes)
{
    if (bytes < 1024)
        snprintf(out, 24, "%d bytes", (int)bytes);
    else if (bytes < 1024 * 1024)
        snprintf(out, 24, "%.1f KiB", (double)bytes / 1024);
    else
        snprintf(out, 24, "%.1f MiB", (double)bytes / (1024 * 1024));
}

static void released(struct hf_voice *v, const struct hf_released *r, double seconds, const char *on)
{
    char text[TEXT_MAX], size[24], part[HF_RELEASED_LIMITS], why[256];

    size_words(size, r->size);
    hf_released_limits(part, r);
    switch (r->outcome) {
    case HF_PUBLISHED:
        snprintf(text, sizeof text, "patch %" PRId64 " for %s%s%s (%zu %s, %s, %.1f s)", r->patch, r->target, on, part, r->files,
                 r->files == 1 ? "file" : "files", size, seconds);
        break;
    case HF_PUBLISHED_NONE:
        snprintf(text, sizeof text,
                 "patch %" PRId64 " for %s%s%s: nothing differs from the release any more, devices go back to the app as shipped",
                 r->patch, r->target, on, part);
        break;
    case HF_SAME_BYTES:
    case HF_NO_CHANGE:
        hf_released_nothing(why, r);
        snprintf(text, sizeof text, "nothing to publish for %s%s: %s", r->target, on, why);
        break;
    case HF_PLANNED: /* never in a hook */
        return;
    case HF_JOB_DONE:
        snprintf(text, sizeof text, "patch %" PRId64 " for %s%s was published before", r->patch, r->target, on);
        break;
    }
    hf_voice_say(v, "success", text);
}

void hf_tell(struct hf_voice *v, const struct hf_job *j, enum hf_job_end end, const struct hf_released *r,
             const struct hf_err *why, double seconds, const char *on)
{
    char text[TEXT_MAX + HF_ERR_MAX_MESSAGE];

    switch (end) {
    case HF_JOB_RELEASED:
        released(v, r, seconds, on);
        break;
    case HF_JOB_SUPERSEDED:
        snprintf(text, sizeof text, "%.12s is not the tip of its branch any more; the later push is released instead", j->commit);
        hf_voice_say(v, "hint", text);
        break;
    case HF_JOB_WAITS:
        snprintf(text, sizeof text, "not released yet for %s%s: %s", j->params.target, on, why->msg);
        hf_voice_say(v, "error", text);
        hf_voice_say(v, "hint", "the job is kept; the next push or `hotfix retry` on the server tries again");
        break;
    case HF_JOB_FAILED:
        snprintf(text, sizeof text, "not released for %s%s: %s", j->params.target, on, why->msg);
        hf_voice_say(v, "error", text);
        snprintf(text, sizeof text,
                 "your push is in the repository; what was released before stands. When that is mended, push another commit, or "
                 "run `hotfix retry %.8s` on the server: the same commit again is no push",
                 j->id);
        hf_voice_say(v, "hint", text);
        break;
    }
}
