/* credentials_ask.c: the three who give out credentials over the network: STS for a token of web identity, the endpoint of a
 * container (ECS, EKS), and an instance's metadata (IMDSv2, never version 1). Bounded in bytes, time and tries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/digest.h"
#include "core/escape.h"
#include "store/credentials_in.h"

#define TRIES 3
#define FIRST_PAUSE 200  /* milliseconds; doubled with each try, and up to as much again by chance */
#define TOTAL_SECONDS 10 /* of one question, all its tries together */
#define CONNECT_SECONDS 3
#define NEAR_SECONDS 2
#define IMDS_TOKEN_TTL "21600" /* seconds, what AWS's own tools ask for */
#define IMDS_V4 "http://169.254.169.254"
#define IMDS_V6 "http://[fd00:ec2::254]"
#define ECS_HOST "http://169.254.170.2"
#define ROLES "/latest/meta-data/iam/security-credentials/"
#define MAX_URL 1024
#define MAX_WORDS 400

/* direct: to an address of this machine's own, where nobody is on most machines. */
static struct hf_http_ask question(const char *method, const char *const *headers, int direct)
{
    struct hf_http_ask ask = {.method = method, .headers = headers, .max_body = HF_CREDENTIALS_MAX_REPLY};

    ask.direct = direct;
    ask.connect_seconds = direct ? NEAR_SECONDS : CONNECT_SECONDS;
    ask.total_seconds = TOTAL_SECONDS;
    return ask;
}

static void pause_before(int attempt)
{
    uint16_t chance = 0;
    long ms = (long)FIRST_PAUSE << (attempt - 1);
    struct timespec t;

    hf_random(&chance, sizeof chance, NULL);
    ms += chance % ms;
    t.tv_sec = ms / 1000;
    t.tv_nsec = ms % 1000 * 1000000;
    nanosleep(&t, NULL);
}

static int may_pass(int status)
{
    return status >= 500 || status == 429 || status == 408;
}

/* Seconds of a clock that nobody sets. */
static long ticks(void)
{
    struct timespec t = {0};

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long)t.tv_sec;
}

/* Asks until there is an answer that will not change, at most `tries` times and TOTAL_SECONDS. 0 whatever the status. */
static int exchange(struct hf_http **http, struct hf_http_ask *ask, int tries, struct hf_http_reply *reply, struct hf_err *err)
{
    long end = ticks() + TOTAL_SECONDS;
    int i, rc;

    memset(reply, 0, sizeof *reply);
    if (*http == NULL && hf_http_new(http, err) != 0)
        return -1;
    for (i = 1;; i++) {
        rc = hf_http_do(*http, ask, reply, err);
        ask->total_seconds = end - ticks();
        if (i == tries || ask->total_seconds < 1 || (rc == 0 && !may_pass(reply->status)) ||
            (rc != 0 && err != NULL && err->code != HF_E_AGAIN))
            return rc;
        hf_buf_wipe(&reply->body);
        pause_before(i);
    }
}

/* The answer was no 200: in the server's own words. */
static int refused(const struct hf_http_reply *r, const char *what, struct hf_err *err)
{
    char words[MAX_WORDS];

    hf_reply_words(words, sizeof words, r->body.p, r->body.n);
    return hf_fail(err, may_pass(r->status) ? HF_E_AGAIN : HF_E_CONFIG, "%s gives no credentials: %s%sHTTP status %d", what,
                   words, words[0] != '\0' ? ", " : "", r->status);
}

/* "https://host[:port]" of an environment variable, without the '/' at its end. */
static int base_of(char out[MAX_URL], const char *url, const char *name, struct hf_err *err)
{
    size_t n = strlen(url);

    if (n >= MAX_URL || !hf_is_word(url) || (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) ||
        strpbrk(url, "@?#\\") != NULL)
        return hf_fail(err, HF_E_CONFIG, "%s is not a URL: it begins with https:// or http://, and has no user and no query",
                       name);
    snprintf(out, MAX_URL, "%s", url);
    while (n > 0 && out[n - 1] == '/')
        out[--n] = '\0';
    return 0;
}

