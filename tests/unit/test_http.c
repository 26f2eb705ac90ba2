/* test_http.c: one exchange by libcurl, against a server (tests/e2e/stub_edge.py) that does what servers should not. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/http.h"

struct fixture {
    pid_t pid;
    char root[400];
    char base[64];
    struct hf_http *http;
};

static int start(void **state)
{
    static struct fixture f;
    const struct timespec pause = {0, 10 * 1000000};
    const char *tmp = getenv("TMPDIR"), *top = getenv("HF_TOP");
    char script[600], port[500];
    FILE *in = NULL;
    int i, n = 0;

    snprintf(f.root, sizeof f.root, "%s/hotfix-http.XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(f.root) == NULL)
        return -1;
    snprintf(script, sizeof script, "%s/tests/e2e/stub_edge.py", top == NULL ? "." : top);
    snprintf(port, sizeof port, "%s/port", f.root);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    f.pid = fork();
    if (f.pid == 0) {
        execlp("python3", "python3", script, f.root, (char *)NULL);
        _exit(127);
    }
    for (i = 0; i < 1000 && (in = fopen(port, "r")) == NULL; i++)
        nanosleep(&pause, NULL);
    if (in == NULL || fscanf(in, "%d", &n) != 1)
        return -1;
    fclose(in);
    snprintf(f.base, sizeof f.base, "http://127.0.0.1:%d", n);
    *state = &f;
    return hf_http_new(&f.http, NULL);
}

static int stop(void **state)
{
    struct fixture *f = *state;
    char command[500];

    hf_http_free(f->http);
    kill(f->pid, SIGTERM);
    waitpid(f->pid, NULL, 0);
    snprintf(command, sizeof command, "rm -rf '%s'", f->root);
    return system(command) == 0 ? 0 : -1;
}

static int get(struct fixture *f, const char *path, size_t max, struct hf_http_reply *reply, struct hf_err *err)
{
    char url[128];
    struct hf_http_ask ask = {.method = "GET", .url = url, .max_body = max, .stall_seconds = 1};

    memset(err, 0, sizeof *err);
    snprintf(url, sizeof url, "%s%s", f->base, path);
    return hf_http_do(f->http, &ask, reply, err);
}

static void a_reply(void **state)
{
    struct hf_http_reply r;
    struct hf_err err;
    int i;

    for (i = 0; i < 3; i++) { /* over a kept connection too */
        assert_int_equal(get(*state, "/hello", 100, &r, &err), 0);
        assert_int_equal(r.status, 200);
        assert_string_equal(r.body.p, "hello\n");
        assert_string_equal(r.etag, "\"h1\"");
        assert_string_equal(r.content_range, "");
        assert_int_equal(r.content_length, 6);
        assert_true(r.date > 1700000000);
        assert_int_equal(r.date_trusted, 0); /* no TLS: anybody could have said so */
        hf_http_reply_clear(&r);
    }
    assert_int_equal(get(*state, "/nowhere", 100, &r, &err), 0);
    assert_int_equal(r.status, 404);
    assert_string_equal(r.etag, "");
    hf_http_reply_clear(&r);
}

static void a_redirect_is_a_reply_and_not_followed(void **state)
{
    struct hf_http_reply r;
    struct hf_err err;

    assert_int_equal(get(*state, "/redirect", 100, &r, &err), 0);
    assert_int_equal(r.status, 302);
    assert_int_equal(r.body.n, 0);
    hf_http_reply_clear(&r);
}

