/* credentials.c: what credentials.c finds in this environment. usage: credentials [-p PROFILE] [STEP...]
 * Prints the source, and for each step what then holds, a line each. Steps: get:TIME, forget, settings[:REGION:ENDPOINT], next,
 * sh:COMMAND (between two steps the world may change).
 * For credentials.bats. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/credentials.h"

static int settings(char *step, const char *profile, struct hf_err *err)
{
    char *region = strchr(step, ':'), *endpoint = NULL;
    struct hf_aws_settings s;

    if (region != NULL) {
        *region++ = '\0';
        endpoint = strchr(region, ':');
    }
    if (endpoint != NULL)
        *endpoint++ = '\0';
    if (hf_aws_settings(&s, region != NULL ? region : "", endpoint != NULL ? endpoint : "", profile, err) != 0)
        return -1;
    printf("region '%s', endpoint '%s'\n", s.region, s.endpoint);
    return 0;
}

static int step(struct hf_credentials **c, char *what, const char *profile, struct hf_err *err)
{
    const struct hf_aws_keys *keys;

    if (strncmp(what, "settings", 8) == 0)
        return settings(what, profile, err);
    if (*c == NULL) {
        if (hf_credentials_new(c, profile, err) != 0)
            return -1;
        printf("source: %s\n", hf_credentials_source(*c));
    }
    if (strncmp(what, "sh:", 3) == 0 && system(what + 3) != 0)
        return hf_fail(err, HF_E_FAIL, "the command failed");
    if (strcmp(what, "forget") == 0)
        hf_credentials_forget(*c);
    if (strcmp(what, "next") == 0)
        printf("next %lld\n", (long long)hf_credentials_next(*c));
    if (strncmp(what, "get:", 4) == 0) {
        if (hf_credentials_get(*c, &keys, strtoll(what + 4, NULL, 10), err) != 0)
            return -1;
        printf("%s %s '%.12s' until %lld (%s)\n", keys->id, keys->secret, keys->token, (long long)keys->expires,
               hf_credentials_source(*c));
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct hf_credentials *c = NULL;
    const char *profile = NULL;
    struct hf_err err;
    int i = 1, rc = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 2 && strcmp(argv[1], "-p") == 0) {
        profile = argv[2];
        i = 3;
    }
    for (; i < argc; i++) {
        if (step(&c, argv[i], profile, &err) != 0) {
            printf("error %d: %s\n", (int)err.code, err.msg);
            rc = 1;
        }
    }
    hf_credentials_free(c);
    return rc;
}
