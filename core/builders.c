/* builders.c: see builders.h. */
#include "core/builders.h"

#include <stddef.h>
#include <string.h>

static const struct hf_builder builders[HF_BUILDERS] = {
    [HF_BUILDER_ARCHIVE] = {.id = HF_BUILDER_ARCHIVE, .name = "archive", .include = "", .section = ""},
    [HF_BUILDER_OCRUNNER] = {.id = HF_BUILDER_OCRUNNER,
                             .name = "ocrunner",
                             .include = "**/*.m",
                             .section = "\n[ocrunner]\ngenerator = /usr/local/bin/PatchGenerator\nrefs = Scripts.bundle\n",
                             .runs_tool = 1},
    [HF_BUILDER_JSPATCH] = {.id = HF_BUILDER_JSPATCH,
                            .name = "jspatch",
                            .include = "**/*.js",
                            .section = "\n[jspatch]\nkey = file:/etc/hotfix/jspatch.pem\n",
                            .numbered = 1,
                            .of_nothing = 1},
    [HF_BUILDER_COMMAND] = {.id = HF_BUILDER_COMMAND,
                            .name = "command",
                            .include = "",
                            .section = "\n[command]\nargv = /usr/local/bin/make-patch --out {output} {files}\n",
                            .runs_tool = 1},
};

const struct hf_builder *hf_builder(enum hf_builder_id id)
{
    return &builders[id];
}

static const struct hf_builder *find(const char *name, size_t n)
{
    for (size_t i = 0; i < HF_BUILDERS; i++)
        if (strlen(builders[i].name) == n && strncmp(builders[i].name, name, n) == 0)
            return &builders[i];
    return NULL;
}

const struct hf_builder *hf_builder_find(const char *name)
{
    return find(name, strlen(name));
}

const struct hf_builder *hf_builder_of(const char *source)
{
    return find(source, strcspn(source, " "));
}
