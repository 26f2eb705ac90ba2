/* test_reply.c: answers on the wire. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/reply.h"

#define DATE "Sun, 22 Nov 2026 06:05:00 GMT"

static void dates(void **state)
{
    char d[HF_HTTP_DATE_LEN + 1];

    (void)state;
    hf_http_date(d, 1795327500);
    assert_string_equal(d, DATE);
    hf_http_date(d, 784111777); /* RFC 9110's own example */
    assert_string_equal(d, "Sun, 06 Nov 1994 08:49:37 GMT");
}

static void a_head(void **state)
{
    char head[HF_REPLY_MAX_HEAD + 1];
    struct hf_reply r;

    (void)state;
    hf_reply_init(&r, 206);
    r.type = "application/octet-stream";
    r.ranges = 1;
    strcpy(r.etag, "\"e\"");
    strcpy(r.content_range, "bytes 0-4/9");
    strcpy(r.name, "fix.zip");
    r.body = "12345";
    r.body_n = 5;
    head[hf_reply_head(head, &r, DATE, 0)] = '\0';
    assert_string_equal(head, "HTTP/1.1 206 Partial Content\r\nDate: " DATE "\r\nContent-Type: application/octet-stream\r\n"
                              "Accept-Ranges: bytes\r\nETag: \"e\"\r\nContent-Range: bytes 0-4/9\r\n"
                              "X-Content-Type-Options: nosniff\r\nContent-Disposition: attachment; filename=\"fix.zip\"\r\n"
                              "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
    hf_reply_init(&r, 503);
    r.retry_after = 5;
    head[hf_reply_head(head, &r, DATE, 1)] = '\0';
    assert_string_equal(head, "HTTP/1.1 503 Service Unavailable\r\nDate: " DATE "\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
                              "Connection: close\r\n\r\n");
    hf_reply_init(&r, 304);
    r.no_body = 1;
    head[hf_reply_head(head, &r, DATE, 1)] = '\0';
    assert_string_equal(head, "HTTP/1.1 304 Not Modified\r\nDate: " DATE "\r\nConnection: close\r\n\r\n");
    hf_reply_init(&r, 302);
    r.location = "/x";
    head[hf_reply_head(head, &r, DATE, 0)] = '\0';
    assert_string_equal(head, "HTTP/1.1 302 Found\r\nDate: " DATE "\r\nLocation: /x\r\nContent-Length: 0\r\n"
                              "Connection: keep-alive\r\n\r\n");
}

static void the_longest_head_fits(void **state)
{
    char head[HF_REPLY_MAX_HEAD];
    struct hf_reply r;
    size_t n;

    (void)state;
    hf_reply_init(&r, 431);
    r.type = "application/octet-stream";
    r.cache = "private, no-transform";
    r.allow = "GET, HEAD, POST";
    r.retry_after = INT_MAX;
    r.ranges = 1;
    memset(r.etag, 'e', sizeof r.etag - 1);
    r.etag[sizeof r.etag - 1] = '\0';
    memset(r.name, 'n', sizeof r.name - 1);
    r.name[sizeof r.name - 1] = '\0';
    memset(r.content_range, 'c', sizeof r.content_range - 1);
    r.content_range[sizeof r.content_range - 1] = '\0';
    r.body_n = SIZE_MAX;
    n = hf_reply_head(head, &r, DATE, 0);
    assert_memory_equal(head + n - 26, "Connection: keep-alive\r\n\r\n", 26);
}

static void errors_are_cut_to_the_buffer(void **state)
{
    struct hf_reply r;
    char text[24];

    (void)state;
    hf_reply_error(&r, 400, "no", text, sizeof text);
    assert_int_equal(r.body_n, strlen("{\"error\":\"no\"}"));
    hf_reply_error(&r, 400, "far longer than the buffer is", text, sizeof text);
    assert_int_equal(r.body_n, sizeof text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dates), cmocka_unit_test(a_head), cmocka_unit_test(the_longest_head_fits),
                                       cmocka_unit_test(errors_are_cut_to_the_buffer)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
