/* cmd.c: see cmd.h. */
#include "publisher/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

int hf_cmd_fail(const struct hf_err *err)
{
    fprintf(stderr, "hotfix: %s\n", err->msg);
    return hf_exit_status(err->code);
}

int hf_cmd_usage(const char *usage, const char *fmt, ...)
{
    va_list ap;

    fputs("hotfix: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\nusage: %s\n", usage);
    return 2;
}

static void line(void *arg, enum hf_say_level level, const char *text)
{
    static const char *const word[] = {"", "hint: ", "warning: "};

    (void)arg;
    fprintf(stderr, "%s%s\n", word[level], text);
}

static void line_quiet(void *arg, enum hf_say_level level, const char *text)
{
    if (level == HF_SAY_WARNING)
        line(arg, level, text);
}

const struct hf_say hf_cmd_say = {line, NULL};
const struct hf_say hf_cmd_say_quiet = {line_quiet, NULL};

int hf_cmd_print_json(json_t *v, struct hf_err *err)
{
    struct hf_buf text;
    int rc;

    hf_buf_init(&text, HF_CMD_MAX_ANSWER);
    rc = v == NULL ? hf_nomem(err) : hf_json_write(&text, v, err);
    if (rc == 0)
        puts(text.p);
    hf_buf_free(&text);
    json_decref(v);
    return rc;
}

int64_t hf_cmd_now(void)
{
    return time(NULL);
}

static int is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

const char *hf_cmd_repo(const char *given)
{
    const char *dir = getenv("GIT_DIR");

    if (given != NULL)
        return given;
    if (dir != NULL && dir[0] != '\0')
        return dir;
    return is_folder(".git") || (is_folder("objects") && is_folder("refs")) ? "." : NULL;
}

const char *hf_cmd_tmp(void)
{
    const char *t = getenv("TMPDIR");

    return t != NULL && t[0] == '/' ? t : "/tmp";
}

const char *hf_cmd_size(char out[16], int64_t bytes)
{
    static const char *const unit[] = {"KiB", "MiB", "GiB"};
    double v = (double)bytes / 1024;
    int i = 0;

    if (bytes < 1024) {
        snprintf(out, 16, "%d bytes", (int)bytes);
        return out;
    }
    while (v >= 1024 && i < 2) {
        v /= 1024;
        i++;
    }
    snprintf(out, 16, "%.1f %s", v, unit[i]);
    return out;
}
