/* check_reach.c: see check.h. Which user an edge runs as is not written anywhere, so this finds only what shuts out everybody
 * else. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "publisher/check.h"

/* Each folder on the way must be open to its group or to all; the last part must be readable. One finding is enough. */
static int judge_path(struct hf_check *c, const char *path)
{
    char at[4096], owner[32];
    size_t n;
    struct stat st;

    if ((size_t)snprintf(at, sizeof at, "%s", path) >= sizeof at || at[0] != '/')
        return 0;
    for (n = 1; n <= strlen(path); n++) {
        if (path[n] != '/' && path[n] != '\0')
            continue;
        at[n] = '\0';
        if (stat(at, &st) != 0)
            return 0; /* that it is missing is told elsewhere */
        if ((S_ISDIR(st.st_mode) ? st.st_mode & (S_IXGRP | S_IXOTH) : st.st_mode & (S_IRGRP | S_IROTH)) == 0) {
            hf_found(c->found, HF_FOUND_WARNING, "let its group in (chmod g+rX), and put the edge's user into the group",
                     "only %s can come to %s (mode %04o): an edge that runs as another user cannot read %s",
                     hf_check_user(owner, st.st_uid), at, st.st_mode & 07777, path);
            return 1;
        }
        at[n] = '/';
    }
    return 0;
}

void hf_check_reach(struct hf_check *c)
{
    const struct hf_config *config = c->s->config;

    if (strncmp(config->store.url, "file://", 7) == 0 && judge_path(c, config->store.url + 7))
        return;
    if (config->trust.keys.kind == HF_SECRET_FILE && judge_path(c, config->trust.keys.name))
        return;
    if (config->edge.secret.kind == HF_SECRET_FILE)
        judge_path(c, config->edge.secret.name);
}
