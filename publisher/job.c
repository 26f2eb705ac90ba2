/* job.c: see job.h. */
#include "publisher/job.h"

#include <stdio.h>
#include <string.h>

#include "core/digest.h"
#include "core/escape.h"
#include "core/json.h"
#include "publisher/params_json.h"

int hf_job_new(char job[HF_JOB_HEX + 1], struct hf_err *err)
{
    uint8_t r[HF_JOB_HEX / 2];

    if (hf_random(r, sizeof r, err) != 0)
        return -1;
    hf_hex(job, r, sizeof r);
    return 0;
}

int hf_job_init(struct hf_job *j, const char *ref, const char *old, const char *commit, const char *channel, int64_t now,
                struct hf_err *err)
{
    char shown[128];

    memset(j, 0, sizeof *j);
    hf_params_init(&j->params);
    if (strlen(ref) > HF_MANIFEST_MAX_REF)
        return hf_fail(err, HF_E_LIMIT, "the name of the ref is longer than %d bytes", HF_MANIFEST_MAX_REF);
    if (!hf_utf8_ok(ref, strlen(ref)))
        return hf_fail(err, HF_E_INPUT, "the name of the ref '%s' is not UTF-8; push the commit under another name",
                       hf_escape(shown, sizeof shown, ref, strlen(ref)));
    if (hf_job_new(j->id, err) != 0)
        return -1;
    snprintf(j->ref, sizeof j->ref, "%s", ref);
    snprintf(j->old, sizeof j->old, "%s", old);
    snprintf(j->commit, sizeof j->commit, "%s", commit);
    snprintf(j->channel, sizeof j->channel, "%s", channel);
    j->created = now;
    return 0;
}

void hf_job_clear(struct hf_job *j)
{
    hf_params_clear(&j->params);
}

int hf_job_write(struct hf_buf *out, const struct hf_job *j, struct hf_err *err)
{
    json_t *o = json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:s,s:o}", "format", HF_JOB_FORMAT, "job", j->id, "ref", j->ref,
                          "old", j->old, "commit", j->commit, "channel", j->channel, "created", (json_int_t)j->created, "tries",
                          (json_int_t)j->tries, "why", j->why, "params", hf_params_json(&j->params));
    int rc;

    if (o != NULL && j->seen > 0)
        json_object_set_new(o, "seen", json_integer(j->seen));
    if (o == NULL)
        return hf_fail(err, HF_E_INPUT, "the job of %.12s cannot be written as JSON", j->commit);
    rc = hf_json_write(out, o, err);
    json_decref(o);
    return rc;
}

static int copy(char *out, size_t max, json_t *o, const char *name, struct hf_err *err)
{
    const char *s;

    if (hf_json_string(&s, o, name, max, "job", err) != 0)
        return -1;
    memcpy(out, s, strlen(s) + 1);
    return 0;
}

static int read_job(struct hf_job *j, json_t *doc, struct hf_err *err)
{
    int64_t format;

    if (hf_json_int(&format, doc, "format", HF_JOB_FORMAT, HF_JOB_FORMAT, "job", err) != 0 ||
        copy(j->id, HF_JOB_HEX, doc, "job", err) != 0 || copy(j->ref, HF_MANIFEST_MAX_REF, doc, "ref", err) != 0 ||
        copy(j->old, HF_OID_MAX, doc, "old", err) != 0 || copy(j->commit, HF_OID_MAX, doc, "commit", err) != 0 ||
        copy(j->channel, HF_CHANNEL_MAX, doc, "channel", err) != 0 || copy(j->why, HF_JOB_MAX_WHY, doc, "why", err) != 0 ||
        hf_json_int(&j->created, doc, "created", 0, HF_MAX_INT, "job", err) != 0 ||
        hf_json_int(&j->tries, doc, "tries", 0, HF_MAX_INT, "job", err) != 0 ||
        (json_object_get(doc, "seen") != NULL && hf_json_int(&j->seen, doc, "seen", 1, HF_MAX_INT, "job", err) != 0))
        return -1;
    if (!hf_is_hex(j->id, HF_JOB_HEX) || (!hf_is_hex(j->commit, 40) && !hf_is_hex(j->commit, 64)) ||
        (j->old[0] != '\0' && !hf_is_hex(j->old, 40) && !hf_is_hex(j->old, 64)) || strncmp(j->ref, "refs/", 5) != 0)
        return hf_fail(err, HF_E_INPUT, "a job whose id, ref or commits do not have their form");
    return hf_params_read(&j->params, doc, "job", err);
}

int hf_job_parse(struct hf_job *out, const void *p, size_t n, struct hf_err *err)
{
    json_t *doc;
    int rc;

    memset(out, 0, sizeof *out);
    hf_params_init(&out->params);
    if (n > HF_JOB_MAX_BYTES)
        return hf_fail(err, HF_E_LIMIT, "a job of more than %d bytes", HF_JOB_MAX_BYTES);
    if (hf_json_load(&doc, p, n, "job", err) != 0)
        return -1;
    rc = read_job(out, doc, err);
    json_decref(doc);
    return rc;
}

int hf_job_may_pass(enum hf_code code)
{
    /* With these, what was pushed is at fault: only another push mends it. */
    return code != HF_E_INPUT && code != HF_E_LIMIT && code != HF_E_POLICY && code != HF_E_USAGE && code != HF_E_NOTFOUND;
}
