/* place.c: see place.h. */
#include "store/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define MAX_ENDPOINT_HOST 253

static int refuse(struct hf_err *err, const char *what, const char *s, const char *why)
{
    char shown[128];

    return hf_fail(err, HF_E_CONFIG, "%s '%s' %s", what, hf_escape(shown, sizeof shown, s, strlen(s)), why);
}

char hf_ascii_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static int is_plain(unsigned char c)
{
    unsigned letter = (c | 0x20u) - 'a', digit = c - (unsigned)'0';

    return letter < 26 || digit < 10 || c == '-' || c == '.' || c == '_' || c == '~';
}

void hf_uri_encode(struct hf_buf *out, const char *s, size_t n, int slash)
{
    static const char digit[] = "0123456789ABCDEF";
    size_t i, from = 0;
    char code[3] = "%";

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if (is_plain(c) || (slash && c == '/'))
            continue;
        hf_buf_add(out, s + from, i - from);
        code[1] = digit[c >> 4];
        code[2] = digit[c & 15];
        hf_buf_add(out, code, sizeof code);
        from = i + 1;
    }
    hf_buf_add(out, s + from, n - from);
}

void hf_place_path(struct hf_buf *out, const struct hf_place *place, const char *key)
{
    if (place->path_style && place->bucket[0] != '\0') {
        hf_buf_add(out, "/", 1);
        hf_uri_encode(out, place->bucket, strlen(place->bucket), 0);
        if (key[0] == '\0')
            return;
    }
    hf_buf_add(out, "/", 1);
    hf_uri_encode(out, key, strlen(key), 1);
}

/* The host of "https://host[:port]" in lower case, and its port without the scheme's own (0). */
static int read_endpoint(char host[MAX_ENDPOINT_HOST + 1], long *port, int *https, const char *url, struct hf_err *err)
{
    static const char *const what = "the endpoint";
    const char *p;
    size_t n, i;

    if (strncmp(url, "https://", 8) == 0)
        *https = 1;
    else if (strncmp(url, "http://", 7) == 0)
        *https = 0;
    else
        return refuse(err, what, url, "is not a URL: it begins with https:// or http://");
    p = url + (*https ? 8 : 7);
    n = *p == '[' ? strspn(p + 1, DIGITS "abcdefABCDEF:.") + 2 : strspn(p, LOWER UPPER DIGITS ".-_");
    if ((*p == '[' && (n < 4 || p[n - 1] != ']')) || n == 0 || n > MAX_ENDPOINT_HOST)
        return refuse(err, what, url, "does not name a host");
    for (i = 0; i < n; i++)
        host[i] = hf_ascii_lower(p[i]);
    host[n] = '\0';
    p += n;
    *port = 0;
    if (*p == ':') {
        n = strspn(p + 1, DIGITS);
        *port = n >= 1 && n <= 5 ? strtol(p + 1, NULL, 10) : 0;
        if (*port < 1 || *port > 65535)
            return refuse(err, what, url, "has no port from 1 to 65535 behind the ':'");
        p += n + 1;
    }
    if (strcmp(p, "/") != 0 && *p != '\0')
        return refuse(err, what, url, "has something behind the host: write https://host or https://host:port");
    if (*port == (*https ? 443 : 80))
        *port = 0;
    return 0;
}

static int is_address(const char *host)
{
    size_t n = strlen(host);

    return host[0] == '[' || strspn(host, DIGITS ".") == n;
}

/* 1 when the bucket can be the first part of a host's name. */
static int can_be_host(const char *bucket, int https)
{
    size_t n = strlen(bucket);

    return n >= 3 && strspn(bucket, LOWER DIGITS ".-") == n && strchr(".-", bucket[0]) == NULL &&
           strchr(".-", bucket[n - 1]) == NULL && strstr(bucket, "..") == NULL && !(https && strchr(bucket, '.') != NULL);
}

/* China's regions have a domain of their own. */
static void aws_host(char host[MAX_ENDPOINT_HOST + 1], const char *region)
{
    snprintf(host, MAX_ENDPOINT_HOST + 1, "s3.%s.amazonaws.com%s", region, strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}

int hf_place_set(struct hf_place *out, const char *endpoint, const char *region, const char *bucket, int path_style,
                 struct hf_err *err)
{
    char host[MAX_ENDPOINT_HOST + 1], colon[24] = "";
    size_t n = strlen(bucket);
    long port = 0;
    int all;

    memset(out, 0, sizeof *out);
    out->https = 1;
    if (region[0] == '\0' || strlen(region) > HF_PLACE_REGION_MAX || strspn(region, LOWER UPPER DIGITS "-_.") < strlen(region))
        return refuse(err, "the region", region, "is none: write us-east-1, or what the store's manual says");
    if (n > HF_PLACE_BUCKET_MAX || strspn(bucket, LOWER UPPER DIGITS "._-") < n)
        return refuse(err, "the bucket", bucket, "is no name: letters, digits, '.', '-' and '_', at most 63");
    if (endpoint != NULL && endpoint[0] != '\0') {
        if (read_endpoint(host, &port, &out->https, endpoint, err) != 0)
            return -1;
    } else {
        aws_host(host, region);
    }
    memcpy(out->region, region, strlen(region) + 1);
    memcpy(out->bucket, bucket, n + 1);
    out->path_style = path_style || (n > 0 && (is_address(host) || !can_be_host(bucket, out->https)));
    if (port > 0)
        snprintf(colon, sizeof colon, ":%ld", port);
    all = snprintf(out->host, sizeof out->host, "%s%s%s%s", out->path_style ? "" : bucket, out->path_style || n == 0 ? "" : ".",
                   host, colon);
    if (all < 0 || (size_t)all >= sizeof out->host)
        return refuse(err, "the endpoint", host, "is too long a host");
    return 0;
}

int hf_place_bucket(char bucket[HF_PLACE_BUCKET_MAX + 1], char prefix[HF_PLACE_KEY_MAX + 1], const char *url, struct hf_err *err)
{
    const char *p = strncmp(url, "s3://", 5) == 0 ? url + 5 : "";
    size_t n = strcspn(p, "/");

    if (n == 0 || n > HF_PLACE_BUCKET_MAX)
        return hf_fail(err, HF_E_CONFIG, "a store in a bucket is written s3://bucket/prefix");
    memcpy(bucket, p, n);
    bucket[n] = '\0';
    p += n;
    p += strspn(p, "/");
    n = strlen(p);
    while (n > 0 && p[n - 1] == '/')
        n--;
    if (n + 1 > HF_PLACE_KEY_MAX)
        return hf_fail(err, HF_E_CONFIG, "the prefix in [store] url is too long for a key");
    memcpy(prefix, p, n);
    if (n > 0)
        prefix[n++] = '/';
    prefix[n] = '\0';
    return 0;
}
