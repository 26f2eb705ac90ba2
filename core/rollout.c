/* rollout.c: see rollout.h. */
#include "core/rollout.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/digest.h"
#include "core/escape.h"

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int hf_percent_parse(int *out, const char *s, struct hf_err *err)
{
    const char *p = s;
    char shown[64];
    size_t whole, i;
    int v = 0, scale = 100;

    hf_escape(shown, sizeof shown, s, strlen(s));
    whole = strspn(s, "0123456789");
    if (whole > 0 && s[whole] == '\0')
        return hf_fail(err, HF_E_INPUT, "'%s' has no unit: write %s%%", shown, shown);
    if (whole == 0 || (whole > 1 && s[0] == '0'))
        goto bad;
    if (whole > 3)
        goto over;
    for (i = 0; i < whole; i++)
        v = v * 10 + (*p++ - '0');
    v *= 100;
    if (*p == '.') {
        p++;
        if (!is_digit(*p))
            goto bad;
        for (; is_digit(*p); p++) {
            scale /= 10;
            if (scale == 0)
                return hf_fail(err, HF_E_INPUT, "'%s' has more than two decimals", shown);
            v += (*p - '0') * scale;
        }
    }
    if (strcmp(p, "%") != 0)
        goto bad;
    if (v > HF_ROLLOUT_ALL)
        goto over;
    *out = v;
    return 0;
over:
    return hf_fail(err, HF_E_INPUT, "'%s' is more than 100%%", shown);
bad:
    return hf_fail(err, HF_E_INPUT, "'%s' is not a percentage: write 25%% or 0.5%%, from 0%% to 100%%", shown);
}

void hf_percent_format(char out[8], int rollout)
{
    int v = rollout < 0 ? 0 : rollout > HF_ROLLOUT_ALL ? HF_ROLLOUT_ALL
                                                       : rollout;

    if (v % 100 == 0)
        snprintf(out, 8, "%d%%", v / 100);
    else if (v % 10 == 0)
        snprintf(out, 8, "%d.%d%%", v / 100, v % 100 / 10);
    else
        snprintf(out, 8, "%d.%02d%%", v / 100, v % 100);
}

int hf_rollout_bucket(const char *salt, const char *client)
{
    char text[HF_SALT_HEX_MAX + 1 + HF_CLIENT_ID_MAX];
    size_t salt_n = strlen(salt), client_n = strlen(client), i;
    uint8_t sum[32];
    uint64_t v = 0;

    if (salt_n > HF_SALT_HEX_MAX || client_n > HF_CLIENT_ID_MAX)
        return -1;
    memcpy(text, salt, salt_n);
    text[salt_n] = ':';
    memcpy(text + salt_n + 1, client, client_n);
    if (hf_sha256(sum, text, salt_n + 1 + client_n) != 0)
        return -1;
    for (i = 0; i < 8; i++)
        v = v << 8 | sum[i];
    return (int)(v % HF_ROLLOUT_ALL);
}

/* A letter, a digit, or a byte of a letter that is not ASCII. */
static int is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

int hf_client_id_real(const char *client)
{
    static const char *const nobody[] = {"null", "nil", "none", "undefined", "unknown"};
    const char *p;
    size_t n, i;

    if (client == NULL)
        return 0;
    for (p = client; *p != '\0' && (*p == '0' || !is_word(*p)); p++)
        ;
    if (*p == '\0')
        return 0;
    while (!is_word(*client))
        client++;
    for (n = strlen(client); !is_word(client[n - 1]); n--)
        ;
    for (i = 0; i < sizeof nobody / sizeof *nobody; i++)
        if (strlen(nobody[i]) == n && strncasecmp(client, nobody[i], n) == 0)
            return 0;
    return 1;
}

int hf_rollout_holds(int rollout, const char *salt, const char *client)
{
    int bucket;

    if (rollout >= HF_ROLLOUT_ALL)
        return 1;
    if (rollout <= 0 || !hf_client_id_real(client))
        return 0;
    bucket = hf_rollout_bucket(salt, client);
    return bucket >= 0 && bucket < rollout;
}
