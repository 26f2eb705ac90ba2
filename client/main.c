/* main.c: hotfix-client: the library from the command line, and the reference for other languages. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/hotfix_client.h"
#include "core/buf.h"
#include "core/escape.h"
#include "core/json.h"
#include "core/key.h"
#include "core/timestamp.h"

static const char help[] =
    "usage: hotfix-client COMMAND --dir DIR [options]\n"
    "\n"
    "  update    ask the edge for news; fetch, check and put in place what they say\n"
    "  begin     before a patch is run: check it, count the start, print its path\n"
    "  confirm   after a good start\n"
    "  rollback  give the patch in force up and go back to the one before\n"
    "  status    what is in force\n"
    "\n"
    "  --dir DIR        the device's folder\n"
    "  --key FILE       the pinned public keys, PEM       (update, begin, rollback)\n"
    "  --version V      of the app: 1.1.1 or 1.1.1+345    (update, begin)\n"
    "  --app ID         as in hotfix.ini                  (update)\n"
    "  --channel NAME                                     (update)\n"
    "  --edge URL       https://host[:port][/prefix]      (update)\n"
    "  --store URL      the manifest's, on a public bucket or CDN; with --edge,\n"
    "                   the edge gives the links; alone, nobody else is asked\n"
    "  --client-id ID   this device's own, for rollouts\n"
    "  --json           the answer as one JSON object\n"
    "  -q, --quiet      errors only on stderr;  -v, --verbose: the steps too\n"
    "  --help, and --version alone: this program's\n"
    "\n"
    "Exit status: 0 done, 1 failed (what was in force still is), 2 wrong usage.\n";

struct line {
    const char *command;
    const char *key;
    int json;
    int quiet;
    int verbose;
    struct hf_client_options o;
};

/* The progress line: only on a terminal, only when it takes long, at most twice a second. */
struct progress {
    int on;
    int shown;
    double next;
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int show_progress(void *arg, int64_t have, int64_t size)
{
    struct progress *p = arg;
    double now;

    if (!p->on)
        return 0;
    now = seconds();
    if (p->next <= 0)
        p->next = now + 0.5;
    if (now < p->next)
        return 0;
    p->next = now + 0.5;
    p->shown = 1;
    fprintf(stderr, "\r%3" PRId64 "%%  %" PRId64 " of %" PRId64 " KiB ", size > 0 ? have * 100 / size : 100, have / 1024,
            size / 1024);
    fflush(stderr);
    return 0;
}

static void end_progress(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = 0;
}

static void log_line(void *arg, const char *text)
{
    end_progress(arg);
    fprintf(stderr, "hotfix-client: %s\n", text);
}

static int usage(const char *words, const char *what)
{
    char shown[120];

    fprintf(stderr, "hotfix-client: %s%s\nhotfix-client: try 'hotfix-client --help'\n", words,
            hf_escape(shown, sizeof shown, what, strlen(what)));
    return 2;
}

/* Where an option's argument goes; NULL for those without one. */
static const char **place(struct line *l, int c)
{
    switch (c) {
    case 'd':
        return &l->o.dir;
    case 'k':
        return &l->key;
    case 'V':
        return &l->o.version;
    case 'a':
        return &l->o.app;
    case 'c':
        return &l->o.channel;
    case 'e':
        return &l->o.edge;
    case 's':
        return &l->o.store;
    case 'i':
        return &l->o.client_id;
    default:
        return NULL;
    }
}

/* -1 to go on, else the exit status. */
static int read_line(struct line *l, int argc, char **argv)
{
    static const struct option options[] = {
        {"dir", required_argument, NULL, 'd'},
        {"key", required_argument, NULL, 'k'},
        {"version", required_argument, NULL, 'V'},
        {"app", required_argument, NULL, 'a'},
        {"channel", required_argument, NULL, 'c'},
        {"edge", required_argument, NULL, 'e'},
        {"store", required_argument, NULL, 's'},
        {"client-id", required_argument, NULL, 'i'},
        {"json", no_argument, NULL, 'j'},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char **at;
    int c, index = 0;

    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("hotfix-client " HF_VERSION);
        return 0;
    }
    while ((c = getopt_long(argc, argv, "qvh", options, &index)) != -1) {
        at = place(l, c);
        if (at != NULL && *at != NULL)
            return usage("given twice: --", options[index].name);
        if (at != NULL) {
            *at = optarg;
        } else if (c == 'j') {
            l->json = 1;
        } else if (c == 'q') {
            l->quiet = 1;
        } else if (c == 'v') {
            l->verbose = 1;
        } else if (c == 'h') {
            fputs(help, stdout);
            return 0;
        } else { /* getopt has said what */
            fputs("hotfix-client: try 'hotfix-client --help'\n", stderr);
            return 2;
        }
    }
    if (optind >= argc)
        return usage("no command is given", "");
    l->command = argv[optind++];
    if (optind < argc)
        return usage("one command at a time, not also ", argv[optind]);
    if (l->o.dir == NULL)
        return usage("--dir is missing", "");
    return -1;
}

static const char *result_name(enum hf_client_result r)
{
    static const char *const names[] = {"ok", "failed", "usage", "refused", "expired", "again"};

    return names[r];
}

static const char *event_name(enum hf_client_event e)
{
    static const char *const names[] = {"nothing", "installed", "removed", "went-back", "stale"};

    return names[e];
}

static const char *reason_name(enum hf_client_reason reason)
{
    static const char *const names[] = {
        [HF_CLIENT_REASON_NONE] = "none",
        [HF_CLIENT_REASON_USAGE] = "usage",
        [HF_CLIENT_REASON_FOLDER] = "folder",
        [HF_CLIENT_REASON_DISK] = "disk",
        [HF_CLIENT_REASON_MEMORY] = "memory",
        [HF_CLIENT_REASON_INTERNAL] = "internal",
        [HF_CLIENT_REASON_BUSY] = "busy",
        [HF_CLIENT_REASON_STOPPED] = "stopped",
        [HF_CLIENT_REASON_NETWORK] = "network",
        [HF_CLIENT_REASON_SERVER] = "server",
        [HF_CLIENT_REASON_FORMAT] = "format",
        [HF_CLIENT_REASON_LIMIT] = "limit",
        [HF_CLIENT_REASON_SIGNATURE] = "signature",
        [HF_CLIENT_REASON_CONFLICT] = "conflict",
        [HF_CLIENT_REASON_MANIFEST] = "manifest",
        [HF_CLIENT_REASON_EXPIRED] = "expired",
        [HF_CLIENT_REASON_CLOCK] = "clock",
        [HF_CLIENT_REASON_DAMAGED] = "damaged",
        [HF_CLIENT_REASON_REVOKED] = "revoked",
        [HF_CLIENT_REASON_WITHDRAWN] = "withdrawn",
        [HF_CLIENT_REASON_VERSION] = "version",
        [HF_CLIENT_REASON_AS_SHIPPED] = "as-shipped",
        [HF_CLIENT_REASON_STARTS] = "starts",
        [HF_CLIENT_REASON_ROLLBACK] = "rollback",
        [HF_CLIENT_REASON_STATE] = "state",
    };

    return names[reason];
}

static json_t *patch_json(const struct hf_client_patch *p)
{
    if (p->number == 0)
        return json_null();
    return json_pack("{s:I,s:s,s:s,s:I,s:s,s:b}", "patch", (json_int_t)p->number, "name", p->name, "sha256", p->sha256, "size",
                     (json_int_t)p->size, "target", p->target, "confirmed", p->confirmed);
}

/* A path is bytes; where they are not UTF-8, JSON cannot hold them. */
static json_t *path_json(const char *path)
{
    json_t *v = path[0] == '\0' ? json_null() : json_string(path);

    return v != NULL ? v : json_null();
}

static json_t *status_json(const struct hf_client_status *s)
{
    json_t *o = json_object(), *failed = json_array();
    char time[HF_TIMESTAMP_LEN + 1];
    size_t i;

    for (i = 0; i < s->failed_count; i++)
        json_array_append_new(failed, json_string(s->failed[i]));
    json_object_set_new(o, "app", json_string(s->app));
    json_object_set_new(o, "channel", json_string(s->channel));
    json_object_set_new(o, "version", json_string(s->version));
    json_object_set_new(o, "previous", patch_json(&s->previous));
    json_object_set_new(o, "starts", json_integer(s->starts));
    json_object_set_new(o, "failed", failed);
    if (s->expires > 0) {
        hf_timestamp_format(time, s->published);
        json_object_set_new(o, "published", json_string(time));
        hf_timestamp_format(time, s->expires);
        json_object_set_new(o, "expires", json_string(time));
    }
    return o;
}

static void print_json(enum hf_client_result r, const struct hf_client_answer *a, const struct hf_client_status *s)
{
    json_t *o = json_object(), *more = s == NULL ? NULL : status_json(s);
    struct hf_buf b;

    json_object_set_new(o, "result", json_string(result_name(r)));
    json_object_set_new(o, "event", json_string(event_name(a->event)));
    json_object_set_new(o, "reason", json_string(reason_name(a->reason)));
    json_object_set_new(o, "current", patch_json(&a->patch));
    json_object_set_new(o, "path", path_json(a->path));
    json_object_set_new(o, "serial", json_integer(a->serial));
    if (a->priority[0] != '\0')
        json_object_set_new(o, "priority", json_string(a->priority));
    if (a->window[0] != '\0')
        json_object_set_new(o, "window", json_string(a->window));
    json_object_set_new(o, "message", json_string(a->message));
    if (more != NULL)
        json_object_update(o, more);
    hf_buf_init(&b, 64 * 1024);
    if (hf_json_write(&b, o, NULL) == 0)
        printf("%s\n", b.p);
    hf_buf_free(&b);
    json_decref(more);
    json_decref(o);
}

static void print_status(const struct line *l, const struct hf_client_answer *a, const struct hf_client_status *s)
{
    char from[HF_TIMESTAMP_LEN + 1], to[HF_TIMESTAMP_LEN + 1];
    size_t i;

    printf("app       %s, channel %s, version %s\n", s->app, s->channel, s->version);
    if (a->patch.number == 0) {
        puts("patch     none: the app as shipped");
    } else {
        printf("patch     %" PRId64 " for %s, %s\n", a->patch.number, a->patch.target,
               a->patch.confirmed ? "confirmed" : "not confirmed yet");
        printf("starts    %d without a confirm\n", s->starts);
        printf("file      %s\n", a->path);
        printf("sha256    %s\n", a->patch.sha256);
    }
    if (s->previous.number != 0)
        printf("before    %" PRId64 " for %s\n", s->previous.number, s->previous.target);
    for (i = 0; i < s->failed_count; i++)
        printf("given up  %s\n", s->failed[i]);
    if (s->expires > 0) {
        hf_timestamp_format(from, s->published);
        hf_timestamp_format(to, s->expires);
        printf("manifest  serial %" PRId64 ", published %s, expires %s\n", a->serial, from, to);
    } else {
        puts(l->key != NULL ? "manifest  none" : "manifest  not looked at: no --key to verify it with");
    }
}

static void print_answer(const struct line *l, const struct hf_client_answer *a, const struct hf_client_status *s)
{
    if (strcmp(l->command, "status") == 0) {
        print_status(l, a, s);
    } else if (strcmp(l->command, "begin") == 0) {
        if (a->path[0] != '\0')
            puts(a->path);
        if (!l->quiet)
            fprintf(stderr, "hotfix-client: %s\n", a->message);
    } else {
        puts(a->message);
    }
}

static enum hf_client_result run(const struct line *l, struct hf_client *c, struct hf_client_status *s,
                                 struct hf_client_answer *a)
{
    if (strcmp(l->command, "update") == 0)
        return hf_client_update(c, a);
    if (strcmp(l->command, "begin") == 0)
        return hf_client_begin(c, a);
    if (strcmp(l->command, "confirm") == 0)
        return hf_client_confirm(c, a);
    if (strcmp(l->command, "rollback") == 0)
        return hf_client_rollback(c, a);
    return hf_client_status(c, s, a);
}

static int known(const char *command)
{
    return strcmp(command, "update") == 0 || strcmp(command, "begin") == 0 || strcmp(command, "confirm") == 0 ||
           strcmp(command, "rollback") == 0 || strcmp(command, "status") == 0;
}

int main(int argc, char **argv)
{
    struct progress progress = {.on = isatty(2)};
    struct hf_client_status status = {.size = sizeof status};
    struct hf_client_answer a = {.size = sizeof a};
    struct line l;
    struct hf_client *c = NULL;
    struct hf_buf keys;
    struct hf_err err;
    enum hf_client_result r;
    int exit_status;

    memset(&l, 0, sizeof l);
    l.o.size = sizeof l.o;
    exit_status = read_line(&l, argc, argv);
    if (exit_status >= 0)
        return exit_status;
    if (!known(l.command))
        return usage("no such command: ", l.command);
    if (strcmp(l.command, "update") != 0 && strcmp(l.command, "begin") != 0 && access(l.o.dir, F_OK) != 0) {
        usage("there is no folder ", l.o.dir); /* a slip of the pen must not make one */
        return 2;
    }
    hf_buf_init(&keys, HF_KEY_MAX_PEM);
    if (l.key != NULL) {
        if (hf_buf_read_file(&keys, l.key, 0, &err) != 0) {
            fprintf(stderr, "hotfix-client: %s\n", err.msg);
            hf_buf_free(&keys);
            return 2;
        }
        l.o.keys = keys.p == NULL ? "" : keys.p;
        l.o.keys_n = keys.n;
    }
    progress.on = progress.on && !l.quiet;
    l.o.progress = show_progress;
    l.o.log = l.verbose ? log_line : NULL;
    l.o.arg = &progress;
    r = hf_client_open(&c, &l.o, &a);
    if (r == HF_CLIENT_OK)
        r = run(&l, c, &status, &a);
    end_progress(&progress);
    if (l.json)
        print_json(r, &a, r == HF_CLIENT_OK && strcmp(l.command, "status") == 0 ? &status : NULL);
    else if (r == HF_CLIENT_OK)
        print_answer(&l, &a, &status);
    if (r != HF_CLIENT_OK)
        fprintf(stderr, "hotfix-client: %s\n", a.message);
    hf_client_close(c);
    hf_buf_free(&keys);
    if (fflush(stdout) != 0 && r == HF_CLIENT_OK) {
        fprintf(stderr, "hotfix-client: cannot write the answer: %s\n", strerror(errno));
        return 1;
    }
    return r == HF_CLIENT_OK ? 0 : r == HF_CLIENT_USAGE ? 2
                                                        : 1;
}
