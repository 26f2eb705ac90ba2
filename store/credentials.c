/* credentials.c: see credentials.h. Which source there is, and when it is asked again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/escape.h"
#include "core/timestamp.h"
#include "store/credentials_in.h"

#define DEFAULT_PROFILE "default"
#define DEFAULT_REGION "us-east-1"
#define DEFAULT_SESSION "hotfix"

struct hf_credentials {
    enum {
        FROM_ENVIRONMENT,
        FROM_FILE,
        FROM_WEB,
        FROM_CONTAINER,
        FROM_INSTANCE
    } from;
    char words[HF_CREDENTIALS_MAX_SOURCE];
    char profile[HF_PROFILE_MAX_NAME + 1];
    char role[HF_WEB_MAX_ROLE + 1], session[HF_WEB_MAX_SESSION + 1], token_file[HF_WEB_MAX_PATH + 1];
    char region[HF_PLACE_REGION_MAX + 1]; /* of STS */
    struct hf_aws_keys keys;
    int have;      /* keys are some */
    int stale;     /* the store did not take them */
    int64_t asked; /* when the source was asked last */
    struct hf_http *http;
};

/* The name of the profile; *named is 1 when somebody named it. */
static const char *profile_name(const char *ini, int *named)
{
    const char *name = ini != NULL && *ini != '\0' ? ini : hf_aws_env("AWS_PROFILE");

    *named = name != NULL;
    return name != NULL ? name : DEFAULT_PROFILE;
}

static int check_profile(const char *name, struct hf_err *err)
{
    if (strlen(name) > HF_PROFILE_MAX_NAME)
        return hf_fail(err, HF_E_CONFIG, "the profile's name is over the limit of %d bytes", HF_PROFILE_MAX_NAME);
    return 0;
}

/* Words for people, cut where they do not fit: names of files and roles. */
static void say(char *out, const char *before, const char *name, const char *behind)
{
    char shown[HF_CREDENTIALS_MAX_SOURCE - HF_CREDENTIALS_MAX_FILE - 64];

    hf_escape(shown, sizeof shown, name, strlen(name));
    snprintf(out, HF_CREDENTIALS_MAX_SOURCE, "%s%s%s", before, shown, behind);
}

