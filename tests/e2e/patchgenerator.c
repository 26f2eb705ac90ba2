/* patchgenerator.c: a stand-in for OCRunner's PatchGenerator, which runs on macOS only. It keeps the tool's command line, what it
 * prints, its exit status, its file's head, and its faults; what it parses is a rough Objective-C. Differences to the real one are
 * in what stands inside the nodes, and that it refuses folders, which hotfix never passes.
 *
 * Faults that come with what it reads: a syntax error gives half a patch and status 255, a file that is not UTF-8 or a string over
 * 1,000 bytes a signal, an open comment waits for ever, a missing file is skipped without a word. Faults that come with its own file
 * name (a link to it): PatchGenerator-old (status 0 on errors), -version (ignores -appVersion), -damaged, -nothing (writes no
 * patch), -skip (leaves out the last file), -refs (drops what it read of the files), -extra (reads a file more), -status (ends with
 * 3), -silent (prints no lists), -sleep, -crash. */
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/digest.h"
#include "core/escape.h"

/* Where the sanitizers are on, their search for leaks would need ptrace, which no tool has. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) /* NOLINT: that is its name */
{
    return "detect_leaks=0";
}

#define MAX_FILES 20000
#define MAX_NODES 100000
#define BYTES_MAX (256u * 1024 * 1024)

struct node {
    char name[128];
    int type; /* 0x26 a class, 0x24 anything else */
    struct hf_buf body;
};

struct tool {
    const char *files[MAX_FILES], *refs[MAX_FILES];
    size_t file_count, ref_count;
    const char *output, *app_version, *fault;
    struct node *nodes;
    size_t node_count, merge_from; /* classes merge among the files, not with the refs */
    int failed;
};

static int is_fault(const struct tool *t, const char *name)
{
    return strcmp(t->fault, name) == 0;
}

static void read_args(struct tool *t, int argc, char **argv)
{
    const char *option = "-files";

    t->app_version = "*";
    for (int i = 1; i < argc; i++) {
        struct stat st;
        int here = stat(argv[i], &st) == 0;

        if (argv[i][0] == '-')
            option = argv[i];
        if (strcmp(option, "-h") == 0 || strcmp(option, "-help") == 0) {
            puts("PatchGenerator: 1.1.0\n\nrequired:\n-files: Objective-C source files.");
            exit(0);
        }
        if (here && S_ISDIR(st.st_mode) && (strcmp(option, "-files") == 0 || strcmp(option, "-refs") == 0)) {
            fputs("the stand-in was given a folder\n", stderr);
            exit(99);
        }
        if (strcmp(option, "-files") == 0 && here)
            t->files[t->file_count++] = argv[i];
        else if (strcmp(option, "-refs") == 0 && here)
            t->refs[t->ref_count++] = argv[i];
        else if (strcmp(option, "-output") == 0)
            t->output = argv[i];
        else if (strcmp(option, "-appVersion") == 0)
            t->app_version = argv[i];
        else if (strcmp(option, "-osVersion") == 0)
            puts("Not Support Argument: *");
    }
    if (is_fault(t, "version"))
        t->app_version = "*";
    if (is_fault(t, "skip") && t->file_count > 0)
        t->file_count--;
    if (is_fault(t, "extra") && t->file_count > 0)
        t->files[t->file_count++] = "/etc/passwd";
}

static struct node *add_node(struct tool *t, const char *name, int type)
{
    if (type == 0x26)
        for (size_t i = t->merge_from; i < t->node_count; i++)
            if (t->nodes[i].type == type && strcmp(t->nodes[i].name, name) == 0)
                return &t->nodes[i];
    if (t->node_count == MAX_NODES)
        abort();
    struct node *n = &t->nodes[t->node_count++];
    snprintf(n->name, sizeof n->name, "%s", name);
    n->type = type;
    hf_buf_init(&n->body, BYTES_MAX);
    return n;
}

/* One file on its way. */
struct source {
    const char *path;
    const char *text, *p, *end;
    struct node *open; /* the class that we are in */
    int depth;
    size_t statement; /* bytes of a statement outside of classes that is not ended yet */
};

static void report(struct tool *t, const struct source *s, const char *at)
{
    unsigned long line = 1;
    const char *begin = s->text;

    for (const char *p = s->text; p < at; p++)
        if (*p == '\n') {
            line++;
            begin = p + 1;
        }
    int n = (int)strcspn(begin, "\n");
    fprintf(stderr,
            "2026-01-01 00:00:00.000 PatchGenerator[%d:%d] \n----Error: \n  PATH: %s\n\n------yyerror------\nline: %lu\n%.*s\n    ^^^\n"
            "error: syntax error\n-------------------\n\n",
            (int)getpid(), (int)getpid(), s->path, line, n, begin);
    t->failed = 1;
}

