/* credentials_reply.c: what those say who give out credentials: JSON by containers and instances, XML by STS. */
#include <stdio.h>
#include <string.h>

#include "core/escape.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "store/credentials_in.h"
#include "store/xml.h"

#define MAX_TIME_TEXT 40
#define MAX_WORDS 200

int hf_is_word(const char *s)
{
    size_t n;

    for (n = 0; s[n] != '\0'; n++) {
        if (s[n] <= ' ' || s[n] > '~')
            return 0;
    }
    return n > 0;
}

int hf_reply_time(int64_t *out, const char *s, struct hf_err *err)
{
    char plain[HF_TIMESTAMP_LEN + 1];
    const char *p;

    if (strlen(s) <= MAX_TIME_TEXT && strlen(s) >= HF_TIMESTAMP_LEN) {
        memcpy(plain, s, HF_TIMESTAMP_LEN - 1);
        memcpy(plain + HF_TIMESTAMP_LEN - 1, "Z", 2);
        p = s + HF_TIMESTAMP_LEN - 1;
        if (*p == '.')
            p += 1 + strspn(p + 1, "0123456789");
        if (strcmp(p, "Z") == 0 || strcmp(p, "+00:00") == 0)
            return hf_timestamp_parse(out, plain, err);
    }
    return hf_fail(err, HF_E_INPUT, "the time at which the credentials end is none");
}

/* Adds what is missing to the words of an error: who said it. */
static int by(struct hf_err *err, const char *what)
{
    return hf_fail_in(err, "%s: ", what);
}

/* A member of the one name or the other; NULL when there is neither. */
static int either(const char **out, json_t *o, const char *a, const char *b, size_t max, struct hf_err *err)
{
    *out = NULL;
    if (json_object_get(o, a) == NULL && json_object_get(o, b) == NULL)
        return 0;
    return hf_json_string(out, o, json_object_get(o, a) != NULL ? a : b, max, "", err);
}

int hf_reply_json(struct hf_aws_keys *out, const char *p, size_t n, const char *what, struct hf_err *err)
{
    const char *id, *secret, *token, *until, *code;
    char shown[MAX_WORDS], words[MAX_WORDS];
    int64_t expires = 0;
    json_t *o = NULL;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (n > HF_CREDENTIALS_MAX_REPLY)
        return hf_fail(err, HF_E_LIMIT, "%s: the reply is over the limit of %d bytes", what, HF_CREDENTIALS_MAX_REPLY);
    if (hf_json_load(&o, p, n, what, err) != 0)
        return -1;
    if (either(&code, o, "Code", "code", 128, err) != 0) {
        by(err, what);
        goto out;
    }
    if (code != NULL && strcmp(code, "Success") != 0) {
        hf_escape(shown, sizeof shown, code, strlen(code));
        hf_fail(err, HF_E_CONFIG, "%s gives no credentials: %s", what,
                hf_reply_words(words, sizeof words, p, n)[0] != '\0' ? words : shown);
        goto out;
    }
    if (hf_json_string(&id, o, "AccessKeyId", HF_AWS_ID_MAX, "", err) != 0 ||
        hf_json_string(&secret, o, "SecretAccessKey", HF_AWS_SECRET_MAX, "", err) != 0 ||
        either(&token, o, "Token", "SessionToken", HF_AWS_TOKEN_MAX, err) != 0 ||
        either(&until, o, "Expiration", "expiration", MAX_TIME_TEXT, err) != 0 ||
        (until != NULL && hf_reply_time(&expires, until, err) != 0) ||
        hf_aws_keys_set(out, id, secret, token, expires, err) != 0) {
        by(err, what);
        goto out;
    }
    rc = 0;
out:
    json_decref(o);
    if (rc != 0)
        explicit_bzero(out, sizeof *out);
    return rc;
}

int hf_reply_sts(struct hf_aws_keys *out, const char *p, size_t n, const char *what, struct hf_err *err)
{
    const struct hf_xml_node *root, *c;
    const char *id, *secret, *token, *until;
    struct hf_xml *x = NULL;
    int64_t expires;
    int rc = -1;

    memset(out, 0, sizeof *out);
    if (n > HF_CREDENTIALS_MAX_REPLY)
        return hf_fail(err, HF_E_LIMIT, "%s: the reply is over the limit of %d bytes", what, HF_CREDENTIALS_MAX_REPLY);
    if (hf_xml_load(&x, p, n, what, err) != 0)
        return -1;
    root = hf_xml_root(x);
    c = hf_xml_find(root, "AssumeRoleWithWebIdentityResult/Credentials");
    if (strcmp(hf_xml_name(root), "AssumeRoleWithWebIdentityResponse") != 0 || c == NULL) {
        hf_fail(err, HF_E_INPUT, "%s: the reply holds no credentials", what);
        goto out;
    }
    id = hf_xml_text(c, "AccessKeyId");
    secret = hf_xml_text(c, "SecretAccessKey");
    token = hf_xml_text(c, "SessionToken");
    until = hf_xml_text(c, "Expiration");
    if (id == NULL || secret == NULL || token == NULL || token[0] == '\0' || until == NULL) {
        hf_fail(err, HF_E_INPUT, "%s: the credentials in the reply are not complete", what);
        goto out;
    }
    if (hf_reply_time(&expires, until, err) != 0 || hf_aws_keys_set(out, id, secret, token, expires, err) != 0) {
        by(err, what);
        goto out;
    }
    rc = 0;
out:
    hf_xml_free(x);
    if (rc != 0)
        explicit_bzero(out, sizeof *out);
    return rc;
}

/* "Code: words" of one or both. */
static void join_words(char *out, size_t max, const char *code, const char *words)
{
    char a[MAX_WORDS], b[MAX_WORDS];

    hf_escape(a, sizeof a, code != NULL ? code : "", code != NULL ? strlen(code) : 0);
    hf_escape(b, sizeof b, words != NULL ? words : "", words != NULL ? strlen(words) : 0);
    snprintf(out, max, "%s%s%s", a, a[0] != '\0' && b[0] != '\0' ? ": " : "", b);
}

const char *hf_reply_words(char *out, size_t max, const char *p, size_t n)
{
    const struct hf_xml_node *root;
    const char *code = NULL, *words = NULL;
    struct hf_xml *x;
    json_t *o;

    out[0] = '\0';
    if (n == 0 || n > HF_CREDENTIALS_MAX_REPLY)
        return out;
    if (p[0] == '{') {
        if (hf_json_load(&o, p, n, "", NULL) != 0)
            return out;
        either(&code, o, "Code", "code", MAX_WORDS, NULL);
        either(&words, o, "Message", "message", MAX_WORDS, NULL);
        join_words(out, max, code, words);
        json_decref(o);
    } else if (p[0] == '<' && hf_xml_load(&x, p, n, "", NULL) == 0) {
        root = hf_xml_root(x);
        root = hf_xml_find(root, "Error") != NULL ? hf_xml_find(root, "Error") : root;
        join_words(out, max, hf_xml_text(root, "Code"), hf_xml_text(root, "Message"));
        hf_xml_free(x);
    }
    return out;
}