static void a_body_is_bounded(void **state)
{
    struct hf_http_reply r;
    struct hf_err err;

    assert_int_equal(get(*state, "/endless", 100000, &r, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    assert_non_null(strstr(err.msg, "100000 bytes"));
    hf_http_reply_clear(&r);
    assert_int_equal(get(*state, "/hello", 5, &r, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_http_reply_clear(&r);
    assert_int_equal(get(*state, "/hello", 6, &r, &err), 0);
    hf_http_reply_clear(&r);
    assert_int_equal(get(*state, "/head", 100, &r, &err), -1);
    assert_int_equal(err.code, HF_E_LIMIT);
    hf_http_reply_clear(&r);
}

static void what_breaks_off_may_work_later(void **state)
{
    struct fixture *f = *state;
    struct hf_http_ask ask = {.method = "GET", .url = "http://127.0.0.1:1/secret?token=42", .max_body = 10};
    struct hf_http_reply r;
    struct hf_err err;

    assert_int_equal(get(f, "/cut", 100, &r, &err), -1);
    assert_int_equal(err.code, HF_E_AGAIN);
    hf_http_reply_clear(&r);
    assert_int_equal(get(f, "/stall", 2000, &r, &err), -1);
    assert_int_equal(err.code, HF_E_AGAIN);
    hf_http_reply_clear(&r);
    assert_int_equal(hf_http_do(f->http, &ask, &r, &err), -1);
    assert_int_equal(err.code, HF_E_AGAIN);
    assert_non_null(strstr(err.msg, "127.0.0.1:1"));
    assert_null(strstr(err.msg, "secret"));
    assert_null(strstr(err.msg, "token"));
    hf_http_reply_clear(&r);
}

struct sunk {
    struct hf_http_reply *reply;
    char text[64];
    size_t n;
    int stop;
};

static int sink(void *arg, int status, const void *p, size_t n)
{
    struct sunk *s = arg;

    assert_int_equal(status, 200);
    assert_string_equal(s->reply->etag, "\"h1\""); /* the head is there before the body */
    if (s->stop)
        return HF_E_POLICY;
    assert_true(s->n + n < sizeof s->text);
    memcpy(s->text + s->n, p, n);
    s->n += n;
    return 0;
}

static void a_sink_gets_the_body_and_may_stop_it(void **state)
{
    struct fixture *f = *state;
    struct hf_http_reply r;
    struct sunk s = {.reply = &r};
    char url[128];
    struct hf_http_ask ask = {.method = "GET", .url = url, .max_body = 60, .sink = sink, .sink_arg = &s};
    struct hf_err err;

    snprintf(url, sizeof url, "%s/hello", f->base);
    assert_int_equal(hf_http_do(f->http, &ask, &r, &err), 0);
    assert_string_equal(s.text, "hello\n");
    assert_int_equal(r.body.n, 0);
    hf_http_reply_clear(&r);
    s.stop = 1;
    assert_int_equal(hf_http_do(f->http, &ask, &r, &err), -1);
    assert_int_equal(err.code, HF_E_POLICY);
    hf_http_reply_clear(&r);
}

static void the_other_methods(void **state)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    static const char *const methods[] = {"POST", "PUT"};
    struct fixture *f = *state;
    struct hf_http_reply r;
    char url[128];
    struct hf_http_ask ask = {.url = url, .headers = headers, .body = "a\0b", .body_n = 3, .max_body = 100};
    struct hf_err err;
    size_t i;

    snprintf(url, sizeof url, "%s/echo", f->base);
    for (i = 0; i < 2; i++) {
        ask.method = methods[i];
        assert_int_equal(hf_http_do(f->http, &ask, &r, &err), 0);
        assert_int_equal(r.status, 200);
        assert_int_equal(r.body.n, 3);
        assert_memory_equal(r.body.p, "a\0b", 3);
        hf_http_reply_clear(&r);
    }
    ask.body_n = 0;
    assert_int_equal(hf_http_do(f->http, &ask, &r, &err), 0);
    assert_int_equal(r.body.n, 0);
    hf_http_reply_clear(&r);
    ask.method = "DELETE";
    assert_int_equal(hf_http_do(f->http, &ask, &r, &err), 0);
    assert_int_equal(r.status, 204);
    hf_http_reply_clear(&r);
    ask.method = "HEAD";
    assert_int_equal(hf_http_do(f->http, &ask, &r, &err), 0);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.content_length, 12345);
    hf_http_reply_clear(&r);
}

static void other_schemes_are_refused(void **state)
{
    static const char *const urls[] = {"file:///etc/passwd", "ftp://127.0.0.1/", "127.0.0.1/hello", "", "gopher://x/"};
    struct fixture *f = *state;
    struct hf_http_ask ask = {.method = "GET", .max_body = 100};
    struct hf_http_reply r;
    struct hf_err err;
    size_t i;

    for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        ask.url = urls[i];
        assert_int_equal(hf_http_do(f->http, &ask, &r, &err), -1);
        assert_int_equal(err.code, HF_E_INPUT);
        hf_http_reply_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply),
        cmocka_unit_test(a_redirect_is_a_reply_and_not_followed),
        cmocka_unit_test(a_body_is_bounded),
        cmocka_unit_test(what_breaks_off_may_work_later),
        cmocka_unit_test(a_sink_gets_the_body_and_may_stop_it),
        cmocka_unit_test(the_other_methods),
        cmocka_unit_test(other_schemes_are_refused),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