static int word_is(const char *p, size_t n, const char *w)
{
    return strlen(w) == n && memcmp(p, w, n) == 0;
}

static void skip_comment(struct source *s)
{
    const char *close = memmem(s->p + 2, (size_t)(s->end - s->p - 2), "*/", 2);

    if (close == NULL) {
        fflush(NULL);
        for (;;)
            pause();
    }
    s->p = close + 2;
}

static void skip_string(struct source *s, char quote)
{
    const char *began = s->p++;

    while (s->p < s->end && *s->p != quote)
        s->p += *s->p == '\\' && s->p + 1 < s->end ? 2 : 1;
    s->p += s->p < s->end;
    if (s->p - began > 1002)
        abort();
}

/* At a letter or '@'. -1: what OCRunner's grammar lacks. */
static int take_word(struct tool *t, struct source *s)
{
    static const char *const lacks[] = { "@try",    "@autoreleasepool", "@synchronized", "@synthesize", "@available",
                                         "goto" };
    const char *began = s->p++;

    while (s->p < s->end && (isalnum((unsigned char)*s->p) || *s->p == '_' || (s->open == NULL && *s->p == '.')))
        s->p++;
    size_t n = (size_t)(s->p - began);
    for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++)
        if (word_is(began, n, lacks[i])) {
            s->p = began;
            return -1;
        }
    if (word_is(began, n, "@implementation")) {
        char name[128] = "";
        size_t k = 0;

        while (s->p < s->end && isspace((unsigned char)*s->p))
            s->p++;
        while (s->p < s->end && (isalnum((unsigned char)*s->p) || *s->p == '_' || *s->p == '.') && k < sizeof name - 1)
            name[k++] = *s->p++;
        s->open = add_node(t, name, 0x26);
        s->statement = 0;
    } else if (word_is(began, n, "@end")) {
        s->open = NULL;
    } else if (s->open != NULL) {
        hf_buf_add(&s->open->body, began, n);
        hf_buf_add(&s->open->body, " ", 1);
    } else {
        s->statement += n;
    }
    return 0;
}

static int take(struct tool *t, struct source *s)
{
    char c = *s->p;

    if (c == '/' && s->end - s->p > 1 && s->p[1] == '*') {
        skip_comment(s);
    } else if (c == '#' || (c == '/' && s->end - s->p > 1 && s->p[1] == '/')) {
        while (s->p < s->end && *s->p != '\n')
            s->p++;
    } else if (c == '"' || c == '\'') {
        const char *began = s->p;

        skip_string(s, c);
        if (s->open != NULL)
            hf_buf_add(&s->open->body, began, (size_t)(s->p - began));
    } else if (isalpha((unsigned char)c) || c == '_' || (c == '@' && s->p + 1 < s->end && isalpha((unsigned char)s->p[1]))) {
        return take_word(t, s);
    } else if (c == '-' && s->end - s->p > 1 && s->p[1] == '>') {
        return -1;
    } else {
        s->depth += (c == '{') - (c == '}');
        if (s->depth < 0)
            return -1;
        if (s->open != NULL && !isspace((unsigned char)c))
            hf_buf_add(&s->open->body, &c, 1);
        if (s->open == NULL && s->depth == 0 && (c == ';' || c == '}') && s->statement > 0) {
            add_node(t, "", 0x24);
            s->statement = 0;
        }
        s->p++;
    }
    return 0;
}

static void parse(struct tool *t, const char *path)
{
    struct source s = { .path = path };
    struct hf_buf text;

    hf_buf_init(&text, BYTES_MAX);
    if (hf_buf_read_file(&text, path, 0, NULL) != 0)
        abort();
    if (text.n > 0 && !hf_utf8_ok(text.p, text.n))
        abort();
    s.text = s.p = text.p != NULL ? text.p : "";
    s.end = s.text + text.n;
    while (s.p < s.end)
        if (take(t, &s) != 0) {
            report(t, &s, s.p);
            break;
        }
    if (s.p >= s.end && (s.depth != 0 || s.open != NULL))
        report(t, &s, s.end > s.text ? s.end - 1 : s.text);
    hf_buf_free(&text);
}

