/* test_sigv4_suite.c: AWS's public test suite (tests/data/aws-signing-test-suite), each case in both forms: canonical request,
 * string to sign and signature byte for byte, and what is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/digest.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "store/sigv4.h"

#define SUITE "tests/data/aws-signing-test-suite/v4"
#define CASES 31
#define MAX_TEXT 8192

/* One case as it lies on disk; the strings point into `request`, cut up. */
struct example {
    const char *name;
    char request[MAX_TEXT];
    char *method, *path, *body;
    struct hf_sigv4_pair query[8], headers[8];
    size_t query_n, headers_n;
    struct hf_aws_keys keys;
    int64_t now, ttl;
    int sign_body, omit_token;
    char payload[65];
};

static struct hf_sigv4 signer;

static void read_text(char out[MAX_TEXT], const char *name, const char *file)
{
    struct hf_buf b;
    struct hf_err err;
    char path[512];
    const char *top = getenv("HF_TOP");

    snprintf(path, sizeof path, "%s/" SUITE "/%s/%s", top != NULL ? top : ".", name, file);
    hf_buf_init(&b, MAX_TEXT - 1);
    if (hf_buf_read_file(&b, path, 0, &err) != 0)
        fail_msg("%s", err.msg);
    memcpy(out, b.p, b.n);
    while (b.n > 0 && out[b.n - 1] == '\n' && strcmp(file, "request.txt") != 0)
        b.n--;
    out[b.n] = '\0';
    hf_buf_free(&b);
}

/* "%E1" becomes its byte, in place. */
static void decode(char *s)
{
    char *to = s;
    unsigned v;

    for (; *s != '\0'; s++, to++) {
        if (*s == '%' && sscanf(s + 1, "%2x", &v) == 1) {
            *to = (char)v;
            s += 2;
        } else {
            *to = *s;
        }
    }
    *to = '\0';
}

static void read_request(struct example *e)
{
    char *line = e->request, *next, *p, *save = NULL;

    read_text(e->request, e->name, "request.txt");
    e->body = strstr(e->request, "\n\n");
    if (e->body != NULL) {
        *e->body = '\0';
        e->body += 2;
    }
    next = strchr(line, '\n');
    if (next != NULL)
        *next++ = '\0';
    e->method = line;
    e->path = strchr(line, ' ');
    assert_non_null(e->path);
    *e->path++ = '\0';
    p = strstr(e->path, " HTTP/1.1");
    assert_non_null(p);
    *p = '\0';
    p = strchr(e->path, '?');
    if (p != NULL) {
        *p++ = '\0';
        for (p = strtok_r(p, "&", &save); p != NULL; p = strtok_r(NULL, "&", &save)) {
            char *value = strchr(p, '=');

            if (value != NULL)
                *value++ = '\0';
            decode(p);
            if (value != NULL)
                decode(value);
            e->query[e->query_n].name = p;
            e->query[e->query_n++].value = value;
        }
    }
    for (line = next; line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        p = strchr(line, ':');
        assert_non_null(p);
        *p++ = '\0';
        if (strcmp(line, "Host") == 0) {
            assert_string_equal(p, "example.amazonaws.com");
            continue;
        }
        e->headers[e->headers_n].name = line;
        e->headers[e->headers_n++].value = p;
    }
}

static void read_example(struct example *e, const char *name)
{
    char text[MAX_TEXT];
    const char *id, *secret, *token = NULL, *when;
    json_t *context, *who;
    struct hf_err err;
    uint8_t sum[32];

    memset(e, 0, sizeof *e);
    e->name = name;
    read_request(e);
    read_text(text, name, "context.json");
    if (hf_json_load(&context, text, strlen(text), name, &err) != 0)
        fail_msg("%s", err.msg);
    assert_int_equal(hf_json_object(&who, context, "credentials", "", &err), 0);
    assert_int_equal(hf_json_string(&id, who, "access_key_id", 100, "", &err), 0);
    assert_int_equal(hf_json_string(&secret, who, "secret_access_key", 100, "", &err), 0);
    if (json_object_get(who, "token") != NULL)
        assert_int_equal(hf_json_string(&token, who, "token", 1000, "", &err), 0);
    assert_int_equal(hf_aws_keys_set(&e->keys, id, secret, token, 0, &err), 0);
    assert_int_equal(hf_json_string(&when, context, "timestamp", 100, "", &err), 0);
    assert_int_equal(hf_timestamp_parse(&e->now, when, &err), 0);
    assert_int_equal(hf_json_int(&e->ttl, context, "expiration_in_seconds", 1, 604800, "", &err), 0);
    e->sign_body = json_is_true(json_object_get(context, "sign_body"));
    e->omit_token = json_is_true(json_object_get(context, "omit_session_token"));
    json_decref(context);
    if (e->sign_body && e->body != NULL)
        assert_int_equal(hf_sha256(sum, e->body, strlen(e->body)), 0);
    else
        assert_int_equal(hf_sha256(sum, "", 0), 0);
    hf_hex(e->payload, sum, sizeof sum);
}

