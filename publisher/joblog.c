/* joblog.c: see joblog.h. */
#include "publisher/joblog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int each_of(const char *path, int (*f)(json_t *line, void *arg), void *arg, struct hf_err *err)
{
    FILE *in = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    json_t *o;
    int rc = 0;

    if (in == NULL)
        return errno == ENOENT ? 0 : hf_fail(err, HF_E_FAIL, "cannot read %s: %s", path, strerror(errno));
    while (rc == 0 && (n = getline(&line, &room, in)) > 0) {
        if (n > HF_JOBLOG_MAX_LINE || hf_json_load(&o, line, (size_t)n, "log", NULL) != 0)
            continue;
        rc = f(o, arg);
        json_decref(o);
    }
    free(line);
    fclose(in);
    return rc;
}

json_t *hf_joblog_line(const struct hf_job *j, const char *outcome, int64_t now, double seconds)
{
    char when[HF_TIMESTAMP_LEN + 1];

    hf_timestamp_format(when, now);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "time", when, "job", j->id, "outcome", outcome, "ref", j->ref, "commit",
                     j->commit, "channel", j->channel, "target", j->params.target, "ms", (json_int_t)(seconds * 1000));
}

void hf_joblog_write(struct hf_spool *s, json_t *line)
{
    struct hf_buf b;

    hf_buf_init(&b, HF_JOB_MAX_BYTES);
    if (line != NULL && hf_json_write(&b, line, NULL) == 0) {
        hf_buf_str(&b, "\n");
        hf_spool_log(s, b.p, b.n, NULL);
    }
    hf_buf_free(&b);
    json_decref(line);
}

int hf_joblog_each(const char *path, int (*f)(json_t *line, void *arg), void *arg, struct hf_err *err)
{
    char *before;
    int rc;

    if (asprintf(&before, "%s.1", path) < 0)
        return hf_nomem(err);
    rc = each_of(before, f, arg, err);
    free(before);
    return rc != 0 ? rc : each_of(path, f, arg, err);
}

const char *hf_joblog_string(json_t *line, const char *name)
{
    const char *s = json_string_value(json_object_get(line, name));

    return s != NULL ? s : "";
}

struct last {
    const char *job;
    json_t *found;
};

static int keep_last(json_t *line, void *arg)
{
    struct last *l = arg;

    if (strcmp(hf_joblog_string(line, "job"), l->job) == 0) {
        json_decref(l->found);
        l->found = json_incref(line);
    }
    return 0;
}

json_t *hf_joblog_last(const char *path, const char *job)
{
    struct last l = {job, NULL};

    hf_joblog_each(path, keep_last, &l, NULL);
    return l.found;
}
