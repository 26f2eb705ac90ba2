/* fuzz_ini.c: any bytes as hotfix.ini. What is refused has a message with its line; what is taken can be asked and freed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct hf_channel *ch = NULL;
    struct hf_config *c = NULL;
    struct hf_err err = {HF_OK, ""};
    size_t i;

    if (hf_config_parse(&c, (const char *)data, size, "hotfix.ini", &err) != 0) {
        if (c != NULL || err.code != HF_E_CONFIG || strncmp(err.msg, "hotfix.ini:", 11) != 0)
            abort();
        for (i = 0; err.msg[i] != '\0'; i++) {
            if ((unsigned char)err.msg[i] < 0x20)
                abort(); /* foreign bytes must be escaped */
        }
        return 0;
    }
    if (c->channel_count == 0)
        abort();
    for (i = 0; i < c->channel_count; i++) {
        if (hf_config_channel(&ch, c, NULL, c->channels[i].label, &err) != 0 || ch != &c->channels[i])
            abort();
        if (hf_config_channel(&ch, c, ch->app, ch->name, &err) != 0 || ch != &c->channels[i])
            abort();
        if (!hf_name_ok(ch->app, HF_APP_MAX) || !hf_name_ok(ch->name, HF_CHANNEL_MAX) || ch->rollout < 0 ||
            ch->rollout > HF_ROLLOUT_ALL || strchr(ch->base, '*') == NULL)
            abort();
    }
    hf_config_free(c);
    return 0;
}
