/* ci_run.c: see ci_run.h. */
#include "publisher/ci_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"
#include "publisher/match.h"

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

int hf_ci_run(struct hf_ci *ci, const struct hf_ci_args *args, struct hf_ci_report *report, char *(*get)(const char *),
              struct hf_err *err)
{
    static const char gone[] = " is gone; what was released from it stays released, and nothing is done";
    char star[HF_RANGE_MAX + 1];
    const char *ref = ci->request.ref;
    size_t i;

    memset(ci, 0, sizeof *ci);
    ci->args = args;
    ci->report = report;
    ci->say = hf_ci_report_say(report);
    report->request = &ci->request;
    if (hf_ci_read(&ci->request, get, err) != 0)
        return -1;
    if (ci->request.deleted) {
        nothing(ci, "", gone);
        return 0;
    }
    if (ci->request.review)
        ci->say.line(ci->say.arg, HF_SAY_STEP, "a review: this is what would be released; nothing is published");
    if (hf_ci_setup(ci, err) != 0)
        return -1;
    if (is_gone(ci)) {
        nothing(ci, "", gone);
        return 0;
    }
    for (i = 0; i < ci->setup.config->channel_count; i++)
        if (hf_match_ref(&ci->setup.config->channels[i], ref, star, sizeof star))
            hf_ci_release(ci, &ci->setup.config->channels[i], star);
    if (report->count == 0)
        nothing(ci, "no channel of hotfix.ini is released from ", ": nothing to do");
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