static int from_environment(struct hf_aws_keys *out, struct hf_err *err)
{
    const char *id = hf_aws_env("AWS_ACCESS_KEY_ID"), *secret = hf_aws_env("AWS_SECRET_ACCESS_KEY"),
               *until = hf_aws_env("AWS_CREDENTIAL_EXPIRATION");
    int64_t expires = 0;

    if (id == NULL || secret == NULL)
        return hf_fail(err, HF_E_CONFIG, "%s is set and %s is not", id != NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                       id != NULL ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    if ((until != NULL && hf_reply_time(&expires, until, err) != 0) ||
        hf_aws_keys_set(out, id, secret, hf_aws_env("AWS_SESSION_TOKEN"), expires, err) != 0) {
        if (err != NULL)
            err->code = HF_E_CONFIG;
        return hf_fail_in(err, "environment: ");
    }
    return 0;
}

/* Keys of a profile. words names the file. */
static int keys_of(struct hf_aws_keys *out, const struct hf_profile *p, const char *words, struct hf_err *err)
{
    if (p->id[0] == '\0' || p->secret[0] == '\0')
        return hf_fail(err, HF_E_CONFIG, "%s has no %s", words, p->id[0] != '\0' ? "aws_secret_access_key" : "aws_access_key_id");
    if (hf_aws_keys_set(out, p->id, p->secret, p->token, 0, err) != 0) {
        if (err != NULL)
            err->code = HF_E_CONFIG;
        return hf_fail_in(err, "%s: ", words);
    }
    return 0;
}

static int from_file(struct hf_credentials *c, struct hf_aws_keys *out, struct hf_err *err)
{
    char file[HF_CREDENTIALS_MAX_FILE];
    struct hf_profile p;
    int rc = hf_profile_load(&p, c->profile, 1, file, err);

    if (rc == 0)
        rc = keys_of(out, &p, c->words, err);
    explicit_bzero(&p, sizeof p);
    return rc;
}

static int set_web(struct hf_credentials *c, const char *role, const char *session, const char *token_file, struct hf_err *err)
{
    struct hf_aws_settings s;

    if (role == NULL)
        return hf_fail(err, HF_E_CONFIG, "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not");
    if (strlen(role) >= sizeof c->role || strlen(token_file) >= sizeof c->token_file ||
        (session != NULL && strlen(session) >= sizeof c->session))
        return hf_fail(err, HF_E_CONFIG, "web identity: the name of the role, the session or the token's file is too long");
    if (hf_aws_settings(&s, "", "", c->profile, err) != 0)
        return -1;
    c->from = FROM_WEB;
    snprintf(c->role, sizeof c->role, "%s", role);
    snprintf(c->session, sizeof c->session, "%s", session != NULL && *session != '\0' ? session : DEFAULT_SESSION);
    snprintf(c->token_file, sizeof c->token_file, "%s", token_file);
    memcpy(c->region, s.region, sizeof c->region);
    say(c->words, "web identity, role ", role, "");
    return 0;
}

/* 1 when the profile is a source, 0 when it is none (must: that is an error), -1 when it is one that cannot be used. */
static int try_profile(struct hf_credentials *c, int named, int must, struct hf_err *err)
{
    static const char *const how = "run `aws configure export-credentials` into the environment, or name keys";
    char file[HF_CREDENTIALS_MAX_FILE], behind[HF_CREDENTIALS_MAX_FILE + 8];
    struct hf_profile p;
    int rc = -1;

    if (hf_profile_load(&p, c->profile, named, file, err) != 0)
        return -1;
    snprintf(behind, sizeof behind, "' in %s", file);
    say(c->words, "profile '", c->profile, behind);
    if (p.role[0] != '\0' && p.assume[0] != '\0') {
        hf_fail(err, HF_E_CONFIG, "%s takes a role by %s, which is not supported: %s", c->words, p.assume, how);
    } else if (p.id[0] != '\0' || p.secret[0] != '\0') {
        c->from = FROM_FILE;
        rc = keys_of(&c->keys, &p, c->words, err) == 0 ? 1 : -1;
    } else if (p.role[0] != '\0' && p.token_file[0] != '\0') {
        rc = set_web(c, p.role, p.session, p.token_file, err) == 0 ? 1 : -1;
    } else if (p.foreign[0] != '\0') {
        hf_fail(err, HF_E_CONFIG, "%s gets its keys by %s, which is not supported: %s", c->words, p.foreign, how);
    } else if (must) {
        hf_fail(err, HF_E_CONFIG, "%s has no keys", c->words);
    } else {
        rc = 0;
    }
    explicit_bzero(&p, sizeof p);
    return rc;
}

/* The first source that is there. */
static int choose(struct hf_credentials *c, const char *ini_profile, struct hf_err *err)
{
    const char *off = hf_aws_env("AWS_EC2_METADATA_DISABLED"), *token_file = hf_aws_env("AWS_WEB_IDENTITY_TOKEN_FILE"), *full;
    int ini = ini_profile != NULL && *ini_profile != '\0', named, found;
    const char *profile = profile_name(ini_profile, &named);

    if (check_profile(profile, err) != 0)
        return -1;
    snprintf(c->profile, sizeof c->profile, "%s", profile);
    if (!ini && (hf_aws_env("AWS_ACCESS_KEY_ID") != NULL || hf_aws_env("AWS_SECRET_ACCESS_KEY") != NULL)) {
        c->from = FROM_ENVIRONMENT;
        snprintf(c->words, sizeof c->words, "environment");
        return from_environment(&c->keys, err);
    }
    found = try_profile(c, named, ini, err);
    if (found != 0)
        return found > 0 ? 0 : -1;
    if (token_file != NULL)
        return set_web(c, hf_aws_env("AWS_ROLE_ARN"), hf_aws_env("AWS_ROLE_SESSION_NAME"), token_file, err);
    full = hf_aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (full != NULL || hf_aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL) {
        c->from = FROM_CONTAINER;
        snprintf(c->words, sizeof c->words, "container endpoint");
        return hf_aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL ? 0 : hf_container_url_ok(full, err);
    }
    if (off != NULL && strcasecmp(off, "true") == 0)
        return hf_fail(err, HF_E_CONFIG, "no credentials for the store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                                         "write a profile into ~/.aws/credentials (the instance's metadata are turned off)");
    c->from = FROM_INSTANCE;
    snprintf(c->words, sizeof c->words, "instance metadata");
    return 0;
}

int hf_credentials_new(struct hf_credentials **out, const char *profile, struct hf_err *err)
{
    struct hf_credentials *c = calloc(1, sizeof *c);

    *out = NULL;
    if (c == NULL)
        return hf_nomem(err);
    if (choose(c, profile, err) != 0) {
        hf_credentials_free(c);
        return -1;
    }
    explicit_bzero(&c->keys, sizeof c->keys); /* they were only looked at */
    *out = c;
    return 0;
}

void hf_credentials_free(struct hf_credentials *c)
{
    if (c == NULL)
        return;
    hf_http_free(c->http);
    explicit_bzero(c, sizeof *c);
    free(c);
}

static int from_instance(struct hf_credentials *c, struct hf_aws_keys *out, struct hf_err *err)
{
    char role[HF_WEB_MAX_SESSION + 1];

    if (hf_ask_imds(out, &c->http, role, err) == 0) {
        say(c->words, "instance metadata, role '", role, "'");
        return 0;
    }
    if (c->have || err == NULL || err->code != HF_E_AGAIN)
        return -1;
    /* It is asked last, and on most machines nobody is there. */
    err->code = HF_E_CONFIG;
    return hf_fail_in(err, "no credentials for the store, neither in the environment nor in ~/.aws nor of this machine: ");
}

static int ask_source(struct hf_credentials *c, struct hf_aws_keys *out, int64_t now, struct hf_err *err)
{
    int rc = -1;

    switch (c->from) {
    case FROM_ENVIRONMENT:
        rc = from_environment(out, err);
        break;
    case FROM_FILE:
        rc = from_file(c, out, err);
        break;
    case FROM_WEB:
        rc = hf_ask_sts(out, &c->http, c->role, c->session, c->token_file, c->region, err);
        break;
    case FROM_CONTAINER:
        rc = hf_ask_container(out, &c->http, err);
        break;
    case FROM_INSTANCE:
        rc = from_instance(c, out, err);
        break;
    }
    if (rc == 0 && out->expires != 0 && out->expires <= now)
        return hf_fail(err, HF_E_EXPIRED, "the credentials (%s) have expired; or this machine's clock is wrong", c->words);
    return rc;
}

/* 1 when the source should be asked. */
static int is_due(const struct hf_credentials *c, int64_t now)
{
    if (!c->have || c->stale || (c->keys.expires != 0 && c->keys.expires <= now))
        return 1;
    if (now < c->asked) /* the clock was set back */
        return 1;
    if (c->from == FROM_FILE)
        return now - c->asked >= HF_CREDENTIALS_REREAD;
    return c->keys.expires != 0 && c->keys.expires - now <= HF_CREDENTIALS_EARLY && now - c->asked >= HF_CREDENTIALS_AGAIN;
}

int hf_credentials_get(struct hf_credentials *c, const struct hf_aws_keys **keys, int64_t now, struct hf_err *err)
{
    struct hf_aws_keys news;
    struct hf_err own;
    int rc = 0;

    *keys = NULL;
    if (is_due(c, now)) {
        memset(&news, 0, sizeof news);
        rc = ask_source(c, &news, now, &own);
        c->asked = now;
        if (rc == 0) {
            c->keys = news;
            c->have = 1;
            c->stale = 0;
        } else if (c->have && !c->stale && (c->keys.expires == 0 || c->keys.expires > now)) {
            rc = 0; /* the old ones are still good */
        } else {
            hf_fail(err, own.code, "%s", own.msg);
        }
        explicit_bzero(&news, sizeof news);
    }
    if (rc == 0)
        *keys = &c->keys;
    return rc;
}

void hf_credentials_forget(struct hf_credentials *c)
{
    c->stale = 1;
}

int64_t hf_credentials_next(const struct hf_credentials *c)
{
    int64_t early = c->keys.expires - HF_CREDENTIALS_EARLY, again = c->asked + HF_CREDENTIALS_AGAIN;

    if (c->have && c->from == FROM_FILE)
        return c->asked + HF_CREDENTIALS_REREAD;
    if (!c->have || c->keys.expires == 0)
        return 0;
    return early > again ? early : again;
}

const char *hf_credentials_source(const struct hf_credentials *c)
{
    return c->words;
}

/* Copies the first that says something. */
static int first_of(char *out, size_t max, const char *const *list, size_t n, const char *what, struct hf_err *err)
{
    size_t i;

    out[0] = '\0';
    for (i = 0; i < n; i++) {
        if (list[i] == NULL || list[i][0] == '\0')
            continue;
        if (strlen(list[i]) >= max)
            return hf_fail(err, HF_E_CONFIG, "the %s in the environment is too long", what);
        memcpy(out, list[i], strlen(list[i]) + 1);
        return 0;
    }
    return 0;
}

int hf_aws_settings(struct hf_aws_settings *out, const char *ini_region, const char *ini_endpoint, const char *profile,
                    struct hf_err *err)
{
    const char *off = hf_aws_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), *name;
    const char *regions[] = {ini_region, hf_aws_env("AWS_REGION"), hf_aws_env("AWS_DEFAULT_REGION"), NULL, DEFAULT_REGION};
    const char *endpoints[] = {ini_endpoint, hf_aws_env("AWS_ENDPOINT_URL_S3"), hf_aws_env("AWS_ENDPOINT_URL"), NULL};
    int named, rc = -1, no_more = off != NULL && strcasecmp(off, "true") == 0;
    char file[HF_CREDENTIALS_MAX_FILE];
    struct hf_profile p;

    memset(out, 0, sizeof *out);
    name = profile_name(profile, &named);
    if (check_profile(name, err) != 0 || hf_profile_load(&p, name, 0, file, err) != 0)
        return -1;
    regions[3] = p.region;
    endpoints[3] = p.endpoint;
    if (first_of(out->region, sizeof out->region, regions, 5, "region", err) == 0 &&
        first_of(out->endpoint, sizeof out->endpoint, endpoints, no_more ? 1 : 4, "endpoint", err) == 0)
        rc = 0;
    explicit_bzero(&p, sizeof p);
    return rc;
}
