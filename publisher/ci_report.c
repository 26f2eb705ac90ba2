/* ci_report.c: see ci_report.h. */
#include "publisher/ci_report.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/escape.h"
#include "publisher/ci_expect.h"

#define PLACE_MAX 512 /* bytes of a path in an annotation */

int hf_ci_report_begin(struct hf_ci_report *r, char *(*get)(const char *), int json, struct hf_err *err)
{
    uint8_t random[16];

    memset(r, 0, sizeof *r);
    r->get = get;
    r->talk = json ? stderr : stdout;
    r->answer = json ? stdout : NULL;
    r->github = hf_ci_is(get, "GITHUB_ACTIONS");
    r->results = calloc(HF_CI_MAX_RESULTS, sizeof *r->results);
    if (r->results == NULL)
        return hf_nomem(err);
    if (hf_random(random, sizeof random, err) != 0)
        return -1;
    hf_hex(r->token, random, sizeof random);
    if (r->github)
        fprintf(r->talk, "::stop-commands::%s\n", r->token);
    return 0;
}

/* Every line begins with a word or two blanks of ours, so that none can be a command, whatever the CI. */
static void line(void *arg, enum hf_say_level level, const char *text)
{
    static const char *const word[] = {"  ", "hint: ", "warning: "};
    struct hf_ci_report *r = arg;

    fprintf(r->talk, "%s%s\n", word[level], text);
    fflush(r->talk);
    if (level != HF_SAY_WARNING || r->warning_count == HF_CI_MAX_WARNINGS)
        return;
    r->warnings[r->warning_count] = strdup(text);
    r->warning_count += r->warnings[r->warning_count] != NULL;
}

struct hf_say hf_ci_report_say(struct hf_ci_report *r)
{
    return (struct hf_say){line, r};
}

struct hf_ci_result *hf_ci_report_next(struct hf_ci_report *r, const struct hf_channel *c)
{
    struct hf_ci_result *one = &r->results[r->count++];

    one->channel = c;
    one->rollout = HF_ROLLOUT_ALL;
    one->priority = HF_NORMAL;
    hf_buf_init(&one->files, HF_CI_MAX_SUMMARY);
    hf_buf_init(&one->plain, HF_CI_MAX_SUMMARY);
    return one;
}

int hf_ci_place(const char *message, const char **path, size_t *path_n, unsigned long *at)
{
    const char *colon, *start;
    char *end;

    for (colon = strchr(message, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
        if (!isdigit((unsigned char)colon[1]))
            continue;
        errno = 0;
        *at = strtoul(colon + 1, &end, 10);
        for (start = colon; start > message && strchr(" '\"(", start[-1]) == NULL; start--)
            ;
        *path_n = (size_t)(colon - start);
        if (errno != 0 || *at == 0 || (*end != ':' && *end != ' ' && *end != '\0') || *path_n == 0 || *path_n > PLACE_MAX ||
            start[0] == '/' || memchr(start, '.', *path_n) == NULL || memmem(start, *path_n, "..", 2) != NULL ||
            memchr(start, ':', *path_n) != NULL || memchr(start, '\\', *path_n) != NULL)
            continue;
        *path = start;
        return 1;
    }
    return 0;
}

void hf_ci_escape_command(struct hf_buf *out, const char *s, size_t n, int property)
{
    size_t i;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c == '%' || c < 0x20 || c == 0x7f || (property && (c == ':' || c == ',')))
            hf_buf_fmt(out, "%%%02X", c);
        else
            hf_buf_add(out, &s[i], 1);
    }
}