/* The word in a small file that somebody else keeps up to date. Wiped by the caller. */
static int read_word(struct hf_buf *out, const char *path, size_t max, const char *what, struct hf_err *err)
{
    hf_buf_init(out, max + 2); /* a newline may stand behind it */
    if (hf_buf_read_file(out, path, 0, err) != 0) {
        if (err != NULL && err->code != HF_E_NOMEM)
            err->code = HF_E_CONFIG;
        return hf_fail_in(err, "%s: ", what);
    }
    while (out->n > 0 && strchr(" \t\r\n", out->p[out->n - 1]) != NULL)
        out->p[--out->n] = '\0';
    if (out->n == 0 || out->n > max || strlen(out->p) != out->n || !hf_is_word(out->p))
        return hf_fail(err, HF_E_CONFIG, "%s: the file holds no token", what);
    return 0;
}

static int sts_url(char out[MAX_URL + 1], const char *region, struct hf_err *err)
{
    static const char *const names[] = {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"};
    const char *off = hf_aws_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), *url;
    size_t i, n;

    for (i = 0; i < 2 && (off == NULL || strcasecmp(off, "true") != 0); i++) {
        url = hf_aws_env(names[i]);
        if (url == NULL)
            continue;
        if (base_of(out, url, names[i], err) != 0)
            return -1;
        n = strlen(out);
        memcpy(out + n, "/", 2);
        return 0;
    }
    snprintf(out, MAX_URL, "https://sts.%s.amazonaws.com%s/", region, strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    return 0;
}

int hf_ask_sts(struct hf_aws_keys *out, struct hf_http **http, const char *role, const char *session, const char *token_file,
               const char *region, struct hf_err *err)
{
    static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded; charset=utf-8", NULL};
    struct hf_http_ask ask = question("POST", headers, 0);
    struct hf_buf token = {0}, body;
    struct hf_http_reply reply = {0};
    char url[MAX_URL + 1];
    int rc = -1;

    hf_buf_init(&body, (HF_WEB_MAX_TOKEN + HF_WEB_MAX_ROLE) * 3 + 1024);
    if (sts_url(url, region, err) != 0 ||
        read_word(&token, token_file, HF_WEB_MAX_TOKEN, "the web identity's token (AWS_WEB_IDENTITY_TOKEN_FILE)", err) != 0)
        goto out;
    hf_buf_str(&body, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=");
    hf_uri_encode(&body, role, strlen(role), 0);
    hf_buf_str(&body, "&RoleSessionName=");
    hf_uri_encode(&body, session, strlen(session), 0);
    hf_buf_str(&body, "&WebIdentityToken=");
    hf_uri_encode(&body, token.p, token.n, 0);
    if (hf_buf_ok(&body, "the question to STS", err) != 0)
        goto out;
    ask.url = url;
    ask.body = body.p;
    ask.body_n = body.n;
    if (exchange(http, &ask, TRIES, &reply, err) != 0)
        hf_fail_in(err, "STS: ");
    else if (reply.status != 200)
        refused(&reply, "STS", err);
    else
        rc = hf_reply_sts(out, reply.body.p, reply.body.n, "STS", err);
out:
    hf_buf_wipe(&token);
    hf_buf_wipe(&body);
    hf_buf_wipe(&reply.body);
    return rc;
}

/* Hosts from which keys may come without TLS: this machine, and the addresses of ECS and EKS, which are never far. s goes on
 * behind the host with a port, a path, a query, or not at all. */
static int is_near(const char *s)
{
    static const char *const near[] = {"localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
    size_t n = *s == '[' ? strcspn(s, "]") + 1 : strcspn(s, ":/?"), i;

    if (n > strlen(s))
        return 0;
    for (i = 0; i < sizeof near / sizeof *near; i++) {
        if (n == strlen(near[i]) && strncasecmp(s, near[i], n) == 0)
            break;
    }
    if (i == sizeof near / sizeof *near && !(strncmp(s, "127.", 4) == 0 && strspn(s, "0123456789.") == n))
        return 0;
    if (s[n] == ':')
        n += 1 + strspn(s + n + 1, "0123456789");
    return s[n] == '\0' || s[n] == '/' || s[n] == '?';
}

int hf_container_url_ok(const char *url, struct hf_err *err)
{
    if (!hf_is_word(url) || strlen(url) >= MAX_URL || strpbrk(url, "@\\#") != NULL)
        return hf_fail(err, HF_E_CONFIG, "AWS_CONTAINER_CREDENTIALS_FULL_URI is not a URL that can be asked");
    if (strncmp(url, "https://", 8) == 0 && url[8] != '\0' && strchr("/?:", url[8]) == NULL)
        return 0;
    if (strncmp(url, "http://", 7) == 0 && is_near(url + 7))
        return 0;
    return hf_fail(err, HF_E_CONFIG, "AWS_CONTAINER_CREDENTIALS_FULL_URI: keys come by https, or by http from this machine and "
                                     "from the addresses of ECS and EKS only");
}

static int container_url(char out[MAX_URL], struct hf_err *err)
{
    const char *relative = hf_aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
               *full = hf_aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");

    if (relative != NULL) {
        if (relative[0] != '/' || !hf_is_word(relative) || strpbrk(relative, "#\\") != NULL ||
            strlen(relative) + sizeof ECS_HOST > MAX_URL)
            return hf_fail(err, HF_E_CONFIG, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path: it begins with '/'");
        snprintf(out, MAX_URL, ECS_HOST "%s", relative);
        return 0;
    }
    if (hf_container_url_ok(full != NULL ? full : "", err) != 0)
        return -1;
    snprintf(out, MAX_URL, "%s", full);
    return 0;
}

/* "Authorization: TOKEN", from a file where there is one, else from the environment; empty where there is neither. */
static int container_header(struct hf_buf *out, struct hf_err *err)
{
    const char *file = hf_aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
               *token = hf_aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    struct hf_buf word = {0};
    int rc = -1;

    hf_buf_init(out, HF_WEB_MAX_TOKEN + 64);
    if (file != NULL) {
        if (read_word(&word, file, HF_WEB_MAX_TOKEN, "the container's token (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)", err) != 0)
            goto out;
        token = word.p;
    }
    if (token != NULL) {
        if (strpbrk(token, "\r\n") != NULL) {
            hf_fail(err, HF_E_CONFIG, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line's end");
            goto out;
        }
        hf_buf_str(out, "Authorization: ");
        hf_buf_str(out, token);
    }
    rc = hf_buf_ok(out, "the container's token", err);
out:
    hf_buf_wipe(&word);
    return rc;
}

int hf_ask_container(struct hf_aws_keys *out, struct hf_http **http, struct hf_err *err)
{
    static const char *const what = "the container's endpoint";
    const char *headers[] = {"Accept: application/json", NULL, NULL};
    struct hf_http_ask ask = question("GET", headers, 0);
    struct hf_http_reply reply = {0};
    struct hf_buf header = {0};
    char url[MAX_URL];
    int rc = -1;

    if (container_url(url, err) != 0 || container_header(&header, err) != 0)
        goto out;
    headers[1] = header.n > 0 ? header.p : NULL;
    ask.url = url;
    ask.direct = strncmp(url, "http://", 7) == 0;
    if (exchange(http, &ask, TRIES, &reply, err) != 0)
        hf_fail_in(err, "%s: ", what);
    else if (reply.status != 200)
        refused(&reply, what, err);
    else
        rc = hf_reply_json(out, reply.body.p, reply.body.n, what, err);
out:
    hf_buf_wipe(&header);
    hf_buf_wipe(&reply.body);
    return rc;
}

static int imds_base(char out[MAX_URL], struct hf_err *err)
{
    static const char *const name = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    const char *mode = hf_aws_env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

    if (hf_aws_env(name) != NULL)
        return base_of(out, hf_aws_env(name), name, err);
    snprintf(out, MAX_URL, "%s", mode != NULL && strcasecmp(mode, "ipv6") == 0 ? IMDS_V6 : IMDS_V4);
    return 0;
}

/* The session's token, as the header that the questions carry. */
static int imds_token(struct hf_buf *header, struct hf_http **http, const char *base, struct hf_err *err)
{
    static const char *const headers[] = {"X-aws-ec2-metadata-token-ttl-seconds: " IMDS_TOKEN_TTL, NULL};
    struct hf_http_ask ask = question("PUT", headers, 1);
    struct hf_http_reply reply = {0};
    char url[MAX_URL + 32];
    int rc = -1;

    snprintf(url, sizeof url, "%s/latest/api/token", base);
    ask.url = url;
    if (exchange(http, &ask, 1, &reply, err) != 0)
        goto out;
    if (reply.status != 200) {
        refused(&reply, "the token service", err);
        goto out;
    }
    if (reply.body.n == 0 || strlen(reply.body.p) != reply.body.n || !hf_is_word(reply.body.p)) {
        hf_fail(err, HF_E_INPUT, "the token service gives no token");
        goto out;
    }
    hf_buf_fmt(header, "X-aws-ec2-metadata-token: %s", reply.body.p);
    rc = hf_buf_ok(header, "the metadata's token", err);
out:
    hf_buf_wipe(&reply.body);
    return rc;
}

static int imds_get(struct hf_http_reply *reply, struct hf_http **http, const char *base, const char *role, const char *header,
                    struct hf_err *err)
{
    const char *headers[] = {header, NULL};
    struct hf_http_ask ask = question("GET", headers, 1);
    char url[MAX_URL + 256];

    snprintf(url, sizeof url, "%s" ROLES "%s", base, role);
    ask.url = url;
    return exchange(http, &ask, TRIES, reply, err);
}

/* The first line of the list of roles; an instance has one. */
static int imds_role(char role[HF_WEB_MAX_SESSION + 1], const struct hf_http_reply *r, struct hf_err *err)
{
    size_t n = r->body.n > 0 ? strcspn(r->body.p, "\r\n") : 0;

    if (r->status == 404 || (r->status == 200 && n == 0))
        return hf_fail(err, HF_E_CONFIG, "the instance has no role: give it an instance profile");
    if (r->status != 200)
        return refused(r, "it", err);
    if (n > HF_WEB_MAX_SESSION ||
        strspn(r->body.p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-") < n)
        return hf_fail(err, HF_E_INPUT, "what stands in the list of roles is no name of one");
    memcpy(role, r->body.p, n);
    role[n] = '\0';
    return 0;
}

int hf_ask_imds(struct hf_aws_keys *out, struct hf_http **http, char role[HF_WEB_MAX_SESSION + 1], struct hf_err *err)
{
    static const char *const what = "the instance's metadata";
    struct hf_http_reply list = {0}, reply = {0};
    struct hf_buf header;
    char base[MAX_URL];
    int rc = -1;

    hf_buf_init(&header, HF_CREDENTIALS_MAX_REPLY + 64);
    if (imds_base(base, err) != 0)
        goto out;
    if (imds_token(&header, http, base, err) != 0 || imds_get(&list, http, base, "", header.p, err) != 0 ||
        imds_role(role, &list, err) != 0 || imds_get(&reply, http, base, role, header.p, err) != 0) {
        hf_fail_in(err, "%s: ", what);
        goto out;
    }
    if (reply.status != 200)
        refused(&reply, what, err);
    else
        rc = hf_reply_json(out, reply.body.p, reply.body.n, what, err);
out:
    hf_buf_wipe(&header);
    hf_buf_wipe(&list.body);
    hf_buf_wipe(&reply.body);
    return rc;
}