static void same(const struct example *e, const char *form, const char *file, const char *ours)
{
    char name[64], right[MAX_TEXT];

    snprintf(name, sizeof name, "%s-%s", form, file);
    read_text(right, e->name, name);
    if (strcmp(ours, right) != 0)
        fail_msg("%s, %s:\n%s\n-- and should be\n%s", e->name, name, ours, right);
}

static void what_was_hashed(const struct example *e, const char *form)
{
    same(e, form, "canonical-request.txt", signer.canonical.p);
    same(e, form, "string-to-sign.txt", signer.to_sign);
    same(e, form, "signature.txt", signer.signature);
}

/* Each header that we send stands in the suite's request, whatever the case of its name; and ours are as many. */
static void headers_are_sent(const struct example *e, const struct hf_sigv4_request *r)
{
    char right[MAX_TEXT], line[MAX_TEXT], *p, *save = NULL;
    size_t i, ours = 0, theirs = 0;

    read_text(right, e->name, "header-signed-request.txt");
    p = strstr(right, "\n\n");
    if (p != NULL)
        *p = '\0';
    for (p = strtok_r(right, "\n", &save); p != NULL; p = strtok_r(NULL, "\n", &save)) {
        if (strchr(p, ':') == NULL || strncmp(p, "Host:", 5) == 0 || strstr(p, " HTTP/1.1") != NULL)
            continue;
        theirs++;
        for (i = 0; r->headers[i] != NULL; i++) {
            size_t n = strcspn(r->headers[i], ":");

            snprintf(line, sizeof line, "%.*s:%s", (int)n, r->headers[i], r->headers[i] + n + 2);
            if (strncasecmp(line, p, n + 1) == 0 && strcmp(line + n + 1, p + n + 1) == 0)
                break;
        }
        if (r->headers[i] == NULL)
            fail_msg("%s: '%s' is not sent", e->name, p);
    }
    for (i = 0; r->headers[i] != NULL; i++)
        ours++;
    assert_int_equal(ours, theirs);
}

static void link_is_made(const struct example *e, const char *url)
{
    char right[MAX_TEXT], *copy = strdup(strchr(url, '?') + 1), *p, *save = NULL;

    read_text(right, e->name, "query-signed-request.txt");
    for (p = strtok_r(copy, "&", &save); p != NULL; p = strtok_r(NULL, "&", &save)) {
        if (strncmp(p, "X-Amz-", 6) == 0 && strstr(right, p) == NULL)
            fail_msg("%s: '%s' is not in\n%s", e->name, p, right);
    }
    free(copy);
}

static void one_case(const char *name)
{
    static struct example e;
    struct hf_sigv4_request r = {.url = NULL};
    struct hf_sigv4_ask ask;
    struct hf_place place;
    struct hf_err err;
    const char *url;

    read_example(&e, name);
    ask = (struct hf_sigv4_ask){.method = e.method, .key = e.path + 1, .query = e.query, .query_n = e.query_n, .headers = e.headers,
                                .headers_n = e.headers_n, .payload = e.payload, .service = "service"};
    ask.flags = (e.omit_token ? HF_SIGV4_TOKEN_UNSIGNED : 0u) | (e.sign_body ? 0u : HF_SIGV4_PLAIN);
    assert_int_equal(hf_place_set(&place, "https://example.amazonaws.com", "us-east-1", "", 0, &err), 0);
    if (hf_sigv4_sign(&signer, &r, &e.keys, &place, &ask, e.now, &err) != 0)
        fail_msg("%s: %s", name, err.msg);
    what_was_hashed(&e, "header");
    headers_are_sent(&e, &r);
    hf_sigv4_request_clear(&r);
    ask.flags |= HF_SIGV4_PLAIN;
    if (hf_sigv4_presign(&signer, &url, NULL, &e.keys, &place, &ask, e.ttl, e.now, &err) != 0)
        fail_msg("%s: %s", name, err.msg);
    what_was_hashed(&e, "query");
    link_is_made(&e, url);
}

static void the_suite(void **state)
{
    struct dirent **list;
    char path[512];
    const char *top = getenv("HF_TOP");
    int n, i, seen = 0;

    (void)state;
    snprintf(path, sizeof path, "%s/" SUITE, top != NULL ? top : ".");
    n = scandir(path, &list, NULL, alphasort);
    assert_true(n >= 0);
    hf_sigv4_init(&signer);
    for (i = 0; i < n; i++) {
        if (list[i]->d_name[0] != '.') {
            one_case(list[i]->d_name);
            seen++;
        }
        free(list[i]);
    }
    free(list);
    hf_sigv4_clear(&signer);
    assert_int_equal(seen, CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_suite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