/* One line: what is wrong, and in which file where that is known. */
static void annotate(const struct hf_ci_report *r, const char *level, const char *text)
{
    const char *path;
    unsigned long at;
    struct hf_buf b;
    size_t n;

    if (!r->github) {
        fprintf(r->talk, "%s: %s\n", level, text);
        return;
    }
    hf_buf_init(&b, (size_t)8 * HF_ERR_MAX_MESSAGE);
    hf_buf_fmt(&b, "::%s ", level);
    if (hf_ci_place(text, &path, &n, &at)) {
        hf_buf_str(&b, "file=");
        hf_ci_escape_command(&b, path, n, 1);
        hf_buf_fmt(&b, ",line=%lu,", at);
    }
    hf_buf_str(&b, "title=hotfix::");
    hf_ci_escape_command(&b, text, strlen(text), 0);
    if (hf_buf_ok(&b, "annotation", NULL) == 0)
        fprintf(r->talk, "%s\n", b.p);
    hf_buf_free(&b);
}

/* Adds text to a file that the CI names; what cannot be written is said, and stops nothing: the release is out. */
static void append(const struct hf_ci_report *r, const char *variable, const struct hf_buf *text)
{
    const char *path = r->get(variable);
    int fd;

    if (path == NULL || path[0] == '\0' || text->n == 0 || text->failed)
        return;
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text->p, text->n) != (ssize_t)text->n)
        fprintf(r->talk, "hint: cannot write to the file of %s: %s\n", variable, strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* The result that outputs speak of: the first that was published, else the first that was planned, else the first. */
static const struct hf_ci_result *chosen(const struct hf_ci_report *r)
{
    size_t i;

    for (i = 0; i < r->count; i++)
        if (hf_ci_is_published(&r->results[i]))
            return &r->results[i];
    for (i = 0; i < r->count; i++)
        if (r->results[i].end == HF_CI_PLANNED || (r->results[i].end == HF_CI_RELEASED && r->results[i].done.patch > 0))
            return &r->results[i];
    return r->count > 0 ? &r->results[0] : NULL;
}

/* Each channel of the run and what it is for a job behind this one, which may hold its own build against it (ci_expect.h). */
static void sums(struct hf_buf *out, const struct hf_ci_report *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct hf_ci_result *one = &r->results[i];
        const char *what = HF_CI_EXPECT_NOTHING;

        if (one->end == HF_CI_PLANNED || hf_ci_is_published(one))
            what = one->done.size > 0 ? one->done.sha256 : HF_CI_EXPECT_SHIPPED;
        if (one->end != HF_CI_FAILED)
            hf_buf_fmt(out, "%s%s:%s", out->n > 0 ? "," : "", one->channel->label, what);
    }
    if (out->n == 0)
        hf_buf_str(out, HF_CI_EXPECT_NOTHING);
}

/* Nothing in these values can hold a newline: numbers, versions, digests, an address from hotfix.ini. */
static void outputs(const struct hf_ci_report *r, const char *manifest)
{
    const struct hf_ci_result *one = chosen(r);
    int64_t patch = one == NULL ? 0 : one->end == HF_CI_PLANNED ? one->patch
                                                                : one->done.patch;
    struct hf_buf sha, github, dotenv;
    const char *page = strncmp(manifest, "http", 4) == 0 ? manifest : r->request != NULL ? r->request->url
                                                                                         : "";
    char number[24] = "";

    hf_buf_init(&sha, HF_CI_MAX_SUMMARY);
    hf_buf_init(&github, HF_CI_MAX_SUMMARY);
    hf_buf_init(&dotenv, HF_CI_MAX_SUMMARY);
    sums(&sha, r);
    if (patch > 0)
        snprintf(number, sizeof number, "%" PRId64, patch);
    hf_buf_fmt(&github, "published=%s\npatch=%s\nversion=%s\nmanifest-url=%s\ncandidate=%s\nsha256=%s\n",
               one != NULL && hf_ci_is_published(one) ? "true" : "false", number, one != NULL ? one->target : "", manifest,
               one != NULL ? one->candidate : "", sha.p != NULL ? sha.p : "");
    hf_buf_fmt(&dotenv,
               "HOTFIX_PUBLISHED=%s\nHOTFIX_RELEASED_PATCH=%s\nHOTFIX_RELEASED_VERSION=%s\nHOTFIX_RELEASED_MANIFEST=%s\n"
               "HOTFIX_RELEASED_CANDIDATE=%s\nHOTFIX_RELEASED_SHA256=%s\nHOTFIX_RELEASED_URL=%s\n",
               one != NULL && hf_ci_is_published(one) ? "true" : "false", number, one != NULL ? one->target : "", manifest,
               one != NULL ? one->candidate : "", sha.p != NULL ? sha.p : "", page);
    append(r, "GITHUB_OUTPUT", &github);
    append(r, "HOTFIX_DOTENV", &dotenv);
    hf_buf_free(&sha);
    hf_buf_free(&github);
    hf_buf_free(&dotenv);
}

