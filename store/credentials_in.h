/* credentials_in.h: the parts of credentials.c; private to the credentials*.c files and their tests. */
#ifndef HF_CREDENTIALS_IN_H
#define HF_CREDENTIALS_IN_H

#include "store/credentials.h"
#include "store/http.h"

#define HF_PROFILE_MAX_FILE (1024 * 1024)
#define HF_PROFILE_MAX_LINE (16 * 1024)
#define HF_PROFILE_MAX_NAME 128
#define HF_CREDENTIALS_MAX_FILE 160  /* bytes of the words for a file */
#define HF_WEB_MAX_TOKEN (20 * 1000) /* what STS takes */
#define HF_WEB_MAX_ROLE 2048
#define HF_WEB_MAX_SESSION 64
#define HF_WEB_MAX_PATH 1024

/* credentials_profile.c. What one profile says; "" where it says nothing. Cleansed by its owner. */
struct hf_profile {
    int found;
    char id[HF_AWS_ID_MAX + 1], secret[HF_AWS_SECRET_MAX + 1], token[HF_AWS_TOKEN_MAX + 1];
    char region[HF_PLACE_REGION_MAX + 1], endpoint[512];
    char role[HF_WEB_MAX_ROLE + 1], session[HF_WEB_MAX_SESSION + 1], token_file[HF_WEB_MAX_PATH + 1];
    char assume[32];  /* the key that asks for a role by another profile: we do not follow it */
    char foreign[32]; /* the key that names a way to credentials which we do not go (sso_session, credential_process) */
};

/* Reads the bytes of ~/.aws/credentials (config 0: [NAME]) or ~/.aws/config (config 1: [default], [profile NAME]) over what out
 * has; a later value wins. `file` stands in errors, HF_E_CONFIG with the line; values never do. */
int hf_profile_parse(struct hf_profile *out, const char *p, size_t n, int config, const char *name, const char *file,
                     struct hf_err *err);

/* Reads both files where they are. named: somebody named the profile, so that it must be there. keys_file gets the words for the
 * file that the keys are in, "~/.aws/credentials". */
int hf_profile_load(struct hf_profile *out, const char *name, int named, char keys_file[HF_CREDENTIALS_MAX_FILE],
                    struct hf_err *err);

/* credentials_reply.c. The answers of a container's endpoint and of IMDS; of STS. `what` stands in errors. */
int hf_reply_json(struct hf_aws_keys *out, const char *p, size_t n, const char *what, struct hf_err *err);
int hf_reply_sts(struct hf_aws_keys *out, const char *p, size_t n, const char *what, struct hf_err *err);

/* "2026-11-22T06:05:00Z", also with a fraction of a second or "+00:00". */
int hf_reply_time(int64_t *out, const char *s, struct hf_err *err);

/* What an error's body says of itself, escaped, for behind a colon: "Code: words", or "" when it says nothing. */
const char *hf_reply_words(char *out, size_t max, const char *p, size_t n);

/* credentials_ask.c. One answer each, with a few tries. http is made when it is NULL. */
int hf_ask_sts(struct hf_aws_keys *out, struct hf_http **http, const char *role, const char *session, const char *token_file,
               const char *region, struct hf_err *err);
int hf_ask_container(struct hf_aws_keys *out, struct hf_http **http, struct hf_err *err);
int hf_ask_imds(struct hf_aws_keys *out, struct hf_http **http, char role[HF_WEB_MAX_SESSION + 1], struct hf_err *err);

/* 0 when the URL of a container's endpoint is one that keys may come from: https, or this machine and the addresses of ECS and
 * EKS. HF_E_CONFIG. */
int hf_container_url_ok(const char *url, struct hf_err *err);

/* An environment variable, NULL when it is not set or empty. */
const char *hf_aws_env(const char *name);

/* 1 when s has at least one byte and only printable ASCII without blanks. */
int hf_is_word(const char *s);

#endif
