/* test_log.c: log lines: what stands in them, what never does, and that nobody waits for whoever should read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/json.h"
#include "edge/log.h"

#define NOW_MS INT64_C(1795327500042)

static const uint8_t key[HF_SIPHASH_KEY] = "0123456789abcde";
static struct hf_log l;
static int ends[2], before;

/* Standard output is the writing end of a pipe. */
static int begin(void **state)
{
    struct hf_err err;

    (void)state;
    fflush(stdout);
    assert_int_equal(pipe(ends), 0);
    before = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    memset(&l, 0, sizeof l);
    l.fd = hf_log_open(&l.is_socket, &err);
    dup2(before, STDOUT_FILENO);
    assert_true(l.fd >= 0);
    l.key = key;
    return 0;
}

static int end(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    close(before);
    close(l.fd);
    return 0;
}

static struct hf_log_entry entry(void)
{
    struct hf_log_entry e = {.now_ms = NOW_MS, .worker = 1, .address = "192.0.2.7", .method = "POST", .status = 200, .bytes = 345, .ns = 120999};

    return e;
}

static struct hf_note full(void)
{
    struct hf_note n = {.route = HF_ROUTE_VERSION, .app = "com.example.shop", .channel = "production", .decided = 1,
                        .action = HF_INSTALL, .why = HF_WHY_OFFERED, .patch = 7, .result = HF_RESULT_CONFIRMED, .reported = 6};

    strcpy(n.version, "1.1.1+345");
    strcpy(n.client, "client-0001");
    return n;
}

static const char *arrived(void)
{
    static char text[3 * HF_LOG_BUFFER];
    ssize_t n = read(ends[0], text, sizeof text - 1);

    assert_true(n >= 0);
    text[n] = '\0';
    return text;
}

static void a_line(void **state)
{
    struct hf_log_entry e = entry();
    struct hf_note n = full();

    (void)state;
    assert_int_equal(hf_log_add(&l, &e, &n), 0);
    assert_int_equal(hf_log_flush(&l), 0);
    assert_string_equal(arrived(), "{\"time\":\"2026-11-22T06:05:00.042Z\",\"worker\":1,\"address\":\"192.0.2.7\",\"method\":\"POST\","
                                   "\"route\":\"version\",\"status\":200,\"bytes\":345,\"us\":120,\"app\":\"com.example.shop\","
                                   "\"channel\":\"production\",\"version\":\"1.1.1+345\",\"client\":\"1ec658d1109decf6\","
                                   "\"action\":\"install\",\"reason\":\"offered\",\"patch\":7,\"report\":\"confirmed\","
                                   "\"reported\":6}\n");
    memset(&n, 0, sizeof n);
    n.app = n.channel = "";
    n.route = HF_ROUTE_GATE;
    e.error = "malformed method";
    e.method = "";
    hf_log_add(&l, &e, &n);
    hf_log_flush(&l);
    assert_string_equal(arrived(), "{\"time\":\"2026-11-22T06:05:00.042Z\",\"worker\":1,\"address\":\"192.0.2.7\",\"route\":\"gate\","
                                   "\"status\":200,\"bytes\":345,\"us\":120,\"error\":\"malformed method\"}\n");
}

/* Whatever a device says, a line stays one line of JSON. */
static void hostile_text(void **state)
{
    struct hf_log_entry e = entry();
    struct hf_note n = full();
    struct hf_err err;
    json_t *doc;
    const char *text;

    (void)state;
    memset(n.version, '\x01', HF_VERSION_MAX);
    strcpy(n.version, "1.0\"\n{\\\x7f\x1f");
    memset(n.client, '"', HF_CLIENT_ID_MAX);
    hf_log_add(&l, &e, &n);
    hf_log_flush(&l);
    text = arrived();
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    if (hf_json_load(&doc, text, strlen(text), "line", &err) != 0)
        fail_msg("%s: %s", err.msg, text);
    assert_string_equal(json_string_value(json_object_get(doc, "version")), n.version);
    assert_null(strstr(text, "\"\"\""));
    json_decref(doc);
    memset(n.version, '\x01', HF_VERSION_MAX);
    n.version[HF_VERSION_MAX] = '\0';
    hf_log_add(&l, &e, &n);
    hf_log_flush(&l);
    text = arrived();
    assert_int_equal(hf_json_load(&doc, text, strlen(text), "line", &err), 0);
    json_decref(doc);
}

/* A pipe that nobody reads takes 64 KiB; then lines are dropped and counted, at once. Whole lines come out of it later. */
static void a_full_pipe(void **state)
{
    struct hf_log_entry e = entry();
    struct hf_note n = full();
    size_t dropped = 0, came = 0, i;
    char *line, *text;
    struct hf_err err;
    json_t *doc;

    (void)state;
    for (i = 0; i < 2000; i++)
        dropped += hf_log_add(&l, &e, &n);
    dropped += hf_log_flush(&l);
    assert_in_range(dropped, 1000, 1999);
    close(ends[1]);
    ends[1] = dup(before);
    close(l.fd);
    l.fd = dup(before);
    while (*(text = (char *)(uintptr_t)arrived()) != '\0')
        for (line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
            if (hf_json_load(&doc, line, strlen(line), "line", &err) == 0) { /* a read may end inside one */
                came++;
                json_decref(doc);
            }
    assert_in_range(came, 2000 - dropped - 20, 2000 - dropped);
}

/* The flags of whoever else has the pipe are left alone. */
static void others_still_wait(void **state)
{
    (void)state;
    assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(fcntl(l.fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

static void a_reader_that_is_gone(void **state)
{
    struct hf_log_entry e = entry();
    struct hf_note n = full();
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    close(l.fd);
    l.fd = pair[0];
    l.is_socket = 1;
    hf_log_add(&l, &e, &n);
    assert_int_equal(hf_log_flush(&l), 0);
    while (hf_log_flush(&l) == 0) /* as journald's: full without a reader */
        hf_log_add(&l, &e, &n);
    close(pair[1]);
    hf_log_add(&l, &e, &n);
    assert_int_equal(hf_log_flush(&l), 1);
}

static void off(void **state)
{
    struct hf_log none = {.fd = -1};
    struct hf_log_entry e = entry();
    struct hf_note n = full();

    (void)state;
    assert_int_equal(hf_log_add(&none, &e, &n), 0);
    assert_int_equal(none.n, 0);
    assert_int_equal(hf_log_flush(&none), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {T(a_line), T(hostile_text), T(a_full_pipe), T(others_still_wait), T(a_reader_that_is_gone), T(off)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