static void summary(const struct hf_ci_report *r, const struct hf_err *err, const char *manifest)
{
    struct hf_buf text;
    size_t i;

    hf_buf_init(&text, HF_CI_MAX_SUMMARY);
    for (i = 0; i < r->count; i++)
        hf_ci_markdown(&text, r->request, &r->results[i], manifest);
    if (err != NULL) {
        hf_buf_str(&text, "### hotfix: nothing was released\n\n");
        hf_ci_escape_markdown(&text, err->msg, strlen(err->msg));
        hf_buf_str(&text, "\n");
    }
    append(r, "GITHUB_STEP_SUMMARY", &text);
    hf_buf_free(&text);
}

static void answer(const struct hf_ci_report *r, const struct hf_err *err, int status)
{
    json_t *all = json_array(), *o;
    struct hf_buf text;
    size_t i;

    for (i = 0; i < r->count; i++)
        json_array_append_new(all, hf_ci_json(&r->results[i]));
    o = json_pack("{s:i,s:s,s:s,s:s,s:o}", "status", status, "message", err != NULL ? err->msg : "", "ref",
                  r->request != NULL ? r->request->ref : "", "commit", r->request != NULL ? r->request->head : "",
                  "releases", all);
    hf_buf_init(&text, (size_t)4 * HF_CI_MAX_SUMMARY);
    if (o != NULL && hf_json_write(&text, o, NULL) == 0)
        fprintf(r->answer, "%s\n", text.p);
    hf_buf_free(&text);
    json_decref(o);
}

static void free_all(struct hf_ci_report *r)
{
    size_t i;

    for (i = 0; i < r->count; i++) {
        hf_buf_free(&r->results[i].files);
        hf_buf_free(&r->results[i].plain);
    }
    for (i = 0; i < r->warning_count; i++)
        free(r->warnings[i]);
    free(r->results);
    r->results = NULL;
    r->count = r->warning_count = 0;
}

int hf_ci_report_end(struct hf_ci_report *r, const struct hf_err *err, const char *manifest)
{
    int status = err != NULL ? hf_exit_status(err->code) : 0;
    size_t i;

    for (i = 0; i < r->count; i++)
        if (r->results[i].end != HF_CI_FAILED)
            hf_ci_plain(r->talk, r->request, &r->results[i]);
    if (r->github && r->token[0] != '\0')
        fprintf(r->talk, "::%s::\n", r->token);
    if (r->github)
        for (i = 0; i < r->warning_count; i++)
            annotate(r, "warning", r->warnings[i]);
    for (i = 0; i < r->count; i++) {
        if (r->results[i].end != HF_CI_FAILED)
            continue;
        annotate(r, "error", r->results[i].err.msg);
        if (status == 0)
            status = hf_exit_status(r->results[i].err.code);
    }
    if (err != NULL)
        annotate(r, "error", err->msg);
    outputs(r, manifest);
    summary(r, err, manifest);
    if (r->answer != NULL)
        answer(r, err, status);
    fflush(r->talk);
    free_all(r);
    return status;
}
