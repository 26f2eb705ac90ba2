/* ci_run.c: see ci_run.h. */
#include "publisher/ci_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/match.h"
#include "publisher/other_commits.h"

/* Why nothing is done: "REF is gone". */
static void nothing(const struct hf_ci *ci, const char *before, const char *after)
{
    char shown[128], text[256];

    hf_escape(shown, sizeof shown, ci->request.ref, strlen(ci->request.ref));
    snprintf(text, sizeof text, "%s%s%s", before, shown, after);
    ci->say.line(ci->say.arg, HF_SAY_HINT, text);
}

/* The remote knows best: a branch may have gone since the job was queued. */
static int is_gone(const struct hf_ci *ci)
{
    return ci->request.deleted || (ci->clone.asked && !ci->request.review && !ci->args->plan &&
                                   hf_ci_refs_find(&ci->clone.refs, ci->request.ref) == NULL);
}

/* The channels that the ref is released on. */
static size_t matching(const struct hf_channel *out[HF_CONFIG_MAX_CHANNELS], const struct hf_config *c, const char *ref)
{
    char star[HF_RANGE_MAX + 1];
    size_t i, n = 0;

    for (i = 0; i < c->channel_count; i++)
        if (hf_match_ref(&c->channels[i], ref, star, sizeof star))
            out[n++] = &c->channels[i];
    return n;
}

int hf_ci_run(struct hf_ci *ci, const struct hf_ci_args *args, struct hf_ci_report *report, char *(*get)(const char *),
              struct hf_err *err)
{
    static const char gone[] = " is gone; what was released from it stays released, and nothing is done";
    const struct hf_channel *channels[HF_CONFIG_MAX_CHANNELS];
    char star[HF_RANGE_MAX + 1];
    const char *ref = ci->request.ref;
    size_t i, n;

    memset(ci, 0, sizeof *ci);
    ci->args = args;
    ci->report = report;
    ci->say = hf_ci_report_say(report);
    report->request = &ci->request;
    if (hf_ci_read(&ci->request, get, err) != 0 || hf_ci_expect_parse(&ci->expect, args->expect, err) != 0)
        return -1;
    if (ci->request.deleted) {
        nothing(ci, "", gone);
        return 0;
    }
    if (ci->request.review)
        ci->say.line(ci->say.arg, HF_SAY_STEP, "a review: this is what would be released; nothing is published");
    if (hf_ci_setup(ci, err) != 0 || hf_ci_variables(ci, err) != 0)
        return -1;
    if (is_gone(ci)) {
        nothing(ci, "", gone);
        return 0;
    }
    n = matching(channels, ci->setup.config, ref);
    if (hf_ci_expect_check(&ci->expect, channels, n, err) != 0)
        return -1;
    if (n == 0)
        nothing(ci, "no channel of hotfix.ini is released from ", ": nothing to do");
    else
        hf_other_commits(&ci->setup, "", ci->request.head, &ci->say);
    for (i = 0; i < n; i++) {
        hf_match_ref(channels[i], ref, star, sizeof star);
        hf_ci_release(ci, channels[i], star);
    }
    return 0;
}

void hf_ci_run_clear(struct hf_ci *ci)
{
    hf_ci_clone_close(&ci->clone);
    hf_setup_close(&ci->setup);
    if (ci->work != NULL)
        hf_work_remove(ci->work);
    free(ci->work);
    hf_ci_clear(&ci->request);
}
