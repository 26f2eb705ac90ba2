/* policy.c: see policy.h. */
#include "publisher/policy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "publisher/cmd.h"

#define LIST_MAX 480 /* of hf_some_text */

static void __attribute__((format(printf, 3, 4))) say(const struct hf_say *s, enum hf_say_level level, const char *fmt, ...)
{
    char text[2 * LIST_MAX];
    va_list ap;

    if (s == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    s->line(s->arg, level, text);
}

/* "1 changed file is", "2 changed files are". */
static const char *files_are(char out[64], size_t n)
{
    snprintf(out, 64, "%zu changed %s", n, n == 1 ? "file is" : "files are");
    return out;
}

int hf_policy_find(struct hf_changes **out, const struct hf_repo *repo, const struct hf_channel *channel, const char *base,
                   const char *commit, struct hf_err *err)
{
    struct hf_changes_ask ask = {base, commit, channel->include, channel->exclude, 0, channel->native};

    return hf_changes_of(out, repo, &ask, err);
}

int hf_policy_judge(const struct hf_config *config, const struct hf_changes *c, int force, struct hf_err *err)
{
    char list[LIST_MAX], n[64];

    if (c->native.count == 0 || !config->build.refuse_native || force)
        return 0;
    return hf_fail(err, HF_E_POLICY,
                   "%s native code, which no patch can carry: %s; release a new build of the app for them, or take them out of "
                   "the push; if the app that is out there works without them, push with -o hotfix.force (publish --force)",
                   files_are(n, c->native.count), hf_some_text(list, sizeof list, &c->native));
}

void hf_policy_say(const struct hf_say *s, const struct hf_changes *c)
{
    static const char *const other[HF_OTHER_COUNT] = {
        [HF_OTHER_ENCODING] = "the patch carries the bytes of the repository, and a checkout has other ones by "
                              "working-tree-encoding: ",
        [HF_OTHER_LINES] = "the patch carries the bytes of the repository, and a checkout has other ones by eol=crlf: ",
        [HF_OTHER_IDENT] = "the patch carries the bytes of the repository, and a checkout has other ones by ident: ",
        [HF_OTHER_EXPORT] = "these files are in the patch although .gitattributes marks them export-ignore; [build] "
                            "exclude keeps "
                            "files out of a patch: ",
    };
    char list[LIST_MAX], n[64];

    if (c->left.count > 0)
        say(s, HF_SAY_HINT, "%s not included: %s", files_are(n, c->left.count), hf_some_text(list, sizeof list, &c->left));
    if (c->junk.count > 0)
        say(s, HF_SAY_HINT, "left out, since they mean something to macOS alone: %s", hf_some_text(list, sizeof list, &c->junk));
    if (c->native.count > 0)
        say(s, HF_SAY_WARNING, "%s native code, which no patch can carry: %s; devices need a new build of the app for them",
            files_are(n, c->native.count), hf_some_text(list, sizeof list, &c->native));
    for (size_t i = 0; i < HF_OTHER_COUNT; i++)
        if (c->other[i].count > 0)
            say(s, HF_SAY_WARNING, "%s%s", other[i], hf_some_text(list, sizeof list, &c->other[i]));
}

int hf_policy_size(const struct hf_config *config, int64_t size, const struct hf_say *s, struct hf_err *err)
{
    char is[16], most[16];

    hf_cmd_size(is, size);
    if (size > config->release.max_size)
        return hf_fail(err, HF_E_LIMIT,
                       "the patch has %" PRId64 " bytes (%s), and [release] max_size allows %" PRId64 " (%s): let [build] "
                       "include admit "
                       "fewer files, start from a newer release, or raise max_size in hotfix.ini",
                       size, is, config->release.max_size, hf_cmd_size(most, config->release.max_size));
    if (size >= HF_POLICY_LARGE)
        say(s, HF_SAY_WARNING, "the patch has %s, and each device downloads all of it: that is much for phones on mobile "
                               "networks",
            is);
    return 0;
}
