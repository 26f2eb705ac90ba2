/* fuzz_sigv4.c: what is signed, a line each: endpoint, region, bucket, id, token, key, then name=value for parameters and
 * name:value for headers. What is signed must be printable, repeatable, and say the key and no other. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/sigv4.h"

#define MAX_INPUT 4096
#define NOW 1795327500

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hf_sigv4_pair query[64], headers[64];
static struct hf_sigv4_ask ask;

static void need(int ok)
{
    if (!ok)
        abort();
}

static char *next_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');

    *text = end != NULL ? end + 1 : line + strlen(line);
    if (end != NULL)
        *end = '\0';
    return line;
}

static void printable(const char *s)
{
    for (; *s != '\0'; s++)
        need(*s >= ' ' && *s != 0x7f);
}

static unsigned hex(char c)
{
    need((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
    return (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* The path of the URL, decoded, is the bucket and the key. */
static void says_the_key(const char *url, const struct hf_place *place)
{
    const char *p = strstr(url, "://") + 3, *key = ask.key;
    size_t n;

    need(strncmp(p, place->host, strlen(place->host)) == 0);
    p += strlen(place->host);
    if (place->path_style && place->bucket[0] != '\0') {
        n = strlen(place->bucket);
        need(*p == '/' && strncmp(p + 1, place->bucket, n) == 0);
        p += n + 1;
        if (*key == '\0') {
            need(*p == '?' || *p == '\0');
            return;
        }
    }
    need(*p++ == '/');
    for (; *p != '\0' && *p != '?'; key++) {
        if (*p == '%') {
            need((unsigned char)*key == hex(p[1]) * 16 + hex(p[2]));
            p += 3;
        } else {
            need(*p++ == *key);
        }
    }
    need(*key == '\0');
}

static void sign(struct hf_sigv4 *s, const struct hf_aws_keys *keys, const struct hf_place *place)
{
    struct hf_sigv4_request r = {.url = NULL};
    struct hf_err err = {HF_OK, ""};
    size_t i;

    if (hf_sigv4_sign(s, &r, keys, place, &ask, NOW, &err) == 0) {
        printable(r.url);
        says_the_key(r.url, place);
        for (i = 0; r.headers[i] != NULL; i++) {
            need(strchr(r.headers[i], '\n') == NULL && strchr(r.headers[i], '\r') == NULL);
            need(strstr(r.headers[i], ": ") != NULL);
        }
        need(i >= ask.headers_n + 3);
    } else {
        need(err.code != HF_OK && err.msg[0] != '\0' && r.url == NULL);
    }
    hf_sigv4_request_clear(&r);
}

static void presign(struct hf_sigv4 *s, const struct hf_aws_keys *keys, const struct hf_place *place)
{
    struct hf_err err = {HF_OK, ""};
    struct hf_sigv4 fresh;
    const char *url, *again;

    if (hf_sigv4_presign(s, &url, NULL, keys, place, &ask, 60, NOW, &err) != 0) {
        need(err.code != HF_OK && err.msg[0] != '\0' && url == NULL);
        return;
    }
    printable(url);
    says_the_key(url, place);
    need(strlen(strstr(url, "&X-Amz-Signature=")) == 17 + 64);
    hf_sigv4_init(&fresh);
    need(hf_sigv4_presign(&fresh, &again, NULL, keys, place, &ask, 60, NOW, &err) == 0 && strcmp(url, again) == 0);
    hf_sigv4_clear(&fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[MAX_INPUT + 1], *at = text, *endpoint, *region, *bucket, *id, *token, *line, *mark;
    struct hf_aws_keys keys;
    struct hf_place place;
    struct hf_sigv4 s;

    if (size > MAX_INPUT)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    endpoint = next_line(&at);
    region = next_line(&at);
    bucket = next_line(&at);
    id = next_line(&at);
    token = next_line(&at);
    ask = (struct hf_sigv4_ask){.method = "GET", .key = next_line(&at), .query = query, .headers = headers};
    while (*at != '\0' && ask.query_n < 64 && ask.headers_n < 64) {
        line = next_line(&at);
        mark = strpbrk(line, "=:");
        if (mark == NULL) {
            query[ask.query_n++] = (struct hf_sigv4_pair){line, NULL};
        } else if (*mark == '=') {
            *mark = '\0';
            query[ask.query_n++] = (struct hf_sigv4_pair){line, mark + 1};
        } else {
            *mark = '\0';
            headers[ask.headers_n++] = (struct hf_sigv4_pair){line, mark + 1};
        }
    }
    if (hf_place_set(&place, endpoint, region, bucket, size % 2 == 0, NULL) != 0 ||
        hf_aws_keys_set(&keys, id, "secret", token, 0, NULL) != 0)
        return 0;
    printable(place.host);
    hf_sigv4_init(&s);
    sign(&s, &keys, &place);
    presign(&s, &keys, &place);
    sign(&s, &keys, &place);
    hf_sigv4_clear(&s);
    return 0;
}