static void put_u32(struct hf_buf *b, size_t v)
{
    unsigned char bytes[4] = { (unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16), (unsigned char)(v >> 24) };

    hf_buf_add(b, bytes, 4);
}

static void put_string(struct hf_buf *out, struct hf_buf *pool, const char *p, size_t n)
{
    hf_buf_add(out, "\2", 1);
    put_u32(out, pool->n);
    put_u32(out, n);
    for (size_t i = 0; i < n; i++) {
        char c = (char)(p[i] ^ 0x41);

        hf_buf_add(pool, &c, 1);
    }
}

/* Written aside and renamed; a place that cannot be written is told to stderr only. */
static void save(const struct tool *t, const struct hf_buf *b)
{
    char *aside = NULL;
    int fd;

    if (t->output == NULL || is_fault(t, "nothing"))
        return;
    if (asprintf(&aside, "%s.sb-1", t->output) < 0)
        abort();
    fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, b->p, b->n) != (ssize_t)b->n || close(fd) != 0 || rename(aside, t->output) != 0)
        fprintf(stderr, "2026-01-01 00:00:00.000 PatchGenerator[1:1] Open (%s) attempt failed\n", t->output);
    free(aside);
}

static void dump(const struct tool *t)
{
    struct hf_buf body, head, tail, pool;
    unsigned char sum[32];

    hf_buf_init(&body, BYTES_MAX);
    hf_buf_init(&head, BYTES_MAX);
    hf_buf_init(&tail, BYTES_MAX);
    hf_buf_init(&pool, BYTES_MAX);
    put_string(&head, &pool, t->app_version, strlen(t->app_version));
    put_string(&head, &pool, "1000.0.1", 8);
    hf_buf_add(&tail, "\4", 1);
    put_u32(&tail, t->node_count);
    for (size_t i = 0; i < t->node_count; i++) {
        char type = (char)t->nodes[i].type;

        hf_buf_add(&tail, &type, 1);
        put_string(&tail, &pool, t->nodes[i].name, strlen(t->nodes[i].name));
        put_string(&tail, &pool, t->nodes[i].body.p, t->nodes[i].body.n);
    }
    hf_buf_add(&body, "\1\1\3", 3);
    put_u32(&body, pool.n);
    hf_buf_add(&body, pool.p, pool.n);
    hf_buf_add(&body, head.p, head.n);
    hf_buf_add(&body, tail.p, tail.n);
    hf_sha256(sum, body.p, body.n);
    hf_buf_init(&head, BYTES_MAX);
    hf_buf_add(&head, sum, sizeof sum);
    hf_buf_add(&head, body.p, body.n);
    if (is_fault(t, "damaged"))
        head.p[head.n - 1] ^= 1;
    save(t, &head);
}

static void print_list(const struct tool *t, const char *heading, const char *const *paths, size_t n)
{
    if (is_fault(t, "silent"))
        return;
    printf("%s   ", heading);
    for (size_t i = 0; i < n; i++)
        printf("\n   %s", paths[i]);
    puts("");
}

int main(int argc, char **argv)
{
    static struct tool t;
    const char *dash = strrchr(argv[0], '-'), *slash = strrchr(argv[0], '/');

    t.fault = dash != NULL && (slash == NULL || dash > slash) ? dash + 1 : "";
    t.nodes = calloc(MAX_NODES, sizeof *t.nodes);
    if (t.nodes == NULL)
        return 1;
    read_args(&t, argc, argv);
    if (is_fault(&t, "crash")) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would catch it */
        raise(SIGSEGV);
    }
    print_list(&t, "References:", t.refs, t.ref_count);
    for (size_t i = 0; i < t.ref_count; i++)
        parse(&t, t.refs[i]);
    t.merge_from = t.node_count;
    print_list(&t, "InputFiles:", t.files, t.file_count);
    for (size_t i = 0; i < t.file_count; i++)
        parse(&t, t.files[i]);
    if (is_fault(&t, "refs"))
        t.node_count = t.merge_from;
    puts("\n"); /* the lexer echoes such */
    if (is_fault(&t, "status")) {
        fputs("PatchGenerator: license expired\033[2J\n", stderr);
        return 3;
    }
    if (is_fault(&t, "sleep")) {
        fflush(NULL);
        for (;;)
            pause();
    }
    dump(&t);
    printf("Save Binary File: %s\n", t.output != NULL ? t.output : "");
    fflush(NULL);
    _exit(t.failed && !is_fault(&t, "old") ? 255 : 0); /* what it holds is not worth freeing */
}
