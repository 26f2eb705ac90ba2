/* fuzz_credentials.c: the first byte says what the rest is: c and s, a file of AWS's tools; j and x, a reply with keys; w, the
 * body of an error; t, a time; u, the URL of a container's endpoint. No message ever shows a secret. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/credentials_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int ok)
{
    if (!ok)
        abort();
}

static void printable(const char *s, size_t most)
{
    need(strlen(s) <= most);
    for (; *s != '\0'; s++)
        need((unsigned char)*s >= ' ' && *s != 0x7f);
}

static void file(const char *p, size_t n, int config)
{
    static struct hf_profile profile;
    struct hf_err err = {HF_OK, ""};

    memset(&profile, 0, sizeof profile);
    if (hf_profile_parse(&profile, p, n, config, "default", "f", &err) != 0)
        need(err.code == HF_E_CONFIG && strncmp(err.msg, "f:", 2) == 0);
    printable(profile.id, HF_AWS_ID_MAX);
    printable(profile.secret, HF_AWS_SECRET_MAX);
    printable(profile.token, HF_AWS_TOKEN_MAX);
    printable(profile.region, HF_PLACE_REGION_MAX);
    printable(profile.role, HF_WEB_MAX_ROLE);
    printable(profile.token_file, HF_WEB_MAX_PATH);
}

static void reply(const char *p, size_t n, int json)
{
    static struct hf_aws_keys keys;
    struct hf_err err = {HF_OK, ""};
    int rc = json ? hf_reply_json(&keys, p, n, "w", &err) : hf_reply_sts(&keys, p, n, "w", &err);

    if (rc != 0) {
        need(err.code != HF_OK && keys.id[0] == '\0' && keys.secret[0] == '\0' && keys.token[0] == '\0');
        printable(err.msg, HF_ERR_MAX_MESSAGE);
    } else {
        need(hf_is_word(keys.id) && hf_is_word(keys.secret) && (keys.token[0] == '\0' || hf_is_word(keys.token)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *p, out[256];
    int64_t t;

    if (size == 0)
        return 0;
    p = malloc(size);
    need(p != NULL);
    memcpy(p, data + 1, size - 1);
    p[size - 1] = '\0';
    size--;
    if (data[0] == 'c' || data[0] == 's')
        file(p, size, data[0] == 'c');
    else if (data[0] == 'j' || data[0] == 'x')
        reply(p, size, data[0] == 'j');
    else if (data[0] == 'w')
        printable(hf_reply_words(out, sizeof out, p, size), sizeof out - 1);
    else if (data[0] == 't')
        hf_reply_time(&t, p, NULL);
    else if (data[0] == 'u' && hf_container_url_ok(p, NULL) == 0)
        need(hf_is_word(p) && (strncmp(p, "https://", 8) == 0 || strncmp(p, "http://", 7) == 0) && strchr(p, '@') == NULL);
    free(p);
    return 0;
}
