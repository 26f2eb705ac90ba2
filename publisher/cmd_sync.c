/* cmd_sync.c: hotfix sync: keeps the manifests of buckets in a folder, for an edge. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/timestamp.h"
#include "publisher/cmd.h"
#include "publisher/sync.h"

#define MAX_FILES 16

static const char usage[] = "hotfix sync -c FILE [-c FILE]... [--once] [--json]";

struct syncing {
    struct hf_config *configs[MAX_FILES];
    struct hf_sync *feeds[MAX_FILES];
    int64_t due[MAX_FILES]; /* of the clock below */
    size_t count;
    int once, json;
};

static void help(void)
{
    printf("usage: %s\n\n"
           "Keeps what an edge needs of a bucket in the folder [edge] sync_dir: manifests,\n"
           "verified with [trust] keys, and what links are signed with. hotfix-edge runs\n"
           "this by itself.\n\n"
           "  -c, --config FILE  hotfix.ini\n"
           "      --once         one look, then the end: 0 when all was well\n"
           "      --json         an object a line on standard output\n",
           usage);
}

static const char *const level_name[] = {"info", "warning", "alarm"};

/* {"time":…,"event":"alarm","app":…,"channel":…,"message":…} */
static void tell_json(enum hf_sync_level level, const struct hf_channel *ch, const char *text)
{
    char now[HF_TIMESTAMP_LEN + 1];
    json_t *o = json_object();
    struct hf_err err;
    int bad = o == NULL;

    hf_timestamp_format(now, hf_cmd_now());
    bad = bad || json_object_set_new(o, "time", json_string(now)) != 0;
    bad = bad || json_object_set_new(o, "event", json_string(level_name[level])) != 0;
    if (ch != NULL) {
        bad = bad || json_object_set_new(o, "app", json_string(ch->app)) != 0;
        bad = bad || json_object_set_new(o, "channel", json_string(ch->name)) != 0;
    }
    bad = bad || json_object_set_new(o, "message", json_string(text)) != 0;
    if (bad) {
        json_decref(o);
        o = NULL;
    }
    if (hf_cmd_print_json(o, &err) != 0)
        hf_cmd_fail(&err);
    fflush(stdout);
}

static void tell(void *arg, enum hf_sync_level level, const struct hf_channel *ch, const char *text)
{
    const struct syncing *s = arg;

    if (s->json)
        tell_json(level, ch, text);
    else
        fprintf(stderr, "hotfix sync: %s%s%s%s%s%s%s\n", level == HF_SYNC_INFO ? "" : level_name[level],
                level == HF_SYNC_INFO ? "" : ": ", ch != NULL ? ch->app : "", ch != NULL ? "/" : "", ch != NULL ? ch->name : "",
                ch != NULL ? ": " : "", text);
}

/* CLOCK_MONOTONIC in milliseconds. */
static int64_t clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sleep_ms(int64_t ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    if (ms > 0)
        nanosleep(&t, NULL);
}

static int open_all(struct syncing *s, const char *const *files, size_t n, const struct hf_sync_say *say, struct hf_err *err)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (hf_config_load(&s->configs[i], files[i], err) != 0)
            return -1;
        if (hf_sync_open(&s->feeds[i], s->configs[i], s->feeds, i, say, err) != 0) {
            hf_fail_in(err, "%s: ", files[i]);
            return -1;
        }
        s->count++;
    }
    return 0;
}

static int run(struct syncing *s)
{
    int64_t next, wait;
    int bad = 0;
    size_t i;

    do {
        next = INT64_MAX;
        for (i = 0; i < s->count; i++) {
            if (clock_ms() >= s->due[i]) {
                bad = hf_sync_look(s->feeds[i], hf_cmd_now(), &wait) != 0 || bad;
                s->due[i] = clock_ms() + wait;
            }
            next = s->due[i] < next ? s->due[i] : next;
        }
        if (!s->once)
            sleep_ms(next - clock_ms());
    } while (!s->once);
    return bad;
}

int hf_cmd_sync(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"once", no_argument, NULL, 'o'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct syncing s;
    struct hf_sync_say say = {tell, &s};
    const char *files[MAX_FILES];
    struct hf_err err;
    size_t n = 0;
    int c, status;

    memset(&s, 0, sizeof s);
    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (c == 'h')
            return help(), 0;
        if (c == 'o')
            s.once = 1;
        else if (c == 'j')
            s.json = 1;
        else if (c == 'c' && n < MAX_FILES)
            files[n++] = optarg;
        else if (c == 'c')
            return hf_cmd_usage(usage, "more than %d files", MAX_FILES);
        else
            return hf_cmd_usage(usage, "see 'hotfix sync --help'");
    }
    if (optind < argc || n == 0)
        return hf_cmd_usage(usage, n == 0 ? "which hotfix.ini? name it with -c" : "too many arguments");
    status = open_all(&s, files, n, &say, &err) != 0 ? hf_cmd_fail(&err) : run(&s);
    while (n-- > 0) {
        if (n < s.count)
            hf_sync_close(s.feeds[n]);
        if (n <= s.count)
            hf_config_free(s.configs[n]);
    }
    return status;
}
